// What an agent starts over MCP appears in the page at once, with who started it; a stop in the page is seen by the agent
// that waits, by the command line and by the terminal that watches the list.
import { spawn } from 'node:child_process';
import { end, expect, launch, list, open, origin, until } from './harness.mjs';

let session;
async function call(method, params, id) {
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...(session && { 'mcp-session-id': session }) };
  const response = await fetch(`${origin}/mcp`, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id, method, params }) });
  session ??= response.headers.get('mcp-session-id');
  const text = await response.text();
  const messages = text.split('\n').map((line) => line.replace(/^data: ?/, '')).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  return messages.find((message) => message.id === id);
}
const tool = (id, name, parameters) => call('tools/call', { name, arguments: parameters }, id);

const browser = await launch();
const page = await open(browser);
await page.getByText('No processes yet').waitFor();
const watch = spawn(process.env.PP, ['list', '--watch', '--format', 'json']);
let watched = '';
watch.stdout.on('data', (part) => (watched += part));

await call('initialize', { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'claude-code', version: '1' } }, 1);
await call('notifications/initialized', {});
await tool(2, 'ctrl', { action: 'start', command_or_label: 'sleep 1000', label: 'nap', working_directory: process.cwd() });
const row = page.locator('tr[data-id=nap]');
await row.getByText('claude-code').waitFor();
await row.locator('.status', { hasText: 'running' }).waitFor();

const waiting = tool(3, 'wait', { command_or_label: 'nap', for: 'exit', timeout_seconds: 60 });
await page.getByRole('button', { name: 'Stop nap' }).click();
await row.locator('.status', { hasText: 'stopped by you' }).waitFor();
const answer = JSON.stringify(await waiting);
if (!/"reached":true/.test(answer)) throw new Error(`the agent that waits got ${answer}`);
expect('who stopped it', (await list())[0].stopped_by, 'dashboard');
await until('the list that is watched', () => watched.includes('"terminated"'));
watch.kill();
await end(browser);
