// Small parts of the views: icons, buttons, dialogs, and numbers as text.
import { html, useEffect, useRef } from './preact.js';
import { change, copy, dismiss, isAlive, isPending, nameOf, state } from './store.js';

const ICONS = {
  stop: 'M4.5 4.5h7v7h-7z',
  start: 'M5.5 3.5v9l7-4.5z',
  restart: 'M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.8 2.5v2.8H10',
  open: 'M9 3.5h3.5V7M12.5 3.5L7.5 8.5M6.5 4H4v8h8V9.5',
  forget: 'M3.5 4.5h9M6.5 4.5V3h3v1.5M4.5 4.5l.6 8h5.8l.6-8',
  copy: 'M6 6h6.5v6.5H6zM3.5 10V3.5H10',
  link: 'M7 9l2-2M6.5 6l1.8-1.8a2.5 2.5 0 0 1 3.5 3.5L10 9.5M9.5 10l-1.8 1.8a2.5 2.5 0 0 1-3.5-3.5L6 6.5',
  add: 'M8 3.5v9M3.5 8h9',
  help: 'M6 6.2a2 2 0 1 1 2.8 1.8c-.5.3-.8.6-.8 1.2M8 11.6v.1',
  theme: 'M8 2.8a5.2 5.2 0 1 0 0 10.4zM8 2.8a5.2 5.2 0 0 1 0 10.4',
  signal: 'M8.8 2.5L4 9h3.6l-.6 4.5L12 7H8.3z',
  down: 'M8 3.5v9M4.5 9L8 12.5 11.5 9',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3l3.2 3.2',
  close: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
};

export const Icon = ({ name }) =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;

/** A button. With an icon alone, the label is its tooltip and its name. */
export function Button({ icon, label, text, keys, kind = '', busy, ...rest }) {
  const title = keys ? `${label} (${keys})` : label;
  return html`<button type="button" class="button ${kind}" title=${title} aria-label=${text ? undefined : label}
    aria-busy=${busy ? 'true' : undefined} disabled=${busy || rest.disabled} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}${text && html`<span>${text}</span>`}
  </button>`;
}

/** A button that acts on a process. It is busy until the daemon has answered. */
export const Action = ({ process, name, ...rest }) =>
  html`<${Button} icon=${rest.icon ?? name} busy=${isPending(process, name)} data-action=${name} ...${rest} />`;

export const Status = ({ process, isShort }) => html`
  <span class="status ${isAlive(process) ? process.status : process.texts?.is_failure ? 'failed' : 'ended'}">
    <i class="dot" aria-hidden="true" />${isShort ? process.texts?.short_status : process.texts?.status}
    ${state.unseen.has(process.id) && html`<b class="news" title="Ended since you have looked">new</b>`}
  </span>`;

/** Where a process answers: the URL that it has printed, or its ports. */
export function Address({ process }) {
  const { url, ports = [] } = (isAlive(process) && process.facts) || {};
  const href = addressOf(process);
  if (!href) return html`<span class="muted">${ports.map((port) => `:${port}`).join(' ')}</span>`;
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${(url ?? href).replace(/^https?:\/\/|\/$/g, '')}</a>`;
}

export function addressOf(process) {
  const { url, ports = [] } = (isAlive(process) && process.facts) || {};
  const address = url ?? (ports.length ? `http://localhost:${ports[0]}/` : null);
  return /^https?:\/\//.test(address ?? '') ? address.replace(/:\/\/(0\.0\.0\.0|\[::\])(?=[:/]|$)/, '://localhost') : null;
}

/** A field that keeps what is typed while the page is drawn again. It shows `text` when that is another one. */
export function Field({ text = '', ...rest }) {
  const field = useRef();
  useEffect(() => {
    field.current.value = text;
  }, [text]);
  return html`<input ref=${field} ...${rest} />`;
}

export function Dialog({ title, children, onClose = () => change({ dialog: null }) }) {
  const box = useRef();
  useEffect(() => box.current.showModal(), []);
  return html`<dialog ref=${box} aria-labelledby="dialog-title" onClose=${onClose}
    onClick=${(event) => event.target === box.current && box.current.close()}>
    <header><h2 id="dialog-title">${title}</h2><${Button} icon="close" label="Close" keys="Esc" kind="quiet" onClick=${() => box.current.close()} /></header>
    ${children}
  </dialog>`;
}

export const Toasts = () => html`<div class="toasts">${state.toasts.map(({ number, message, hint, kind }) => html`
  <div key=${number} class="toast ${kind}" role=${kind === 'error' ? 'alert' : 'status'}>
    <p>${message}${hint && html`<small>${hint}</small>`}</p>
    <${Button} icon="close" label="Dismiss" kind="quiet" onClick=${() => dismiss(number)} />
  </div>`)}</div>`;

export const Loading = () => html`<div class="loading" role="status" aria-label="Loading">${[1, 2, 3].map(() => html`<i />`)}</div>`;

/** A command to type in a terminal, with a button that copies it. */
export const Command = ({ text }) => html`<span class="command"><code>${text}</code>
  <${Button} icon="copy" label=${`Copy ${text}`} kind="quiet" onClick=${() => copy(text, text)} /></span>`;

// ---- Numbers as text, in the words of the command line ----

export function duration(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
}

export function ageOf(process) {
  const since = process.end_time ?? (process.status === 'lost' ? null : process.start_time);
  return since ? duration((Date.now() - Date.parse(since)) / 1000) : '';
}

/** A local time, with the day unless it is today. */
export function clock(text) {
  const date = new Date(text);
  const time = date.toLocaleTimeString([], { hourCycle: 'h23' });
  if (!text || date.toDateString() === new Date().toDateString()) return text ? time : '';
  return `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${time}`;
}

export function size(bytes) {
  const unit = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes / 1.023) / 10));
  const value = bytes / 1024 ** unit;
  return `${unit && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][unit]}`;
}

export const usageOf = ({ facts }) =>
  facts?.memory ? { cpu: facts.cpu == null ? '' : `${Math.round(facts.cpu * 100)} %`, memory: size(facts.memory) } : { cpu: '', memory: '' };

export const directory = (path) => path.replace(/^(\/(?:home|Users)\/[^/]+|\/root)(?=\/|$)/, '~');
export const label = (process, verb) => `${verb} ${nameOf(process)}`;
