// What the tests of the dashboard share: a real browser, pages that fail the test on any violation of their policy, any
// error and any request to another origin, and the command line.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const tools = createRequire(`${process.env.BROWSER_TOOLS}/package.json`);
const { chromium } = tools('playwright-core');
const AXE = readFileSync(tools.resolve('axe-core/axe.min.js'), 'utf8');
const TIMEOUT_MS = 20_000;

export const origin = process.env.DASHBOARD_ORIGIN;
export const failures = [];

/** Runs a command line of ours to its end. */
export async function pp(...words) {
  const { stdout } = await promisify(execFile)(process.env.PP, words, { maxBuffer: 1 << 26 });
  return stdout;
}

export const list = async () => JSON.parse(await pp('list', '--format', 'json')).processes;

export async function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

/** A page whose violations become failures. While `allowsLoss` is set, the daemon may be away. */
export async function open(browser, path = '/', { width = 1280, height = 800, theme = 'light', context } = {}) {
  const owner = context ?? (await browser.newContext({ viewport: { width, height }, colorScheme: theme, permissions: ['clipboard-read', 'clipboard-write'] }));
  const page = await owner.newPage();
  page.setDefaultTimeout(TIMEOUT_MS);
  page.allowsLoss = false;
  const fail = (what) => failures.push(`${page.url()}: ${what}`);
  page.on('pageerror', (error) => fail(`error: ${error.stack}`));
  page.on('console', (message) => {
    const isLoss = /ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !(isLoss && page.allowsLoss)) fail(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) fail(`request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  const files = process.env.DASHBOARD_FILES;
  if (files) {
    await page.route(/\/dashboard\/./, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: readFileSync(`${files}/${new URL(route.request().url()).pathname.split('/').pop()}`) });
    });
  }
  await page.goto(`${origin}/dashboard#${path}`);
  return page;
}

/** Fails on every finding of the accessibility checker. */
export async function checkAccess(page, what) {
  // The policy of the page allows no script of others: the checker runs beside it.
  const findings = await page.evaluate(`(() => { const module = undefined, exports = undefined; ${AXE}; return axe.run(document, { resultTypes: ['violations'] }); })()`);
  for (const { id, help, nodes } of findings.violations) failures.push(`${what}: ${id}: ${help}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`);
}

/** Waits until this is true. */
export async function until(what, condition, timeout = TIMEOUT_MS) {
  const end = Date.now() + timeout;
  let last;
  while (Date.now() < end) {
    try {
      if (await condition()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`timeout: ${what} ${last ?? ''}`);
}

export function expect(what, actual, expected) {
  const [left, right] = [actual, expected].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`${what}: ${left} instead of ${right}`);
}

/** Ends the browser and the test. */
export async function end(browser) {
  await browser.close();
  if (failures.length) throw new Error(`${failures.length} failures:\n${failures.join('\n')}`);
  console.log('passed');
}
