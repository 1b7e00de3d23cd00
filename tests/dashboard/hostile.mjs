// What a program prints, and how it is called, is shown as text and never becomes markup or a script.
import { writeFileSync } from 'node:fs';
import { end, expect, launch, open, pp, until } from './harness.mjs';

const MARKUP = ['<img src=x onerror="document.title=1">', '<script>document.title=2</script>', '<svg onload="document.title=3">',
  '<iframe src="javascript:alert(1)">', '&lt;b&gt; &amp; </bdi></span></div><h1 id="hostile">', 'javascript:alert(1) https://x.test/"onmouseover="document.title=4"',
  '\u202e reversed \u2066 isolated \u061c', '\x1b]8;;https://evil.test/\x07click\x1b]8;;\x07 \x1b]0;title\x07', '\x1b[38;2;1;2;3;4;5;999999999999m\x1b[;;;m\x1b[38;5m\x1b[48;2m end',
  '\x1b[31mred\x1b[999mstill\x1b[0m', '${7*7} {{7*7}} <%= 7*7 %>', '\x00\x01\x07\x08\x7f controls', '<!-- --><style>body{display:none}</style>'];
const random = (seed) => () => ((seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648);
const next = random(7);
const pieces = [...MARKUP, '\x1b[', '\x1b]', 'm', ';', '31', '<', '>', '"', '\u202e', '\r', '\t', '\x9b31m', 'é', '日本'];
const fuzz = Array.from({ length: 400 }, () => Array.from({ length: 12 }, () => pieces[Math.floor(next() * pieces.length)]).join(''));
const long = 'x<b>'.repeat(1 << 18);
writeFileSync('hostile.txt', Buffer.concat([Buffer.from(`${[...MARKUP, ...fuzz, long].join('\n')}\n`), Buffer.from([0xff, 0xfe, 0xc3, 0x28, 10])]));
await pp('start', '--label', '<img src=x onerror="document.title=5">', 'sh', '-c', 'cat hostile.txt; echo "<u>shell</u>"; sleep 1000');
await pp('wait', '--pattern', 'shell', '<img src=x onerror="document.title=5">');

const browser = await launch();
const page = await open(browser);
const check = async (what) => {
  const found = await page.evaluate(() => document.querySelectorAll('#app img:not([src="/dashboard/icon.svg"]), #app script, #app iframe, #app b:not(.news), #app u, #app style, #hostile, #app [onerror], #app [onload]').length);
  expect(`elements of a program in ${what}`, found, 0);
  const links = await page.evaluate(() => [...document.querySelectorAll('.log a[target]')].map((link) => link.protocol));
  expect(`links in ${what}`, links.filter((protocol) => !/^https?:$/.test(protocol)), []);
};
await page.locator('[data-process]').waitFor();
await check('the list');
await page.locator('[data-process]').click();
await page.locator('.log-row.stdout').first().waitFor();
const total = await page.evaluate(() => Number(document.querySelector('.log-bar').getAttribute('aria-valuemax')));
expect('lines', total, MARKUP.length + fuzz.length + 3);
await page.keyboard.press('g');
await until('the first line', async () => (await page.locator('.log-text').first().textContent()) === MARKUP[0]);
expect('the second line', await page.locator('.log-text').nth(1).textContent(), MARKUP[1]);
for (let step = 0; step < 40; step += 1) {
  await check(`the log at page ${step}`);
  await page.keyboard.press('PageDown');
}
await page.keyboard.press('G');
await until('the last line', async () => (await page.locator('.log-row.stdout .log-text').last().textContent()) === '<u>shell</u>');
await page.keyboard.press('ArrowUp');
await page.keyboard.press('ArrowUp');
await page.keyboard.press('ArrowUp');
await page.locator('.whole').waitFor();
await check('a selected line of a megabyte');
const slowest = await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame((at) => resolve(performance.now() - at)))));
if (slowest > 1000) throw new Error(`a frame took ${slowest} ms`);
await page.goto(`${page.url().split('#')[0]}#/search?q=onerror`);
await page.locator('[data-match]').first().waitFor();
await check('the search');
if (/^[1-5]$/.test(await page.title())) throw new Error('a script of a program has run');
await end(browser);
