import { expression, type Kind } from './generate-expressions.ts';
import { generateQuery, generateRefusal, generateRule } from './generate-rules.ts';
import { generateView, windowView } from './generate-views.ts';
import type { Random } from './random.ts';
import {
  type ColumnShape,
  type GraphShape,
  type Shape,
  type SourceShape,
  type Statement,
  TYPE_NAMES,
  terms,
  type World,
} from './shapes.ts';

/** What the relations of one world have in common. */
interface Settings {
  readonly vertexKind: Kind;
  readonly amountKind: Kind;
  /** Whether vertices go by (id, bank) instead of id. */
  readonly banked: boolean;
  /** Whether the payees of `claims` are of a second vertex table. */
  readonly shops: boolean;
}

/** A random set of definitions: sources, tables, views, graphs, rules of many shapes, and rules that show the content. */
export function generateWorld(random: Random): World {
  const settings: Settings = {
    vertexKind: random.pick<Kind>(['text', 'text', 'text', 'integer', 'bigint']),
    amountKind: random.pick<Kind>(['numeric', 'numeric', 'numeric', 'integer', 'double']),
    banked: random.chance(0.12),
    shops: random.chance(0.4),
  };
  const sources = [generateSource(random, 'transfers', settings)];
  if (random.chance(0.4)) sources.push(generateSource(random, 'claims', settings));
  const tables = generateTables(random, settings);
  const statements: Statement[] = [...sources, ...tables].map(({ statement }) => statement);
  const shapes = [...sources.map(({ info }) => info.shape), ...tables.map(({ shape }) => shape)];
  const shown: Statement[] = [];
  const count = random.between(1, 4);
  for (let number = 1; number <= count; number++) {
    const view = generateView(random, `view_${number}`, shapes);
    if (view === null) continue;
    statements.push(view.statement);
    shapes.push(view.shape);
    if (random.chance(0.4)) {
      const text = `CREATE RULE rule_shown_${number} ON view_${number} DO ALERT 'row' SEVERITY LOW;`;
      shown.push({ name: `rule_shown_${number}`, text });
    }
  }
  // What a refused event closes, and rules see then.
  const refused = random.chance(0.2) ? random.pick(sources).info.shape : null;
  const closed = refused === null ? null : windowView(random, 'view_closed', refused);
  if (closed !== null) {
    statements.push(closed.statement);
    shapes.push(closed.shape);
  }
  const infos = sources.map(({ info }) => info);
  const made = Array.from({ length: random.chance(0.2) ? 2 : 1 }, (_, index) =>
    generateGraph(random, `net_${index + 1}`, shapes, infos, settings),
  );
  statements.push(...made.map(({ statement }) => statement));
  const graphs = made.map(({ shape }) => shape);
  if (random.chance(0.5)) statements.push(generateDecision(random));
  const decided = statements.some(({ name }) => name === 'verdict');
  const rest = { shapes, graphs };
  const rules = random.between(2, 5);
  for (let number = 1; number <= rules; number++) {
    statements.push(generateRule(random, `rule_${number}`, rest, decided));
  }
  statements.push(...shown);
  if (refused !== null && closed !== null) {
    statements.push(generateRefusal(random, 'rule_refusal', refused));
    statements.push(generateRule(random, 'rule_closed', { shapes: [closed.shape], graphs }, decided));
  }
  if (random.chance(0.4))
    statements.push(generateQuery(random, 'query_1', random.pick(graphs), settings.vertexKind));
  statements.push(...probes(graphs));
  const { vertexKind } = settings;
  return { statements, sources: infos, tables: tables.map(({ shape }) => shape), shapes, graphs, vertexKind };
}

function generateDecision(random: Random): Statement {
  const outcomes = random.shuffled(['deny', 'review', 'approve']);
  const text =
    `CREATE DECISION verdict ON transfers OUTCOMES (${outcomes.join(', ')}) DEFAULT ${random.pick(outcomes)} ` +
    'FALLBACK review DEADLINE 200 MILLISECONDS;';
  return { name: 'verdict', text };
}

/** Rules that print the whole of each graph whenever a `probe` arrives: the logical content, through the language. */
function probes(graphs: readonly GraphShape[]): Statement[] {
  const rules = graphs.flatMap(({ name, vertexColumns }): Statement[] => {
    const readable = vertexColumns.map((column) => `, v.${column.name} AS ${column.name}`).join('');
    const edges = `MATCH p = (a)-[e]->(b) RETURN p, e, e.amount AS amount, e.at AS moment DO ALERT 'edges' SEVERITY LOW;`;
    const vertices = `MATCH (v) RETURN v, label(v) AS kind${readable} DO ALERT 'vertices' SEVERITY LOW;`;
    return [
      { name: `zz_edges_${name}`, text: `CREATE RULE zz_edges_${name} ON probe THEN USE ${name} ${edges}` },
      {
        name: `zz_vertices_${name}`,
        text: `CREATE RULE zz_vertices_${name} ON probe THEN USE ${name} ${vertices}`,
      },
    ];
  });
  return [{ name: 'probe', text: 'CREATE SOURCE probe (probe_id INTEGER PRIMARY KEY);' }, ...rules];
}

function generateSource(random: Random, name: 'transfers' | 'claims', settings: Settings) {
  const { vertexKind, amountKind, banked } = settings;
  const keyKind: Kind = random.pick<Kind>(['text', 'text', 'bigint', 'integer']);
  const parted = random.chance(0.12);
  const key = [name === 'transfers' ? 'tx_id' : 'claim_id', ...(parted ? ['part'] : [])];
  const keyed = random.chance(0.85);
  const watermark = random.chance(0.9);
  const delay = random.pick([0, 0, 2, 5, 20]);
  const lateness = random.pick([0, 0, 5, 15, 60]);
  const maxAhead = random.pick([null, 30, 120]);
  const stored: ColumnShape[] = [
    { name: key[0] as string, kind: keyKind },
    { name: 'payer', kind: vertexKind },
    { name: 'payee', kind: vertexKind },
    { name: 'amount', kind: amountKind },
    { name: 'note', kind: 'text' },
    { name: 'flag', kind: 'boolean' },
    { name: 'at', kind: 'timestamptz' },
  ];
  if (parted) stored.push({ name: 'part', kind: 'integer' });
  if (banked) stored.push({ name: 'bank', kind: 'integer' });
  const generated: ColumnShape[] = random.chance(0.3) ? [{ name: 'extra', kind: 'integer' }] : [];
  const parts = stored.map(({ name: column, kind }) => `${column} ${TYPE_NAMES[kind]}`);
  if (generated.length > 0) parts.push(`extra INTEGER AS ${expression(random, terms(stored), 'integer', 2)}`);
  if (keyed) parts.push(`PRIMARY KEY (${key.join(', ')})`);
  const mark = delay === 0 && random.chance(0.5) ? '' : ` AS at - INTERVAL '${delay} seconds'`;
  if (watermark) parts.push(`WATERMARK FOR at${mark}`);
  const options: string[] = [];
  if (watermark && lateness > 0) options.push(`allowed_lateness = '${lateness} seconds'`);
  if (watermark && maxAhead !== null) options.push(`max_ahead = '${maxAhead} seconds'`);
  const idle = watermark && random.chance(0.25) ? random.between(0, 8) + random.pick([0, 0.5]) : null;
  if (idle !== null) options.push(`idle_timeout = '${idle * 1000} milliseconds'`);
  const text = `CREATE SOURCE ${name} (${parts.join(', ')})${options.length > 0 ? ` WITH (${options.join(', ')})` : ''};`;
  const shape: Shape = {
    name,
    root: 'source',
    rootName: name,
    columns: [...stored, ...generated],
    key,
    ends: ['payer', 'payee'],
    vertices: ['payer', 'payee'],
    timed: watermark,
    windowed: false,
  };
  const info: SourceShape = {
    shape,
    stored,
    keyColumns: keyed ? key : [],
    delay,
    lateness,
    maxAhead,
    watermark,
    idle,
  };
  return { statement: { name, text }, info };
}

interface GeneratedTable {
  readonly statement: Statement;
  readonly shape: Shape;
}

function generateTable(
  name: string,
  columns: readonly ColumnShape[],
  key: readonly string[],
  ends: readonly [string, string] | null,
  versioned = false,
): GeneratedTable {
  const parts = columns.map((column) => `${column.name} ${TYPE_NAMES[column.kind]}`);
  parts.push(`PRIMARY KEY (${key.join(', ')})`);
  if (versioned) parts.push('WATERMARK FOR at');
  const shape: Shape = {
    name,
    root: 'table',
    rootName: name,
    columns,
    key,
    ends,
    vertices: ends ?? [columns[0]?.name ?? 'id'],
    timed: versioned,
    windowed: false,
  };
  return { statement: { name, text: `CREATE TABLE ${name} (${parts.join(', ')});` }, shape };
}

function generateTables(random: Random, settings: Settings): GeneratedTable[] {
  const { vertexKind, amountKind, banked, shops } = settings;
  const bank: ColumnShape[] = banked ? [{ name: 'bank', kind: 'integer' }] : [];
  const person: ColumnShape[] = [
    { name: 'id', kind: vertexKind },
    { name: 'name', kind: 'text' },
    { name: 'risk', kind: 'integer' },
    { name: 'balance', kind: 'numeric' },
  ];
  const id = ['id', ...bank.map(({ name }) => name)];
  const tables = [generateTable('accounts', [...person, ...bank], id, null)];
  if (shops) tables.push(generateTable('shops', [...person.slice(0, 3), ...bank], id, null));
  if (random.chance(0.5)) {
    const columns: ColumnShape[] = [
      { name: 'gid', kind: random.pick<Kind>(['text', 'integer']) },
      { name: 'src', kind: vertexKind },
      { name: 'dst', kind: vertexKind },
      { name: 'amount', kind: amountKind },
      { name: 'at', kind: 'timestamptz' },
      ...bank,
    ];
    tables.push(generateTable('guarantees', columns, ['gid'], ['src', 'dst']));
  }
  if (random.chance(0.65)) {
    const columns: ColumnShape[] = [
      { name: 'code', kind: vertexKind },
      { name: 'rate', kind: 'numeric' },
      { name: 'at', kind: 'timestamptz' },
    ];
    tables.push(generateTable('rates', columns, ['code'], null, true));
  }
  if (random.chance(0.5)) {
    const columns: ColumnShape[] = [
      { name: 'id', kind: vertexKind },
      { name: 'times', kind: 'integer' },
      { name: 'why', kind: 'text' },
    ];
    tables.push(generateTable('flags', columns, ['id'], null));
    tables.push(generateTable('marks', columns, ['id'], null));
  }
  return tables;
}

function generateGraph(
  random: Random,
  name: string,
  shapes: readonly Shape[],
  sources: readonly SourceShape[],
  settings: Settings,
): { statement: Statement; shape: GraphShape } {
  const { banked, shops } = settings;
  const candidates = shapes.filter(({ ends, key, columns }) => {
    const names = columns.map((column) => column.name);
    const needed = [...(key ?? []), 'amount', 'at', ...(banked ? ['bank'] : [])];
    return ends !== null && key !== null && needed.every((column) => names.includes(column));
  });
  const chosen = random.shuffled(candidates).slice(0, random.pick([1, 1, 1, 2, 2, 3]));
  const vertexShapes = shapes.filter(({ rootName, columns }) => {
    const names = columns.map((column) => column.name);
    return rootName === 'accounts' && names.includes('name') && names.includes('risk');
  });
  const people = random.chance(0.8) ? vertexShapes[0] : random.pick(vertexShapes);
  const accounts = people?.name ?? 'accounts';
  const id = banked ? ['id', 'bank'] : ['id'];
  const end = (column: string, table: string) =>
    `KEY (${[column, ...id.slice(1)].join(', ')}) REFERENCES ${table} (${id.join(', ')})`;
  const edgeTables = chosen.map((shape) => ({ shape, label: random.pick(['PAID', 'PAID', 'OWES']) }));
  const edges = edgeTables.map(({ shape, label }) => {
    const target = shops && shape.rootName === 'claims' ? 'shops' : accounts;
    const [from, to] = shape.ends ?? ['payer', 'payee'];
    return `${shape.name} KEY (${shape.key?.join(', ')}) SOURCE ${end(from, accounts)} DESTINATION ${end(to, target)} LABEL ${label}`;
  });
  const vertices = [`${accounts} KEY (${id.join(', ')}) LABEL Account`];
  if (shops)
    vertices.push(`shops KEY (${id.join(', ')}) LABEL Shop${random.chance(0.3) ? ' LABEL Place' : ''}`);
  const untimed = chosen.some(
    (shape) => shape.root === 'source' && !sources.every(({ watermark }) => watermark),
  );
  const retain =
    !untimed && random.chance(0.5) ? `, retain = '${random.pick([10, 30, 60, 200, 600])} seconds'` : '';
  const text =
    `CREATE PROPERTY GRAPH ${name} VERTEX TABLES (${vertices.join(', ')}) ` +
    `EDGE TABLES (${edges.join(', ')}) WITH (event_time = 'at'${retain});`;
  const vertexColumns: ColumnShape[] = [
    { name: 'name', kind: 'text' },
    { name: 'risk', kind: 'integer' },
  ];
  return { statement: { name, text }, shape: { name, vertexColumns, shops, edgeTables } };
}
