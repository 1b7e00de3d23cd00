// The list of processes, and the first steps when there are none.
import { html } from './preact.js';
import { change, isAlive, linkOf, nameOf, restart, shownProcesses, state, stop } from './store.js';
import { Action, Address, Button, Command, Loading, Status, ageOf, addressOf, directory, label, usageOf } from './parts.js';
import { plain } from './sgr.js';

function Row({ process }) {
  const alive = isAlive(process);
  const { cpu, memory } = usageOf(process);
  const lastLine = plain(process.facts?.last_line ?? '').slice(0, 400);
  return html`<tr class=${alive ? '' : 'ended'} data-id=${process.id}>
    <th scope="row" class="name">
      <a href="#${linkOf(process.id)}" data-process=${process.id} title=${process.texts.command}>${nameOf(process)}</a>
      <small title=${process.working_directory}>${directory(process.working_directory)}</small>
    </th>
    <td class="state"><${Status} process=${process} /></td>
    <td class="number age" title=${process.end_time ?? process.start_time}>${ageOf(process)}</td>
    <td class="address"><${Address} process=${process} /></td>
    <td class="number cpu">${cpu}</td>
    <td class="number memory">${memory}</td>
    <td class="by" title=${process.texts.started}>${process.texts.starter}</td>
    <td class="last" title=${lastLine}><bdi>${lastLine || (process.texts.end ?? '')}</bdi></td>
    <td class="actions"><${RowActions} process=${process} alive=${alive} /></td>
  </tr>`;
}

const RowActions = ({ process, alive }) => html`
  ${addressOf(process) && html`<${Button} icon="open" label=${label(process, 'Open')} keys="o" kind="quiet" onClick=${() => open(addressOf(process), '_blank', 'noopener')} />`}
  <${Action} process=${process} name="restart" icon=${alive ? 'restart' : 'start'} label=${label(process, alive ? 'Restart' : 'Start')}
    keys="r" kind="quiet" onClick=${() => restart(process)} />
  ${alive
    ? html`<${Action} process=${process} name="stop" label=${label(process, 'Stop')} keys="s" kind="quiet" onClick=${() => stop(process)} />`
    : html`<${Action} process=${process} name="forget" label=${label(process, 'Forget')} keys="f" kind="quiet"
        onClick=${() => change({ dialog: { kind: 'forget', id: process.id } })} />`}`;

const Empty = () => html`<section class="empty">
  <h2>No processes yet</h2>
  <p>Put <code>pp</code> before a command, in any terminal. It runs as before, and appears here with its output.</p>
  <${Command} text="pp npm run dev" />
  <p class="muted">Connect shells and coding agents, so that they share the same processes:</p>
  <${Command} text="pp setup" />
  <p><${Button} icon="add" text="Start a command here" label="Start a command" keys="n" onClick=${() => change({ dialog: { kind: 'start' } })} /></p>
</section>`;

export function List() {
  if (!state.isLoaded) return html`<main><h1 class="hidden">Processes</h1><${Loading} /></main>`;
  const { shown, hidden } = shownProcesses();
  if (!state.processes.size) return html`<main><h1 class="hidden">Processes</h1><${Empty} /></main>`;
  const running = shown.filter(isAlive).length;
  return html`<main class="list">
    <div class="bar"><h1>Processes <small>${running} running</small></h1>
      <input type="search" class="filter" aria-label="Filter the list" placeholder="Filter" value=${state.filter}
        onInput=${(event) => change({ filter: event.target.value })} />
      <${Button} icon="add" text="Start…" label="Start a command" keys="n" kind="primary" onClick=${() => change({ dialog: { kind: 'start' } })} />
    </div>
    <table>
      <thead><tr><th scope="col">Name</th><th scope="col">Status</th><th scope="col" class="number age">For</th><th scope="col" class="address">URL</th>
        <th scope="col" class="number cpu">CPU</th><th scope="col" class="number memory">Memory</th><th scope="col" class="by">Started by</th>
        <th scope="col" class="last">Last line</th><th scope="col" class="actions"><span class="hidden">Actions</span></th></tr></thead>
      <tbody>${shown.map((process) => html`<${Row} key=${process.id} process=${process} />`)}</tbody>
    </table>
    ${!shown.length && html`<p class="note">${state.filter ? 'No process matches this filter.' : 'No processes are running.'}</p>`}
    ${(hidden > 0 || state.showsAll) && html`<p class="note"><button type="button" class="text" onClick=${() => change({ showsAll: !state.showsAll })}>
      ${state.showsAll ? 'Show only what runs, failed or has just ended' : `${hidden} more ended: show all`}</button></p>`}
  </main>`;
}

/** The process of the row that has the focus. */
const focused = () => state.processes.get(document.activeElement?.closest('[data-id]')?.dataset.id);

/** Carries out a key, and says whether it means something here. */
export function listKey(key) {
  const links = [...document.querySelectorAll('main a[data-process]')];
  const at = links.findIndex((link) => link.closest('tr').contains(document.activeElement));
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[key];
  if (step) links[Math.min(Math.max(at < 0 ? 0 : at + step, 0), links.length - 1)]?.focus();
  else if (key === 'Home' || key === 'g') links[0]?.focus();
  else if (key === 'End' || key === 'G') links.at(-1)?.focus();
  else if (key === 'a') change({ showsAll: !state.showsAll });
  else return processKey(key, focused());
  return true;
}

/** The keys that act on a process. */
export function processKey(key, process) {
  if (!process) return false;
  const alive = isAlive(process);
  if (key === 's' && alive) stop(process);
  else if (key === 'r') restart(process);
  else if (key === 'o' && addressOf(process)) open(addressOf(process), '_blank', 'noopener');
  else if (key === 'f' && !alive) change({ dialog: { kind: 'forget', id: process.id } });
  else if (key === 'x' && alive) change({ dialog: { kind: 'signal', id: process.id } });
  else return false;
  return true;
}
