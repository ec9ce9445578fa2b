import { describe, expect, it } from '@jest/globals';
import { compileDefinitions } from './compile.ts';
import { diff } from './diff.ts';
import type { Program } from './plan.ts';

const SOURCE =
  'CREATE SOURCE s (id TEXT PRIMARY KEY, a TEXT, b TEXT, n INT, at TIMESTAMPTZ, WATERMARK FOR at);';
const TABLE = 'CREATE TABLE t (id TEXT PRIMARY KEY, n INT);';
const VIEW = `CREATE VIEW v AS SELECT id, a, at, COUNT(*) OVER (PARTITION BY a ORDER BY at
  RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW) AS n FROM s WHERE n > 1;`;
const GRAPH = `CREATE PROPERTY GRAPH g VERTEX TABLES (t LABEL T PROPERTIES (n)) EDGE TABLES (
  s SOURCE KEY (a) REFERENCES t DESTINATION KEY (b) REFERENCES t LABEL S PROPERTIES (n));`;
const RULE = `CREATE RULE r ON v WHEN n > 3 THEN USE g MATCH p = (x:T WHERE x.id = $a)-[e:S]->(y) RETURN p, e.n AS n
  DO ALERT 'x' KEY (a);`;
const ALL = SOURCE + TABLE + VIEW + GRAPH + RULE;

function compile(text: string): Program {
  return compileDefinitions(text);
}

function changes(before: string, after: string): string {
  return diff(compile(before), compile(after)).text;
}

describe('fingerprints', () => {
  it('do not see spacing, comments, letter case and the order of statements', () => {
    const other = (VIEW + RULE + GRAPH + TABLE + SOURCE)
      .replaceAll('SELECT', 'select /* one */')
      .replaceAll('\n', ' -- two\n')
      .replaceAll('CREATE', 'Create');
    expect(changes(ALL, other)).toBe('nothing changes\n');
  });

  it('see what is said', () => {
    expect(changes(ALL, ALL.replace('n > 3', 'n > 4'))).toBe('changed rule r\n');
    expect(changes(ALL, ALL.replace("ALERT 'x'", "ALERT 'y'"))).toBe('changed rule r\n');
  });

  it('keep the state of windows when a column is added that they do not use', () => {
    const wider = ALL.replace('n INT, at', 'n INT, at').replace(
      'WATERMARK FOR at)',
      'extra TEXT, WATERMARK FOR at)',
    );
    expect(changes(ALL, wider)).toBe('changed source s\n');
  });

  it('keep the state of windows when only the columns around them change', () => {
    const text = changes(ALL, ALL.replace('SELECT id, a, at,', 'SELECT id, at, a, b,'));
    expect(text).toBe('changed view v\n');
  });

  it('change with the rows that flow into a window', () => {
    const text = changes(ALL, ALL.replace('WHERE n > 1', 'WHERE n > 2'));
    expect(text).toBe('changed view v\nwindow (OVER) of view v starts empty\n');
  });

  it('of two views with the same window are two', () => {
    const program = compile(ALL + VIEW.replace('VIEW v', 'VIEW w'));
    const prints = program.views.flatMap(({ operators }) =>
      operators.flatMap((operator) => (operator.kind === 'over' ? [operator.fingerprint] : [])),
    );
    expect(new Set(prints).size).toBe(2);
  });

  it('are the same in every process', () => {
    const { views, graphs, rules } = compile(ALL);
    expect([views[0], graphs[0], rules[0]].map((plan) => plan?.fingerprint.slice(0, 12))).toEqual([
      '03cc84b47570',
      'ebaee750690c',
      'a1c5af6d7f94',
    ]);
  });
});

describe('the difference of two texts', () => {
  it('adds everything to nothing', () => {
    const { statements, state, errors } = diff(null, compile(ALL));
    expect(statements.map(({ what, name, change }) => `${change} ${what} ${name}`)).toEqual([
      'added source s',
      'added table t',
      'added view v',
      'added property graph g',
      'added rule r',
    ]);
    expect(state).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('names what is dropped, with its state', () => {
    expect(changes(ALL, SOURCE + TABLE + GRAPH)).toBe(
      'dropped view v\ndropped rule r\nwindow (OVER) of view v is dropped\n',
    );
    expect(changes(ALL, SOURCE + VIEW)).toContain('rows of table t is dropped\n');
  });

  it('says what starts empty', () => {
    const wider = ALL.replace("INTERVAL '1 hour'", "INTERVAL '2 hours'");
    expect(changes(ALL, wider)).toContain('window (OVER) of view v starts empty\n');
    expect(changes(ALL, ALL.replace('SOURCE KEY (a)', 'SOURCE KEY (id)'))).toBe(
      'changed property graph g\nedges s of property graph g starts empty\n',
    );
  });

  it('keeps edges when labels, properties and retention change', () => {
    const after = ALL.replace('LABEL S PROPERTIES (n)', 'LABEL S LABEL E').replace(
      'LABEL T',
      'LABEL T LABEL U',
    );
    expect(changes(ALL, after)).toBe('changed property graph g\n');
    expect(changes(ALL, ALL.replace('PROPERTIES (n));', "PROPERTIES (n)) WITH (retain = '1 day');"))).toBe(
      'changed property graph g\n',
    );
  });

  it('says what edges show that was not kept of them, and what is filled from the log', () => {
    const shows = (properties: string) =>
      ALL.replace('LABEL S PROPERTIES (n)', `LABEL S PROPERTIES (${properties})`);
    expect(changes(shows('n, b'), ALL)).toBe('changed property graph g\n');
    // `b` is an endpoint, and `z` in no row that came before.
    expect(changes(ALL, shows('n, b'))).toBe('changed property graph g\n');
    const wider = shows('n, z').replace('at TIMESTAMPTZ, W', 'at TIMESTAMPTZ, z INT, W');
    expect(changes(ALL, wider)).toBe('changed source s\nchanged property graph g\n');
    const without = shows('b').replace('e.n AS n', 'e.b AS n');
    expect(changes(without, shows('b, n'))).toContain('edges s of property graph g starts empty\n');

    const filled = (text: string) =>
      text.replace('CREATE VIEW v AS', "CREATE VIEW v WITH (backfill = 'log') AS");
    expect(changes(ALL, filled(ALL))).toBe('changed view v\n');
    expect(changes(ALL, filled(ALL).replace('1 hour', '2 hours'))).toContain(
      'window (OVER) of view v is filled from the log\n',
    );
    const graph = ALL.replace('PROPERTIES (n));', "PROPERTIES (n)) WITH (backfill = 'log');");
    expect(changes(ALL, graph)).toBe(
      'changed property graph g\nedges s of property graph g is filled from the log\n',
    );
    expect(changes(graph, ALL)).toBe('changed property graph g\n');
    expect(changes(graph, graph)).toBe('nothing changes\n');
  });

  it('tells state that is kept from state that is not, as data', () => {
    const { state } = diff(compile(ALL), compile(ALL.replace('n > 1', 'n > 2')));
    expect(state).toEqual([
      { what: 'keys of source s', action: 'kept' },
      { what: 'rows of table t', action: 'kept' },
      { what: 'window (OVER) of view v', action: 'empty' },
      { what: 'edges s of property graph g', action: 'kept' },
    ]);
  });

  it.each([
    ['a column is gone', SOURCE, SOURCE.replace(' b TEXT,', ''), 'its column b would be gone'],
    [
      'a column moves',
      SOURCE,
      SOURCE.replace('a TEXT, b TEXT', 'b TEXT, a TEXT'),
      'its column a would change its place',
    ],
    [
      'a column comes in between',
      SOURCE,
      SOURCE.replace('b TEXT', 'c TEXT, b TEXT'),
      'its column b would change its place',
    ],
    [
      'a type changes',
      SOURCE,
      SOURCE.replace('n INT', 'n BIGINT'),
      'its column n would change from INTEGER to BIGINT',
    ],
    [
      'a key changes',
      SOURCE,
      SOURCE.replace('id TEXT PRIMARY KEY', 'id TEXT').replace('n INT', 'n INT PRIMARY KEY'),
      'its PRIMARY KEY would change from (id) to (n)',
    ],
    ['NULL is refused', SOURCE, SOURCE.replace('n INT', 'n INT NOT NULL'), 'its column n would refuse NULL'],
    [
      'a new column refuses NULL',
      SOURCE,
      SOURCE.replace('WATERMARK', 'z INT NOT NULL, WATERMARK'),
      'its new column z would refuse NULL',
    ],
    [
      'a column becomes generated',
      SOURCE,
      SOURCE.replace('b TEXT', 'b TEXT AS lower(a)'),
      'its column b would be computed from now on',
    ],
    ['a source becomes a table', SOURCE, SOURCE.replace('SOURCE', 'TABLE'), 'it would become a table'],
  ])('refuses that %s', (_, before, after, reason) => {
    const { errors } = diff(compile(before), compile(after));
    expect(errors.map(({ code }) => code)).toContain('INCOMPATIBLE_CHANGE');
    expect(errors.map(({ message }) => message).join('\n')).toContain(reason);
  });

  it('allows nullable columns at the end, and other fields, watermarks and options', () => {
    const after = SOURCE.replace('a TEXT', "a TEXT FROM 'A'").replace(
      'WATERMARK FOR at)',
      "c TEXT, d TEXT AS lower(c), WATERMARK FOR at AS at - INTERVAL '1 second') WITH (max_ahead = '2 days')",
    );
    expect(diff(compile(SOURCE), compile(after)).errors).toEqual([]);
  });
});
