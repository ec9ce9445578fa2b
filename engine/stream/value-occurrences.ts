import type { Value } from '../../core/types.ts';
import { type DistinctColumn, GONE, NEVER, NO_VALUE } from './distinct-column.ts';
import type { OverRows } from './over-rows.ts';
import { SlotOrder } from './slot-order.ts';

/**
 * Where each value of a column stands in one partition, so that each row knows when its value last came before it: of
 * the rows of a frame those count as different whose value came last before the frame. `moved` is told of rows for
 * which that changes.
 */
export class ValueOccurrences {
  readonly #rows: OverRows;
  readonly #column: DistinctColumn;
  readonly #isKnown: (value: NonNullable<Value>) => boolean;
  readonly #moved: (slot: number, before: number, after: number) => void;
  /** A slot, or several in order. */
  readonly #byValue = new Map<NonNullable<Value>, number | SlotOrder<never>>();

  /** `isKnown`: whether rows that are gone had the value. */
  constructor(
    rows: OverRows,
    column: DistinctColumn,
    isKnown: (value: NonNullable<Value>) => boolean,
    moved: (slot: number, before: number, after: number) => void,
  ) {
    this.#rows = rows;
    this.#column = column;
    this.#isKnown = isKnown;
    this.#moved = moved;
  }

  /** A row that has come, its value set. */
  add(slot: number): void {
    const { previous, input } = this.#column;
    const value = input.get(slot);
    if (value === null) {
      previous[slot] = NO_VALUE;
      return;
    }
    const order = this.#take(value, slot);
    const before = order === null ? -1 : order.before(slot);
    const after = order === null ? -1 : order.after(slot);
    if (before >= 0) previous[slot] = this.#rows.timeOf(before);
    else previous[slot] = this.#isKnown(value) ? GONE : NEVER;
    if (after >= 0) this.#move(after, this.#rows.timeOf(slot));
  }

  /** A row is about to leave. `forgotten`: its value is still known. */
  remove(slot: number, forgotten: boolean): void {
    const { previous, input } = this.#column;
    const value = input.get(slot);
    if (value === null) return;
    const order = this.#byValue.get(value);
    if (order === undefined || typeof order === 'number') {
      this.#byValue.delete(value);
      return;
    }
    const before = order.before(slot);
    const after = order.after(slot);
    order.remove(slot);
    if (forgotten) {
      // Rows that are older and still there come after the one that is gone.
      const first = order.blocks[0]?.slots[0] as number;
      if (previous[first] === NEVER) this.#move(first, GONE);
    } else if (after >= 0) {
      this.#move(after, before >= 0 ? this.#rows.timeOf(before) : (previous[slot] as number));
    }
    if (order.size === 1) this.#byValue.set(value, order.blocks[0]?.slots[0] as number);
  }

  /** Puts the row among those of its value; null where it is the only one. */
  #take(value: NonNullable<Value>, slot: number): SlotOrder<never> | null {
    const known = this.#byValue.get(value);
    if (known === undefined) {
      this.#byValue.set(value, slot);
      return null;
    }
    let order: SlotOrder<never>;
    if (typeof known === 'number') {
      order = new SlotOrder<never>(this.#rows);
      order.append(known);
      this.#byValue.set(value, order);
    } else order = known;
    order.insert(slot);
    return order;
  }

  #move(slot: number, time: number): void {
    const { previous } = this.#column;
    const before = previous[slot] as number;
    if (before === time) return;
    previous[slot] = time;
    this.#moved(slot, before, time);
  }
}
