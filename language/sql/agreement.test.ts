import { describe, expect, it } from '@jest/globals';
import type { Expression } from '../ast.ts';
import { parseDefinitions } from '../parse.ts';

/** Written alike in views, which PostgreSQL's grammar reads, and in rules, which ours does. */
const EXPRESSIONS = [
  'a',
  'A',
  '"A b"',
  'a.b',
  'a."B"',
  '1',
  '0',
  '2147483648',
  '1.50',
  '.5',
  '1e5',
  '1.5e-3',
  "''",
  "'it''s'",
  "'é𝄞'",
  'NULL',
  'TRUE',
  'false',
  '-1',
  '-1.5',
  '-a',
  '+a',
  '-a * b',
  '-a::INT',
  '- 2147483648',
  'a + b * c - d / e % f',
  '(a + b) * c',
  'a - b - c',
  'a - (b - c)',
  "a || 'x' || b",
  'a || b + c',
  'a = b',
  'a <> b',
  'a != b',
  'a <= b AND c >= d OR NOT e < f',
  'NOT a = b',
  'NOT NOT a',
  'a AND b AND c',
  'a AND (b AND c)',
  'a OR b AND c OR d',
  '(a OR b) AND c',
  'a AND b AND c AND d AND e AND f AND g AND h AND i AND j AND k',
  'a IS NULL',
  'a IS NOT NULL',
  'a = b IS NULL',
  'a IS TRUE',
  'a IS NOT FALSE',
  'a IS UNKNOWN',
  'a IS NOT UNKNOWN',
  'a IS DISTINCT FROM b',
  'a IS NOT DISTINCT FROM b + 1',
  'a BETWEEN 1 AND 2',
  'a NOT BETWEEN b + 1 AND c * 2 AND d',
  'a IN (1)',
  "a IN ('x', 'y', NULL)",
  'a NOT IN (b, c + 1)',
  "a LIKE 'x%'",
  "a NOT LIKE b || '%'",
  "a ILIKE 'x'",
  "a NOT ILIKE 'x'",
  'a + 1 IN (1, 2) AND b',
  'CASE WHEN a THEN 1 END',
  'CASE WHEN a = 1 THEN 1 WHEN b THEN 2 ELSE 3 END + 1',
  "CASE a WHEN 1 THEN 'x' ELSE NULL END",
  'CAST(a AS INTEGER)',
  'CAST(a + 1 AS NUMERIC(18, 2))',
  'CAST(a AS DOUBLE PRECISION)',
  'CAST(a AS TIMESTAMP WITH TIME ZONE)',
  'CAST(a AS TIMESTAMPTZ)',
  'CAST(a AS VARCHAR(10))',
  'a::BIGINT',
  'a::NUMERIC(3)::TEXT',
  'a.b::BOOLEAN',
  "'5'::INT + 1",
  'CAST(a AS REAL)',
  'CAST(a AS SMALLINT)',
  "CAST('2020-01-01' AS TIMESTAMPTZ)",
  "INTERVAL '1 hour'",
  "INTERVAL '5' SECOND",
  "INTERVAL '5' minute + a",
  "TIMESTAMPTZ '2020-01-01T00:00:00Z'",
  "TIMESTAMP WITH TIME ZONE '2020-01-01 00:00:00+00'",
  "a - INTERVAL '5 seconds'",
  'f()',
  'f(a)',
  'F(a, b + 1, g(c))',
  'lower(a) || upper(b)',
  'COALESCE(a, 1)',
  'NULLIF(a, b)',
  'GREATEST(a, b, 1)',
  'least(a, b)',
  'EXTRACT(EPOCH FROM a)',
  "EXTRACT('hour' FROM a - b)",
  'SUBSTRING(a, 1)',
  'SUBSTRING(a FROM 1 FOR 2)',
  'SUBSTRING(a FROM 2)',
  "POSITION('a' IN b)",
  'TRIM(a)',
  "TRIM(LEADING 'x' FROM a)",
  "TRIM(TRAILING 'x' FROM a)",
  'TRIM(BOTH FROM a)',
  'TRIM(FROM a)',
  "TRIM('x' FROM a)",
  "TRIM(a, 'x')",
  'model.score(a)',
  'starts_with(a, b)',
  'COUNT(*)',
  'count(DISTINCT a)',
  'SUM(a) FILTER (WHERE b > 1)',
  '((((a))))',
  '((a)) + ((b))',
  'a IS NULL AND b IS NOT NULL',
  'a < b IS TRUE',
  '(a = b) = c',
  "at > TIMESTAMPTZ '2020-01-01Z' AND status = 'OK'",
  'a /* comment */ + -- to the end\n b',
];

/** Every expression above, with words in other letter case and other blanks. */
const RESPACED = EXPRESSIONS.filter((text) => !/['"/]/.test(text)).map((text) =>
  text.replaceAll(' ', '\n\t '),
);

const VIEW = 'CREATE VIEW v AS SELECT ';
const RULE = 'CREATE RULE r ON t WHEN  ';

function inView(text: string): Expression {
  const { statements, errors } = parseDefinitions(`${VIEW}${text} FROM t`);
  if (errors[0] !== undefined) throw errors[0];
  const statement = statements[0];
  const item = statement?.kind === 'createView' ? statement.select.items[0] : undefined;
  if (item?.kind !== 'expression') throw new Error(`no expression: ${text}`);
  return item.value;
}

function inRule(text: string): Expression {
  const { statements, errors } = parseDefinitions(`${RULE}${text} DO REFUSE`);
  if (errors[0] !== undefined) throw errors[0];
  const statement = statements[0];
  if (statement?.kind !== 'createRule' || statement.when === null) throw new Error(`no expression: ${text}`);
  return statement.when;
}

/** The tree with each position given by its offset in the expression. */
function relative(tree: unknown, start: number): unknown {
  if (Array.isArray(tree)) return tree.map((item) => relative(item, start));
  if (typeof tree !== 'object' || tree === null) return tree;
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [
      key,
      key === 'at' ? (value as { offset: number }).offset - start : relative(value, start),
    ]),
  );
}

describe('views and rules read an expression alike', () => {
  it.each([...EXPRESSIONS, ...RESPACED])('%j', (text) => {
    expect(relative(inView(text), VIEW.length)).toEqual(relative(inRule(text), RULE.length));
  });
});
