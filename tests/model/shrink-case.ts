import type { Case, Step } from './generate-case.ts';
import type { Statement } from './shapes.ts';

/**
 * Makes a failing case smaller as long as it fails: leaves out records and statements in ever smaller pieces (after
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002). `fails` must be true for the
 * case at hand, and false for cases that are broken rather than failing.
 */
export function shrinkCase(test: Case, fails: (smaller: Case) => boolean, triesMax = 1500): Case {
  let best = test;
  let tries = 0;
  const attempt = (candidate: Case): boolean => {
    tries += 1;
    if (tries > triesMax || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let progress = true; progress && tries < triesMax; ) {
    progress = false;
    progress =
      withoutPieces(
        best.steps.length,
        (keep) => attempt(withSteps(best, keep)),
        () => best.steps.length,
      ) || progress;
    for (const name of new Set(best.texts.flat().map((statement) => statement.name))) {
      progress = attempt(withoutStatement(best, name)) || progress;
    }
  }
  return best;
}

/** Tries to leave out runs of items, from halves down to single ones; true if anything could go. */
function withoutPieces(
  length: number,
  attempt: (keep: (index: number) => boolean) => boolean,
  now: () => number,
): boolean {
  let removed = false;
  for (let size = Math.max(1, length >> 1); size >= 1; size >>= 1) {
    for (let start = 0; start < now(); ) {
      if (attempt((index) => index < start || index >= start + size)) removed = true;
      else start += size;
    }
  }
  return removed;
}

function withSteps(test: Case, keep: (index: number) => boolean): Case {
  return { ...test, steps: test.steps.filter((_, index) => keep(index)) };
}

/** The case without a statement of that name in any text, and without records of the relation. */
function withoutStatement(test: Case, name: string): Case {
  const texts = test.texts.map((statements) => statements.filter((statement) => statement.name !== name));
  const steps = test.steps.filter((step) => !('relation' in step) || step.relation !== name);
  return { ...test, texts, steps };
}

/** A case as text from which it can be run again: statements, then a line for each record. */
export function describeCase(test: Case): string {
  const texts = test.texts.map((statements: readonly Statement[], number) => {
    const used = test.steps.some((step) => step.kind === 'text' && step.number === number);
    return used ? `-- text ${number}\n${statements.map(({ text }) => text).join('\n')}` : '';
  });
  const line = (step: Step) =>
    JSON.stringify(step, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return `${texts.filter((text) => text !== '').join('\n')}\n${test.steps.map(line).join('\n')}`;
}
