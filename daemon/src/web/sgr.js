// Lines of output as elements. Colours and styles become classes, everything else is text: nothing that a program prints
// becomes markup.

const ESCAPE = /\x1b\[([\d;:]*)m/g;
const OTHER_ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LINK = /https?:\/\/[^\s"'<>\u0000-\u001f]*[^\s"'<>.,;:!?)\]}\u0000-\u001f]/g;
const STYLES = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'under', 7: 'inverse', 9: 'strike' };
const STYLE_ENDS = { 22: ['bold', 'dim'], 23: ['italic'], 24: ['under'], 27: ['inverse'], 29: ['strike'] };

/** A line without colours, with a sign for characters that cannot be seen or that reorder others. */
export function plain(line) {
  return line.replace(OTHER_ESCAPES, '').replace(HIDDEN, '\ufffd');
}

/** The colour 16 to 255 of a terminal. */
function indexed(index) {
  if (index >= 232) return `rgb(${Array(3).fill(8 + 10 * (index - 232)).join()})`;
  const level = (value) => (value ? 55 + 40 * value : 0);
  const cube = index - 16;
  return `rgb(${level(Math.floor(cube / 36))},${level(Math.floor(cube / 6) % 6)},${level(cube % 6)})`;
}

/** Reads the colour after 38 or 48, and says how many parameters it takes. */
function extended(codes, at) {
  const byte = (value) => Math.min(Number(value) || 0, 255);
  if (codes[at] === 5) {
    const index = byte(codes[at + 1]);
    return [index < 16 ? index : indexed(index), 2];
  }
  if (codes[at] === 2) return [`rgb(${[1, 2, 3].map((step) => byte(codes[at + step])).join()})`, 4];
  return [null, 1];
}

/** The style after the parameters of an escape. */
function applied(style, parameters) {
  const codes = parameters.split(/[;:]/).map(Number);
  let next = { ...style, classes: new Set(style.classes) };
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at];
    if (code === 0) next = { classes: new Set() };
    else if (STYLES[code]) next.classes.add(STYLES[code]);
    else if (STYLE_ENDS[code]) STYLE_ENDS[code].forEach((name) => next.classes.delete(name));
    else if (code >= 30 && code <= 37) next.color = code - 30;
    else if (code >= 90 && code <= 97) next.color = code - 82;
    else if (code >= 40 && code <= 47) next.ground = code - 40;
    else if (code >= 100 && code <= 107) next.ground = code - 92;
    else if (code === 39) next.color = undefined;
    else if (code === 49) next.ground = undefined;
    else if (code === 38 || code === 48) {
      const [color, taken] = extended(codes, at + 1);
      next[code === 38 ? 'color' : 'ground'] = color ?? undefined;
      at += taken;
    }
  }
  return next;
}

function styled(style) {
  const span = document.createElement('span');
  span.classList.add(...style.classes);
  for (const [value, prefix, property] of [[style.color, 'c', 'color'], [style.ground, 'b', 'backgroundColor']]) {
    if (typeof value === 'number') span.classList.add(`${prefix}${value}`);
    else if (value) span.style[property] = value;
  }
  return span;
}

/** Appends text, with links for the web addresses in it. */
function append(parent, text, mark) {
  const clean = plain(text);
  let from = 0;
  for (const found of clean.includes('://') ? clean.matchAll(LINK) : []) {
    highlight(parent, clean.slice(from, found.index), mark);
    const link = document.createElement('a');
    Object.assign(link, { href: found[0], target: '_blank', rel: 'noopener noreferrer', tabIndex: -1 });
    link.textContent = found[0];
    parent.append(link);
    from = found.index + found[0].length;
  }
  highlight(parent, clean.slice(from), mark);
}

/** Appends text, with marks where it matches. */
export function highlight(parent, text, mark) {
  let from = 0;
  for (const found of mark ? text.matchAll(mark) : []) {
    if (!found[0]) continue;
    parent.append(text.slice(from, found.index));
    const element = document.createElement('mark');
    element.textContent = found[0];
    parent.append(element);
    from = found.index + found[0].length;
  }
  if (from < text.length) parent.append(text.slice(from));
}

/** Shows a line in an element. */
export function paint(element, line, mark) {
  element.textContent = '';
  let style = { classes: new Set() };
  let from = 0;
  const add = (text) => {
    if (!text) return;
    const isPlain = !style.classes.size && style.color === undefined && style.ground === undefined;
    if (isPlain) return append(element, text, mark);
    const span = styled(style);
    append(span, text, mark);
    element.append(span);
  };
  for (const escape of line.includes('\x1b') ? line.matchAll(ESCAPE) : []) {
    add(line.slice(from, escape.index));
    style = applied(style, escape[1]);
    from = escape.index + escape[0].length;
  }
  add(line.slice(from));
}

/** The smart-case pattern of a search as one of this browser. `null`: it is none here. */
export function markOf(pattern) {
  try {
    return pattern ? new RegExp(pattern, /\p{Lu}/u.test(pattern) ? 'gu' : 'giu') : null;
  } catch {
    return null;
  }
}
