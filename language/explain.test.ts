import { describe, expect, it } from '@jest/globals';
import { compileDefinitions } from './compile.ts';
import { explain } from './explain.ts';

const TIMED =
  'CREATE SOURCE s (id TEXT PRIMARY KEY, a TEXT, b TEXT, n INT, at TIMESTAMPTZ, WATERMARK FOR at);';
const UNTIMED = 'CREATE SOURCE s (id TEXT PRIMARY KEY, a TEXT, b TEXT, n INT, at TIMESTAMPTZ);';
const GRAPH = `CREATE TABLE t (id TEXT PRIMARY KEY); CREATE PROPERTY GRAPH g VERTEX TABLES (t LABEL T) EDGE TABLES (
  s SOURCE KEY (a) REFERENCES t DESTINATION KEY (b) REFERENCES t LABEL S)`;
const OVER = 'CREATE VIEW v AS SELECT COUNT(*) OVER (ORDER BY at ROWS 3 PRECEDING) AS n FROM s;';

function warnings(text: string): readonly string[] {
  return explain(compileDefinitions(text)).warnings;
}

function lines(text: string): string[] {
  return explain(compileDefinitions(text))
    .text.split('\n')
    .map((line) => line.trim());
}

describe('explain says what is filled from the log', () => {
  it('of views and of graphs', () => {
    const said = (text: string): number =>
      lines(text).filter((line) => line.includes('filled from the log where it is new')).length;
    expect(said(`${TIMED}${OVER}${GRAPH};`)).toBe(0);
    const view = OVER.replace('VIEW v', "VIEW v WITH (backfill = 'log')");
    expect(said(`${TIMED}${view}${GRAPH} WITH (backfill = 'log');`)).toBe(2);
  });
});

describe('explain warns of what is kept for ever', () => {
  it('windows without a WATERMARK', () => {
    expect(warnings(TIMED + OVER)).toEqual([]);
    expect(warnings(UNTIMED + OVER)).toContain('view v: window state is kept for ever: no WATERMARK');
  });

  it('windows without a bound', () => {
    expect(warnings(TIMED + OVER.replace('ROWS 3 PRECEDING', ''))).toEqual([
      'view v: a window without a bound (UNBOUNDED PRECEDING) is kept for ever',
    ]);
  });

  it('edges without retain', () => {
    expect(warnings(`${TIMED}${GRAPH};`)).toEqual(['graph g: edges of s are kept for ever: no retain']);
    expect(warnings(`${TIMED}${GRAPH} WITH (retain = '1 day');`)).toEqual([]);
  });

  it('sources without a key', () => {
    expect(warnings(TIMED.replace(' PRIMARY KEY', ''))).toEqual([
      'source s has no PRIMARY KEY: an event that comes twice counts twice',
    ]);
  });
});

describe('explain says where a match starts', () => {
  const rule = (match: string) =>
    `${TIMED}${GRAPH} WITH (retain = '1 day'); CREATE RULE r ON s THEN USE g ${match} DO ALERT 'x';`;

  it('at the edge and the vertices whose KEY is given', () => {
    const text = rule('MATCH (x:T WHERE x.id = $a)-[e:S WHERE e.id = $id]->(y:T) WHERE $b = y.id');
    expect(lines(text)).toContain(
      'starts e, one edge of s by KEY = ($id) or x by KEY = ($a) or y by KEY = ($b)',
    );
  });

  it('not at a KEY that the pattern itself gives', () => {
    expect(lines(rule('MATCH (x:T)-[e:S]->(y:T) WHERE x.id = y.id'))).toContain('starts at every vertex');
    expect(warnings(rule('MATCH (x:T)-[e:S]->(y:T) WHERE x.id = y.id'))).toHaveLength(1);
  });

  it('at what an earlier clause has bound', () => {
    const text = rule('MATCH (x:T WHERE x.id = $a) WITH x AS z MATCH (z)-[e:S]->(y)');
    expect(lines(text)).toContain('starts z, which is bound already');
    expect(warnings(text)).toEqual([]);
  });

  it('and warns of patterns that never match', () => {
    const text = `${TIMED}${GRAPH}; CREATE TABLE u (id TEXT PRIMARY KEY); ${GRAPH.replace(
      'CREATE TABLE t (id TEXT PRIMARY KEY);',
      '',
    )
      .replace('GRAPH g', 'GRAPH h')
      .replace('(t LABEL T)', '(t LABEL T, u LABEL U)')};
      CREATE QUERY q AS USE h MATCH (x:U WHERE x.id = 'a')-[e:S]->(y) RETURN x;`;
    expect(warnings(text).filter((warning) => warning.startsWith('query'))).toEqual([
      "query q: (x:U WHERE x.id = 'a')-[e:S]->(y) never matches: no edge table joins vertices of those labels",
    ]);
  });
});
