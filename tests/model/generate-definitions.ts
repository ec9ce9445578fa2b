import { expression, type Kind, predicate } from './generate-expressions.ts';
import { generateRule } from './generate-rules.ts';
import type { Random } from './random.ts';
import {
  type ColumnShape,
  type GraphShape,
  type Shape,
  type SourceShape,
  type Statement,
  terms,
  type World,
} from './shapes.ts';

const TYPE_NAMES: Record<Kind, string> = {
  boolean: 'BOOLEAN',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  numeric: 'NUMERIC(12,2)',
  double: 'DOUBLE PRECISION',
  text: 'TEXT',
  timestamptz: 'TIMESTAMPTZ',
};

/** A random set of definitions: sources, tables, views, graphs, rules of many shapes, and rules that show the content. */
export function generateWorld(random: Random): World {
  const vertexKind: Kind = random.pick(['text', 'text', 'text', 'integer', 'bigint']);
  const amountKind: Kind = random.pick(['numeric', 'numeric', 'numeric', 'integer', 'double']);
  const statements: Statement[] = [];
  const sources = [source(random, 'transfers', vertexKind, amountKind)];
  if (random.chance(0.4)) sources.push(source(random, 'claims', vertexKind, amountKind));
  statements.push(...sources.map(({ statement }) => statement));
  const tables = generateTables(random, vertexKind, amountKind);
  statements.push(...tables.map(({ statement }) => statement));
  const shapes = [...sources.map(({ info }) => info.shape), ...tables.map(({ shape }) => shape)];
  const count = random.between(1, 4);
  for (let number = 1; number <= count; number++) {
    const view = generateView(random, `view_${number}`, shapes);
    if (view === null) continue;
    statements.push(view.statement);
    shapes.push(view.shape);
  }
  const graphs: GraphShape[] = [];
  const graphCount = random.chance(0.2) ? 2 : 1;
  const infos = sources.map(({ info }) => info);
  for (let number = 1; number <= graphCount; number++) {
    const graph = generateGraph(random, `net_${number}`, shapes, infos);
    statements.push(graph.statement);
    graphs.push(graph.shape);
  }
  const rest = { shapes, graphs };
  if (random.chance(0.5)) {
    const outcomes = random.shuffled(['deny', 'review', 'approve']);
    statements.push({
      name: 'verdict',
      text: `CREATE DECISION verdict ON transfers OUTCOMES (${outcomes.join(', ')}) DEFAULT ${random.pick(outcomes)} FALLBACK review DEADLINE 200 MILLISECONDS;`,
    });
  }
  const decided = statements.some(({ name }) => name === 'verdict');
  const rules = random.between(2, 5);
  for (let number = 1; number <= rules; number++) {
    statements.push(generateRule(random, `rule_${number}`, rest, decided));
  }
  statements.push(...probes(graphs));
  return {
    statements,
    sources: infos,
    tables: tables.map(({ shape }) => shape),
    shapes,
    graphs,
    vertexKind,
  };
}

/** Rules that print the whole of each graph whenever a `probe` arrives: the logical content, through the language. */
function probes(graphs: readonly GraphShape[]): Statement[] {
  const rules = graphs.flatMap(({ name }): Statement[] => [
    {
      name: `zz_edges_${name}`,
      text:
        `CREATE RULE zz_edges_${name} ON probe THEN USE ${name} MATCH p = (a)-[e]->(b) RETURN p, e, e.amount AS amount, ` +
        `e.at AS moment DO ALERT 'edges' SEVERITY LOW;`,
    },
    {
      name: `zz_vertices_${name}`,
      text: `CREATE RULE zz_vertices_${name} ON probe THEN USE ${name} MATCH (v) RETURN v, v.* DO ALERT 'vertices' SEVERITY LOW;`,
    },
  ]);
  return [
    { name: 'probe', text: 'CREATE SOURCE probe (probe_id INTEGER PRIMARY KEY);' },
    ...rules.map((rule) => ({
      ...rule,
      text: rule.text.replace('v, v.*', 'v, v.name AS name, v.risk AS risk'),
    })),
  ];
}

function source(random: Random, name: 'transfers' | 'claims', vertexKind: Kind, amountKind: Kind) {
  const keyKind: Kind = random.pick(['text', 'text', 'bigint', 'integer']);
  const key = name === 'transfers' ? 'tx_id' : 'claim_id';
  const keyed = random.chance(0.85);
  const watermark = random.chance(0.9);
  const delay = random.pick([0, 0, 2, 5, 20]);
  const lateness = random.pick([0, 0, 5, 15, 60]);
  const maxAhead = random.pick([null, 30, 120]);
  const stored: ColumnShape[] = [
    { name: key, kind: keyKind },
    { name: 'payer', kind: vertexKind },
    { name: 'payee', kind: vertexKind },
    { name: 'amount', kind: amountKind },
    { name: 'note', kind: 'text' },
    { name: 'flag', kind: 'boolean' },
    { name: 'at', kind: 'timestamptz' },
  ];
  const generated: ColumnShape[] = random.chance(0.3) ? [{ name: 'extra', kind: 'integer' }] : [];
  const columns = [...stored, ...generated];
  const parts = stored.map(({ name: column, kind }) => {
    const primary = column === key && keyed ? ' PRIMARY KEY' : '';
    return `${column} ${TYPE_NAMES[kind]}${primary}`;
  });
  if (generated.length > 0) parts.push(`extra INTEGER AS ${expression(random, terms(stored), 'integer', 2)}`);
  if (watermark)
    parts.push(
      `WATERMARK FOR at${delay === 0 && random.chance(0.5) ? '' : ` AS at - INTERVAL '${delay} seconds'`}`,
    );
  const options: string[] = [];
  if (watermark && lateness > 0) options.push(`allowed_lateness = '${lateness} seconds'`);
  if (watermark && maxAhead !== null) options.push(`max_ahead = '${maxAhead} seconds'`);
  const text = `CREATE SOURCE ${name} (${parts.join(', ')})${options.length > 0 ? ` WITH (${options.join(', ')})` : ''};`;
  const shape: Shape = {
    name,
    root: 'source',
    rootName: name,
    columns,
    key,
    ends: ['payer', 'payee'],
    vertices: ['payer', 'payee'],
    timed: watermark,
    windowed: false,
  };
  const info: SourceShape = {
    shape,
    stored,
    keyColumns: keyed ? [key] : [],
    delay,
    lateness,
    maxAhead,
    watermark,
  };
  return { statement: { name, text }, info };
}

function generateTables(
  random: Random,
  vertexKind: Kind,
  amountKind: Kind,
): { statement: Statement; shape: Shape }[] {
  const table = (
    name: string,
    columns: readonly ColumnShape[],
    ends: readonly [string, string] | null,
    vertices: readonly string[],
    versioned = false,
  ) => {
    const parts = columns.map(
      ({ name: column, kind }, index) => `${column} ${TYPE_NAMES[kind]}${index === 0 ? ' PRIMARY KEY' : ''}`,
    );
    if (versioned) parts.push('WATERMARK FOR at');
    const shape: Shape = {
      name,
      root: 'table',
      rootName: name,
      columns,
      key: columns[0]?.name ?? null,
      ends,
      vertices,
      timed: versioned,
      windowed: false,
    };
    return { statement: { name, text: `CREATE TABLE ${name} (${parts.join(', ')});` }, shape };
  };
  const tables = [
    table(
      'accounts',
      [
        { name: 'id', kind: vertexKind },
        { name: 'name', kind: 'text' },
        { name: 'risk', kind: 'integer' },
        { name: 'balance', kind: 'numeric' },
      ],
      null,
      ['id'],
    ),
  ];
  if (random.chance(0.5)) {
    tables.push(
      table(
        'guarantees',
        [
          { name: 'gid', kind: random.pick(['text', 'integer']) },
          { name: 'src', kind: vertexKind },
          { name: 'dst', kind: vertexKind },
          { name: 'amount', kind: amountKind },
          { name: 'at', kind: 'timestamptz' },
        ],
        ['src', 'dst'],
        ['src', 'dst'],
      ),
    );
  }
  if (random.chance(0.3)) {
    tables.push(
      table(
        'rates',
        [
          { name: 'code', kind: vertexKind },
          { name: 'rate', kind: 'numeric' },
          { name: 'at', kind: 'timestamptz' },
        ],
        null,
        ['code'],
        true,
      ),
    );
  }
  if (random.chance(0.5)) {
    tables.push(
      table(
        'flags',
        [
          { name: 'id', kind: vertexKind },
          { name: 'times', kind: 'integer' },
          { name: 'why', kind: 'text' },
        ],
        null,
        ['id'],
      ),
    );
  }
  return tables;
}

interface GeneratedView {
  readonly statement: Statement;
  readonly shape: Shape;
}

function generateView(random: Random, name: string, shapes: readonly Shape[]): GeneratedView | null {
  const input = random.pick(shapes);
  if (input.root === 'table') return projection(random, name, input);
  const makers = [projection, projection, overView, overView, joinView, windowView, windowView];
  if (input.windowed) return projection(random, name, input);
  return random.pick(makers)(random, name, input, shapes);
}

/** Filters, and projects: key, ends and time stay as they are; the others may be computed. */
function projection(random: Random, name: string, input: Shape): GeneratedView {
  const own = terms(input.columns);
  const fixed = [input.key, ...(input.ends ?? []), ...input.vertices, 'at', 'window_end'];
  const items: string[] = [];
  const columns: ColumnShape[] = [];
  for (const column of input.columns) {
    if (fixed.includes(column.name)) items.push(column.name);
    else if (random.chance(0.3))
      items.push(
        `CAST(${expression(random, own, column.kind)} AS ${TYPE_NAMES[column.kind]}) AS ${column.name}`,
      );
    else if (random.chance(0.8) || column.name === 'amount') items.push(column.name);
    else continue;
    columns.push(column);
  }
  if (random.chance(0.3)) {
    const kind: Kind = random.pick(['integer', 'text', 'numeric', 'boolean']);
    items.push(`${expression(random, own, kind)} AS made_${name}`);
    columns.push({ name: `made_${name}`, kind });
  }
  const where = random.chance(0.5) ? ` WHERE ${predicate(random, own)}` : '';
  return {
    statement: {
      name,
      text: `CREATE VIEW ${name} AS SELECT ${items.join(', ')} FROM ${input.name}${where};`,
    },
    shape: { ...input, name, columns },
  };
}

function overView(random: Random, name: string, input: Shape): GeneratedView | null {
  if (!input.timed) return null;
  const numbers = input.columns.filter(({ kind }) =>
    ['integer', 'numeric', 'double', 'bigint'].includes(kind),
  );
  const columns = [...input.columns];
  const aggregates: string[] = [];
  const add = (text: string, kind: Kind) => {
    const column = `o${columns.length}_${name}`;
    aggregates.push(`${text} AS ${column}`);
    columns.push({ name: column, kind });
  };
  const windows = random.chance(0.3) ? ['w', 'x'] : ['w'];
  for (const window of windows) {
    const filter = random.chance(0.2) ? ` FILTER (WHERE ${predicate(random, terms(input.columns), 1)})` : '';
    add(`COUNT(*)${filter} OVER ${window}`, 'bigint');
    const number = numbers.length === 0 ? null : random.pick(numbers);
    if (number !== null && random.chance(0.7)) {
      const kind = number.kind === 'integer' ? 'bigint' : number.kind === 'bigint' ? 'numeric' : number.kind;
      add(`SUM(${number.name}) OVER ${window}`, kind);
    }
    if (number !== null && random.chance(0.3)) {
      add(`AVG(${number.name}) OVER ${window}`, number.kind === 'double' ? 'double' : 'numeric');
    }
    if (number !== null && random.chance(0.3)) {
      add(`${random.pick(['MIN', 'MAX'])}(${number.name}) OVER ${window}`, number.kind);
    }
    if (random.chance(0.3))
      add(`COUNT(DISTINCT ${random.pick(input.columns).name}) OVER ${window}`, 'bigint');
  }
  const definition = (window: string) => {
    const partition = random.chance(0.85) ? `PARTITION BY ${random.pick(input.vertices)} ` : '';
    const preceding = random.pick([
      "INTERVAL '10 seconds'",
      "INTERVAL '30 seconds'",
      "INTERVAL '0 seconds'",
      'UNBOUNDED',
    ]);
    const rows = random.chance(0.25);
    const frame = rows
      ? `ROWS BETWEEN ${random.pick(['0', '1', '3', 'UNBOUNDED'])}`
      : `RANGE BETWEEN ${preceding}`;
    return `${window} AS (${partition}ORDER BY at ${frame} PRECEDING AND CURRENT ROW)`;
  };
  const items = [...input.columns.map((column) => column.name), ...aggregates];
  const where = random.chance(0.3) ? ` WHERE ${predicate(random, terms(input.columns), 1)}` : '';
  const text =
    `CREATE VIEW ${name} AS SELECT ${items.join(', ')} FROM ${input.name}${where}` +
    ` WINDOW ${windows.map(definition).join(', ')};`;
  return { statement: { name, text }, shape: { ...input, name, columns } };
}

function joinView(
  random: Random,
  name: string,
  input: Shape,
  shapes: readonly Shape[],
): GeneratedView | null {
  const tables = shapes.filter((shape) => shape.root === 'table' && shape.name === shape.rootName);
  const table = random.pick(tables);
  const versioned = table.timed && input.timed && random.chance(0.7);
  const side = random.pick(input.vertices);
  const on =
    table.ends !== null
      ? `t.${random.pick(table.ends)} = s.${side}`
      : `t.${table.key} = s.${side}${random.chance(0.2) ? ` AND ${predicate(random, [...terms(input.columns, 's.'), ...terms(table.columns, 't.')], 0)}` : ''}`;
  const taken = table.columns.filter((column) => column.name !== 'at' || !input.timed);
  const columns = [
    ...input.columns,
    ...taken.map(({ name: column, kind }) => ({ name: `j_${name}_${column}`, kind })),
  ];
  const items = [
    ...input.columns.map((column) => `s.${column.name}`),
    ...taken.map((column) => `t.${column.name} AS j_${name}_${column.name}`),
  ];
  const where = random.chance(0.3)
    ? ` WHERE ${predicate(random, [...terms(input.columns, 's.'), ...terms(table.columns, 't.')], 1)}`
    : '';
  const text =
    `CREATE VIEW ${name} AS SELECT ${items.join(', ')} FROM ${input.name} AS s ${random.pick(['JOIN', 'LEFT JOIN'])} ` +
    `${table.name} FOR SYSTEM_TIME AS OF ${versioned ? 's.at' : 'PROCTIME()'} AS t ON ${on}${where};`;
  return { statement: { name, text }, shape: { ...input, name, columns } };
}

function windowView(random: Random, name: string, input: Shape): GeneratedView | null {
  if (!input.timed) return null;
  const size = random.pick([5, 10, 20]);
  const hop = random.chance(0.4);
  const slide = size / random.pick([1, 2, 5]);
  const offset = random.chance(0.2) ? `, INTERVAL '${random.between(1, 3)} seconds'` : '';
  const from = hop
    ? `HOP(${input.name}, at, INTERVAL '${slide} seconds', INTERVAL '${size} seconds'${offset})`
    : `TUMBLE(${input.name}, at, INTERVAL '${size} seconds'${offset})`;
  const group = random.pick(input.vertices);
  const kind = input.columns.find((column) => column.name === group)?.kind ?? 'text';
  const amount = input.columns.find((column) => column.name === 'amount');
  const columns: ColumnShape[] = [
    { name: group, kind },
    { name: 'window_start', kind: 'timestamptz' },
    { name: 'window_end', kind: 'timestamptz' },
    { name: 'n', kind: 'bigint' },
  ];
  const items = [group, 'window_start', 'window_end', 'COUNT(*) AS n'];
  if (amount !== undefined) {
    items.push('SUM(amount) AS total', 'MAX(amount) AS most');
    const total: Kind = amount.kind === 'integer' ? 'bigint' : amount.kind;
    columns.push({ name: 'total', kind: total }, { name: 'most', kind: amount.kind });
  }
  if (input.columns.some((column) => column.name === 'note') && random.chance(0.4)) {
    items.push('COUNT(DISTINCT note) AS notes');
    columns.push({ name: 'notes', kind: 'bigint' });
  }
  const having = random.chance(0.2) ? ' HAVING COUNT(*) > 1' : '';
  const where = random.chance(0.2) ? ` WHERE ${predicate(random, terms(input.columns), 1)}` : '';
  const text =
    `CREATE VIEW ${name} AS SELECT ${items.join(', ')} FROM ${from}${where}` +
    ` GROUP BY ${group}, window_start, window_end${having};`;
  const shape: Shape = {
    ...input,
    name,
    columns,
    key: null,
    ends: null,
    vertices: [group],
    timed: false,
    windowed: true,
  };
  return { statement: { name, text }, shape };
}

function generateGraph(
  random: Random,
  name: string,
  shapes: readonly Shape[],
  sources: readonly SourceShape[],
) {
  const candidates = shapes.filter(({ ends, key, columns }) => {
    const names = columns.map((column) => column.name);
    return (
      ends !== null && key !== null && names.includes(key) && names.includes('amount') && names.includes('at')
    );
  });
  const chosen = random.shuffled(candidates).slice(0, random.pick([1, 1, 1, 2, 2, 3]));
  const vertexShapes = shapes.filter(({ rootName, columns }) => {
    const names = columns.map((column) => column.name);
    return rootName === 'accounts' && names.includes('name') && names.includes('risk');
  });
  const people = random.chance(0.8) ? vertexShapes[0] : random.pick(vertexShapes);
  const accounts = people?.name ?? 'accounts';
  const untimed = chosen.some(
    (shape) => shape.root === 'source' && !sources.every(({ watermark }) => watermark),
  );
  const edgeTables = chosen.map((shape) => ({ shape, label: random.pick(['PAID', 'PAID', 'OWES']) }));
  const edges = edgeTables.map(
    ({ shape, label }) =>
      `${shape.name} KEY (${shape.key}) SOURCE KEY (${shape.ends?.[0]}) REFERENCES ${accounts} (id) ` +
      `DESTINATION KEY (${shape.ends?.[1]}) REFERENCES ${accounts} (id) LABEL ${label}`,
  );
  const retain =
    !untimed && random.chance(0.5) ? `, retain = '${random.pick([10, 30, 60, 200, 600])} seconds'` : '';
  const text =
    `CREATE PROPERTY GRAPH ${name} VERTEX TABLES (${accounts} KEY (id) LABEL Account) ` +
    `EDGE TABLES (${edges.join(', ')}) WITH (event_time = 'at'${retain});`;
  return { statement: { name, text }, shape: { name, vertexLabel: 'Account', edgeTables } };
}
