import { assert, present } from '../../../core/assert.ts';
import type { ColumnType } from '../segment/column-input.ts';
import type { EdgesAbout, EdgeSegment } from '../segment/open-edges.ts';

/** A column of a shard's edges. Numbers are whole, as in ColumnInput; `text` and `double` are places in a dictionary. */
export interface ShardColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly scale: number;
}

/** Texts by place: the segment's dictionary, then what came after it. */
export class ShardDictionary {
  readonly texts: string[] = [];
  private readonly places = new Map<string, number>();

  /** The place of a text, new or not. */
  place(text: string): number {
    const known = this.places.get(text);
    if (known !== undefined) return known;
    this.places.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  text(place: number): string {
    return present(this.texts[place]);
  }
}

/** Dictionaries of columns that have one, those of a segment taken over. */
export function dictionariesOf(
  columns: readonly ShardColumn[],
  about: EdgesAbout | null,
): (ShardDictionary | null)[] {
  return columns.map(({ type }, n) => {
    if (type !== 'text' && type !== 'double') return null;
    const dictionary = new ShardDictionary();
    for (const text of about?.columns[n]?.dictionary ?? []) dictionary.place(text);
    return dictionary;
  });
}

/** A segment's columns have to be the shard's. */
export function assertColumns(
  columns: readonly ShardColumn[],
  eventTime: number,
  segment: EdgeSegment,
): void {
  const { about } = segment;
  const isSame =
    about.eventTime === eventTime &&
    about.columns.length === columns.length &&
    about.columns.every(({ name, type, scale }, n) => {
      const column = columns[n];
      return column?.name === name && column.type === type && column.scale === scale;
    });
  assert(isSame, 'a segment has the columns of its shard');
}
