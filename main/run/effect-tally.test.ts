import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EffectNote } from '../../core/ports/checkpoints.ts';
import { EffectTally, resumePoint } from './effect-tally.ts';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function fileOf(text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-tally-'));
  folders.push(folder);
  writeFileSync(path.join(folder, 'file'), text);
  return path.join(folder, 'file');
}

/** Notes after each of the alerts, and of a late event after the second. */
function notesOf(alerts: readonly string[]): EffectNote[] {
  const tally = new EffectTally(null);
  let number = 0;
  return alerts.map((line, n) => {
    tally.add('alert', line);
    number++;
    if (n === 1) {
      tally.add('late', 'late');
      number++;
    }
    return { number, note: tally.note() };
  });
}

describe('where a file of effects goes on', () => {
  const alerts = ['one', 'zwei ü', 'three'];
  const whole = 'one\nzwei ü\nthree\n';

  it('is after all that was noted, where the files begin with it', () => {
    const files = { alert: fileOf(`${whole}more`), late: fileOf('late\n'), decision: null };
    const { number, tally } = resumePoint(files, notesOf(alerts));
    expect(number).toBe(4);
    expect(tally.of('alert')).toMatchObject({ lines: 3, bytes: whole.length + 1 });
    expect(tally.of('decision')).toEqual({ lines: 0, bytes: 0, checksum: 0 });
  });

  it('is at the newest note that all files bear out', () => {
    const notes = notesOf(alerts);
    const numberOf = (alert: string, late: string) =>
      resumePoint({ alert: fileOf(alert), late: fileOf(late) }, notes).number;
    expect(numberOf(whole, 'late\n')).toBe(4);
    expect(numberOf(whole.slice(0, -1), 'late\n')).toBe(3);
    expect(numberOf('one\nzwei u\n', 'late\n')).toBe(1);
    expect(numberOf(whole, '')).toBe(1);
    expect(numberOf('two\n', 'late\n')).toBe(0);
  });

  it('is the beginning where there is no note, or no such file', () => {
    expect(resumePoint({ alert: fileOf(whole) }, []).number).toBe(0);
    expect(resumePoint({ alert: '/nowhere/file' }, notesOf(alerts)).number).toBe(0);
    expect(resumePoint({ alert: '/dev/null' }, notesOf(alerts)).number).toBe(0);
  });

  it('goes on adding up as if it had never stopped', () => {
    const notes = notesOf(alerts);
    const { tally } = resumePoint({ alert: fileOf('one\n') }, notes.slice(0, 1));
    tally.add('alert', 'zwei ü');
    tally.add('late', 'late');
    expect(tally.note()).toBe(notes[1]?.note);
  });
});
