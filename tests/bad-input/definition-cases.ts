/** A definition text that must be refused. */
export interface DefinitionCase {
  readonly title: string;
  readonly text: string;
  /** The code of the first error. */
  readonly code: string;
  /** `line:column` of the first error. */
  readonly at: string;
}

const SOURCE =
  'CREATE SOURCE s (id TEXT PRIMARY KEY, a TEXT, b TEXT, n INTEGER, at TIMESTAMPTZ, WATERMARK FOR at);\n';
const GRAPH = `${SOURCE}CREATE TABLE t (id TEXT PRIMARY KEY);
CREATE PROPERTY GRAPH g VERTEX TABLES (t KEY (id) LABEL V) \
EDGE TABLES (s KEY (id) SOURCE KEY (a) REFERENCES t (id) DESTINATION KEY (b) REFERENCES t (id) LABEL E) WITH (event_time = 'at');
`;

/** A rule on `s` whose body stands alone on line 5. */
function rule(body: string, actions = "ALERT 'x'"): string {
  return `${GRAPH}CREATE RULE r ON s THEN USE g\n${body} DO ${actions};`;
}

function deep(open: string, inner: string, close: string, times = 10_000): string {
  return `${open.repeat(times)}${inner}${close.repeat(times)}`;
}

const VIEW = (select: string) => `${SOURCE}CREATE VIEW v AS\n${select};`;

/** What a user gets wrong, or an attacker tries, in a definition text. */
export const DEFINITION_CASES: readonly DefinitionCase[] = [
  // Text
  { title: 'a word that begins no statement', text: 'CREAT SOURCE s (id TEXT);', code: 'SYNTAX', at: '1:1' },
  { title: 'a statement that ends too soon', text: 'CREATE SOURCE s (id TEXT', code: 'SYNTAX', at: '1:25' },
  {
    title: 'a text that is not closed',
    text: `${SOURCE}CREATE VIEW v AS SELECT 'x FROM s;`,
    code: 'SYNTAX',
    at: '2:25',
  },
  { title: 'a comment that is not closed', text: `${SOURCE}/* and so on`, code: 'SYNTAX', at: '2:1' },
  {
    title: 'a quoted name that is not closed',
    text: 'CREATE SOURCE "s (id TEXT);',
    code: 'SYNTAX',
    at: '1:15',
  },
  { title: 'a control character', text: 'CREATE SOURCE s\u0000 (id TEXT);', code: 'SYNTAX', at: '1:16' },
  {
    title: 'a lone surrogate',
    text: `${SOURCE}CREATE VIEW v AS SELECT id FROM s WHERE a = '\ud800';`,
    code: 'SYNTAX',
    at: '2:45',
  },
  { title: 'a statement of another database', text: 'DROP TABLE accounts;', code: 'SYNTAX', at: '1:1' },
  {
    title: '10,000 nested parentheses in a view',
    text: VIEW(`SELECT id FROM s WHERE ${deep('(', 'n > 1', ')')}`),
    code: 'NESTING_TOO_DEEP',
    at: '3:224',
  },
  {
    title: '10,000 nested parentheses in a rule',
    text: `${SOURCE}CREATE RULE r ON s WHEN ${deep('(', 'n > 1', ')')} DO ALERT 'x';`,
    code: 'NESTING_TOO_DEEP',
    at: '2:225',
  },
  {
    title: '10,000 times NOT',
    text: `${SOURCE}CREATE RULE r ON s WHEN ${'NOT '.repeat(10_000)} n > 1 DO ALERT 'x';`,
    code: 'NESTING_TOO_DEEP',
    at: '2:825',
  },
  {
    title: '10,000 minus signs',
    text: `${SOURCE}CREATE RULE r ON s WHEN ${'- '.repeat(10_000)} n > 1 DO ALERT 'x';`,
    code: 'NESTING_TOO_DEEP',
    at: '2:425',
  },
  {
    title: '10,000 nested CASEs',
    text: VIEW(`SELECT ${deep('CASE WHEN ', 'TRUE', ' THEN TRUE END')} AS x FROM s`),
    code: 'NESTING_TOO_DEEP',
    at: '3:2008',
  },
  {
    title: '10,000 nested branches',
    text: rule(`MATCH (x) ${deep('WHEN TRUE THEN { ', 'RETURN x', ' }')}`),
    code: 'NESTING_TOO_DEEP',
    at: '5:3416',
  },
  { title: 'a 1 MB text', text: `${SOURCE}-- ${'x'.repeat(1_000_000)}`, code: 'TEXT_TOO_LARGE', at: '1:1' },
  {
    title: 'a name of 10,000 characters',
    text: `CREATE SOURCE ${'s'.repeat(10_000)} (id TEXT);`,
    code: 'INVALID_DEFINITION',
    at: '1:15',
  },
  // Names
  {
    title: 'an unknown relation',
    text: 'CREATE VIEW v AS SELECT id FROM nowhere;',
    code: 'UNKNOWN_NAME',
    at: '1:33',
  },
  { title: 'an unknown column', text: VIEW('SELECT idd FROM s'), code: 'UNKNOWN_NAME', at: '3:8' },
  {
    title: 'an unknown function',
    text: VIEW('SELECT sleep(n) AS x FROM s'),
    code: 'UNKNOWN_NAME',
    at: '3:8',
  },
  {
    title: 'a column named like a property of every object',
    text: VIEW('SELECT __proto__ FROM s'),
    code: 'UNKNOWN_NAME',
    at: '3:8',
  },
  {
    title: 'a function named like a property of every object',
    text: VIEW('SELECT constructor(n) AS x FROM s'),
    code: 'UNKNOWN_NAME',
    at: '3:8',
  },
  {
    title: 'a relation named like a property of every object',
    text: 'CREATE VIEW v AS SELECT id FROM "toString";',
    code: 'UNKNOWN_NAME',
    at: '1:33',
  },
  {
    title: 'an unknown option',
    text: "CREATE SOURCE s (id TEXT) WITH (hasOwnProperty = '1 second');",
    code: 'UNKNOWN_NAME',
    at: '1:33',
  },
  { title: 'an unknown type', text: 'CREATE SOURCE s (id UUID);', code: 'UNKNOWN_NAME', at: '1:21' },
  {
    title: 'an unknown graph',
    text: `${SOURCE}CREATE RULE r ON s THEN USE g MATCH (x) RETURN x DO ALERT 'x';`,
    code: 'UNKNOWN_NAME',
    at: '2:29',
  },
  { title: 'an unknown label', text: rule('MATCH (x:Person) RETURN x'), code: 'UNKNOWN_NAME', at: '5:10' },
  { title: 'an unknown variable', text: rule('MATCH (x) RETURN y'), code: 'UNKNOWN_NAME', at: '5:18' },
  {
    title: 'an unknown property',
    text: rule('MATCH (x) RETURN x.name AS n'),
    code: 'UNKNOWN_NAME',
    at: '5:20',
  },
  {
    title: 'an unknown column of the triggering row',
    text: rule('MATCH (x WHERE x.id = $payer) RETURN x'),
    code: 'UNKNOWN_NAME',
    at: '5:23',
  },
  {
    title: 'an unknown outcome',
    text: `${SOURCE}CREATE DECISION d ON s OUTCOMES (yes, no) DEFAULT yes FALLBACK no DEADLINE 1 SECOND;\nCREATE RULE r ON s DO DECIDE maybe;`,
    code: 'UNKNOWN_NAME',
    at: '3:30',
  },
  {
    title: 'a name that is defined twice',
    text: `${SOURCE}CREATE TABLE s (id TEXT PRIMARY KEY);`,
    code: 'DUPLICATE_NAME',
    at: '2:14',
  },
  {
    title: 'a column that is defined twice',
    text: 'CREATE SOURCE s (id TEXT, id INTEGER);',
    code: 'DUPLICATE_NAME',
    at: '1:27',
  },
  {
    title: 'a source named as the transfers over a column are',
    text: 'CREATE TABLE users (id TEXT PRIMARY KEY, n INTEGER CHECK (n >= 0));\nCREATE SOURCE "users.n" (id TEXT);',
    code: 'DUPLICATE_NAME',
    at: '2:15',
  },
  // Circles
  {
    title: 'a view of itself',
    text: 'CREATE VIEW v AS SELECT id FROM v;',
    code: 'RECURSIVE_DEFINITION',
    at: '1:33',
  },
  {
    title: 'views in a circle',
    text: 'CREATE VIEW v AS SELECT id FROM w; CREATE VIEW w AS SELECT id FROM v;',
    code: 'RECURSIVE_DEFINITION',
    at: '1:68',
  },
  {
    title: 'rules that feed each other',
    text: `CREATE TABLE t (id TEXT PRIMARY KEY); CREATE TABLE u (id TEXT PRIMARY KEY);
CREATE RULE a ON t DO INSERT INTO u (id) VALUES (id); CREATE RULE b ON u DO INSERT INTO t (id) VALUES (id);`,
    code: 'RECURSIVE_DEFINITION',
    at: '2:23',
  },
  {
    title: 'a transfer by a rule on rows that leave a view of its table',
    text: `CREATE TABLE users (id TEXT PRIMARY KEY, n INTEGER CHECK (n >= 0)); CREATE VIEW rich AS SELECT id, n FROM users WHERE n > 100;
CREATE RULE r AFTER DELETE ON rich DO TRANSFER 200 FROM 'a' TO 'b' OF users.n, TRANSFER 200 FROM 'b' TO 'a' OF users.n;`,
    code: 'RECURSIVE_DEFINITION',
    at: '2:39',
  },
  {
    title: 'a transfer that an insert of a rule on rows that leave a view comes from',
    text: `CREATE TABLE users (id TEXT PRIMARY KEY, n INTEGER CHECK (n >= 0)); CREATE VIEW rich AS SELECT id, n FROM users WHERE n > 100;
CREATE TABLE left_ (id TEXT PRIMARY KEY);
CREATE RULE a AFTER DELETE ON rich DO INSERT INTO left_ (id) VALUES (id); CREATE RULE b ON left_ DO TRANSFER 200 FROM 'a' TO 'b' OF users.n;`,
    code: 'RECURSIVE_DEFINITION',
    at: '3:101',
  },
  // Types and values
  {
    title: 'a condition that is a number',
    text: VIEW('SELECT id FROM s WHERE n'),
    code: 'TYPE_MISMATCH',
    at: '3:24',
  },
  {
    title: 'a text that is compared with a number',
    text: VIEW('SELECT id FROM s WHERE a > 1'),
    code: 'TYPE_MISMATCH',
    at: '3:28',
  },
  {
    title: 'an integer beyond every type',
    text: VIEW(`SELECT id FROM s WHERE n > ${'9'.repeat(2000)}`),
    code: 'VALUE_OUT_OF_RANGE',
    at: '3:28',
  },
  {
    title: 'a time that does not exist',
    text: VIEW("SELECT id FROM s WHERE at > TIMESTAMPTZ '2026-02-30T00:00:00Z'"),
    code: 'VALUE_INVALID',
    at: '3:29',
  },
  {
    title: 'an interval of months',
    text: VIEW("SELECT id FROM s WHERE at > at - INTERVAL '1 month'"),
    code: 'CALENDAR_INTERVAL',
    at: '3:34',
  },
  {
    title: 'an interval that is none',
    text: VIEW("SELECT id FROM s WHERE at > at - INTERVAL 'a while'"),
    code: 'VALUE_INVALID',
    at: '3:34',
  },
  {
    title: 'a NaN',
    text: VIEW("SELECT id FROM s WHERE n > CAST('NaN' AS DOUBLE PRECISION)"),
    code: 'VALUE_INVALID',
    at: '3:33',
  },
  {
    title: 'a precision of 10,000 digits',
    text: 'CREATE SOURCE s (id TEXT, x NUMERIC(10000,2));',
    code: 'INVALID_DEFINITION',
    at: '1:29',
  },
  {
    title: 'a clock in a view',
    text: VIEW('SELECT id, now() AS x FROM s'),
    code: 'NOT_DETERMINISTIC',
    at: '3:12',
  },
  {
    title: 'chance in a rule',
    text: `${SOURCE}CREATE RULE r ON s WHEN random() > 0.5 DO ALERT 'x';`,
    code: 'NOT_DETERMINISTIC',
    at: '2:25',
  },
  // What is not to be had
  {
    title: 'an unbounded walk',
    text: rule('MATCH p = (x)-[e]->{1,}(y) RETURN p'),
    code: 'INVALID_DEFINITION',
    at: '5:20',
  },
  {
    title: 'more hops than there may be',
    text: rule('MATCH p = TRAIL (x)-[e]->{1,1000000000}(y) RETURN p'),
    code: 'INVALID_DEFINITION',
    at: '5:26',
  },
  {
    title: 'a quantifier upside down',
    text: rule('MATCH p = (x)-[e]->{3,1}(y) RETURN p'),
    code: 'INVALID_DEFINITION',
    at: '5:20',
  },
  {
    title: 'MERGE PARALLEL with KEEP',
    text: rule('MATCH p = (x)-[e]->(y) KEEP LATEST 2 MERGE PARALLEL RETURN p'),
    code: 'INVALID_DEFINITION',
    at: '5:24',
  },
  {
    title: 'a budget of nothing',
    text: `${GRAPH}CREATE RULE r ON s THEN USE g MATCH (x) RETURN x BUDGET 0 EDGES DO ALERT 'x';`,
    code: 'INVALID_DEFINITION',
    at: '4:57',
  },
  { title: 'a rule that does nothing', text: `${SOURCE}CREATE RULE r ON s;`, code: 'SYNTAX', at: '2:19' },
  {
    title: 'a model',
    text: `${SOURCE}CREATE MODEL m ON s FEATURES (n) LABEL x FROM s KEY (id);`,
    code: 'NOT_BUILT',
    at: '2:1',
  },
  {
    title: 'a Gremlin query',
    text: `${GRAPH}CREATE QUERY q (x TEXT) AS USE g GREMLIN g.V(x).count();`,
    code: 'NOT_BUILT',
    at: '4:34',
  },
  {
    title: 'retention of a source that has no event time',
    text: `CREATE SOURCE s (id TEXT, a TEXT, at TIMESTAMPTZ); CREATE TABLE t (id TEXT PRIMARY KEY);
CREATE PROPERTY GRAPH g VERTEX TABLES (t KEY (id)) EDGE TABLES (s KEY (id) SOURCE KEY (a) REFERENCES t (id) \
DESTINATION KEY (a) REFERENCES t (id)) WITH (event_time = 'at', retain = '1 day');`,
    code: 'INVALID_DEFINITION',
    at: '2:173',
  },
  {
    title: 'a view that joins two streams',
    text: VIEW('SELECT x.id FROM s AS x JOIN s AS y ON x.id = y.id'),
    code: 'NOT_BUILT',
    at: '3:30',
  },
  { title: 'a subquery', text: VIEW('SELECT id FROM s WHERE n > (SELECT 1)'), code: 'NOT_BUILT', at: '3:28' },
  {
    title: 'two statements in a view',
    text: VIEW('SELECT id FROM s; SELECT pg_sleep(1)'),
    code: 'SYNTAX',
    at: '3:19',
  },
  {
    title: 'a table without a key',
    text: 'CREATE TABLE t (id TEXT);',
    code: 'INVALID_DEFINITION',
    at: '1:14',
  },
];
