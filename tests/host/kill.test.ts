import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buildIfStale } from '../../bin/build.mjs';
import { newFolder, removeFolders } from './host-case.ts';

jest.setTimeout(1_200_000);

const ROOT = path.dirname(path.dirname(import.meta.dirname));
const PROCESS = path.join(ROOT, 'dist/tests/host/kill-process.js');

interface Result {
  readonly steps: number;
  readonly position: number;
  readonly definitionsVersion: number;
  readonly effects: number;
}

beforeAll(buildIfStale);
afterAll(removeFolders);

/** Runs the process; null where it killed itself. */
async function runTo(folder: string, killAt: number, failing: boolean): Promise<Result | null> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--enable-source-maps', PROCESS, folder, String(killAt), failing ? '1' : '0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let out = '';
  let errors = '';
  child.stdout?.on('data', (text) => {
    out += text;
  });
  child.stderr?.on('data', (text) => {
    errors += text;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...ended) => resolve(ended));
  });
  if (signal === 'SIGKILL') return null;
  if (code !== 0) throw new Error(`the process ended with ${code ?? signal}: ${errors}`);
  return JSON.parse(out) as Result;
}

/** Effects by number, each of which may have been taken more than once, but never as another. */
function effectsIn(folder: string): Map<number, string> {
  const effects = new Map<number, string>();
  for (const line of readFileSync(path.join(folder, 'effects'), 'utf8').split('\n').slice(0, -1)) {
    const space = line.indexOf(' ');
    const [number, text] = [Number(line.slice(0, space)), line.slice(space + 1)];
    expect(effects.get(number) ?? text).toBe(text);
    effects.set(number, text);
  }
  return effects;
}

/** Answers by key: the same each time it was asked. */
function answersIn(folder: string): Map<string, string> {
  const answers = new Map<string, string>();
  for (const line of readFileSync(path.join(folder, 'answers'), 'utf8').split('\n').slice(0, -1)) {
    const [key = '', outcome = ''] = line.split(' ');
    expect(answers.get(key) ?? outcome).toBe(outcome);
    answers.set(key, outcome);
  }
  return answers;
}

describe('a process that is killed at any step and started again', () => {
  it.each([false, true])(
    'has every effect taken under its id, none lost, and every answer as it was (sink failing: %s)',
    async (failing) => {
      const clean = await newFolder();
      const whole = (await runTo(clean, 0, failing)) as Result;
      const effects = effectsIn(clean);
      const answers = answersIn(clean);
      expect(effects.size).toBeGreaterThan(10);
      expect(new Set(answers.values()).size).toBeGreaterThan(1);
      expect(whole.steps).toBeGreaterThan(40);
      const check = async (killAt: number): Promise<void> => {
        const folder = await newFolder();
        const killed = await runTo(folder, killAt, failing);
        // How batches fall varies a little, and with them the number of steps.
        if (killed !== null) expect(killAt).toBeGreaterThan(whole.steps * 0.7);
        const result = await runTo(folder, 0, failing);
        const what = { killAt, position: result?.position, effects: result?.effects };
        expect(what).toEqual({ killAt, position: whole.position, effects: whole.effects });
        expect(effectsIn(folder)).toEqual(effects);
        expect(answersIn(folder)).toEqual(answers);
      };
      const stride = failing ? 5 : 1;
      for (let killAt = 1; killAt <= whole.steps; killAt += 2 * stride) {
        await Promise.all([check(killAt), check(killAt + stride)]);
      }
    },
  );

  it('comes to the same end when it is killed again and again', async () => {
    const clean = await newFolder();
    const whole = (await runTo(clean, 0, false)) as Result;
    const folder = await newFolder();
    let result: Result | null = null;
    for (let killAt = 3; result === null; killAt += 2) result = await runTo(folder, killAt, false);
    expect(result).toMatchObject({ position: whole.position, effects: whole.effects });
    expect(effectsIn(folder)).toEqual(effectsIn(clean));
    expect(answersIn(folder)).toEqual(answersIn(clean));
  });
});
