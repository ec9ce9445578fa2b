import type { RelationPlan } from '../../language/plan.ts';

/** How a field's name fits a column's: but for the case of its letters, or letter by letter. */
export const FOLDED = 1;
export const EXACT = 2;

/** The columns that a field of the input is read into. */
export interface FieldMatch {
  /** Numbers of stored columns, ascending. */
  readonly columns: readonly number[];
  readonly rank: typeof EXACT | typeof FOLDED;
}

/** Names remembered that are not quite a column's, at most: beyond, each is looked at anew. */
const REMEMBERED_MAX = 1000;

/**
 * Which field of the input feeds which stored column. A column has the field of its own name, with letter case ignored
 * where the definition did not quote it, or the one of `FROM 'field'`, letter by letter. An exact name goes before
 * one that differs in case. Names are only ever keys of maps: `__proto__` and `constructor` are fields like any other.
 */
export class FieldNames {
  readonly #exact = new Map<string, FieldMatch>();
  readonly #folded = new Map<string, FieldMatch>();
  readonly #remembered = new Map<string, FieldMatch | null>();

  constructor(plan: RelationPlan) {
    const exact = new Map<string, number[]>();
    const folded = new Map<string, number[]>();
    plan.stored.forEach((index, stored) => {
      const field = plan.fields[index] ?? '';
      push(exact, field, stored);
      if (field === plan.columns[index]?.name && field === foldAscii(field)) push(folded, field, stored);
    });
    for (const [name, columns] of exact) this.#exact.set(name, { columns, rank: EXACT });
    for (const [name, columns] of folded) this.#folded.set(name, { columns, rank: FOLDED });
  }

  /** The columns that the field feeds, or null for an unknown one. */
  match(name: string): FieldMatch | null {
    const exact = this.#exact.get(name);
    if (exact !== undefined) return exact;
    const remembered = this.#remembered.get(name);
    if (remembered !== undefined) return remembered;
    const found = this.#folded.get(foldAscii(name)) ?? null;
    if (this.#remembered.size < REMEMBERED_MAX) this.#remembered.set(name, found);
    return found;
  }

  /** The fields that are looked for, in column order. */
  names(): string[] {
    return [...this.#exact.keys()];
  }
}

function push(map: Map<string, number[]>, name: string, column: number): void {
  const known = map.get(name);
  if (known === undefined) map.set(name, [column]);
  else known.push(column);
}

/** Letters A to Z to lower case, as the language folds names. */
function foldAscii(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
