import type { Terminal } from './terminal.ts';

/** A terminal that keeps what is written, for tests: without colours, 80 columns wide. */
export interface RecordingTerminal extends Terminal {
  readonly outLines: readonly string[];
  readonly errLines: readonly string[];
  readonly statusLines: readonly string[];
}

/** A fresh one; `interactive` as a person's terminal would be. */
export function recordingTerminal(interactive = false): RecordingTerminal {
  const outLines: string[] = [];
  const errLines: string[] = [];
  const statusLines: string[] = [];
  return {
    outLines,
    errLines,
    statusLines,
    interactive,
    columns: 80,
    out: (line) => void outLines.push(line),
    err: (line) => void errLines.push(line),
    status: (line) => void statusLines.push(line),
    endStatus: () => undefined,
    paint: (_, text) => text,
  };
}
