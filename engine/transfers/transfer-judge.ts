import { present } from '../../core/assert.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { add, type Integer, powerOfTen, subtract } from '../../core/integer.ts';
import { LIMITS } from '../../core/limits.ts';
import type { RememberedTransfer } from '../../core/ports/engine.ts';
import { type Row, type SqlType, typeName, type Value } from '../../core/types.ts';
import { type Program, type TransferPlan, transferPlans } from '../../language/plan.ts';
import type { StateKey } from '../state/keyed-state.ts';
import type { TableRuntime } from '../stream/pipeline.ts';
import { accountsOf, askedBy, type TransferMemory } from './transfer-memory.ts';

/** What a transfer does to its two rows. */
export interface Movement {
  readonly from: { readonly row: Row; readonly old: Row };
  readonly to: { readonly row: Row; readonly old: Row };
}

/** What becomes of a transfer. */
export type Judgement =
  /** It was judged before; `of` says how. */
  | { readonly kind: 'repeated'; readonly of: RememberedTransfer }
  /** It is not judged at all: sent again, it may be. */
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  /** Judged, and nothing is moved; or moved. To be remembered either way. */
  | ({ readonly kind: 'judged'; readonly code: ErrorCode | null; readonly movement: Movement | null } & {
      readonly fromBalance: Integer | null;
      readonly toBalance: Integer | null;
    });

/** A transfer that was judged anew. */
export type Judged = Extract<Judgement, { kind: 'judged' }>;

/** Judges the transfers over one column of a table. */
export class TransferJudge {
  readonly plan: TransferPlan;
  readonly table: TableRuntime;
  readonly #memory: TransferMemory;
  /** Balances are below it. */
  readonly #limit: Integer | null;

  constructor(plan: TransferPlan, table: TableRuntime, memory: TransferMemory) {
    this.plan = plan;
    this.table = table;
    this.#memory = memory;
    const moved = plan.columns.slice(0, 2 * plan.keyWidth + 1);
    memory.fit(plan.name, moved.map(({ type }) => typeName(type)).join(' '));
    this.#limit = limitOf(plan.columns[2 * plan.keyWidth]?.type ?? { kind: 'null' });
  }

  /** `row` is of the plan's columns and arrives at `arrivalMicros`; a rule's has no idempotency key. Changes nothing. */
  judge(row: Row, arrivalMicros: number): Judgement {
    const { idempotencyKey, issuedAt } = askedBy(row);
    if (idempotencyKey !== null) {
      const known = this.#memory.find(this.plan.name, idempotencyKey);
      if (known !== null) {
        return isSame(known.row, row)
          ? { kind: 'repeated', of: known }
          : { kind: 'refused', code: 'IDEMPOTENCY_KEY_REUSED' };
      }
      const { length } = idempotencyKey;
      if (length < 1 || length > LIMITS.idempotencyKeyCharsMax)
        return { kind: 'refused', code: 'IDEMPOTENCY_KEY_INVALID' };
    }
    if (issuedAt !== null) {
      if (issuedAt > arrivalMicros + LIMITS.transferAheadMs * 1000)
        return { kind: 'refused', code: 'TRANSFER_AHEAD' };
      if (issuedAt <= this.#memory.forgottenIssued(this.plan.name))
        return { kind: 'refused', code: 'TRANSFER_TOO_OLD' };
    }
    const [from, to] = accountsOf(row);
    return this.#weigh(from, to, row[2 * this.plan.keyWidth] as Integer | null);
  }

  /** Remembers a transfer that was judged; `position` is the log's with it. */
  remember(row: Row, { code, fromBalance, toBalance }: Judged, position: number): RememberedTransfer {
    const told = { relation: this.plan.name, row, code, position, fromBalance, toBalance };
    return this.#memory.remember(told, askedBy(row).idempotencyKey, ...accountsOf(row));
  }

  #weigh(from: StateKey, to: StateKey, amount: Integer | null): Judgement {
    const { column } = this.plan;
    const fromRow = this.table.state.find(from);
    const toRow = this.table.state.find(to);
    const fromBalance = (fromRow?.[column] ?? null) as Integer | null;
    const toBalance = (toRow?.[column] ?? null) as Integer | null;
    const declined = (code: ErrorCode): Judgement => ({
      kind: 'judged',
      code,
      movement: null,
      fromBalance,
      toBalance,
    });
    if (amount === null || amount <= 0) return declined('TRANSFER_AMOUNT_INVALID');
    if (from === to) return declined('TRANSFER_TO_ITSELF');
    if (fromRow === null || toRow === null) return declined('TRANSFER_ROW_UNKNOWN');
    if (fromBalance === null || toBalance === null) return declined('TRANSFER_BALANCE_NULL');
    const left = subtract(fromBalance, amount);
    if (left < 0) return declined('TRANSFER_INSUFFICIENT');
    const more = add(toBalance, amount);
    if (this.#limit !== null && more >= this.#limit) return declined('TRANSFER_OVERFLOW');
    const movement = {
      from: { row: this.#withBalance(fromRow, left), old: fromRow },
      to: { row: this.#withBalance(toRow, more), old: toRow },
    };
    return { kind: 'judged', code: null, movement, fromBalance: left, toBalance: more };
  }

  /** The row with another balance; columns that are generated from it follow. */
  #withBalance(row: Row, balance: Integer): Row {
    const changed: Value[] = row.slice();
    changed[this.plan.column] = balance;
    const { stored, columns } = this.table.plan;
    if (stored.length === columns.length) return changed;
    return this.table.complete(stored.map((column) => changed[column] ?? null));
  }
}

/** The judges of a program's transfers, by the names of these: the table and the column, with a dot between. */
export function judgesOf(
  program: Program,
  tables: ReadonlyMap<string, TableRuntime>,
  memory: TransferMemory,
): ReadonlyMap<string, TransferJudge> {
  return new Map(
    transferPlans(program).map((plan) => {
      const table = present(tables.get(plan.table), `table ${plan.table}`);
      return [plan.name, new TransferJudge(plan, table, memory)] as const;
    }),
  );
}

/** The least value that a type cannot hold; null for none. */
function limitOf(type: SqlType): Integer | null {
  switch (type.kind) {
    case 'integer':
      return 2_147_483_648;
    case 'bigint':
      return 9_223_372_036_854_775_808n;
    case 'numeric':
      return type.precision === null ? null : powerOfTen(type.precision);
    default:
      return 0;
  }
}

function isSame(a: Row, b: Row): boolean {
  if (a.length !== b.length) return false;
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false;
  return true;
}
