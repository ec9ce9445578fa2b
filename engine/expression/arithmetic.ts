import {
  add,
  divideRounded,
  divideTruncated,
  type Integer,
  multiply,
  negate,
  powerOfTen,
  remainder,
  rescale,
  subtract,
} from '../../core/integer.ts';
import { isIntegerForm, type SqlType, scaleOf } from '../../core/types.ts';
import type { CompiledCall } from './compiled-call.ts';
import type { Evaluate, EvaluationErrors } from './evaluate.ts';
import { fits, fromDouble, toDouble } from './numbers.ts';

/** Arithmetic: exact on integer forms, IEEE 754 on doubles. What overflows or divides by zero is NULL and counted. */
export function compileArithmetic(compiled: CompiledCall): Evaluate | null {
  const { call, args } = compiled;
  switch (call.name) {
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
    case 'modulo':
      return isIntegerForm(call.type) ? integerBinary(compiled) : doubleBinary(compiled);
    case 'negate':
    case 'abs':
    case 'sign':
      return signs(compiled);
    case 'floor':
    case 'ceil':
    case 'round':
    case 'trunc':
      return rounding(compiled);
    case 'sqrt': {
      const from = typeOf(compiled, 0);
      const a = args[0] as Evaluate;
      return (row, slots, old) => {
        const value = a(row, slots, old) as Integer | null;
        if (value === null) return null;
        const x = toDouble(from, value);
        if (x < 0) return failed(compiled.context.errors, 'INVALID_ARGUMENT');
        return fromNumber(call.type, Math.sqrt(x), compiled.context.errors);
      };
    }
    default:
      return null;
  }
}

function typeOf(compiled: CompiledCall, index: number): SqlType {
  return compiled.call.args[index]?.type ?? { kind: 'null' };
}

function failed(
  errors: EvaluationErrors,
  code: 'DIVISION_BY_ZERO' | 'NUMERIC_OVERFLOW' | 'INVALID_ARGUMENT',
): null {
  errors.count(code);
  return null;
}

/** A double as a value of the type. */
function fromNumber(type: SqlType, value: number, errors: EvaluationErrors): Integer | null {
  if (!Number.isFinite(value)) return failed(errors, 'NUMERIC_OVERFLOW');
  if (!isIntegerForm(type)) return value + 0;
  const integer = fromDouble(value, scaleOf(type));
  return integer !== null && fits(type, integer) ? integer : failed(errors, 'NUMERIC_OVERFLOW');
}

/** Digits beyond which products of products are refused: numbers of a stream must not grow without a bound. */
const DIGITS_MAX = 1000;
const MAGNITUDE_MAX = powerOfTen(DIGITS_MAX);

function integerBinary(compiled: CompiledCall): Evaluate {
  const { call, args, context } = compiled;
  const [a, b] = args as readonly [Evaluate, Evaluate];
  const type = call.type;
  const apply = integerOperation(compiled);
  const divides = call.name === 'divide' || call.name === 'modulo';
  // An unbounded NUMERIC in doubles' safe range needs no look at its size.
  const unbounded = type.kind === 'numeric' && type.precision === null;
  const errors = context.errors;
  return (row, slots, old) => {
    const x = a(row, slots, old) as Integer | null;
    if (x === null) return null;
    const y = b(row, slots, old) as Integer | null;
    if (y === null) return null;
    if (divides && y === 0) return failed(errors, 'DIVISION_BY_ZERO');
    const result = apply(x, y);
    if (result === null) return failed(errors, 'NUMERIC_OVERFLOW');
    if (typeof result === 'number' && unbounded) return result;
    if (!fits(type, result) || result >= MAGNITUDE_MAX || -result >= MAGNITUDE_MAX) {
      return failed(errors, 'NUMERIC_OVERFLOW');
    }
    return result;
  };
}

function integerOperation(compiled: CompiledCall): (x: Integer, y: Integer) => Integer | null {
  const { call } = compiled;
  const left = typeOf(compiled, 0);
  const right = typeOf(compiled, 1);
  // INTERVAL * DOUBLE and the like: the product in doubles, back to whole units.
  if (!isIntegerForm(left) || !isIntegerForm(right)) return mixedOperation(compiled, left, right);
  const scale = scaleOf(call.type);
  const leftScale = scaleOf(left);
  const rightScale = scaleOf(right);
  switch (call.name) {
    case 'add':
    case 'subtract': {
      const operation = call.name === 'add' ? add : subtract;
      if (leftScale === scale && rightScale === scale) return operation;
      return (x, y) => operation(rescale(x, leftScale, scale), rescale(y, rightScale, scale));
    }
    case 'multiply':
      if (leftScale + rightScale === scale) return multiply;
      return (x, y) => rescale(multiply(x, y), leftScale + rightScale, scale);
    case 'divide':
      return division(call.type, leftScale, rightScale);
    default: {
      const common = Math.max(leftScale, rightScale);
      if (leftScale === scale && rightScale === scale) return remainder;
      return (x, y) =>
        rescale(remainder(rescale(x, leftScale, common), rescale(y, rightScale, common)), common, scale);
    }
  }
}

function division(type: SqlType, leftScale: number, rightScale: number): (x: Integer, y: Integer) => Integer {
  if (type.kind === 'integer' || type.kind === 'bigint') return divideTruncated;
  const shift = scaleOf(type) + rightScale - leftScale;
  if (shift >= 0) {
    const factor = powerOfTen(shift);
    return (x, y) => divideRounded(multiply(x, factor), y);
  }
  const factor = powerOfTen(-shift);
  return (x, y) => divideRounded(x, multiply(y, factor));
}

function mixedOperation(
  compiled: CompiledCall,
  left: SqlType,
  right: SqlType,
): (x: Integer, y: Integer) => Integer | null {
  const apply = doubleOperation(compiled.call.name);
  const scale = scaleOf(compiled.call.type);
  return (x, y) => {
    const result = apply(toDouble(left, x), toDouble(right, y));
    return Number.isFinite(result) ? fromDouble(result, scale) : null;
  };
}

function doubleOperation(name: string): (x: number, y: number) => number {
  switch (name) {
    case 'add':
      return (x, y) => x + y;
    case 'subtract':
      return (x, y) => x - y;
    case 'multiply':
      return (x, y) => x * y;
    case 'divide':
      return (x, y) => x / y;
    default:
      return (x, y) => x % y;
  }
}

function doubleBinary(compiled: CompiledCall): Evaluate {
  const { call, args, context } = compiled;
  const [a, b] = args as readonly [Evaluate, Evaluate];
  const left = typeOf(compiled, 0);
  const right = typeOf(compiled, 1);
  const apply = doubleOperation(call.name);
  const divides = call.name === 'divide' || call.name === 'modulo';
  return (row, slots, old) => {
    const x = a(row, slots, old) as Integer | null;
    if (x === null) return null;
    const y = b(row, slots, old) as Integer | null;
    if (y === null) return null;
    const divisor = toDouble(right, y);
    if (divides && divisor === 0) return failed(context.errors, 'DIVISION_BY_ZERO');
    const result = apply(toDouble(left, x), divisor);
    return Number.isFinite(result) ? result + 0 : failed(context.errors, 'NUMERIC_OVERFLOW');
  };
}

function signs(compiled: CompiledCall): Evaluate {
  const { call, args, context } = compiled;
  const a = args[0] as Evaluate;
  const type = call.type;
  const from = typeOf(compiled, 0);
  const one = isIntegerForm(type) ? powerOfTen(scaleOf(type)) : 1;
  const apply = (value: Integer): Integer => {
    if (call.name === 'sign') return value > 0 ? one : value < 0 ? negate(one) : 0;
    const result = call.name === 'negate' || value < 0 ? negate(value) : value;
    return isIntegerForm(type) ? rescale(result, scaleOf(from), scaleOf(type)) : result;
  };
  return (row, slots, old) => {
    const value = a(row, slots, old) as Integer | null;
    if (value === null) return null;
    const result = apply(value);
    return isIntegerForm(type) && !fits(type, result) ? failed(context.errors, 'NUMERIC_OVERFLOW') : result;
  };
}

function rounding(compiled: CompiledCall): Evaluate {
  const { call, args, context } = compiled;
  const a = args[0] as Evaluate;
  const from = typeOf(compiled, 0);
  const type = call.type;
  const errors = context.errors;
  const places = call.args[1]?.kind === 'literal' ? Number(call.args[1].value) : 0;
  if (!isIntegerForm(from)) {
    const round = doubleRounding(call.name, places);
    return (row, slots, old) => {
      const value = a(row, slots, old) as number | null;
      if (value === null) return null;
      const rounded = round(value);
      return rounded === null ? failed(errors, 'NUMERIC_OVERFLOW') : fromNumber(type, rounded, errors);
    };
  }
  const fromScale = scaleOf(from);
  const round = integerRounding(call.name, fromScale, places);
  const keptScale = Math.min(places, fromScale);
  return (row, slots, old) => {
    const value = a(row, slots, old) as Integer | null;
    if (value === null) return null;
    const rounded = round(value);
    if (!isIntegerForm(type))
      return toDouble(
        { kind: 'numeric', precision: null, scale: Math.max(keptScale, 0), trimmed: true },
        rounded,
      );
    const result = rescale(rounded, Math.max(keptScale, 0), scaleOf(type));
    return fits(type, result) ? result : failed(errors, 'NUMERIC_OVERFLOW');
  };
}

/** Rounds a scaled integer to `places` decimals; the result has max(0, min(places, scale)) decimals. */
function integerRounding(name: string, scale: number, places: number): (value: Integer) => Integer {
  if (places >= scale) return (value) => value;
  const unit = powerOfTen(scale - places);
  // Negative places keep whole tens, hundreds …: the quotient is multiplied back.
  const back = places < 0 ? powerOfTen(-places) : 1;
  return (value) => {
    const truncated = divideTruncated(value, unit);
    let quotient: Integer = truncated;
    if (name === 'round') quotient = divideRounded(value, unit);
    else if (name === 'floor' && value < 0 && remainder(value, unit) !== 0) quotient = subtract(truncated, 1);
    else if (name === 'ceil' && value > 0 && remainder(value, unit) !== 0) quotient = add(truncated, 1);
    return multiply(quotient, back);
  };
}

/** Rounds a double; with decimals by way of its shortest decimal text. Null when that has too many digits. */
function doubleRounding(name: string, places: number): (value: number) => number | null {
  if (places === 0) {
    if (name === 'floor') return Math.floor;
    if (name === 'ceil') return Math.ceil;
    if (name === 'trunc') return Math.trunc;
    return (value) => {
      const whole = Math.trunc(value);
      const rest = value - whole;
      return rest >= 0.5 ? whole + 1 : rest <= -0.5 ? whole - 1 : whole;
    };
  }
  const round = integerRounding(name, TEXT_SCALE, places);
  const kept: SqlType = {
    kind: 'numeric',
    precision: null,
    scale: Math.max(0, Math.min(places, TEXT_SCALE)),
    trimmed: true,
  };
  return (value) => {
    const exact = fromDouble(value, TEXT_SCALE);
    return exact === null ? null : toDouble(kept, round(exact));
  };
}

/** Decimals that hold the shortest text of every double of ordinary size exactly. */
const TEXT_SCALE = 340;
