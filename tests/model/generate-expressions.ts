import type { Random } from './random.ts';

export type Kind = 'boolean' | 'integer' | 'bigint' | 'numeric' | 'double' | 'text' | 'timestamptz';

/** Something an expression can name: how it is written there, and its type. */
export interface Term {
  readonly text: string;
  readonly kind: Kind;
}

/** 2026-01-01T00:00:00Z, where every generated stream begins. Microseconds. */
export const START_MICROS = 1_767_225_600_000_000;

const TEXTS = ["'x'", "'red'", "'blue'", "'A1'", "''", "'a_b'", "'Zürich'", "'o''clock'"];

/** A boolean expression over the terms. */
export function predicate(random: Random, terms: readonly Term[], depth = 2): string {
  if (depth > 0 && random.chance(0.35)) {
    const left = predicate(random, terms, depth - 1);
    if (random.chance(0.2)) return `NOT (${left})`;
    return `(${left} ${random.pick(['AND', 'OR'])} ${predicate(random, terms, depth - 1)})`;
  }
  const term = random.pick(terms);
  switch (random.below(6)) {
    case 0:
      return `${term.text} IS ${random.pick(['NULL', 'NOT NULL'])}`;
    case 1:
      return `${term.text} IN (${literal(random, term.kind)}, ${literal(random, term.kind)})`;
    case 2:
      if (term.kind === 'boolean') return `${term.text} IS ${random.pick(['TRUE', 'FALSE'])}`;
      return `${term.text} BETWEEN ${literal(random, term.kind)} AND ${literal(random, term.kind)}`;
    case 3:
      if (term.kind === 'timestamptz') {
        const other = expression(random, terms, 'timestamptz', 1);
        return `(${term.text} - ${other}) ${random.pick(['<', '>=', '='])} INTERVAL '${random.between(0, 20)} seconds'`;
      }
      if (term.kind !== 'text') break;
      return `${term.text} ${random.pick(['LIKE', 'NOT LIKE', 'ILIKE'])} ${random.pick(["'%e%'", "'_'", "'A%'", "'%'", "'_1%'"])}`;
    case 4:
      return `${term.text} IS ${random.pick(['DISTINCT', 'NOT DISTINCT'])} FROM ${expression(random, terms, term.kind, 1)}`;
  }
  const operator = random.pick(['=', '<>', '<', '<=', '>', '>=']);
  return `${expression(random, terms, term.kind, 1)} ${operator} ${expression(random, terms, term.kind, 1)}`;
}

/** An expression of a kind over the terms; often a term itself. */
export function expression(random: Random, terms: readonly Term[], kind: Kind, depth = 2): string {
  const same = terms.filter((term) => term.kind === kind);
  if (depth === 0 || random.chance(0.4)) {
    return same.length > 0 && random.chance(0.8) ? random.pick(same).text : literal(random, kind);
  }
  const sub = (of: Kind = kind) => expression(random, terms, of, depth - 1);
  if (random.chance(0.15)) {
    const otherwise = random.chance(0.7) ? ` ELSE ${sub()}` : '';
    return `CASE WHEN ${predicate(random, terms, 0)} THEN ${sub()}${otherwise} END`;
  }
  if (random.chance(0.15)) return `COALESCE(${sub()}, ${literal(random, kind)})`;
  if (random.chance(0.1)) return `${random.pick(['GREATEST', 'LEAST'])}(${sub()}, ${sub()})`;
  if (random.chance(0.05)) return `NULLIF(${sub()}, ${sub()})`;
  switch (kind) {
    case 'boolean':
      return `(${predicate(random, terms, 1)})`;
    case 'text':
      return textExpression(random, terms, sub);
    case 'timestamptz':
      if (random.chance(0.1))
        return `TO_TIMESTAMP(${sub(random.pick<Kind>(['integer', 'numeric', 'bigint']))})`;
      if (random.chance(0.2))
        return `DATE_TRUNC('${random.pick(['second', 'hour', 'minute', 'day', 'week', 'month', 'year'])}', ${sub()})`;
      return `(${sub()} ${random.pick(['+', '-'])} INTERVAL '${random.between(1, 90)} seconds')`;
    default:
      return numberExpression(random, kind, sub);
  }
}

function textExpression(random: Random, terms: readonly Term[], sub: (kind?: Kind) => string): string {
  switch (random.below(9)) {
    case 6:
      return `${random.pick(['TRIM', 'LTRIM', 'RTRIM'])}(${sub()})`;
    case 7:
      return `SPLIT_PART(${sub()}, ${random.pick(["'e'", "'_'", "''"])}, ${random.between(1, 3)})`;
    case 8:
      return `CAST(${sub(random.pick<Kind>(['integer', 'numeric', 'boolean', 'timestamptz', 'bigint']))} AS TEXT)`;
    case 0:
      return `(${sub()} || ${sub()})`;
    case 1:
      return `${random.pick(['UPPER', 'LOWER'])}(${sub()})`;
    case 2:
      return `SUBSTRING(${sub()}, ${random.between(1, 3)}, ${random.between(0, 3)})`;
    case 3:
      return `CAST(${random.pick(terms).text} AS TEXT)`;
    case 4:
      return `REPLACE(${sub()}, 'e', 'EE')`;
    default:
      return `${random.pick(['LEFT', 'RIGHT'])}(${sub()}, ${random.between(0, 3)})`;
  }
}

function numberExpression(random: Random, kind: Kind, sub: (kind?: Kind) => string): string {
  switch (random.below(10)) {
    case 7:
      if (kind === 'bigint' || kind === 'integer') {
        const field = random.pick(['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'DOW']);
        return `CAST(EXTRACT(${field} FROM ${sub('timestamptz')}) AS ${kind.toUpperCase()})`;
      }
      return kind === 'double' ? `SQRT(${sub()})` : `EXTRACT(EPOCH FROM ${sub('timestamptz')})`;
    case 8:
      return `${random.pick(['FLOOR', 'CEIL', 'SIGN', 'TRUNC', 'ROUND'])}(${sub()})`;
    case 9: {
      const from = random.pick<Kind>(['integer', 'bigint', 'numeric', 'text', 'double']);
      const to = {
        integer: 'INTEGER',
        bigint: 'BIGINT',
        numeric: 'NUMERIC(12,2)',
        double: 'DOUBLE PRECISION',
      }[kind as string];
      return `CAST(${sub(from)} AS ${to})`;
    }
    case 0:
      return `ABS(${sub()})`;
    case 1:
      return kind === 'numeric' ? `ROUND(${sub()}, 1)` : `(- ${sub()})`;
    case 2:
      return kind === 'integer' ? `(${sub()} % ${random.between(0, 5)})` : `(${sub()} / ${sub()})`;
    case 3:
      if (kind === 'bigint') return `LENGTH(${sub('text')})`;
      return kind === 'integer' ? `CAST(${sub('numeric')} AS INTEGER)` : `(${sub()} * 2)`;
    case 4:
      return `(${sub()} - ${sub()})`;
    default:
      return `(${sub()} ${random.pick(['+', '-', '*'])} ${sub()})`;
  }
}

/** A literal of the kind, rarely NULL. */
export function literal(random: Random, kind: Kind): string {
  switch (kind) {
    case 'boolean':
      return random.pick(['TRUE', 'FALSE']);
    case 'integer':
      return String(random.pick([0, 1, 2, 3, 5, 10, 100, 2_000_000_000]));
    case 'bigint':
      return `CAST(${random.pick(['0', '1', '7', '9007199254740993'])} AS BIGINT)`;
    case 'numeric':
      return random.pick(['0', '1.5', '10.25', '100', '33.333', '0.005', '99999.99']);
    case 'double':
      return `CAST('${random.pick(['0', '1.5', '0.1', '1e3', '33.3'])}' AS DOUBLE PRECISION)`;
    case 'text':
      return random.pick(TEXTS);
    case 'timestamptz':
      return `TIMESTAMPTZ '2026-01-01T00:0${random.below(4)}:${random.between(10, 59)}Z'`;
  }
}
