import { RingwatchError } from '../../core/errors.ts';
import { formatText } from '../../core/format-value.ts';
import type { Integer } from '../../core/integer.ts';
import { LIMITS } from '../../core/limits.ts';
import { scaleOf, type Value } from '../../core/types.ts';
import type { EncodedPlan } from './encoded-plan.ts';
import type { JsonNumbers } from './json-numbers.ts';

const DECIMAL = /^[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const KEY = /^[\x21-\x7e]+$/;

/**
 * What columns refuse beyond their types: a negative value under CHECK (x >= 0); in transfers an amount that is not above
 * 0 or has more decimals than its column keeps, and an idempotency key of other characters or of another length.
 */
export class CheckedColumns {
  readonly #plan: EncodedPlan;
  /** By column index; empty where nothing is checked. */
  readonly #checks: readonly number[];
  readonly #amount: number;
  readonly #key: number;

  constructor(plan: EncodedPlan) {
    this.#plan = plan;
    this.#checks = plan.kind === 'table' ? (plan.checks ?? []) : [];
    this.#amount = plan.kind === 'transfer' ? 2 * plan.keyWidth : -1;
    this.#key = plan.kind === 'transfer' ? this.#amount + 1 : -1;
  }

  /** A value that is to be stored. Throws CHECK_VIOLATED, TRANSFER_AMOUNT_INVALID, IDEMPOTENCY_KEY_INVALID. */
  value(column: number, value: Exclude<Value, null>): void {
    if (column === this.#amount && (value as Integer) <= 0) throw this.#noAmount(this.#text(column, value));
    if (column === this.#key) checkKey(value as string);
    if (this.#checks.length === 0 || (value as Integer) >= 0 || !this.#checks.includes(column)) return;
    const { name } = this.#columnAt(column);
    throw new RingwatchError('CHECK_VIOLATED', { column: name, value: this.#text(column, value) });
  }

  /** An amount as it was written: a text, or a number of JSON. Throws TRANSFER_AMOUNT_INVALID where it would be rounded. */
  written(column: number, written: unknown, numbers: JsonNumbers | null = null, field = ''): void {
    if (column !== this.#amount) return;
    const isNumber = typeof written === 'number';
    const text =
      isNumber && numbers !== null && !numbers.exact ? numbers.source(field) : String(written).trim();
    const [, , fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? [];
    const decimals = fraction.replace(/0+$/, '').length - Number(exponent);
    if (decimals > scaleOf(this.#columnAt(column).type)) throw this.#noAmount(text);
  }

  #columnAt(column: number): EncodedPlan['columns'][number] {
    return this.#plan.columns[column] as EncodedPlan['columns'][number];
  }

  #text(column: number, value: Value): string {
    return formatText(this.#columnAt(column).type, value);
  }

  #noAmount(amount: string): RingwatchError {
    return new RingwatchError('TRANSFER_AMOUNT_INVALID', { amount: amount.slice(0, 40) });
  }
}

function checkKey(key: string): void {
  if (key.length >= 1 && key.length <= LIMITS.idempotencyKeyCharsMax && KEY.test(key)) return;
  const reason = `it is not 1 to ${LIMITS.idempotencyKeyCharsMax} printable ASCII characters`;
  throw new RingwatchError('IDEMPOTENCY_KEY_INVALID', { reason });
}
