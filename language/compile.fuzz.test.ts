import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { Fold } from '../engine/fold.ts';
import { checkDefinitions } from './compile.ts';
import { diff } from './diff.ts';
import { explain } from './explain.ts';
import { picture } from './picture.ts';
import type { Program } from './plan.ts';

/** RINGWATCH_FUZZ_SEED repeats a run, RINGWATCH_FUZZ_RUNS makes it longer. A failure shows the text. */
const SEED = Number(process.env.RINGWATCH_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.RINGWATCH_FUZZ_RUNS ?? 150);

const EVERYTHING = readFileSync(new URL('./golden/everything.sql', import.meta.url), 'utf8');
const TOKEN = /\$?[A-Za-z_]\w*|'[^'\n]*'|"[^"\n]*"|\d+(?:\.\d+)?|[<>=]+|[^\s\w]/g;
const WORDS = [...new Set(EVERYTHING.match(TOKEN))];
const KINDS: readonly RegExp[] = [/^[a-z_]\w*$/, /^[A-Z]\w*$/, /^\$/, /^'/, /^\d/, /^[<>=+\-*/%]+$/];

/** Uniform numbers in [0, 1): mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The text with some tokens replaced by others of their kind, so that most of it still parses. */
function mutate(random: () => number): string {
  const count = EVERYTHING.match(TOKEN)?.length ?? 0;
  const places = new Set(
    Array.from({ length: 1 + Math.floor(random() * 6) }, () => Math.floor(random() * count)),
  );
  let place = 0;
  return EVERYTHING.replace(TOKEN, (token) => {
    if (!places.has(place++)) return token;
    const kind = KINDS.find((pattern) => pattern.test(token));
    const others = kind === undefined ? [] : WORDS.filter((word) => kind.test(word));
    return others[Math.floor(random() * others.length)] ?? token;
  });
}

/** Everything that may be asked of a program; the engine takes it, too. */
function use(program: Program, before: Program): void {
  explain(program);
  picture(program);
  diff(before, program);
  diff(program, before);
  const fold = new Fold({ tenant: 't', compile: () => program, emit: () => undefined });
  fold.apply({ kind: 'definitions', arrivalMicros: 0, text: '', allowDrop: true });
}

it(`never throws but what it says, and the engine takes what it passes: seed ${SEED}`, () => {
  const random = randomOf(SEED);
  const { program: original } = checkDefinitions(EVERYTHING);
  expect(original).not.toBeNull();
  let passed = 0;
  let refused = 0;
  for (let run = 0; run < RUNS; run++) {
    const text = mutate(random);
    try {
      const { program, errors } = checkDefinitions(text);
      expect(program === null).toBe(errors.length > 0);
      for (const error of errors) expect(error.position?.line).toBeGreaterThan(0);
      if (program === null) refused++;
      else {
        passed++;
        use(program, original as Program);
      }
    } catch (error) {
      throw new Error(`run ${run} of seed ${SEED}: ${text}`, { cause: error });
    }
  }
  // Both sides are looked at.
  expect(passed).toBeGreaterThan(RUNS / 20);
  expect(refused).toBeGreaterThan(RUNS / 20);
}, 120_000);
