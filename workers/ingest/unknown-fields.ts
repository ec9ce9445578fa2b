import { LIMITS } from '../../core/limits.ts';

/** Counts the fields that no column reads: by name, in how many rows taken. Beyond the limit new names are not told apart. */
export class UnknownFields {
  readonly #counts = new Map<string, number>();
  /** Rows with the very same fields, which is what CSV has throughout, are counted once for all. */
  #same: readonly string[] = [];
  #sameRows = 0;

  /** Goes on from counts recorded before. */
  constructor(counts: Readonly<Record<string, number>> = {}) {
    for (const [name, rows] of Object.entries(counts)) this.#counts.set(name, rows);
  }

  /** One row more, with these fields unknown. */
  count(names: readonly string[]): void {
    if (names.length === 0) return;
    if (names !== this.#same) {
      this.#settle();
      this.#same = names;
    }
    this.#sameRows++;
  }

  /** The counts so far, null for none. Names beyond LIMITS.unknownFieldsMax are counted under ''. */
  counts(): Record<string, number> | null {
    this.#settle();
    return this.#counts.size === 0 ? null : Object.fromEntries(this.#counts);
  }

  #settle(): void {
    if (this.#sameRows > 0) for (const name of this.#same) this.#add(name, this.#sameRows);
    this.#sameRows = 0;
  }

  #add(name: string, rows: number): void {
    const known = this.#counts.get(name);
    if (known !== undefined) this.#counts.set(name, known + rows);
    else if (this.#counts.size < LIMITS.unknownFieldsMax) this.#counts.set(name, rows);
    else this.#counts.set('', (this.#counts.get('') ?? 0) + rows);
  }
}
