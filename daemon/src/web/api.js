// Requests to the daemon, and the stream of events of this tab.

const TOKEN_KEY = 'persistproc-token';
const BACKOFF = [250, 500, 1000, 2000];

/** Takes the token out of the fragment, in which `pp dashboard` passes it where the daemon needs one. */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (!given.has('token')) return;
  sessionStorage.setItem(TOKEN_KEY, given.get('token'));
  history.replaceState(null, '', `#${given.get('to') || '/'}`);
}

function headers() {
  const token = sessionStorage.getItem(TOKEN_KEY);
  return { 'x-persistproc-client': 'dashboard', ...(token && { authorization: `Bearer ${token}` }) };
}

/** An error of the daemon: a sentence and the next step. */
export class Problem extends Error {
  constructor({ message, hint, code }) {
    super(message);
    this.hint = hint;
    this.code = code;
  }
}

async function send(method, path, { body, signal } = {}) {
  const type = body && { 'content-type': 'application/json' };
  const options = { method, signal, cache: 'no-store', headers: { ...headers(), ...type } };
  let response;
  try {
    response = await fetch(path, { ...options, body: body && JSON.stringify(body) });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    const hint = 'This page reconnects by itself. To start the daemon: pp list';
    throw new Problem({ message: 'The daemon does not answer.', hint });
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({ message: `The daemon answered ${response.status}.` }));
  if (problem.code === 'unauthorized') problem.hint = 'Open the page with: pp dashboard';
  throw new Problem(problem);
}

const query = (parameters) => {
  const given = Object.entries(parameters).filter(([, value]) => value != null && value !== '');
  return new URLSearchParams(given).toString();
};

export async function get(path, parameters = {}, signal) {
  return (await send('GET', `${path}?${query(parameters)}`, { signal })).json();
}

export async function post(path, body = {}) {
  return (await send('POST', path, { body })).json();
}

export async function remove(path) {
  return (await send('DELETE', path)).json();
}

/** `/v1/processes/{id}`, with a verb. */
export const pathOf = (id, verb) => `/v1/processes/${encodeURIComponent(id)}${verb ? `/${verb}` : ''}`;

/**
 * The one stream of this tab: events of all processes, and the rows of the one that is followed. It is closed while the
 * tab is hidden, and opened again when it ends.
 */
export class EventStream {
  constructor(handlers) {
    this.handlers = handlers;
    this.followed = null;
    this.failures = 0;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.close() : this.open()));
    if (!document.hidden) this.open();
  }

  /** Follows another process, or none. */
  follow(id) {
    if (this.followed === id) return;
    this.followed = id;
    if (!document.hidden) this.open();
  }

  close() {
    this.aborter?.abort();
    this.aborter = null;
    clearTimeout(this.timer);
  }

  open() {
    this.close();
    const aborter = (this.aborter = new AbortController());
    this.read(aborter.signal).catch(() => {}).then(() => {
      if (aborter.signal.aborted) return;
      this.handlers.lost();
      // Waits are spread, so that twelve tabs do not ask at the same moment.
      const wait = BACKOFF[Math.min(this.failures, BACKOFF.length - 1)] * (0.75 + Math.random() / 2);
      this.failures += 1;
      this.timer = setTimeout(() => this.open(), wait);
    });
  }

  async read(signal) {
    const output = this.followed && { follow: this.followed, lines: 0, newest: 200, color: true };
    const response = await send('GET', `/v1/events?${query({ texts: true, ...output })}`, { signal });
    this.failures = 0;
    this.handlers.opened(response.headers.get('persistproc-version'));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const end = text.lastIndexOf('\n\n');
      if (end < 0) continue;
      for (const message of text.slice(0, end).split('\n\n')) this.dispatch(message);
      text = text.slice(end + 2);
    }
  }

  dispatch(message) {
    const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(message) ?? [];
    if (name) this.handlers[name]?.(JSON.parse(data));
  }
}
