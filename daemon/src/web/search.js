// The lines of all processes that match, newest first.
import { html, useEffect, useState } from './preact.js';
import { get } from './api.js';
import { go, linkOf, nameOf, state } from './store.js';
import { clock } from './parts.js';
import { highlight, markOf, plain } from './sgr.js';

const MAX_MATCHES = 300;
const MAX_CHARS = 600;

/** A line with its matches marked, as text. */
const Marked = ({ line, mark }) =>
  html`<bdi ref=${(element) => element && (element.textContent = '', highlight(element, plain(line).slice(0, MAX_CHARS), mark))} />`;

function linkTo({ id, run, cursor }, pattern) {
  return `#${linkOf(id, run)}?${new URLSearchParams({ after: cursor, mark: pattern })}`;
}

export function Search({ route: { query, target } }) {
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    const aborter = new AbortController();
    setAnswer(null);
    if (!query) return undefined;
    const started = performance.now();
    get('/v1/search', { grep: query, target, lines: MAX_MATCHES }, aborter.signal).then(
      (found) => setAnswer({ ...found, ms: Math.round(performance.now() - started) }),
      (problem) => problem.name !== 'AbortError' && setAnswer({ problem }),
    );
    return () => aborter.abort();
  }, [query, target]);
  const mark = markOf(query);
  const name = (id) => (state.processes.has(id) ? nameOf(state.processes.get(id)) : id);
  const matches = answer?.matches;
  return html`<main class="search">
    <div class="bar"><h1>${query ? html`Lines that match <code>${query}</code>` : 'Search'}</h1>
      ${target && html`<p>in ${name(target)} · <button type="button" class="text" onClick=${() => go(`/search?${new URLSearchParams({ q: query })}`)}>search all</button></p>`}</div>
    ${!query && html`<p class="note">Type a regular expression above. Without capital letters in it, upper and lower case match.</p>`}
    ${query && !answer && html`<p class="note" role="status">Searching…</p>`}
    ${answer?.problem && html`<p class="note error" role="alert">${answer.problem.message} ${answer.problem.hint}</p>`}
    ${matches && html`<p class="note" role="status">${matches.length ? `${matches.length} ${matches.length === 1 ? 'line' : 'lines'}, newest first, in ${answer.ms} ms. ${answer.note ?? ''}` : 'No line matches.'}</p>
      <ol class="matches">${matches.map((match) => html`<li key=${`${match.id} ${match.cursor}`}><a href=${linkTo(match, query)} data-match>
        <span class="where">${name(match.id)}<small> run ${match.run}</small></span><time>${clock(match.time)}</time>
        <${Marked} line=${match.line} mark=${mark} /></a></li>`)}</ol>`}
  </main>`;
}

/** Carries out a key, and says whether it means something here. */
export function searchKey(key) {
  const links = [...document.querySelectorAll('[data-match]')];
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[key];
  if (!step) return false;
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at < 0 ? 0 : at + step, 0), links.length - 1)]?.focus();
  return true;
}
