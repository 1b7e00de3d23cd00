// A dev server: it serves one page and prints what the page reports.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

const [page, attempts, port] = process.argv.slice(2);
const held = [];

createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pathname === '/attempts.json') {
        response.setHeader('content-type', 'application/json');
        response.end(readFileSync(attempts));
    } else if (pathname === '/open') {
        // A header that the daemon must never send.
        response.setHeader('access-control-allow-origin', '*');
        response.end('open to all');
    } else if (pathname === '/end.png') {
        // Held until the page has reported: the browser exits when the page is loaded.
        held.push(response);
    } else if (pathname === '/findings') {
        let text = '';
        request.on('data', (part) => (text += part));
        request.on('end', () => {
            process.stdout.write(text, () => {
                response.end();
                held.forEach((waiting) => waiting.end());
            });
        });
    } else {
        response.setHeader('content-type', 'text/html');
        response.end(readFileSync(page));
    }
}).listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${port}/`));
