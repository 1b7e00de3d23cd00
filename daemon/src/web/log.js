// The output of a run as one scroll bar. Rows are read by number when they come into view, so that a log of ten million
// lines takes no more memory than a short one. Drawn without preact: it changes up to sixty times a second.
import { get, pathOf } from './api.js';
import { clock } from './parts.js';
import { markOf, paint, plain } from './sgr.js';

const ROW_HEIGHT = 20;
const PAGE_ROWS = 200;
const MAX_PAGES = 40;
/** A row shows this much of a line. The panel below the log shows all of it. */
const MAX_ROW_CHARS = 2000;
const MIN_THUMB = 28;
/** The most text of one request, so that a page of long lines stays small. */
const PAGE_BYTES = 1_000_000;
const MAX_COPIED_LINES = 10_000;
const FRICTION = 0.95;

function element(name, className, parent) {
  const made = document.createElement(name);
  made.className = className;
  parent?.append(made);
  return made;
}

export class LogView {
  /** `onChange` is called when the position, the number of lines or the selection has changed. */
  constructor(host, { id, run, isLatest, onChange, onProblem }) {
    Object.assign(this, { host, id, run, isLatest, onChange, onProblem });
    this.total = 0;
    this.dropped = 0;
    this.top = 0;
    this.isFollowing = true;
    this.isLoaded = false;
    this.cursor = null;
    this.anchor = null;
    this.mark = null;
    this.pages = new Map();
    this.slots = [];
    this.build();
  }

  build() {
    this.view = element('div', 'log-view', this.host);
    Object.assign(this.view, { tabIndex: 0, id: 'log' });
    this.view.setAttribute('role', 'log');
    this.view.setAttribute('aria-live', 'off');
    this.view.setAttribute('aria-label', `Output of ${this.id}`);
    this.rows = element('div', 'log-rows', this.view);
    this.bar = element('div', 'log-bar', this.host);
    this.bar.setAttribute('role', 'scrollbar');
    this.bar.setAttribute('aria-controls', 'log');
    this.bar.setAttribute('aria-orientation', 'vertical');
    this.bar.setAttribute('aria-label', 'Position in the output');
    this.bar.tabIndex = 0;
    this.thumb = element('div', 'log-thumb', this.bar);
    this.view.addEventListener('wheel', (event) => this.onWheel(event), { passive: false });
    this.view.addEventListener('click', (event) => this.onClick(event));
    this.bar.addEventListener('pointerdown', (event) => this.onBar(event));
    this.view.addEventListener('pointerdown', (event) => this.onTouch(event));
    this.resizes = new ResizeObserver(() => this.schedule());
    this.resizes.observe(this.view);
  }

  destroy() {
    this.isDestroyed = true;
    this.resizes.disconnect();
    this.aborter?.abort();
    this.host.textContent = '';
  }

  get height() {
    return Math.max(1, this.view.clientHeight - 8);
  }

  get visibleRows() {
    return Math.max(1, Math.floor(this.height / ROW_HEIGHT));
  }

  get maxTop() {
    return Math.max(this.dropped, this.total - this.visibleRows);
  }

  // ---- Rows ----

  async ask(parameters, signal) {
    const page = { run: this.run, as_rows: true, color: true, bytes: PAGE_BYTES, ...parameters };
    return get(pathOf(this.id, 'output'), page, signal);
  }

  /** Shows the end, or a line, or the line that ends at a cursor. */
  async open(line, after) {
    try {
      if (after) line = (await this.ask({ after, lines: 1 })).lines_before || 1;
      const from = line && Math.max(1, line - PAGE_ROWS / 2);
      const page = await this.ask(from ? { from_line: from, lines: PAGE_ROWS } : { lines: PAGE_ROWS });
      this.take(page.rows);
      this.dropped = page.dropped_lines ?? this.dropped;
      this.setTotal(page.lines_before + page.rows.length + page.lines_after);
      this.isLoaded = true;
      if (line) this.select(line, { center: true });
    } catch (problem) {
      this.onProblem(problem);
    }
    this.schedule();
  }

  /** Takes what the process has printed, from the stream. */
  append({ run, lines, rows }) {
    if (run !== this.run) return;
    this.take(rows);
    this.setTotal(lines);
    this.isLoaded = true;
    this.schedule();
  }

  setTotal(total) {
    this.total = total;
  }

  take(rows) {
    for (const row of rows) {
      const page = Math.floor((row.number - 1) / PAGE_ROWS);
      const kept = this.pages.get(page) ?? [];
      this.pages.delete(page);
      this.pages.set(page, kept);
      const index = (row.number - 1) % PAGE_ROWS;
      if (kept[index]?.line !== row.line) kept[index] = { line: row.line, time: row.time, stream: row.stream };
    }
    for (const page of this.pages.keys()) {
      if (this.pages.size <= MAX_PAGES) break;
      this.pages.delete(page);
    }
  }

  row(number) {
    return this.pages.get(Math.floor((number - 1) / PAGE_ROWS))?.[(number - 1) % PAGE_ROWS];
  }

  /** Reads rows that are in view and not known, one request at a time. */
  async fill(first, last) {
    let from = first;
    while (from <= last && this.row(from)) from += 1;
    if (from > last || this.isDestroyed) return;
    if (this.asked) {
      const isStillWanted = this.asked < last + PAGE_ROWS && this.asked + PAGE_ROWS > first;
      if (!isStillWanted) this.aborter.abort();
      return;
    }
    // What comes before is read too when the view moves up.
    const start = from === first ? Math.max(this.dropped + 1, first - PAGE_ROWS / 4) : from;
    this.asked = start;
    this.aborter = new AbortController();
    try {
      const page = await this.ask({ from_line: start, lines: PAGE_ROWS }, this.aborter.signal);
      this.take(page.rows);
      if (page.dropped_lines) this.dropped = page.dropped_lines;
      // A line that was counted and is not there was dropped since.
      if (!page.rows.length) this.take([{ number: from, line: '', time: '', stream: 'stdout' }]);
    } catch (problem) {
      if (problem.name !== 'AbortError') {
        this.onProblem(problem);
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
    this.asked = null;
    this.schedule();
  }

  // ---- Drawing ----

  schedule() {
    if (this.isScheduled || this.isDestroyed) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      if (!this.isDestroyed) this.draw();
    });
  }

  draw() {
    if (this.isFollowing) this.top = this.maxTop;
    this.top = Math.min(Math.max(this.top, this.dropped), this.maxTop);
    const first = Math.floor(this.top) + 1;
    const count = this.visibleRows + 2;
    while (this.slots.length < count) this.slots.push(this.slot());
    while (this.slots.length > count) this.slots.pop().line.remove();
    this.rows.style.transform = `translateY(${-(this.top % 1) * ROW_HEIGHT}px)`;
    const last = Math.min(this.total, first + count - 1);
    this.slots.forEach((slot, index) => this.drawRow(slot, first + index));
    this.drawBar();
    this.fill(first, last);
    this.onChange();
  }

  slot() {
    const line = element('div', 'log-row', this.rows);
    return { line, number: element('a', 'log-number', line), text: element('span', 'log-text', line) };
  }

  drawRow(slot, number) {
    const row = number <= this.total ? this.row(number) : undefined;
    const state = number > this.total ? 'empty' : row ? row.stream : 'loading';
    const [from, to] = this.selection ?? [0, 0];
    const className = `log-row ${state}${number >= from && number <= to ? ' selected' : ''}`;
    if (slot.line.className !== className) slot.line.className = className;
    if (slot.shown === row && slot.at === number && slot.mark === this.mark && slot.state === state) return;
    Object.assign(slot, { shown: row, at: number, mark: this.mark, state });
    slot.number.textContent = state === 'empty' ? '' : String(number);
    if (state === 'empty') slot.number.removeAttribute('href');
    else slot.number.href = `#/p/${encodeURIComponent(this.id)}/${this.run}/${number}`;
    slot.number.title = row ? clock(row.time) : '';
    slot.number.tabIndex = -1;
    paint(slot.text, row ? shortened(row.line) : '', this.mark);
  }

  drawBar() {
    const range = this.maxTop - this.dropped;
    const track = this.bar.clientHeight;
    const lines = Math.max(1, this.total - this.dropped);
    const height = Math.max(MIN_THUMB, Math.min(track, (track * this.visibleRows) / lines));
    const at = range > 0 ? (this.top - this.dropped) / range : 0;
    this.thumb.style.height = `${height}px`;
    this.thumb.style.transform = `translateY(${at * (track - height)}px)`;
    this.bar.classList.toggle('idle', range <= 0);
    this.bar.setAttribute('aria-valuemin', String(this.dropped + 1));
    this.bar.setAttribute('aria-valuemax', String(Math.max(this.dropped + 1, this.total)));
    this.bar.setAttribute('aria-valuenow', String(Math.min(Math.floor(this.top) + 1, Math.max(1, this.total))));
  }

  // ---- Moving ----

  scrollTo(top) {
    this.top = Math.min(Math.max(top, this.dropped), this.maxTop);
    this.isFollowing = this.top >= this.maxTop;
    this.schedule();
  }

  scrollBy(rows) {
    this.scrollTo(this.top + rows);
  }

  onWheel(event) {
    if (event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    event.preventDefault();
    const unit = [ROW_HEIGHT, 1, 1 / this.visibleRows][event.deltaMode];
    this.scrollBy(event.deltaY / unit);
  }

  onBar(event) {
    event.preventDefault();
    this.bar.setPointerCapture(event.pointerId);
    const height = this.thumb.offsetHeight;
    const box = this.bar.getBoundingClientRect();
    const offset = event.target === this.thumb ? event.clientY - this.thumb.getBoundingClientRect().top : height / 2;
    const move = ({ clientY }) => {
      const share = (clientY - box.top - offset) / Math.max(1, box.height - height);
      this.scrollTo(this.dropped + share * (this.maxTop - this.dropped));
    };
    move(event);
    this.bar.addEventListener('pointermove', move);
    this.bar.addEventListener('lostpointercapture', () => this.bar.removeEventListener('pointermove', move), { once: true });
  }

  /** A finger moves the rows, and they go on for a while. */
  onTouch(event) {
    cancelAnimationFrame(this.glide);
    if (event.pointerType === 'mouse') return;
    let [lastY, lastTime, speed] = [event.clientY, event.timeStamp, 0];
    const move = ({ clientY, timeStamp }) => {
      const rows = (lastY - clientY) / ROW_HEIGHT;
      speed = (rows / Math.max(1, timeStamp - lastTime)) * 16;
      [lastY, lastTime] = [clientY, timeStamp];
      this.scrollBy(rows);
    };
    const glide = () => {
      speed *= FRICTION;
      if (Math.abs(speed) < 0.05) return;
      this.scrollBy(speed);
      this.glide = requestAnimationFrame(glide);
    };
    const end = () => {
      this.view.removeEventListener('pointermove', move);
      glide();
    };
    this.view.addEventListener('pointermove', move);
    for (const name of ['pointerup', 'pointercancel']) this.view.addEventListener(name, end, { once: true });
  }

  /** Carries out a key, and says whether it means something here. */
  key(name, isShift) {
    const page = Math.max(1, this.visibleRows - 1);
    const moves = { ArrowUp: -1, ArrowDown: 1, k: -1, j: 1 };
    if (moves[name] || (isShift && moves[name.toLowerCase()])) this.moveCursor(moves[name] ?? moves[name.toLowerCase()], isShift);
    else if (name === 'PageUp') this.scrollBy(-page);
    else if (name === 'PageDown' || name === ' ') this.scrollBy(page);
    else if (name === 'Home' || name === 'g') this.scrollTo(this.dropped);
    else if (name === 'End' || name === 'G') this.toEnd();
    else return false;
    return true;
  }

  toEnd() {
    this.isFollowing = true;
    this.schedule();
  }

  // ---- Selection ----

  get selection() {
    if (!this.cursor) return null;
    const anchor = this.anchor ?? this.cursor;
    return [Math.min(anchor, this.cursor), Math.max(anchor, this.cursor)];
  }

  select(number, { extends: extend = false, center = false } = {}) {
    const line = Math.min(Math.max(number, this.dropped + 1), Math.max(this.total, 1));
    if (extend) this.anchor ??= this.cursor ?? line;
    else this.anchor = null;
    this.cursor = line;
    const view = this.visibleRows;
    if (center) this.scrollTo(line - view / 2);
    else if (line - 1 < this.top) this.scrollTo(line - 1);
    else if (line > this.top + view) this.scrollTo(line - view);
    if (line < this.total) this.isFollowing = false;
    this.schedule();
  }

  unselect() {
    this.cursor = this.anchor = null;
    this.schedule();
  }

  moveCursor(step, extend) {
    const start = step < 0 ? Math.floor(this.top) + this.visibleRows + 1 : Math.floor(this.top);
    this.select((this.cursor ?? Math.min(start, this.total + 1)) + step, { extends: extend });
  }

  onClick(event) {
    const number = event.target.closest('.log-number');
    if (!number) return;
    event.preventDefault();
    const line = Number(number.textContent);
    if (line) this.select(line, { extends: event.shiftKey });
  }

  setMark(pattern) {
    this.mark = markOf(pattern);
    this.schedule();
  }

  /** The text of the selected lines, or of those in view. */
  async text() {
    const top = Math.floor(this.top) + 1;
    const [from, to] = this.selection ?? [top, Math.min(this.total, top + this.visibleRows - 1)];
    const lines = Math.min(to - from + 1, MAX_COPIED_LINES);
    const page = await this.ask({ from_line: from, lines, color: false, bytes: undefined });
    return page.rows.map((row) => plain(row.line)).join('\n');
  }

  /** The next line after the selected one that matches. */
  async next(pattern) {
    const from = (this.cursor ?? Math.floor(this.top)) + 1;
    const page = await this.ask({ from_line: from, grep: pattern, lines: 1 });
    return page.rows[0]?.number ?? null;
  }
}

function shortened(line) {
  if (line.length <= MAX_ROW_CHARS) return line;
  return `${line.slice(0, MAX_ROW_CHARS)} … ${(line.length - MAX_ROW_CHARS).toLocaleString()} more characters`;
}
