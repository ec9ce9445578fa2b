import { describe, expect, it } from '@jest/globals';
import { type SqlType, typeName } from '../core/types.ts';
import { compileDefinitions } from './compile.ts';

const PRELUDE = `
CREATE SOURCE s (k TEXT PRIMARY KEY, i INTEGER, b BIGINT, n NUMERIC(18,2), m NUMERIC(9,4), u NUMERIC, d DOUBLE PRECISION, t TEXT,
  ok BOOLEAN, at TIMESTAMPTZ, iv INTERVAL, WATERMARK FOR at);
CREATE TABLE v (id TEXT PRIMARY KEY, x INTEGER);
CREATE PROPERTY GRAPH g VERTEX TABLES (v LABEL V) EDGE TABLES (s SOURCE KEY (t) REFERENCES v DESTINATION KEY (k) REFERENCES v LABEL E);
`;

/** A type with the scale and trimming of NUMERICs without precision. */
function show(type: SqlType | undefined): string {
  if (type === undefined) return 'nothing';
  if (type.kind !== 'numeric' || type.precision !== null) return typeName(type);
  return `NUMERIC(*,${type.scale})${type.trimmed ? ' trimmed' : ''}`;
}

describe('the types of expressions', () => {
  it.each([
    // literals
    ['1', 'INTEGER'],
    ['2147483647', 'INTEGER'],
    ['2147483648', 'BIGINT'],
    ['9223372036854775807', 'BIGINT'],
    ['9223372036854775808', 'NUMERIC(*,0)'],
    ['1.5', 'NUMERIC(*,1)'],
    ['1.50', 'NUMERIC(*,2)'],
    ['1e3', 'NUMERIC(*,0)'],
    ['1.5e-3', 'NUMERIC(*,4)'],
    ["'x'", 'TEXT'],
    ['TRUE', 'BOOLEAN'],
    ['NULL', 'TEXT'],
    ["INTERVAL '1 day'", 'INTERVAL'],
    ["TIMESTAMPTZ '2026-01-01'", 'TIMESTAMPTZ'],
    // arithmetic widens to the wider side
    ['i + i', 'INTEGER'],
    ['i + b', 'BIGINT'],
    ['i + 1', 'INTEGER'],
    ['b * 2', 'BIGINT'],
    ['i + n', 'NUMERIC(*,2)'],
    ['n + m', 'NUMERIC(*,4)'],
    ['n + u', 'NUMERIC(*,16) trimmed'],
    ['n + d', 'DOUBLE PRECISION'],
    ['i + d', 'DOUBLE PRECISION'],
    ['n * m', 'NUMERIC(*,6)'],
    ['n * i', 'NUMERIC(*,2)'],
    ['n * 1.5', 'NUMERIC(*,3)'],
    ['i / i', 'INTEGER'],
    ['b / i', 'BIGINT'],
    ['n / i', 'NUMERIC(*,16) trimmed'],
    ['i / 2.0', 'NUMERIC(*,16) trimmed'],
    ['d / n', 'DOUBLE PRECISION'],
    ['i % b', 'BIGINT'],
    ['n % m', 'NUMERIC(*,4)'],
    ['-n', 'NUMERIC(18,2)'],
    ['-i', 'INTEGER'],
    ['+d', 'DOUBLE PRECISION'],
    ['u * u * u * u * u * u * u', 'NUMERIC(*,16) trimmed'],
    // times and intervals
    ["at + INTERVAL '1 day'", 'TIMESTAMPTZ'],
    ["INTERVAL '1 day' + at", 'TIMESTAMPTZ'],
    ['at - at', 'INTERVAL'],
    ['at - iv', 'TIMESTAMPTZ'],
    ['iv + iv', 'INTERVAL'],
    ['iv - iv', 'INTERVAL'],
    ['iv * 3', 'INTERVAL'],
    ['b * iv', 'INTERVAL'],
    ['-iv', 'INTERVAL'],
    // comparisons and logic
    ['i < d', 'BOOLEAN'],
    ["at < '2026-01-01'", 'BOOLEAN'],
    ["iv > '1 hour'", 'BOOLEAN'],
    ['t IN (t, NULL)', 'BOOLEAN'],
    ['n IS NULL', 'BOOLEAN'],
    ['NOT ok', 'BOOLEAN'],
    ['NULL = 1', 'BOOLEAN'],
    // choices
    ['CASE WHEN ok THEN 1 ELSE 2.5 END', 'NUMERIC(*,1)'],
    ['CASE WHEN ok THEN n END', 'NUMERIC(18,2)'],
    ['CASE WHEN ok THEN NULL ELSE b END', 'BIGINT'],
    ["CASE WHEN ok THEN '5' ELSE b END", 'BIGINT'],
    ['COALESCE(i, n)', 'NUMERIC(*,2)'],
    ['COALESCE(NULL, NULL)', 'TEXT'],
    ['NULLIF(n, 0)', 'NUMERIC(*,2)'],
    ['GREATEST(i, b)', 'BIGINT'],
    ['LEAST(at, at)', 'TIMESTAMPTZ'],
    // casts
    ['CAST(t AS NUMERIC(5,1))', 'NUMERIC(5,1)'],
    ['n::TEXT', 'TEXT'],
    ["'12'::INTEGER", 'INTEGER'],
    ['CAST(ok AS INTEGER)', 'INTEGER'],
    ['CAST(d AS BIGINT)', 'BIGINT'],
    // functions
    ['abs(n)', 'NUMERIC(18,2)'],
    ['sign(n)', 'NUMERIC(*,0)'],
    ['floor(n)', 'NUMERIC(*,0)'],
    ['ceil(d)', 'DOUBLE PRECISION'],
    ['ceiling(i)', 'INTEGER'],
    ['round(n)', 'NUMERIC(*,0)'],
    ['round(n, 1)', 'NUMERIC(*,1)'],
    ['round(n, -2)', 'NUMERIC(*,0)'],
    ['round(i, 1)', 'NUMERIC(*,1)'],
    ['trunc(m, 2)', 'NUMERIC(*,2)'],
    ['sqrt(n)', 'DOUBLE PRECISION'],
    ['mod(i, b)', 'BIGINT'],
    ['length(t)', 'INTEGER'],
    ["t || n || '!'", 'TEXT'],
    ['concat(t, i, at)', 'TEXT'],
    ["strpos(t, 'a')", 'INTEGER'],
    ["starts_with(t, 'a')", 'BOOLEAN'],
    ['to_timestamp(d)', 'TIMESTAMPTZ'],
    ['extract(epoch FROM at)', 'NUMERIC(*,6)'],
    ['extract(second FROM at)', 'NUMERIC(*,6)'],
    ['extract(hour FROM iv)', 'BIGINT'],
    ["date_part('year', at)", 'BIGINT'],
    ["date_trunc('week', at)", 'TIMESTAMPTZ'],
    // aggregates with OVER
    ['COUNT(*) OVER w', 'BIGINT'],
    ['COUNT(DISTINCT t) OVER w', 'BIGINT'],
    ['SUM(i) OVER w', 'BIGINT'],
    ['SUM(b) OVER w', 'NUMERIC(*,0)'],
    ['SUM(n) OVER w', 'NUMERIC(*,2)'],
    ['SUM(u) OVER w', 'NUMERIC(*,16) trimmed'],
    ['SUM(d) OVER w', 'DOUBLE PRECISION'],
    ['AVG(i) OVER w', 'NUMERIC(*,16) trimmed'],
    ['AVG(n) OVER w', 'NUMERIC(*,16) trimmed'],
    ['AVG(d) OVER w', 'DOUBLE PRECISION'],
    ['MIN(n) OVER w', 'NUMERIC(18,2)'],
    ['MAX(t) OVER w', 'TEXT'],
    ['MIN(at) OVER w', 'TIMESTAMPTZ'],
    ['MAX(iv) OVER w', 'INTERVAL'],
    ['SUM(n) OVER w / COUNT(*) OVER w', 'NUMERIC(*,16) trimmed'],
  ])('%s is %s', (expression, type) => {
    const text = `${PRELUDE}CREATE VIEW x AS SELECT ${expression} AS x FROM s WINDOW w AS (ORDER BY at);`;
    expect(show(compileDefinitions(text).views[0]?.columns[0]?.type)).toBe(type);
  });

  it.each([
    ['a', 'VERTEX'],
    ['e', 'EDGE'],
    ['t', 'GROUP OF EDGES'],
    ['p', 'PATH'],
    ['a.x', 'INTEGER'],
    ['e.n', 'NUMERIC(18,2)'],
    ['a.x + $i', 'INTEGER'],
    ['SUM(t.n)', 'NUMERIC(*,2)'],
    ['SUM(t.n) + e.n', 'NUMERIC(*,2)'],
    ['SUM(t.n * a.x)', 'NUMERIC(*,2)'],
    ['AVG(t.i)', 'NUMERIC(*,16) trimmed'],
    ['COUNT(t)', 'BIGINT'],
    ['COUNT(DISTINCT t.t)', 'BIGINT'],
    ['MIN(t.at)', 'TIMESTAMPTZ'],
    ['collect(t.n)', 'LIST<NUMERIC(18,2)>'],
    ['collect(t)', 'LIST<EDGE>'],
    ['COUNT(*)', 'BIGINT'],
    ['SUM(a.x)', 'BIGINT'],
    ['SUM(SUM(t.n))', 'NUMERIC(*,2)'],
    ['MAX(COUNT(t))', 'BIGINT'],
    ['collect(a)', 'LIST<VERTEX>'],
    ['length(p)', 'INTEGER'],
    ['path_length(p)', 'INTEGER'],
    ['nodes(p)', 'LIST<VERTEX>'],
    ['edges(p)', 'LIST<EDGE>'],
    ['cardinality(t)', 'INTEGER'],
    ['size(nodes(p))', 'INTEGER'],
    ['element_id(a)', 'TEXT'],
    ['id(e)', 'TEXT'],
    ['type(e)', 'TEXT'],
    ['label(a)', 'TEXT'],
    ['start_node(e)', 'VERTEX'],
    ['endNode(e)', 'VERTEX'],
    ['a IS SOURCE OF e', 'BOOLEAN'],
    ['a = b', 'BOOLEAN'],
    ['a IS NULL', 'BOOLEAN'],
  ])('in a match %s is %s', (expression, type) => {
    const text = `${PRELUDE}CREATE RULE r ON s THEN USE g
      MATCH p = (a:V)-[e:E]->(b:V)-[t:E]->{1,3}(c:V) RETURN ${expression} AS x DO ALERT 'x';`;
    const clause = compileDefinitions(text).rules[0]?.job?.clauses.at(-1);
    expect(show(clause?.kind === 'return' ? clause.items[0]?.value.type : undefined)).toBe(type);
  });

  it.each([
    ['g', 'MERGED EDGE'],
    ['h', 'GROUP OF MERGED EDGES'],
    ['SUM(g.n)', 'NUMERIC(*,2)'],
    ['SUM(g.n) + SUM(h.n)', 'NUMERIC(*,2)'],
    ['size(g)', 'INTEGER'],
    ['startNode(g)', 'VERTEX'],
  ])('under MERGE PARALLEL %s is %s', (expression, type) => {
    const text = `${PRELUDE}CREATE RULE r ON s THEN USE g
      MATCH (a:V)-[g:E]->(b:V)-[h:E]->{1,3}(c:V) MERGE PARALLEL RETURN ${expression} AS x DO ALERT 'x';`;
    const clause = compileDefinitions(text).rules[0]?.job?.clauses.at(-1);
    expect(show(clause?.kind === 'return' ? clause.items[0]?.value.type : undefined)).toBe(type);
  });
});
