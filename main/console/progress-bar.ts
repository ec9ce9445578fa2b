import { groupThousands } from '../drawing/ring.ts';
import type { Terminal } from './terminal.ts';

/** How far a run has come. `done` and `total` are of one unit, such as bytes of the inputs; `total` is null while it is unknown. */
export interface Progress {
  readonly done: number;
  readonly total: number | null;
  readonly events: number;
  readonly alerts: number;
}

const REDRAW_MS = 80;
const PLAIN_LINE_MS = 2_000;
const BAR_COLUMNS = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/**
 * Shows progress: on a terminal as a bar that is redrawn in place at most every 80 ms, elsewhere as a plain line
 * at most every 2 s. Time is given by the caller (milliseconds of a clock that never goes back).
 */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #title: string;
  readonly #startedMs: number;
  #shownMs: number;

  constructor(terminal: Terminal, title: string, nowMs: number) {
    this.#terminal = terminal;
    this.#title = title;
    this.#startedMs = nowMs;
    this.#shownMs = terminal.interactive ? Number.NEGATIVE_INFINITY : nowMs;
  }

  /** Shows the progress if it is time to. */
  update(progress: Progress, nowMs: number): void {
    const every = this.#terminal.interactive ? REDRAW_MS : PLAIN_LINE_MS;
    if (nowMs - this.#shownMs < every) return;
    this.#shownMs = nowMs;
    if (this.#terminal.interactive) this.#terminal.status(this.#bar(progress, nowMs));
    else this.#terminal.err(this.#words(progress, nowMs));
  }

  /** Shows the bar a last time and leaves it; elsewhere nothing, since the closing figures follow. */
  finish(progress: Progress, nowMs: number): void {
    if (!this.#terminal.interactive) return;
    this.#terminal.status(this.#bar(progress, nowMs));
    this.#terminal.endStatus();
  }

  #bar(progress: Progress, nowMs: number): string {
    const share = shareOf(progress);
    const cells = share * BAR_COLUMNS;
    const whole = Math.floor(cells);
    const part = EIGHTHS[Math.floor((cells - whole) * 8)] ?? '';
    const bar = `${'█'.repeat(whole)}${part}`.padEnd(BAR_COLUMNS, '·');
    const line = `${this.#title} ${bar} ${percent(share)}  ${this.#figures(progress, nowMs)}`;
    return line.slice(0, Math.max(20, this.#terminal.columns - 1));
  }

  #words(progress: Progress, nowMs: number): string {
    return `${this.#title}: ${percent(shareOf(progress)).trim()}, ${this.#figures(progress, nowMs)}`;
  }

  #figures(progress: Progress, nowMs: number): string {
    const seconds = Math.max(0.001, (nowMs - this.#startedMs) / 1000);
    const perSecond = Math.round(progress.events / seconds);
    return [
      `${groupThousands(String(progress.events))} events`,
      `${groupThousands(String(perSecond))}/s`,
      `${groupThousands(String(progress.alerts))} ${progress.alerts === 1 ? 'alert' : 'alerts'}`,
    ].join(', ');
  }
}

function shareOf(progress: Progress): number {
  if (progress.total === null || progress.total === 0) return 1;
  return Math.min(1, progress.done / progress.total);
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`.padStart(5);
}
