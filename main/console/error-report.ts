import { printable } from '../../core/printable-text.ts';
import type { RingwatchError } from '../../core/errors.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Terminal } from './terminal.ts';

const EXCERPT_CHARS_MAX = 100;

/**
 * An operating error as a person reads it: where, the code, what is wrong; for a definition the line with a caret
 * under the place; the hint, and what to do. `file` and `text` are the definition file; null for other errors.
 */
export function reportError(
  error: RingwatchError,
  file: string | null,
  text: string | null,
  terminal: Terminal,
): string[] {
  const position = error.position;
  const where =
    file === null ? 'ringwatch' : position === null ? file : `${file}:${position.line}:${position.column}`;
  const lines = [`${terminal.paint('bold', where)}: ${terminal.paint('red', error.code)}: ${error.message}`];
  if (position !== null && text !== null) lines.push(...excerpt(text, position, terminal));
  if (error.hint !== null) lines.push(`  hint: ${error.hint}`);
  lines.push(`  what to do: ${error.mend}`);
  return lines;
}

/** The line of the place and a caret under it; of a long line the part around it. */
function excerpt(text: string, position: SourcePosition, terminal: Terminal): string[] {
  const line = lineAt(text, position.line);
  if (line === null) return [];
  const column = Math.min(position.column - 1, line.length);
  const start = line.length <= EXCERPT_CHARS_MAX ? 0 : Math.max(0, column - EXCERPT_CHARS_MAX / 2);
  const shown = printable(line.slice(start, start + EXCERPT_CHARS_MAX));
  const before = printable(line.slice(start, column));
  const number = String(position.line);
  const margin = ' '.repeat(number.length);
  // Tabs stay tabs, so that the caret stands under its place whatever their width.
  const padding = before.replace(/[^\t]/gu, ' ');
  return [
    `  ${terminal.paint('dim', `${number} |`)} ${start > 0 ? '…' : ''}${shown}${start + EXCERPT_CHARS_MAX < line.length ? '…' : ''}`,
    `  ${terminal.paint('dim', `${margin} |`)} ${start > 0 ? ' ' : ''}${padding}${terminal.paint('red', '^')}`,
  ];
}

function lineAt(text: string, number: number): string | null {
  let start = 0;
  for (let line = 1; line < number; line++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return null;
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
}
