import { expression, type Kind, predicate } from './generate-expressions.ts';
import type { Random } from './random.ts';
import { type ColumnShape, type Shape, type Statement, TYPE_NAMES, terms } from './shapes.ts';

/** A view as statement and as what others read. */
export interface GeneratedView {
  readonly statement: Statement;
  readonly shape: Shape;
}

/** A view over one of the relations, or null where the kind drawn does not fit it. */
export function generateView(random: Random, name: string, shapes: readonly Shape[]): GeneratedView | null {
  const input = random.pick(shapes);
  if (input.root === 'table') return projection(random, name, input);
  const makers = [projection, projection, overView, overView, joinView, joinView, windowView, windowView];
  if (input.windowed) return projection(random, name, input);
  return random.pick(makers)(random, name, input, shapes);
}

/** Filters, and projects: key, ends and time stay as they are; the others may be computed. */
function projection(random: Random, name: string, input: Shape): GeneratedView {
  const own = terms(input.columns);
  const fixed = [...(input.key ?? []), ...(input.ends ?? []), ...input.vertices, 'bank', 'at', 'window_end'];
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
  const rates = tables.find((shape) => shape.timed);
  const table = rates !== undefined && random.chance(0.6) ? rates : random.pick(tables);
  const versioned = table.timed && input.timed && random.chance(0.8);
  const side = random.pick(input.vertices);
  const both = [...terms(input.columns, 's.'), ...terms(table.columns, 't.')];
  const on =
    table.ends !== null
      ? `t.${random.pick(table.ends)} = s.${side}`
      : `t.${table.key?.[0]} = s.${side}${random.chance(0.2) ? ` AND ${predicate(random, both, 0)}` : ''}`;
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

/** TUMBLE or HOP over a relation that has event time; null for others. */
export function windowView(random: Random, name: string, input: Shape): GeneratedView | null {
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
