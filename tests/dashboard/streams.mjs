// Twelve tabs at once, hidden tabs, and a daemon that is killed and replaced.
import { end, expect, launch, list, open, pp, until } from './harness.mjs';

const browser = await launch();
await pp('start', '--label', 'talk', 'sh', '-c', 'echo hello; while read line; do echo "got $line"; done');
const first = await open(browser, '/p/talk');
const context = first.context();

/** What a tab that is hidden or shown again sees. Without a screen, a browser hides none by itself. */
const setHidden = (page, isHidden) => page.evaluate((value) => {
  Object.defineProperty(document, 'hidden', { value, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, isHidden);
const closed = (page) => page.waitForEvent('requestfailed', (request) => request.url().includes('/v1/events'));
/** Hides a tab, which closes its stream. */
async function hide(page) {
  const end = closed(page);
  await setHidden(page, true);
  await end;
}
const isLive = (page) => page.locator('.connection.live').waitFor();

// A browser opens six connections to a host: twelve tabs work because only those that are seen have a stream.
const tabs = [first];
while (tabs.length < 12) {
  await isLive(tabs.at(-1));
  await hide(tabs.at(-1));
  tabs.push(await open(browser, tabs.length % 2 ? '/' : '/p/talk', { context }));
}
for (const page of [...tabs].reverse()) {
  await setHidden(page, false);
  await isLive(page);
  await page.locator('main h1').first().waitFor();
  await hide(page);
}
await setHidden(first, false);
await isLive(first);
await first.locator('.log-text', { hasText: 'hello' }).waitFor();
await pp('send', 'talk', 'one');
await first.locator('.log-text', { hasText: 'got one' }).waitFor();
await hide(first);
await pp('send', 'talk', 'two');
await setHidden(first, false);
await first.locator('.log-text', { hasText: 'got two' }).waitFor();

// The daemon is killed. The page says so and goes on with the next one.
first.allowsLoss = true;
tabs.forEach((page) => (page.allowsLoss = true));
const { pid } = JSON.parse(await pp('list', '--pid', '0', '--format', 'json')).processes[0];
process.kill(pid, 'SIGKILL');
await first.getByText('Reconnecting…').waitFor();
await pp('send', 'talk', 'three');
await isLive(first);
await first.locator('.log-text', { hasText: 'got three' }).waitFor();
expect('the process', (await list())[0].status, 'running');
await pp('shutdown', '--yes');
await first.getByText('The daemon was shut down').waitFor();
await until('the next daemon', async () => {
  await pp('list');
  return first.locator('.connection.live').isVisible();
});
await end(browser);
