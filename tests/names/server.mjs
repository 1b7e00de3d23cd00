// A server for the tests of names: it shows what it receives, and streams both ways.
import { createServer } from 'node:http';

let release = () => {};

const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    response.setHeader('x-server', 'names');
    if (pathname === '/headers') {
        response.write(JSON.stringify({ url: request.url, headers: request.headers }));
        response.end();
    } else if (pathname === '/echo') {
        request.pipe(response);
    } else if (pathname === '/sized') {
        response.setHeader('content-length', 12345);
        response.end();
    } else if (pathname === '/drip') {
        response.write('data: first\n\n');
        release = () => response.end('data: second\n\n');
    } else {
        if (pathname === '/go') release();
        response.end('ok');
    }
});

server.on('upgrade', (request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.write('hello from the server');
    socket.on('data', (data) => socket.write(`echo ${data}`));
    socket.on('error', () => {});
});

server.listen(Number(process.env.PORT), '127.0.0.1', () => console.log(`http://127.0.0.1:${process.env.PORT}/`));
