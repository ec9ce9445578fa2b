import type { Evaluate } from './evaluate.ts';
import type { CompiledCall } from './compiled-call.ts';

/** AND, OR, NOT, IS …, COALESCE, NULLIF: three-valued logic (ISO 9075-2, 8.21), and what picks among values. */
export function compileLogic({ call, args }: CompiledCall): Evaluate | null {
  switch (call.name) {
    case 'and':
      return args.length === 2 ? andOfTwo(args[0] as Evaluate, args[1] as Evaluate) : andOfMany(args);
    case 'or':
      return args.length === 2 ? orOfTwo(args[0] as Evaluate, args[1] as Evaluate) : orOfMany(args);
    case 'coalesce':
      return (row, slots, old) => {
        for (const arg of args) {
          const value = arg(row, slots, old);
          if (value !== null) return value;
        }
        return null;
      };
    default:
      return compileUnary(call.name, args);
  }
}

function compileUnary(name: string, args: readonly Evaluate[]): Evaluate | null {
  const a = args[0] as Evaluate;
  switch (name) {
    case 'not':
      return (row, slots, old) => {
        const value = a(row, slots, old);
        return value === null ? null : value !== true;
      };
    case 'isNull':
      return (row, slots, old) => a(row, slots, old) === null;
    case 'isNotNull':
      return (row, slots, old) => a(row, slots, old) !== null;
    case 'isTrue':
      return (row, slots, old) => a(row, slots, old) === true;
    case 'isFalse':
      return (row, slots, old) => a(row, slots, old) === false;
    default:
      return null;
  }
}

function andOfTwo(a: Evaluate, b: Evaluate): Evaluate {
  return (row, slots, old) => {
    const left = a(row, slots, old);
    if (left === false) return false;
    const right = b(row, slots, old);
    if (right === false) return false;
    return left === null || right === null ? null : true;
  };
}

function orOfTwo(a: Evaluate, b: Evaluate): Evaluate {
  return (row, slots, old) => {
    const left = a(row, slots, old);
    if (left === true) return true;
    const right = b(row, slots, old);
    if (right === true) return true;
    return left === null || right === null ? null : false;
  };
}

function andOfMany(args: readonly Evaluate[]): Evaluate {
  return (row, slots, old) => {
    let result: boolean | null = true;
    for (const arg of args) {
      const value = arg(row, slots, old);
      if (value === false) return false;
      if (value === null) result = null;
    }
    return result;
  };
}

function orOfMany(args: readonly Evaluate[]): Evaluate {
  return (row, slots, old) => {
    let result: boolean | null = false;
    for (const arg of args) {
      const value = arg(row, slots, old);
      if (value === true) return true;
      if (value === null) result = null;
    }
    return result;
  };
}
