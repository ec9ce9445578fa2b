import { expect, test } from '@jest/globals';
import type { Row, Value } from '../../core/types.ts';
import { compileExpression } from '../../engine/expression/compile.ts';
import { EMPTY } from '../../engine/expression/evaluate.ts';
import { compileDefinitions } from '../../language/compile.ts';
import type { Expr } from '../../language/plan.ts';
import { expression, type Kind, START_MICROS } from './generate-expressions.ts';
import { evaluate, rowScope } from './model-expressions.ts';
import { fromLog } from './model-values.ts';
import { Random } from './random.ts';

/**
 * Expressions of the engine against those of the naive model, over rows with NULLs and edges of every type.
 * RINGWATCH_SEED and RINGWATCH_RUNS (times 10 here) as in property.test.ts.
 */
const RUNS = Number(process.env.RINGWATCH_RUNS ?? 400) * 10;
const SEED = Number(process.env.RINGWATCH_SEED ?? 1);

const COLUMNS: readonly {
  readonly name: string;
  readonly kind: Kind;
  readonly type: string;
  readonly values: readonly Value[];
}[] = [
  { name: 'i', kind: 'integer', type: 'INTEGER', values: [0, 1, -1, 2, 7, 2_147_483_647, -2_147_483_648] },
  { name: 'j', kind: 'integer', type: 'INTEGER', values: [0, 3, -5, 100] },
  {
    name: 'l',
    kind: 'bigint',
    type: 'BIGINT',
    values: [0, 1, -3, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n],
  },
  { name: 'm', kind: 'numeric', type: 'NUMERIC(12,2)', values: [0, 1, -1, 50, 333, -150, 999_999_999_999] },
  {
    name: 'k',
    kind: 'numeric',
    type: 'NUMERIC(30,10)',
    values: [0, 1, 123_456_789_012_345_678_901_234n, -5_000_000_000],
  },
  {
    name: 'x',
    kind: 'double',
    type: 'DOUBLE PRECISION',
    values: [0, 0.1, -0.3, 1e300, 5e-324, 1 / 3, 1e16, -7],
  },
  {
    name: 's',
    kind: 'text',
    type: 'TEXT',
    values: ['', 'a', 'Ab', 'red_1', '%', 'é😀z', "it's", '10', '-2.5', ' 7 '],
  },
  { name: 'u', kind: 'text', type: 'TEXT', values: ['a', 'b', 'A1', 'true', '2026-01-01T00:00:00Z'] },
  { name: 'f', kind: 'boolean', type: 'BOOLEAN', values: [true, false] },
  {
    name: 't',
    kind: 'timestamptz',
    type: 'TIMESTAMPTZ',
    values: [START_MICROS, START_MICROS + 1, -1, 0, 1_583_020_799_999_999],
  },
];

const KINDS: readonly Kind[] = ['boolean', 'integer', 'bigint', 'numeric', 'double', 'text', 'timestamptz'];

test('an expression of the engine gives what the naive model gives', () => {
  const source = `CREATE SOURCE s (${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')});`;
  let compiled = 0;
  let nulls = 0;
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    const random = new Random(seed);
    const terms = COLUMNS.map(({ name, kind }) => ({ text: name, kind }));
    const text = expression(random, terms, random.pick(KINDS), 3);
    const plan = planOf(`${source} CREATE VIEW v AS SELECT ${text} AS y FROM s;`);
    if (plan === null) continue;
    compiled += 1;
    const run = compileExpression(plan, { errors: { count: () => undefined }, elements: null });
    for (let turn = 0; turn < 8; turn++) {
      const row: Row = COLUMNS.map(({ values }) => (random.chance(0.15) ? null : random.pick(values)));
      const scope = rowScope(COLUMNS.map((_, index) => fromLog(typeOf(index), row[index])));
      const expected = evaluate(plan, scope);
      const got = fromLog(plan.type, run(row, EMPTY, EMPTY) as Value);
      nulls += expected === null ? 1 : 0;
      if (Object.is(expected, got) || expected === got) continue;
      const values = COLUMNS.map(({ name }, index) => `${name} = ${row[index]}`).join(', ');
      throw new Error(
        `RINGWATCH_SEED=${seed} RINGWATCH_RUNS=1: ${text}\n${values}\nexpected ${expected}, got ${got}`,
      );
    }
  }
  expect(compiled).toBeGreaterThan(RUNS * 0.9);
  expect(nulls).toBeLessThan(compiled * 8 * 0.7);
}, 600_000);

const TYPES = compileDefinitions(
  `CREATE SOURCE s (${COLUMNS.map(({ name, type }) => `${name} ${type}`).join(', ')});`,
);

function typeOf(index: number) {
  return TYPES.sources[0]?.columns[index]?.type ?? { kind: 'text' as const };
}

/** The bound expression of the view's one column, or null where the compiler refuses the text. */
function planOf(text: string): Expr | null {
  try {
    const operator = compileDefinitions(text).views[0]?.operators[0];
    return operator?.kind === 'project' ? (operator.expressions[0] ?? null) : null;
  } catch {
    return null;
  }
}
