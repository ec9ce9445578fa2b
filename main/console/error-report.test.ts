import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../../core/errors.ts';
import { reportError } from './error-report.ts';
import { recordingTerminal } from './recording-terminal.ts';

const TERMINAL = recordingTerminal();

function errorAt(line: number, column: number, hint: string | null = null): RingwatchError {
  return new RingwatchError(
    'UNKNOWN_NAME',
    { what: 'column', name: 'paye' },
    { position: { line, column, offset: 0 }, hint },
  );
}

describe('an error of a definition', () => {
  it('shows the line with a caret under the place, the hint, and what to do', () => {
    expect(
      reportError(errorAt(2, 10, 'Did you mean payer?'), 'rules.sql', 'CREATE …\n  SELECT paye\n', TERMINAL),
    ).toEqual([
      'rules.sql:2:10: UNKNOWN_NAME: there is no column named paye',
      '  2 |   SELECT paye',
      '    |          ^',
      '  hint: Did you mean payer?',
      '  what to do: Use one of the known names; the nearest is given as a hint.',
    ]);
  });

  it('keeps the caret under its place after tabs and carriage returns', () => {
    const lines = reportError(errorAt(1, 4), 'a.sql', '\tab paye\r\n', TERMINAL);
    expect(lines[1]).toBe('  1 | \tab paye');
    expect(lines[2]).toBe('    | \t  ^');
  });

  it('shows the part around the place of a line of a million letters', () => {
    const text = `${'x'.repeat(500_000)}paye${'y'.repeat(500_000)}`;
    const lines = reportError(errorAt(1, 500_001), 'a.sql', text, TERMINAL);
    expect(lines[1]?.length).toBeLessThan(120);
    expect(lines[1]?.slice(lines[2]?.indexOf('^'))).toMatch(/^paye/);
  });

  it('at the end of the text points behind it', () => {
    const lines = reportError(errorAt(1, 4), 'a.sql', 'abc', TERMINAL);
    expect(lines.slice(1, 3)).toEqual(['  1 | abc', '    |    ^']);
  });

  it('lets no control character through', () => {
    expect(reportError(errorAt(1, 1), 'a.sql', '\u001b[2Jabc', TERMINAL)[1]).toBe('  1 | \ufffd[2Jabc');
  });
});

describe('an error without a place', () => {
  it('names the program', () => {
    expect(
      reportError(new RingwatchError('FILE_NOT_FOUND', { path: 'no.sql' }), null, null, TERMINAL)[0],
    ).toBe('ringwatch: FILE_NOT_FOUND: there is no file no.sql');
  });
});
