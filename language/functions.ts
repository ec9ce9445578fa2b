import { BIGINT, BOOLEAN, DOUBLE, INTEGER, numeric, type SqlType, TEXT, TIMESTAMPTZ } from '../core/types.ts';
import type { FunctionName } from './plan.ts';

/**
 * What a parameter takes. `unit` is a text literal naming a part of time; `decimals` a literal whole number; `hop` an
 * edge or a merged hop.
 */
export type Parameter =
  | 'text'
  | 'integer'
  | 'exact'
  | 'double'
  | 'number'
  | 'timestamptz'
  | 'interval'
  | 'unit'
  | 'decimals'
  | 'path'
  | 'vertex'
  | 'edge'
  | 'hop'
  | 'list';

/** One overload of a function. Several entries may share a name; the first that takes the arguments is meant. */
export interface FunctionOverload {
  /** As written, lower case; all are equal. */
  readonly names: readonly string[];
  readonly parameters: readonly Parameter[];
  /** How many of the last parameters may be left out. */
  readonly optional?: number;
  /** `same`: the type of the first argument. */
  readonly result: SqlType | 'same' | ((args: readonly ResultArgument[]) => SqlType);
  readonly engine: FunctionName;
  /** One line for people: what it yields. */
  readonly says: string;
}

/** What a result type may depend on: the argument's type, and its value where it is a literal. */
export interface ResultArgument {
  readonly type: SqlType;
  readonly literal: string | number | null;
}

/** Whole numbers stay what they are; NUMERIC loses its decimals; DOUBLE PRECISION stays. */
function whole([argument]: readonly ResultArgument[]): SqlType {
  const type = argument?.type ?? INTEGER;
  return type.kind === 'numeric' ? numeric(null, 0) : type;
}

function rounded([argument, decimals]: readonly ResultArgument[]): SqlType {
  const type = argument?.type ?? INTEGER;
  if (decimals === undefined) return whole(argument === undefined ? [] : [argument]);
  return type.kind === 'double' ? type : numeric(null, Math.max(0, Number(decimals.literal)));
}

/** Parts of time that EXTRACT knows, with the type of each; those with `interval` also of an INTERVAL. */
export const TIME_UNITS: ReadonlyMap<string, { readonly type: SqlType; readonly interval: boolean }> =
  new Map([
    ['epoch', { type: numeric(null, 6), interval: true }],
    ['year', { type: BIGINT, interval: false }],
    ['quarter', { type: BIGINT, interval: false }],
    ['month', { type: BIGINT, interval: false }],
    ['week', { type: BIGINT, interval: false }],
    ['day', { type: BIGINT, interval: true }],
    ['doy', { type: BIGINT, interval: false }],
    ['dow', { type: BIGINT, interval: false }],
    ['isodow', { type: BIGINT, interval: false }],
    ['isoyear', { type: BIGINT, interval: false }],
    ['hour', { type: BIGINT, interval: true }],
    ['minute', { type: BIGINT, interval: true }],
    ['second', { type: numeric(null, 6), interval: true }],
    ['seconds', { type: numeric(null, 6), interval: true }],
    ['decade', { type: BIGINT, interval: false }],
    ['century', { type: BIGINT, interval: false }],
    ['millisecond', { type: numeric(null, 3), interval: true }],
    ['milliseconds', { type: numeric(null, 3), interval: true }],
    ['microsecond', { type: BIGINT, interval: true }],
    ['microseconds', { type: BIGINT, interval: true }],
  ]);

/** Units that DATE_TRUNC cuts to. */
export const TRUNC_UNITS: readonly string[] = [
  'microseconds',
  'microsecond',
  'milliseconds',
  'millisecond',
  'second',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'quarter',
  'year',
];

function extracted([unit]: readonly ResultArgument[]): SqlType {
  return TIME_UNITS.get(String(unit?.literal))?.type ?? BIGINT;
}

const LIST_OF_VERTICES: SqlType = { kind: 'list', element: { kind: 'vertex' } };
const LIST_OF_TEXTS: SqlType = { kind: 'list', element: TEXT };
const LIST_OF_EDGES: SqlType = { kind: 'list', element: { kind: 'edge', merged: false } };

function overload(
  names: string,
  parameters: readonly Parameter[],
  result: FunctionOverload['result'],
  engine: FunctionName,
  says: string,
  optional = 0,
): FunctionOverload {
  return { names: names.split(' '), parameters, result, engine, says, optional };
}

/**
 * Scalar functions with fixed parameters: PostgreSQL's names and meanings, and those of GQL and openCypher over
 * paths and elements. COALESCE, NULLIF, GREATEST, LEAST, CONCAT and aggregates are bound on their own.
 */
export const FUNCTIONS: readonly FunctionOverload[] = [
  overload('abs', ['number'], 'same', 'abs', 'the value without its sign'),
  overload('sign', ['number'], whole, 'sign', '-1, 0 or 1'),
  overload('floor', ['number'], whole, 'floor', 'the next whole number below'),
  overload('ceil ceiling', ['number'], whole, 'ceil', 'the next whole number above'),
  overload('round', ['number'], whole, 'round', 'the nearest whole number, halves away from zero'),
  overload('round', ['exact', 'decimals'], rounded, 'round', 'the value rounded to so many decimals'),
  overload('trunc', ['number'], whole, 'trunc', 'the value without its decimals'),
  overload('trunc', ['exact', 'decimals'], rounded, 'trunc', 'the value cut after so many decimals'),
  overload('sqrt', ['double'], DOUBLE, 'sqrt', 'the square root'),
  overload('length char_length character_length', ['text'], INTEGER, 'length', 'the number of characters'),
  overload('lower tolower', ['text'], TEXT, 'lower', 'ASCII letters in lower case'),
  overload('upper toupper', ['text'], TEXT, 'upper', 'ASCII letters in upper case'),
  overload(
    'substring substr',
    ['text', 'integer', 'integer'],
    TEXT,
    'substring',
    'characters from a place (the first is 1), at most so many',
    1,
  ),
  overload('left', ['text', 'integer'], TEXT, 'left', 'the first characters; negative: all but the last'),
  overload('right', ['text', 'integer'], TEXT, 'right', 'the last characters; negative: all but the first'),
  overload(
    'trim btrim',
    ['text', 'text'],
    TEXT,
    'trim',
    'without blanks (or the given characters) at both ends',
    1,
  ),
  overload('ltrim', ['text', 'text'], TEXT, 'ltrim', 'without blanks (or the given characters) in front', 1),
  overload('rtrim', ['text', 'text'], TEXT, 'rtrim', 'without blanks (or the given characters) behind', 1),
  overload('replace', ['text', 'text', 'text'], TEXT, 'replace', 'every occurrence replaced'),
  overload(
    'strpos',
    ['text', 'text'],
    INTEGER,
    'position',
    'where the second text begins in the first, or 0',
  ),
  overload(
    'starts_with',
    ['text', 'text'],
    BOOLEAN,
    'startsWith',
    'whether the first text begins with the second',
  ),
  overload('ends_with', ['text', 'text'], BOOLEAN, 'endsWith', 'whether the first text ends with the second'),
  overload('split_part', ['text', 'text', 'integer'], TEXT, 'splitPart', 'the n-th part between delimiters'),
  overload(
    'to_timestamp',
    ['number'],
    TIMESTAMPTZ,
    'toTimestamp',
    'the time so many seconds after 1970 (UTC)',
  ),
  overload('extract date_part', ['unit', 'timestamptz'], extracted, 'extract', 'a part of a time, in UTC'),
  overload('extract date_part', ['unit', 'interval'], extracted, 'extract', 'a part of an interval'),
  overload('date_trunc', ['unit', 'timestamptz'], TIMESTAMPTZ, 'dateTrunc', 'a time cut to a unit, in UTC'),
  overload('length path_length', ['path'], INTEGER, 'pathLength', 'the number of hops of a path'),
  overload('vertices nodes', ['path'], LIST_OF_VERTICES, 'vertices', 'the vertices of a path in its order'),
  overload('edges relationships', ['path'], LIST_OF_EDGES, 'edges', 'the edges of a path in its order'),
  overload('cardinality size length', ['list'], INTEGER, 'listLength', 'the number of elements'),
  overload('element_id id elementid', ['vertex'], TEXT, 'elementKey', 'the key of a vertex as text'),
  overload('element_id id elementid', ['edge'], TEXT, 'elementKey', 'the key of an edge as text'),
  overload('label type', ['vertex'], TEXT, 'elementLabel', 'the first label of a vertex'),
  overload('label type', ['edge'], TEXT, 'elementLabel', 'the first label of an edge'),
  overload('labels', ['vertex'], LIST_OF_TEXTS, 'elementLabels', 'all labels of a vertex, as declared'),
  overload('labels', ['edge'], LIST_OF_TEXTS, 'elementLabels', 'all labels of an edge, as declared'),
  overload('start_node startnode source', ['hop'], { kind: 'vertex' }, 'startVertex', 'where an edge begins'),
  overload('end_node endnode destination', ['hop'], { kind: 'vertex' }, 'endVertex', 'where an edge ends'),
  overload('is_source', ['vertex', 'hop'], BOOLEAN, 'isSource', 'a IS SOURCE OF e'),
  overload('is_destination', ['vertex', 'hop'], BOOLEAN, 'isDestination', 'a IS DESTINATION OF e'),
];

/** Functions bound on their own, for hints and documentation. */
export const SPECIAL_FUNCTIONS: readonly string[] = [
  'coalesce',
  'nullif',
  'greatest',
  'least',
  'concat',
  'mod',
  'position',
];

/** Aggregates over windows, rows and paths; `collect` over rows and paths only. */
export const AGGREGATES: readonly string[] = ['count', 'sum', 'avg', 'min', 'max', 'collect'];

/** Other names of aggregates. */
export const AGGREGATE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['array_agg', 'collect'],
  ['collect_list', 'collect'],
]);

/** Whether a name, in lower case, is an aggregate's. */
export function isAggregate(name: string): boolean {
  return AGGREGATES.includes(name) || AGGREGATE_ALIASES.has(name);
}

/** Functions whose value is not a function of the log, and what they read. */
export const OUTSIDE_FUNCTIONS: ReadonlyMap<string, 'a clock' | 'chance'> = new Map([
  ...[
    'now',
    'current_timestamp',
    'current_date',
    'current_time',
    'localtime',
    'localtimestamp',
    'clock_timestamp',
    'statement_timestamp',
    'transaction_timestamp',
    'timeofday',
    'proctime',
    'timestamp',
    'datetime',
    'age',
  ].map((name) => [name, 'a clock'] as const),
  ...[
    'random',
    'rand',
    'random_normal',
    'setseed',
    'gen_random_uuid',
    'randomuuid',
    'uuid_generate_v4',
    'uuidv4',
    'uuidv7',
    'nextval',
  ].map((name) => [name, 'chance'] as const),
]);

/** Functions that PostgreSQL, GQL or openCypher have and that are refused by name until they are built. */
export const UNBUILT_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'power pow exp ln log log10 sin cos tan asin acos atan atan2 degrees radians pi cbrt div gcd lcm width_bucket ' +
    'stddev stddev_pop stddev_samp variance var_pop var_samp string_agg bool_and bool_or every corr covar_pop ' +
    'covar_samp percentile_cont percentile_disc percentilecont percentiledisc median mode stdev stdevp ' +
    'approx_count_distinct row_number rank dense_rank ntile lag lead first_value last_value nth_value cume_dist ' +
    'percent_rank regexp_replace regexp_match regexp_matches regexp_like regexp_count regexp_split_to_array ' +
    'to_char to_number to_date format lpad rpad repeat reverse initcap ascii chr md5 sha256 encode decode ' +
    'translate overlay octet_length bit_length quote_literal json_agg jsonb_agg json_build_object array_length ' +
    'unnest generate_series date_bin make_interval make_timestamp make_timestamptz justify_hours ' +
    'head last tail range keys properties exists reduce all any none single shortestpath allshortestpaths ' +
    'tointeger tofloat tostring toboolean point distance date time localdatetime duration'
  ).split(' '),
);

/** Every function name that a definition may use, for hints, in order of name. */
export function functionNames(): readonly string[] {
  const names = [...FUNCTIONS.flatMap((entry) => entry.names), ...SPECIAL_FUNCTIONS, ...AGGREGATES];
  return [...new Set(names)].sort();
}

/** `round(exact, decimals)`: an overload as people write it. */
export function describeOverload(entry: FunctionOverload, name: string): string {
  const required = entry.parameters.length - (entry.optional ?? 0);
  const parameters = entry.parameters.map((parameter, n) => (n < required ? parameter : `[${parameter}]`));
  return `${name}(${parameters.join(', ')})`;
}
