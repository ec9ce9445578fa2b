import type { Row } from '../../core/types.ts';
import type { StateKey } from '../state/keyed-state.ts';
import { rowKey } from '../state/row-key.ts';

const NONE: ReadonlySet<StateKey> = new Set();

/** Keys of a table's rows by the values of other columns. Rows with a NULL there are in no index. */
export class TableIndex {
  readonly #columns: readonly number[];
  readonly #keys = new Map<StateKey, Set<StateKey>>();

  constructor(columns: readonly number[]) {
    this.#columns = columns;
  }

  keysOf(values: StateKey): ReadonlySet<StateKey> {
    return this.#keys.get(values) ?? NONE;
  }

  add(row: Row, key: StateKey): void {
    const values = rowKey(row, this.#columns);
    if (values === null) return;
    const known = this.#keys.get(values);
    if (known === undefined) this.#keys.set(values, new Set([key]));
    else known.add(key);
  }

  remove(row: Row, key: StateKey): void {
    const values = rowKey(row, this.#columns);
    if (values === null) return;
    const known = this.#keys.get(values);
    if (known === undefined) return;
    known.delete(key);
    if (known.size === 0) this.#keys.delete(values);
  }

  clear(): void {
    this.#keys.clear();
  }
}
