// The accessibility checker finds nothing in any view, in both themes, on wide and narrow screens.
import { checkAccess, end, launch, open, pp } from './harness.mjs';

const browser = await launch();
const empty = await open(browser);
await empty.getByText('No processes yet').waitFor();
await checkAccess(empty, 'no processes');
await empty.context().close();
await pp('start', '--label', 'talk', 'sh', '-c', 'for c in 0 1 2 3 4 5 6 7; do printf "\\033[3${c}m colour \\033[9${c}m bright \\033[0m\\033[4${c}m ground \\033[0m\\n"; done; echo errors >&2; sleep 1000');
await pp('start', '--label', 'gone', 'sh', '-c', 'echo the end; exit 3');
await pp('wait', '--for', 'exit', 'gone');
for (const [theme, width] of [['light', 1280], ['dark', 1280], ['dark', 360]]) {
  for (const path of ['/', '/p/talk', '/p/talk/1/3', '/p/gone', '/search?q=o', '/p/nothing']) {
    const page = await open(browser, path, { theme, width });
    await page.locator('[data-process], .log-row.stdout, [data-match], main a').first().waitFor();
    if (path.startsWith('/search')) await page.locator('[data-match]').first().waitFor();
    await checkAccess(page, `${path} ${theme} ${width}`);
    if (path === '/' && width === 1280) {
      for (const key of ['?', 'n']) {
        await page.keyboard.press(key);
        await page.getByRole('dialog').waitFor();
        await checkAccess(page, `dialog ${key} ${theme}`);
        await page.keyboard.press('Escape');
      }
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overflow > 0) throw new Error(`${path} is ${overflow} px too wide for ${width}`);
    await page.context().close();
  }
}
await end(browser);
