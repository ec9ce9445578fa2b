import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { LIMITS } from '../../core/limits.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** 64-bit whole numbers: strings outside, bigint inside. Input also takes JSON numbers that are exact. */
export const BIG_INT = new GraphQLScalarType<bigint, string>({
  name: 'BigInt',
  serialize: (value) => {
    if (typeof value === 'number' && !Number.isSafeInteger(value))
      throw new TypeError(`${value} is not exact`);
    return toBigInt(value).toString();
  },
  parseValue: (value) => toBigInt(value),
  parseLiteral: (node) => {
    if (node.kind === Kind.INT || node.kind === Kind.STRING) return toBigInt(node.value);
    throw wrong('BigInt', 'a whole number', node);
  },
});

function toBigInt(value: unknown): bigint {
  const exact =
    typeof value === 'bigint' ||
    (typeof value === 'number' && Number.isSafeInteger(value)) ||
    (typeof value === 'string' && /^-?\d{1,19}$/.test(value));
  const parsed = exact ? BigInt(value as bigint | number | string) : INT64_MAX + 1n;
  if (parsed < INT64_MIN || parsed > INT64_MAX) throw wrong('BigInt', 'a whole number of 64 bits');
  return parsed;
}

/** Exact decimals: strings both ways. */
export const NUMERIC = new GraphQLScalarType<string, string>({
  name: 'Numeric',
  serialize: (value) => String(value),
  parseValue: (value) => toDecimal(value),
  parseLiteral: (node) => {
    if (node.kind === Kind.INT || node.kind === Kind.FLOAT || node.kind === Kind.STRING) {
      return toDecimal(node.value);
    }
    throw wrong('Numeric', 'a decimal number', node);
  },
});

function toDecimal(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text === 'string' && text.length <= 1000 && /^-?\d+(\.\d+)?$/.test(text)) return text;
  throw wrong('Numeric', 'a decimal number');
}

/** Moments: ISO 8601 in UTC, up to microseconds, both ways. */
export const DATE_TIME = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  serialize: (value) => String(value),
  parseValue: (value) => toMoment(value),
  parseLiteral: (node) => {
    if (node.kind === Kind.STRING) return toMoment(node.value);
    throw wrong('DateTime', 'a time of ISO 8601 with its offset', node);
  },
});

const MOMENT = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}(:?\d{2})?)$/;

function toMoment(value: unknown): string {
  if (typeof value === 'string' && MOMENT.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw wrong('DateTime', 'a time of ISO 8601 with its offset');
}

/** Named values: a JSON object both ways, whatever is in it. */
export const ROW = new GraphQLScalarType<Readonly<Record<string, unknown>>, unknown>({
  name: 'Row',
  serialize: (value) => value,
  parseValue: (value) => toRow(value),
  parseLiteral: (node, variables) => toRow(literalValue(node, variables ?? {})),
});

function toRow(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    // What writes rows calls itself for each level.
    if (nestsDeeper(value, LIMITS.rowNestingMax)) {
      throw wrong('Row', `an object of at most ${LIMITS.rowNestingMax} levels`);
    }
    return value as Readonly<Record<string, unknown>>;
  }
  throw wrong('Row', 'an object');
}

/** Whether lists and objects lie in one another more than `levels` deep; looks no deeper than that. */
function nestsDeeper(value: object, levels: number): boolean {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > levels) return true;
    level = level
      .flatMap((one) => Object.values(one))
      .filter((one): one is object => typeof one === 'object' && one !== null);
  }
  return false;
}

/** A number keeps its digits where a double would not: as text, which BIGINT and NUMERIC take as well. */
function literalValue(node: ValueNode, variables: Readonly<Record<string, unknown>>): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
      return Number.isSafeInteger(Number(node.value)) ? Number(node.value) : node.value;
    case Kind.FLOAT:
      return String(Number(node.value)) === node.value ? Number(node.value) : node.value;
    case Kind.LIST:
      return node.values.map((item) => literalValue(item, variables));
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields.map(({ name, value }) => [name.value, literalValue(value, variables)]),
      );
    case Kind.VARIABLE:
      return variables[node.name.value] ?? null;
    default:
      return node.value;
  }
}

function wrong(type: string, expected: string, node?: ValueNode): GraphQLError {
  return new GraphQLError(`${type} takes ${expected}`, node === undefined ? {} : { nodes: [node] });
}
