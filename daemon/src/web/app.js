// The page: header, routes, keys and dialogs.
import { html, render, useState } from './preact.js';
import { takeToken } from './api.js';
import { change, connect, forget, go, nameOf, readRoute, signal, start, state, stop } from './store.js';
import { Button, Dialog, Field, Toasts } from './parts.js';
import { List, listKey, processKey } from './list.js';
import { Process, logKey, search } from './process.js';
import { Search, searchKey } from './search.js';

const SIGNALS = { INT: 'interrupt, as Ctrl+C', TERM: 'end', HUP: 'read settings again', USR1: 'what the program makes of it', USR2: 'what the program makes of it', QUIT: 'end with a core dump', KILL: 'end at once' };
const KEYS = [
  ['Everywhere', [['/', 'Search the output of all processes'], ['n', 'Start a command'], ['t', 'Dark, light, or as the system'], ['Esc', 'Back'], ['?', 'This help']]],
  ['List', [['↑ ↓', 'Choose a process'], ['Enter', 'Show its output'], ['a', 'Show all that have ended']]],
  ['Process', [['r', 'Restart, or start again'], ['s', 'Stop'], ['o', 'Open its URL'], ['x', 'Send a signal'], ['f', 'Forget'], ['i', 'Type into its input']]],
  ['Output', [['↑ ↓', 'Choose a line; with Shift several'], ['PgUp PgDn', 'Scroll'], ['g G', 'First line; last line, and follow'], ['c', 'Copy the lines'], ['y', 'Copy a link to the line'], ['n', 'Next match']]],
];
const CONNECTIONS = {
  connecting: 'Connecting…',
  live: 'Live',
  lost: 'Reconnecting…',
  'shut down': 'The daemon was shut down. Any pp command starts it again.',
};
const THEMES = ['system', 'light', 'dark'];

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem('theme', theme);
}

const nextTheme = () => setTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]);

const Header = () => html`<header class="top">
  <a class="home" href="#/"><img src="/dashboard/icon.svg" alt="" width="20" height="20" />persistproc</a>
  <form role="search" aria-label="All output" onSubmit=${(event) => (event.preventDefault(), search(event.target.elements.everything.value.trim()))}>
    <${Field} type="search" name="everything" id="everything" class="code" aria-label="Search all output" placeholder="Search all output (regex)" text=${state.route.query} />
    <kbd aria-hidden="true">/</kbd></form>
  <span class="connection ${state.connection.replace(' ', '-')}" role="status"><i class="dot" aria-hidden="true" />${CONNECTIONS[state.connection]}</span>
  <${Button} icon="theme" label="Dark, light, or as the system" keys="t" kind="quiet" onClick=${nextTheme} />
  <${Button} icon="help" label="Keyboard" keys="?" kind="quiet" onClick=${() => change({ dialog: { kind: 'help' } })} />
</header>`;

const Help = () => html`<${Dialog} title="Keyboard"><div class="keys">${KEYS.map(([title, keys]) => html`<section><h3>${title}</h3><dl>
  ${keys.map(([key, what]) => html`<div><dt>${key.split(' ').map((one) => html`<kbd>${one}</kbd>`)}</dt><dd>${what}</dd></div>`)}</dl></section>`)}</div><//>`;

function Start() {
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    const { command, directory, label } = event.target.elements;
    try {
      await start({ command: command.value, working_directory: directory.value, ...(label.value && { label: label.value }) });
      change({ dialog: null });
    } catch (error) {
      setProblem(error);
    }
  };
  // What is typed stays when the list changes.
  const folders = [...new Set([...state.processes.values()].map((process) => process.working_directory))];
  const [folder] = useState(folders[0]);
  return html`<${Dialog} title="Start a command"><form class="fields" onSubmit=${submit}>
    <label>Command<input name="command" class="code" required autofocus placeholder="npm run dev" autocomplete="off" spellcheck=${false} /></label>
    <label>Directory<${Field} name="directory" class="code" required pattern="/.*" title="An absolute path" list="folders" placeholder="/home/me/project" text=${folder} /></label>
    <datalist id="folders">${folders.map((folder) => html`<option value=${folder} />`)}</datalist>
    <label><span>Name <small>(optional)</small></span><input name="label" autocomplete="off" /></label>
    ${problem && html`<p class="error" role="alert">${problem.message} <small>${problem.hint}</small></p>`}
    <footer><${Button} icon="start" text="Start" label="Start" kind="primary" type="submit" /></footer>
  </form><//>`;
}

const Signal = ({ process }) => html`<${Dialog} title="Send a signal to ${nameOf(process)}"><div class="signals">
  ${Object.entries(SIGNALS).map(([name, what]) => html`<button type="button" class="button" onClick=${() => (change({ dialog: null }), signal(process, name))}>
    <b>SIG${name}</b><small>${what}</small></button>`)}
  <button type="button" class="button danger" onClick=${() => (change({ dialog: null }), stop(process, true))}><b>Kill the whole tree</b><small>SIGKILL to the process and all its descendants</small></button>
</div><//>`;

const Forget = ({ process }) => html`<${Dialog} title="Forget ${nameOf(process)}?">
  <p>Its record and the output of all its runs are deleted.</p>
  <footer><${Button} text="Forget" label="Forget" kind="danger" icon="forget"
    onClick=${async () => (change({ dialog: null }), (await forget(process)) && state.route.id === process.id && go('/'))} /></footer><//>`;

const DIALOGS = { help: Help, start: Start, signal: Signal, forget: Forget };

function App() {
  const { route, dialog } = state;
  const Shown = dialog && DIALOGS[dialog.kind];
  const process = dialog?.id && state.processes.get(dialog.id);
  return html`<${Header} />
    ${route.view === 'list' && html`<${List} />`}
    ${route.view === 'process' && html`<${Process} key=${route.id} route=${route} />`}
    ${route.view === 'search' && html`<${Search} route=${route} />`}
    ${Shown && (!dialog.id || process) && html`<${Shown} process=${process} />`}
    <${Toasts} />`;
}

/** Carries out a key, and says whether it means something. */
function onKey({ key, shiftKey }) {
  const { view, id } = state.route;
  if (view === 'process' && (logKey(key, shiftKey) || processKey(key, state.processes.get(id)))) return true;
  if (view === 'list' && listKey(key)) return true;
  if (view === 'search' && searchKey(key)) return true;
  if (key === '/') document.getElementById('everything').select();
  else if (key === '?') change({ dialog: { kind: 'help' } });
  else if (key === 'n') change({ dialog: { kind: 'start' } });
  else if (key === 't') nextTheme();
  else if (key === 'Escape' && view !== 'list') go('/');
  else return false;
  return true;
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
  const field = event.target.closest('input, select, textarea');
  if (field && event.key === 'Escape') return void field.blur();
  // A button and a link have Enter and Space for themselves.
  const isOwn = field || (event.target.closest('button, a') && [' ', 'Enter'].includes(event.key));
  if (!isOwn && onKey(event)) event.preventDefault();
});

function onRoute() {
  change({ route: readRoute(), dialog: null });
}

function draw() {
  const process = state.processes.get(state.route.id);
  const news = state.unseen.size ? `(${state.unseen.size}) ` : '';
  document.title = `${news}${process ? `${nameOf(process)} · ` : ''}persistproc`;
  render(html`<${App} />`, document.getElementById('app'));
}

takeToken();
setTheme(localStorage.getItem('theme') ?? 'system');
window.addEventListener('hashchange', onRoute);
state.route = readRoute();
connect(draw);
