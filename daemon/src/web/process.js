// One process: what it is, its runs, its output, and its input.
import { html, useEffect, useRef, useState } from './preact.js';
import { get, pathOf } from './api.js';
import { change, copy, follow, go, isAlive, linkOf, listeners, nameOf, restart, send, showProblem, shownProcesses, state, stop, toast } from './store.js';
import { Action, Address, Button, Field, Icon, Loading, Status, addressOf, ageOf, clock, directory, duration, usageOf } from './parts.js';
import { LogView } from './log.js';
import { plain } from './sgr.js';

/** The log that is shown, for the keys. */
let log = null;

const Fact = ({ name, children, title, kind }) => html`<div title=${title} class=${kind}><dt>${name}</dt><dd>${children}</dd></div>`;

function Facts({ process }) {
  const { cpu, memory } = usageOf(process);
  const hasAddress = isAlive(process) && Boolean(process.facts?.url || process.facts?.ports?.length);
  return html`<dl class="facts">
    <${Fact} name=${isAlive(process) ? 'Running for' : 'Ended'} title=${process.end_time ?? process.start_time}>
      ${isAlive(process) ? ageOf(process) : ageOf(process) ? `${ageOf(process)} ago` : 'unknown'}<//>
    ${hasAddress && html`<${Fact} name="URL"><${Address} process=${process} /><//>`}
    ${isAlive(process) && html`<${Fact} name="PID" kind="extra">${process.pid}<//>`}
    ${cpu && html`<${Fact} name="CPU">${cpu}<//>`}
    ${memory && html`<${Fact} name="Memory">${memory}<//>`}
    ${process.texts.started && html`<${Fact} name="Started" kind="extra">${process.texts.started}<//>`}
    <${Fact} name="Directory" title=${process.working_directory}>${directory(process.working_directory)}<//>
    <${Fact} name="Command" kind="extra"><code>${process.texts.command}</code><//>
  </dl>`;
}

function Actions({ process }) {
  const alive = isAlive(process);
  return html`<div class="group" role="group" aria-label="Actions">
    ${addressOf(process) && html`<a class="button" href=${addressOf(process)} target="_blank" rel="noopener noreferrer" title="Open (o)"><${Icon} name="open" /><span>Open</span></a>`}
    <${Action} process=${process} name="restart" icon=${alive ? 'restart' : 'start'} text=${alive ? 'Restart' : 'Start'}
      label=${alive ? 'Restart' : 'Start'} keys="r" kind=${alive ? '' : 'primary'} onClick=${() => restart(process)} />
    ${alive && html`<${Action} process=${process} name="stop" text="Stop" label="Stop" keys="s" onClick=${() => stop(process)} />
      <${Action} process=${process} name="signal" text="Signal…" label="Send a signal" keys="x" onClick=${() => change({ dialog: { kind: 'signal', id: process.id } })} />`}
    ${!alive && html`<${Action} process=${process} name="forget" text="Forget…" label="Forget" keys="f" onClick=${() => change({ dialog: { kind: 'forget', id: process.id } })} />`}
  </div>`;
}

/** The runs whose output is kept. */
function Runs({ process, run }) {
  const [runs, setRuns] = useState([]);
  useEffect(() => {
    get(pathOf(process.id, 'runs'), { texts: true }).then((answer) => setRuns(answer.runs), showProblem);
  }, [process.id, process.run, process.status]);
  const length = ({ start_time: start, end_time: end }) => (start && end ? ` · ${duration((Date.parse(end) - Date.parse(start)) / 1000)}` : '');
  return html`<div class="runs"><span aria-hidden="true">Run</span>
    <select aria-label="Run" value=${run} onChange=${(event) => go(linkOf(process.id, Number(event.target.value) === process.run ? null : event.target.value))}>
      ${!runs.some((kept) => kept.run === run) && html`<option value=${run}>${run}</option>`}
      ${runs.map((kept) => html`<option key=${kept.run} value=${kept.run} selected=${kept.run === run}>
        ${kept.run} · ${kept.texts.status}${length(kept)}${kept.start_time ? ` · ${clock(kept.start_time)}` : ''}</option>`)}
    </select></div>`;
}

/** A line for the input of the process. It keeps what was sent, as a shell does. */
function Input({ process }) {
  const sent = useRef([]);
  const at = useRef(0);
  const submit = async (event) => {
    event.preventDefault();
    const field = event.target.elements.text;
    const text = field.value;
    if (!(await send(process, { text: `${text}\n` }))) return;
    sent.current.push(text);
    at.current = sent.current.length;
    field.value = '';
    log?.toEnd();
  };
  const recall = (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    at.current = Math.min(Math.max(at.current + step, 0), sent.current.length);
    event.target.value = sent.current[at.current] ?? '';
  };
  return html`<form class="input" onSubmit=${submit}>
    <input name="text" class="code" aria-label="Line to send to the process" placeholder="Send a line to its input" autocomplete="off" spellcheck=${false} onKeyDown=${recall} />
    <${Action} process=${process} name="send" icon=${null} text="Send" label="Send the line" keys="i" type="submit" />
    <${Button} text="End of input" label="Close its input" kind="quiet" onClick=${async () => (await send(process, { eof: true })) && toast('Closed the input')} />
  </form>`;
}

/** Position, selection and their actions, below the log. */
function Foot({ process, view, mark }) {
  const selection = view.selection;
  const row = view.cursor && view.row(view.cursor);
  const count = selection ? selection[1] - selection[0] + 1 : 0;
  const top = Math.min(Math.floor(view.top) + 1, view.total);
  const position = selection ? (count > 1 ? `Lines ${selection[0]}–${selection[1]}` : `Line ${selection[0]}`) : `Line ${top}`;
  return html`<div class="foot">
    ${row && html`<p class="whole"><time>${clock(row.time)}</time><bdi tabindex="0" role="group" aria-label="The selected line">${plain(row.line)}</bdi></p>`}
    <div class="bar">
      <span aria-live="polite" class="position">${position} of ${view.total.toLocaleString()}${view.dropped ? ` (${view.dropped.toLocaleString()} dropped)` : ''}</span>
      ${mark && html`<${Button} icon="down" text="Next match" label="Next match" keys="n" kind="quiet" onClick=${() => nextMatch(mark)} />`}
      <${Button} icon="copy" text=${count > 1 ? `Copy ${count} lines` : count ? 'Copy line' : 'Copy view'} label="Copy lines" keys="c" kind="quiet" onClick=${copyLines} />
      ${selection && html`<${Button} icon="link" text="Copy link" label="Copy a link to this line" keys="y" kind="quiet" onClick=${copyLink} />`}
      ${!view.isFollowing && html`<${Button} icon="down" text=${isAlive(process) && view.isLatest ? 'Follow' : 'To the end'} label="To the end" keys="G" kind="primary" onClick=${() => view.toEnd()} />`}
    </div>
  </div>`;
}

async function copyLines() {
  try {
    const text = await log.text();
    await copy(text, `${text.split('\n').length} lines`);
  } catch (problem) {
    showProblem(problem);
  }
}

const copyLink = () => copy(`${location.origin}/dashboard#${linkOf(log.id, log.run, log.cursor)}`, 'the link');

async function nextMatch(pattern) {
  try {
    const line = await log.next(pattern);
    if (line) log.select(line, { center: true });
    else toast('No more matches below');
  } catch (problem) {
    showProblem(problem);
  }
}

function Log({ process, run, line, after, mark }) {
  const host = useRef();
  const [view, setView] = useState(null);
  const [, redraw] = useState(0);
  const isLatest = run === process.run;
  useEffect(() => {
    let seen = '';
    const onChange = () => {
      const next = [log.total, log.cursor, log.anchor, Math.floor(log.top), log.isFollowing, log.dropped].join();
      if (next !== seen) redraw((count) => count + 1);
      seen = next;
    };
    log = new LogView(host.current, { id: process.id, run, isLatest, onChange, onProblem: showProblem });
    setView(log);
    log.open(line, after);
    listeners.output = (event) => event.id === process.id && log.append(event);
    follow(isLatest ? process.id : null);
    return () => {
      log.destroy();
      listeners.output = () => {};
      log = null;
    };
  }, [process.id, run]);
  useEffect(() => void (line && log.isLoaded && log.select(line, { center: true })), [line]);
  useEffect(() => log.setMark(mark), [view, mark]);
  useEffect(() => () => follow(null), []);
  return html`<div class="log" ref=${host} />
    ${view && !view.isLoaded && html`<p class="log-note" role="status">Reading the output…</p>`}
    ${view?.isLoaded && !view.total && html`<p class="log-note">${isAlive(process) ? 'It has printed nothing yet.' : 'It printed nothing.'}</p>`}
    ${view && html`<${Foot} process=${process} view=${view} mark=${mark} />`}`;
}

const Others = ({ id }) => html`<nav class="others" aria-label="Processes">${shownProcesses().shown.map((other) => html`
  <a key=${other.id} href="#${linkOf(other.id)}" aria-current=${other.id === id ? 'page' : undefined}>
    <span>${nameOf(other)}</span><${Status} process=${other} isShort=${true} /></a>`)}</nav>`;

export function Process({ route }) {
  const process = state.processes.get(route.id);
  if (!process && !state.isLoaded) return html`<main><h1 class="hidden">${route.id}</h1><${Loading} /></main>`;
  if (!process) return html`<main><section class="empty"><h1>There is no process ${route.id}</h1><p>It was forgotten, or its name is another one.</p><p><a href="#/">All processes</a></p></section></main>`;
  const run = route.run ?? process.run;
  return html`<div class="split"><${Others} id=${process.id} /><main class="process">
    <div class="bar"><h1>${nameOf(process)}</h1><${Status} process=${process} /><${Actions} process=${process} /></div>
    ${process.texts.end && html`<p class="end ${process.texts.is_failure ? 'failed' : ''}">It ${process.texts.end}.</p>`}
    <${Facts} process=${process} />
    <div class="bar tools"><${Runs} process=${process} run=${run} />
      <form role="search" aria-label="This output" onSubmit=${(event) => (event.preventDefault(), search(event.target.elements.pattern.value, process.id))}>
        <${Field} name="pattern" type="search" class="code" aria-label="Search this output" placeholder="Search this output (regex)" text=${route.mark} /></form>
    </div>
    <${Log} process=${process} run=${run} line=${route.line} after=${route.after} mark=${route.mark} />
    ${isAlive(process) && run === process.run && (process.stdin ?? 'own') === 'own' && html`<${Input} process=${process} />`}
  </main></div>`;
}

export const search = (pattern, target) => pattern && go(`/search?${new URLSearchParams({ q: pattern, ...(target && { in: target }) })}`);

/** Carries out a key of the log, and says whether it means something here. */
export function logKey(key, isShift) {
  if (!log) return false;
  if (key === 'c') copyLines();
  else if (key === 'y' && log.cursor) copyLink();
  else if (key === 'n' && state.route.mark) nextMatch(state.route.mark);
  else if (key === 'i') document.querySelector('.input input')?.focus();
  else if (key === 'Escape' && log.cursor) log.unselect();
  else return log.key(key, isShift);
  return true;
}
