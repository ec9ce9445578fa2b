import { setTimeout } from 'node:timers/promises';

/** Rows in one piece of a body that is not paced. */
const CHUNK_ROWS = 200;

/** A body of CSV: the header and rows, each with its line end. */
export interface RowLines {
  readonly header: string;
  readonly rows: readonly string[];
}

/** The lines of a file without quotes in it. */
export function splitRows(csv: string): RowLines {
  const [header = '', ...rows] = csv.split('\n').filter((line) => line.trim() !== '');
  return { header: `${header}\n`, rows: rows.map((row) => `${row}\n`) };
}

/** The body, as fast as it is taken. */
export function* rowsAtOnce({ header, rows }: RowLines): Generator<string> {
  yield header;
  for (let at = 0; at < rows.length; at += CHUNK_ROWS) yield rows.slice(at, at + CHUNK_ROWS).join('');
}

/**
 * The body at a steady rate. `due` hears of each row, by its place, when its time to be sent had come (performance.now()): also
 * where it could not be sent yet because the service had not taken those before it. Who measures from there leaves no wait out.
 */
export async function* rowsAtRate(
  { header, rows }: RowLines,
  perSecond: number,
  due: (index: number, dueMs: number) => void,
): AsyncGenerator<string> {
  yield header;
  const startMs = performance.now();
  const dueMs = (index: number): number => startMs + (index * 1000) / perSecond;
  for (let at = 0; at < rows.length; ) {
    let end = at;
    while (end < rows.length && dueMs(end) <= performance.now()) {
      due(end, dueMs(end));
      end++;
    }
    if (end > at) yield rows.slice(at, end).join('');
    else await setTimeout(1);
    at = end;
  }
}
