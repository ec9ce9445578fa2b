import type { Value } from '../../core/types.ts';
import type { Expr } from '../../language/plan.ts';
import type { CompiledCall } from './compiled-call.ts';
import type { Evaluate } from './evaluate.ts';

type Comparator = (a: NonNull, b: NonNull) => boolean;
type NonNull = boolean | number | bigint | string;

/**
 * Both sides have one type, so JavaScript's operators are the language's: integer forms are canonical and compare
 * across number and bigint, text compares by UTF-16 code units, FALSE is less than TRUE.
 */
const COMPARATORS: Readonly<Record<string, Comparator>> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
};

/** =, <>, <, …, IS [NOT] DISTINCT FROM, IN, NULLIF, GREATEST and LEAST (which pass over NULLs, as PostgreSQL's). */
export function compileComparison({ call, args }: CompiledCall): Evaluate | null {
  const a = args[0] as Evaluate;
  const b = args[1] as Evaluate;
  switch (call.name) {
    case 'equal':
    case 'notEqual':
    case 'less':
    case 'lessEqual':
    case 'greater':
    case 'greaterEqual':
      return withLiteral(call.name, a, call.args[1] as Expr) ?? general(call.name, a, b);
    case 'distinctFrom':
      return (row, slots, old) => a(row, slots, old) !== b(row, slots, old);
    case 'notDistinctFrom':
      return (row, slots, old) => a(row, slots, old) === b(row, slots, old);
    case 'in':
      return call.args.slice(1).every((arg) => arg.kind === 'literal')
        ? inLiterals(
            a,
            call.args.slice(1).map((arg) => (arg.kind === 'literal' ? arg.value : null)),
          )
        : inList(a, args.slice(1));
    case 'nullif':
      return (row, slots, old) => {
        const value = a(row, slots, old);
        return value !== null && value === b(row, slots, old) ? null : value;
      };
    case 'greatest':
      return extreme(args, (candidate, best) => candidate > best);
    case 'least':
      return extreme(args, (candidate, best) => candidate < best);
    default:
      return null;
  }
}

/** Each operator has its own closure, so that each call site sees one kind of comparison. */
function general(name: string, a: Evaluate, b: Evaluate): Evaluate {
  switch (name) {
    case 'equal':
      return (row, slots, old) => {
        const x = a(row, slots, old);
        if (x === null) return null;
        const y = b(row, slots, old);
        return y === null ? null : x === y;
      };
    case 'less':
      return (row, slots, old) => {
        const x = a(row, slots, old) as NonNull | null;
        if (x === null) return null;
        const y = b(row, slots, old) as NonNull | null;
        return y === null ? null : x < y;
      };
    case 'lessEqual':
      return (row, slots, old) => {
        const x = a(row, slots, old) as NonNull | null;
        if (x === null) return null;
        const y = b(row, slots, old) as NonNull | null;
        return y === null ? null : x <= y;
      };
    default: {
      const compare = COMPARATORS[name] as Comparator;
      return (row, slots, old) => {
        const x = a(row, slots, old) as NonNull | null;
        if (x === null) return null;
        const y = b(row, slots, old) as NonNull | null;
        return y === null ? null : compare(x, y);
      };
    }
  }
}

function withLiteral(name: string, a: Evaluate, right: Expr): Evaluate | null {
  if (right.kind !== 'literal') return null;
  const y = right.value;
  if (y === null) return () => null;
  switch (name) {
    case 'equal':
      return (row, slots, old) => {
        const x = a(row, slots, old);
        return x === null ? null : x === y;
      };
    case 'greaterEqual':
      return (row, slots, old) => {
        const x = a(row, slots, old) as NonNull | null;
        return x === null ? null : x >= y;
      };
    default: {
      const compare = COMPARATORS[name] as Comparator;
      return (row, slots, old) => {
        const x = a(row, slots, old) as NonNull | null;
        return x === null ? null : compare(x, y);
      };
    }
  }
}

function inLiterals(a: Evaluate, values: readonly Value[]): Evaluate {
  const known = new Set<unknown>(values);
  const hasNull = known.delete(null);
  return (row, slots, old) => {
    const x = a(row, slots, old);
    if (x === null) return null;
    if (known.has(x)) return true;
    return hasNull ? null : false;
  };
}

function inList(a: Evaluate, list: readonly Evaluate[]): Evaluate {
  return (row, slots, old) => {
    const x = a(row, slots, old);
    if (x === null) return null;
    let unknown = false;
    for (const item of list) {
      const y = item(row, slots, old);
      if (y === x) return true;
      if (y === null) unknown = true;
    }
    return unknown ? null : false;
  };
}

function extreme(args: readonly Evaluate[], better: Comparator): Evaluate {
  return (row, slots, old) => {
    let best: NonNull | null = null;
    for (const arg of args) {
      const value = arg(row, slots, old) as NonNull | null;
      if (value !== null && (best === null || better(value, best))) best = value;
    }
    return best;
  };
}
