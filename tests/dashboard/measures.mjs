// Measures the dashboard and prints the figures. Usage: measures.mjs SECONDS MEGABYTES FACTOR: how long to follow, how
// much to search, and by how much a busy machine may miss the limits.
import { end, launch, list, open, pp, until } from './harness.mjs';

const [seconds, megabytes, factor] = process.argv.slice(2).map(Number);
const missed = [];
function report(what, value, limit, unit, isAtLeast = false) {
  console.log(`${what.padEnd(64)} ${String(value).padStart(7)} ${unit}   limit ${limit} ${unit}`);
  const isMissed = isAtLeast ? value * factor < limit : value > limit * factor;
  if (isMissed) missed.push(what);
}
const sorted = (values) => [...values].sort((a, b) => a - b);
const at = (values, share) => Math.round(sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))]);

const browser = await launch();

// From a daemon that has just started to the first paint.
await pp('start', '--label', 'flip', 'sleep', '1000');
await pp('shutdown', '--yes');
await pp('list');
const page = await open(browser);
await page.locator('[data-process]').waitFor();
const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
report('first paint from a cold daemon', Math.round(paint), 500, 'ms');

// From an event to the list: the time of the event is the one on record.
await page.evaluate(() => {
  window.seen = [];
  new MutationObserver(() => {
    const text = document.querySelector('tr[data-id=flip] .status')?.textContent;
    if (text && window.seen.at(-1)?.text !== text) window.seen.push({ text, time: Date.now() });
  }).observe(document.querySelector('main'), { subtree: true, childList: true, characterData: true });
});
const delays = [];
for (let round = 0; round < 10; round += 1) {
  await pp('restart', 'flip');
  const { start_time: start } = (await list())[0];
  await until('the start in the list', () => page.evaluate(() => window.seen.at(-1)?.text === 'running'));
  delays.push(await page.evaluate((time) => window.seen.at(-1).time - time, Date.parse(start)));
  await pp('stop', 'flip');
  const { end_time: stop } = (await list())[0];
  await until('the end in the list', () => page.evaluate(() => window.seen.at(-1)?.text.startsWith('stopped')));
  delays.push(await page.evaluate((time) => window.seen.at(-1).time - time, Date.parse(stop)));
}
report('an event is in the list, median', at(delays, 0.5), 100, 'ms');
report('an event is in the list, slowest of 20', at(delays, 1), 100, 'ms');

// Any of ten million lines.
await pp('start', '--label', 'big', 'seq', '1', '10000000');
await pp('wait', '--for', 'exit', '--timeout', '120', 'big');
await page.goto(`${page.url().split('#')[0]}#/p/big`);
await page.locator('.log-text', { hasText: '10000000' }).waitFor();
const jumps = await page.evaluate(async () => {
  const bar = document.querySelector('.log-bar');
  const box = bar.getBoundingClientRect();
  bar.setPointerCapture = () => {};
  const times = [];
  for (let jump = 0; jump < 40; jump += 1) {
    const y = box.top + 20 + Math.random() * (box.height - 40);
    const began = performance.now();
    bar.dispatchEvent(new PointerEvent('pointerdown', { clientY: y, clientX: box.left + 4, pointerId: 1, bubbles: true }));
    bar.dispatchEvent(new PointerEvent('lostpointercapture', { pointerId: 1 }));
    do await new Promise(requestAnimationFrame);
    while (document.querySelector('.log-row.loading') || !document.querySelector('.log-row.stdout'));
    times.push(performance.now() - began);
    const [number, text] = ['.log-number', '.log-text'].map((name) => document.querySelector(name).textContent);
    if (number !== text) throw new Error(`line ${number} shows ${text}`);
  }
  return times;
});
report('a line of ten million is on screen, median', at(jumps, 0.5), 100, 'ms');
report('a line of ten million is on screen, slowest of 40', at(jumps, 1), 100, 'ms');

// Follow ten thousand lines a second, and scroll through them.
const flood = 'let n = 0; const start = Date.now(); setInterval(() => { let text = ""; while (n < (Date.now() - start) * 10) text += `${n++} a line as a server prints it, of about eighty characters each time ${n % 97}\\n`; process.stdout.write(text) }, 20)';
await pp('start', '--label', 'flood', 'node', '-e', flood);
await page.goto(`${page.url().split('#')[0]}#/p/flood`);
await page.locator('.log-row.stdout').first().waitFor();
const session = await page.context().newCDPSession(page);
await session.send('HeapProfiler.enable');
const frames = await page.evaluate(async (length) => {
  const view = document.querySelector('.log-view');
  let count = 0;
  let began = performance.now();
  const rates = [];
  const end = began + length * 1000;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    count += 1;
    const second = Math.floor((performance.now() - (end - length * 1000)) / 1000);
    // Three seconds of following, then two of scrolling up through what was printed.
    if (second % 5 > 2) view.dispatchEvent(new WheelEvent('wheel', { deltaY: -900, bubbles: true, cancelable: true }));
    else if (count % 30 === 0) document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'G', bubbles: true }));
    if (performance.now() - began > 1000) {
      rates.push((count * 1000) / (performance.now() - began));
      [count, began] = [0, performance.now()];
    }
  }
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'G', bubbles: true }));
  return rates;
}, seconds);
await session.send('HeapProfiler.collectGarbage');
const heap = await page.evaluate(() => performance.memory.usedJSHeapSize);
report(`frames a second beside 10,000 lines a second, ${seconds} s, median`, at(frames, 0.5), 30, '/s', true);
report(`frames a second beside 10,000 lines a second, ${seconds} s, 5 % worst`, at(frames, 0.05), 30, '/s', true);
report('heap after it', Math.round(heap / (1 << 20)), 60, 'MB');
await until('the end of the flood', async () => {
  const behind = await page.evaluate(() => Number(document.querySelector('.log-bar').getAttribute('aria-valuemax')));
  const { lines_before: before, output } = JSON.parse(await pp('output', '--format', 'json', '-n', '1', 'flood'));
  return behind > (before + output.length) * 0.98;
});
await pp('stop', 'flood');

// A regular expression over much output.
await pp('start', '--label', 'text', 'sh', '-c', `yes 'GET /products?page=2 200 in 41 ms, a line as a server prints it' | head -c ${megabytes}M; echo 'an error at the end'`);
await pp('wait', '--for', 'exit', '--timeout', '300', 'text');
const searches = [];
for (const pattern of ['err[a-z]+ at', 'a[ ]line', 'in 4\\d ms']) {
  await page.goto(`${page.url().split('#')[0]}#/`);
  await page.locator('main.list').waitFor();
  searches.push(await page.evaluate(async (query) => {
    const began = performance.now();
    location.hash = `/search?${new URLSearchParams({ q: query, in: 'text' })}`;
    while (!document.querySelector('[data-match]')) await new Promise(requestAnimationFrame);
    return performance.now() - began;
  }, pattern));
}
report(`first hits of a regex over ${megabytes} MB, slowest of 3`, at(searches, 1), 300, 'ms');
if (missed.length) throw new Error(`missed: ${missed.join(', ')}`);
await end(browser);
