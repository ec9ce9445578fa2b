import { type CachePart, type CacheRow, COMPACTION } from '../../core/cache-sizes.ts';
import type { ShardSizes } from './delta/shard-generation.ts';

/** What an edge table holds. */
export interface TableToMeasure {
  readonly name: string;
  readonly sizes: ShardSizes;
  /** Of the indexes by key. */
  readonly index: { readonly segment: number; readonly delta: number };
  /** Of what a compaction under way has made and works with. */
  readonly compaction: number;
  /** Of notes beside: what is in the checkpoint, when to compact. */
  readonly notes: number;
  /** What a column of the shard is called. */
  readonly columnName: (shardColumn: string) => string;
}

/** All that an edge table holds, each byte in one row; rows without any are left out. */
export function edgeRows({
  name,
  sizes,
  index,
  compaction,
  notes,
  columnName,
}: TableToMeasure): readonly CacheRow[] {
  const rows: CacheRow[] = [];
  const add = (part: CachePart, item: string, bytes: number): void => {
    if (bytes > 0) rows.push({ table: name, part, item, bytes });
  };
  const { segment } = sizes;
  let inMemory = sizes.deltaColumns + sizes.deltaTexts + sizes.deltaLists + sizes.removed;
  if (segment !== null) {
    const { offsets } = segment;
    add('segment', 'out-lists', segment.out - offsets.out);
    add('segment', 'out-offsets', offsets.out);
    add('segment', 'in-lists', segment.into - offsets.into);
    add('segment', 'in-offsets', offsets.into);
    add('segment', 'owners of edges', segment.owners);
    let columns = 0;
    for (const column of segment.columns) {
      add('segment', columnName(column.name), column.bytes);
      columns += column.bytes;
    }
    add('segment', 'header', segment.total - segment.out - segment.into - segment.owners - columns);
    inMemory += segment.total;
  }
  add('segment', 'dictionaries', sizes.heap.dictionaries);
  add('delta', 'columns', sizes.deltaColumns);
  add('delta', 'texts', sizes.deltaTexts);
  add('delta', 'lists', sizes.deltaLists);
  add('indexes', 'by key, of the segment', index.segment);
  add('indexes', 'by key, of the delta', index.delta);
  add('removed', 'of the segment', sizes.removed);
  add('other', COMPACTION, compaction);
  add('other', 'notes', sizes.heap.others + notes);
  add('other', 'alignment', sizes.total - inMemory);
  add('other', 'free', sizes.memory - sizes.total);
  return rows;
}
