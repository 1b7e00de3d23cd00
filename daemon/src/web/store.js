// What the page knows: processes, the connection, the route, messages; and the requests that change processes.
import { EventStream, get, pathOf, post, remove } from './api.js';

/** How long ago a process may have ended at most to be listed, as in `pp list`. */
const RECENT_MS = 15 * 60 * 1000;
/** CPU and memory have no events. They are measured while the page is visible. */
const FACTS_INTERVAL_MS = 2000;
const FACTS_DELAY_MS = 150;
const MAX_TOASTS = 4;

export const state = {
  processes: new Map(),
  isLoaded: false,
  connection: 'connecting',
  version: null,
  showsAll: false,
  filter: '',
  route: { view: 'list' },
  pending: new Set(),
  unseen: new Set(),
  toasts: [],
  dialog: null,
};

/** Gets the `output` events of the stream, and is called when it was opened. */
export const listeners = { output: () => {}, opened: () => {} };

let draw = () => {};
let isScheduled = false;
let toastNumber = 0;
let factsTimer;
let isAskingFacts = false;
let stream;

/** Draws the page again, once for all changes until the next frame. */
export function changed() {
  if (isScheduled) return;
  isScheduled = true;
  // A hidden tab has no frames.
  const soon = document.hidden ? (task) => setTimeout(task, 100) : requestAnimationFrame;
  soon(() => {
    isScheduled = false;
    draw();
  });
}

export function change(fields) {
  Object.assign(state, fields);
  changed();
}

// ---- The list ----

export const isAlive = (process) => process.status === 'running' || process.status === 'stopping';
export const nameOf = (process) => process.texts?.name ?? process.id;
const time = (text) => (text ? Date.parse(text) : 0);

/** Running ones first, newest first; then those that ended, last end first: the order of `pp list`. */
function compare(a, b) {
  if (isAlive(a) !== isAlive(b)) return isAlive(a) ? -1 : 1;
  const newest = (process) => time(process.start_time ?? process.end_time);
  if (isAlive(a)) return newest(b) - newest(a);
  return time(b.end_time) - time(a.end_time) || newest(b) - newest(a);
}

function isRelevant(process) {
  return isAlive(process) || process.texts?.is_failure || Date.now() - time(process.end_time) < RECENT_MS;
}

/** The processes that are shown, and how many more have ended. */
export function shownProcesses() {
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = (process) => `${nameOf(process)} ${process.texts?.command} ${process.working_directory}`.toLowerCase();
  const matches = (process) => words.every((word) => text(process).includes(word));
  const all = [...state.processes.values()].filter(matches).sort(compare);
  const shown = state.showsAll || words.length ? all : all.filter(isRelevant);
  return { shown, hidden: all.length - shown.length };
}

/** Takes a process from an event or a list. What was measured of the same run stays. */
function put(process) {
  const known = state.processes.get(process.id);
  if (known && known.run > process.run) return;
  const facts = process.facts ?? (known?.run === process.run ? known.facts : undefined);
  if (process.facts) facts.cpu = known?.facts && known.run === process.run ? cpuOf(known, facts) : null;
  state.processes.set(process.id, { ...process, facts, measured: process.facts ? performance.now() : known?.measured });
}

/** Share of one core since the last measurement. */
function cpuOf(known, facts) {
  const seconds = (performance.now() - known.measured) / 1000;
  if (!(seconds > 0.2)) return known.facts.cpu ?? null;
  return Math.max(0, (facts.cpu_seconds - known.facts.cpu_seconds) / seconds);
}

async function list(parameters) {
  const answer = await get('/v1/processes', { texts: true, ...parameters });
  return answer.processes;
}

async function loadList() {
  const began = performance.now();
  const processes = await list({});
  const ids = new Set(processes.map((process) => process.id));
  // An event since then may be newer than this answer.
  const isOlder = (id) => !(state.processes.get(id)?.eventAt > began);
  for (const id of state.processes.keys()) if (!ids.has(id) && isOlder(id)) state.processes.delete(id);
  processes.filter(({ id }) => isOlder(id)).forEach(put);
  change({ isLoaded: true });
  // The last lines of ended processes are read once; those of the others with their measurements.
  measure({ facts: true });
}

async function measure(parameters) {
  clearTimeout(factsTimer);
  if (isAskingFacts || document.hidden || state.connection !== 'live') return;
  isAskingFacts = true;
  try {
    for (const process of await list(parameters)) {
      const known = state.processes.get(process.id);
      // The status comes from the stream, which may be ahead of this answer.
      if (known?.run === process.run) put({ ...known, facts: process.facts });
    }
    changed();
  } catch {
    // The stream notices that the daemon is gone.
  }
  isAskingFacts = false;
  measureIn(FACTS_INTERVAL_MS);
}

function measureIn(delay, target) {
  clearTimeout(factsTimer);
  const parameters = target ? { facts: true, target } : { facts: true, status: 'running,stopping' };
  factsTimer = setTimeout(() => measure(parameters), delay);
}

// ---- The stream ----

function onProcess({ event, process }) {
  if (event === 'missed') return void loadList().catch(showProblem);
  if (event === 'shut_down') return change({ connection: 'shut down' });
  if (event === 'forgotten') {
    state.processes.delete(process.id);
    state.unseen.delete(process.id);
  } else {
    put({ ...process, eventAt: performance.now() });
    const isOpen = state.route.id === process.id && !document.hidden;
    if (process.texts.is_failure && event !== 'changed' && !isOpen) state.unseen.add(process.id);
    measureIn(FACTS_DELAY_MS, isAlive(process) ? undefined : process.id);
  }
  changed();
}

export function connect(render) {
  draw = render;
  stream = new EventStream({
    process: onProcess,
    output: (event) => listeners.output(event),
    lost() {
      if (state.connection !== 'shut down') change({ connection: 'lost' });
    },
    opened(version) {
      if (state.version && version !== state.version) location.reload();
      change({ connection: 'live', version });
      loadList().catch(showProblem);
      listeners.opened();
    },
  });
  changed();
}

export const follow = (id) => stream?.follow(id);

// ---- Messages ----

export function toast(message, { hint, kind = 'done' } = {}) {
  const number = (toastNumber += 1);
  state.toasts = [...state.toasts, { number, message, hint, kind }].slice(-MAX_TOASTS);
  if (kind === 'done') setTimeout(() => dismiss(number), 4000);
  changed();
}

export function dismiss(number) {
  change({ toasts: state.toasts.filter((shown) => shown.number !== number) });
}

export function showProblem(problem) {
  if (problem.name !== 'AbortError') toast(problem.message, { hint: problem.hint, kind: 'error' });
}

export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}`);
  } catch {
    toast('The browser did not allow to copy.', { hint: 'Select the text and copy it with the keyboard.', kind: 'error' });
  }
}

// ---- Changes of processes ----

/** Sends a request about a process and says what came of it. While it runs, its button is busy. */
async function act(process, key, request, done) {
  const pending = `${process.id} ${key}`;
  if (state.pending.has(pending)) return false;
  state.pending.add(pending);
  changed();
  try {
    await request();
    if (done) toast(done);
    return true;
  } catch (problem) {
    showProblem(problem);
    return false;
  } finally {
    state.pending.delete(pending);
    changed();
  }
}

export const isPending = (process, key) => state.pending.has(`${process.id} ${key}`);

export const stop = (process, force = false) =>
  act(process, 'stop', () => post(pathOf(process.id, 'stop'), { force }), `Stopped ${nameOf(process)}`);

export function restart(process) {
  const done = isAlive(process) ? 'Restarted' : 'Started';
  return act(process, 'restart', () => post(pathOf(process.id, 'restart')), `${done} ${nameOf(process)}`);
}

export const send = (process, body) => act(process, 'send', () => post(pathOf(process.id, 'stdin'), body));

export const signal = (process, name) =>
  act(process, 'signal', () => post(pathOf(process.id, 'signal'), { signal: name }), `Sent ${name} to ${nameOf(process)}`);

export const forget = (process) =>
  act(process, 'forget', () => remove(pathOf(process.id)), `Forgot ${nameOf(process)}`);

export async function start(request) {
  const started = await post('/v1/processes', request);
  toast(started.already_running ? `${started.id} is already running` : `Started ${started.id}`);
  go(linkOf(started.id));
}

// ---- Routes: #/ · #/p/<id>[/<run>[/<line>]] · #/search?q=…&in=<id> ----

export function readRoute() {
  const [path, parameters] = location.hash.slice(1).split('?');
  const [view, id, run, line] = path.split('/').slice(1).map(decoded);
  const given = new URLSearchParams(parameters);
  if (view === 'p' && id) {
    state.unseen.delete(id);
    const mark = given.get('mark') ?? '';
    return { view: 'process', id, run: Number(run) || null, line: Number(line) || null, after: given.get('after'), mark };
  }
  if (view === 'search') return { view, query: given.get('q') ?? '', target: given.get('in') ?? '' };
  return { view: 'list' };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function go(path, replaces = false) {
  if (!replaces) return void (location.hash = path);
  history.replaceState(null, '', `#${path}`);
}

export const linkOf = (id, run, line) => `/p/${encodeURIComponent(id)}${run ? `/${run}${line ? `/${line}` : ''}` : ''}`;
