/** Where a command writes: results to `out`, everything about them to `err`. Lines come without their newline. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  /** Replaces the last line written by `status` (a progress bar); only where `interactive`. */
  status(line: string): void;
  /** Ends the line that `status` keeps replacing. */
  endStatus(): void;
  /** Whether a person watches: `err` is a terminal that can move its cursor. */
  readonly interactive: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
  /** Wraps a text in a colour or weight where the terminal has them and NO_COLOR is not set. */
  paint(style: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const interactive = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const coloured = interactive && process.stdout.isTTY === true && !process.env.NO_COLOR;
  let statusShown = false;
  const clear = (): void => {
    if (statusShown) process.stderr.write('\r\x1b[K');
    statusShown = false;
  };
  return {
    interactive,
    columns: process.stderr.columns || 80,
    out(line) {
      clear();
      process.stdout.write(`${line}\n`);
    },
    err(line) {
      clear();
      process.stderr.write(`${line}\n`);
    },
    status(line) {
      process.stderr.write(`\r${line}\x1b[K`);
      statusShown = true;
    },
    endStatus() {
      if (statusShown) process.stderr.write('\n');
      statusShown = false;
    },
    paint: (style, text) => (coloured ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text),
  };
}
