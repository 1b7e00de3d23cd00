// Every action of the dashboard, with the mouse or with the keyboard alone.
import { end, expect, launch, list, open, origin, pp, until } from './harness.mjs';

const isMouse = process.argv[2] === 'mouse';
const browser = await launch();
const page = await open(browser);
const press = (...keys) => keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
const button = (name) => page.getByRole('button', { name, exact: true });
const statusOf = async (id) => (await list()).find((process) => process.id === id)?.status;
const heading = (text) => page.getByRole('heading', { level: 1, name: text }).waitFor();
const log = (text) => page.locator('.log-text', { hasText: text }).last().waitFor();
const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
const status = (text) => page.locator('main .bar .status', { hasText: text }).waitFor();

// The first steps, and a command that is started here.
await page.getByText('pp npm run dev').waitFor();
if (isMouse) await page.getByText('Start a command here').click();
else await press('n');
await page.getByRole('textbox', { name: 'Command' }).waitFor();
await page.keyboard.type('echo hello; while read line; do echo "got $line"; done');
await press('Tab');
await page.keyboard.type(process.cwd());
await press('Tab');
await page.keyboard.type('talk');
if (isMouse) await page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
else await press('Enter');
await heading('talk');
await log('hello');
const [started] = await list();
expect('who started it', started.started_by, 'dashboard');

// Input.
if (isMouse) await page.getByLabel('Line to send').click();
else await press('i');
await page.keyboard.type('a word');
if (isMouse) await button('Send').click();
else await press('Enter');
await log('got a word');
if (!isMouse) await press('Escape');

// A restart, and the run before it.
if (isMouse) await page.getByRole('group', { name: 'Actions' }).getByText('Restart').click();
else await press('r');
await until('the second run', async () => (await list())[0].run === 2 && (await statusOf('talk')) === 'running');
await until('its number in the page', async () => (await page.getByLabel('Run', { exact: true }).inputValue()) === '2');
await page.getByLabel('Run', { exact: true }).locator('option').nth(1).waitFor({ state: 'attached' });
if (isMouse) await page.getByLabel('Run', { exact: true }).selectOption('1');
else {
  await page.getByLabel('Run', { exact: true }).focus();
  await press('ArrowDown');
  await press('Escape');
}
await log('got a word');
expect('the link to the run', new URL(page.url()).hash, '#/p/talk/1');

// A line: selected, copied, linked.
if (isMouse) await page.locator('.log-number', { hasText: '2' }).first().click();
else await press('G', 'ArrowUp');
await page.getByText('Line 2 of 2').waitFor();
if (isMouse) await button('Copy line').or(page.getByText('Copy line')).first().click();
else await press('c');
await until('the copied line', async () => (await clipboard()) === 'got a word');
if (isMouse) await page.getByText('Copy link').click();
else await press('y');
await until('the copied link', async () => (await clipboard()) === `${origin}/dashboard#/p/talk/1/2`);
if (isMouse) await page.locator('.log-number', { hasText: '1' }).first().click({ modifiers: ['Shift'] });
else await press('Shift+ArrowUp');
await page.getByText('Lines 1–2 of 2').waitFor();
if (isMouse) await page.getByText('Copy 2 lines').click();
else await press('c');
await until('two copied lines', async () => (await clipboard()) === 'hello\ngot a word');
const other = await open(browser, '/p/talk/1/2', { context: page.context() });
await other.getByText('Line 2 of 2').waitFor();
await other.close();

// The end, a start, a signal.
if (isMouse) await page.getByRole('group', { name: 'Actions' }).getByText('Stop').click();
else await press('s');
await status('stopped by you');
await page.getByText('It was stopped by you, in the dashboard').waitFor();
if (isMouse) await page.getByRole('group', { name: 'Actions' }).getByText('Start').click();
else await press('r');
await status('running');
if (isMouse) await page.getByRole('group', { name: 'Actions' }).getByText('Signal…').click();
else await press('x');
await page.getByText('SIGKILL', { exact: true }).waitFor();
if (isMouse) await page.getByText('SIGKILL', { exact: true }).click();
else {
  for (let step = 0; step < 7; step += 1) await press('Tab');
  expect('the focus', await page.evaluate(() => document.activeElement.textContent), 'SIGKILLend at once');
  await press('Enter');
}
await status('killed (SIGKILL)');

// A search over everything, to the line that matches.
if (isMouse) await page.getByLabel('Search all output').click();
else await press('/');
await page.keyboard.type('got');
// What is typed stays when the page is drawn again.
await page.waitForResponse((response) => response.url().includes('facts=true'));
expect('what was typed', await page.getByLabel('Search all output').inputValue(), 'got');
await press('Enter');
await page.getByText('1 line, newest first').waitFor();
if (isMouse) await page.locator('[data-match]').click();
else await press('Escape', 'ArrowDown', 'Enter');
await page.getByText('Line 2 of 2').waitFor();
expect('the mark', await page.locator('.log mark').first().textContent(), 'got');

// The list: its own buttons, the URL, forgetting.
const port = process.argv[3];
await pp('start', '--wait-for', 'ready', '--label', 'serve', 'node', '-e', `require('http').createServer((q, r) => r.end('served')).listen(${port})`);
if (isMouse) await page.getByRole('link', { name: 'persistproc' }).click();
else await press('Escape', 'Escape');
await heading(/Processes/);
await page.getByRole('link', { name: `localhost:${port}` }).waitFor();
const opened = page.context().waitForEvent('page');
if (isMouse) await button('Open serve').click();
else {
  await press('ArrowDown');
  expect('the focus', await page.evaluate(() => document.activeElement.dataset.process), 'serve');
  await press('o');
}
const served = await opened;
await served.getByText('served').waitFor();
await served.close();
if (isMouse) await button('Stop serve').click();
else await press('s');
await page.locator('tr[data-id=serve]', { hasText: 'stopped by you' }).waitFor();
if (isMouse) await button('Forget talk').click();
else {
  await until('the focus on talk', async () => {
    await press('ArrowDown');
    return (await page.evaluate(() => document.activeElement.dataset.process)) === 'talk';
  });
  await press('f');
}
await page.getByRole('dialog').getByText('Its record and the output').waitFor();
if (isMouse) await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
else await press('Tab', 'Enter');
await page.locator('tr[data-id=talk]').waitFor({ state: 'detached' });
expect('what is left', (await list()).map((process) => process.id), ['serve']);

// Help, the filter, the theme.
if (isMouse) await button('Keyboard').click();
else await press('?');
await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
await press('Escape');
await page.getByRole('dialog').waitFor({ state: 'detached' });
const theme = () => page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);
for (const expected of ['light', 'dark']) {
  if (isMouse) await button('Dark, light, or as the system').click();
  else await press('t');
  await until(`the theme ${expected}`, async () => (await theme()) === expected);
}
await end(browser);
