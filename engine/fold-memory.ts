import { bytesByPart, type CacheRow, COMPACTION } from '../core/cache-sizes.ts';
import type { MemoryPart, TenantMemory } from '../core/ports/engine.ts';
import { GraphView } from './graph/graph-view.ts';
import type { StatePart } from './state/state-part.ts';

/** Of an entry of a part that tells its entries and not its bytes: a row of a table, a group of a window, a suppressed key. */
const ENTRY_BYTES = 320;

/** Bytes that a fold's parts hold, by graph view and part; of windows, tables and all else about. Cheap, whatever they hold. */
export function memoryOf(parts: Iterable<StatePart>): TenantMemory['items'] {
  const items: TenantMemory['items'][number][] = [];
  let state = 0;
  for (const part of parts) {
    if (!(part instanceof GraphView)) {
      state += bytesOfPart(part.describe());
      continue;
    }
    const rows = part.memoryRows();
    const isCompaction = ({ item }: CacheRow): boolean => item === COMPACTION;
    const held = Object.entries(bytesByPart(rows.filter((row) => !isCompaction(row))));
    const compaction = rows.filter(isCompaction).reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [kind, bytes] of [...held, ['compaction', compaction] as const])
      items.push({ graph: part.plan.name, part: kind as MemoryPart, bytes });
  }
  return [...items, { graph: null, part: 'state', bytes: state }];
}

/**
 * Where memory is short: makes graph views smaller, the one first that gains most, until `isOver`; false where nothing is left to
 * gain. Only between records.
 */
export function relieveViews(views: readonly GraphView[], isOver: () => boolean): boolean {
  do {
    let most: GraphView | null = null;
    for (const view of views) if (view.relievable > (most?.relievable ?? 0)) most = view;
    if (most === null) return false;
    most.relieve(isOver);
  } while (!isOver());
  return true;
}

function bytesOfPart(sizes: Readonly<Record<string, number>>): number {
  if (sizes.bytes !== undefined) return sizes.bytes;
  return ENTRY_BYTES * Object.values(sizes).reduce((sum, count) => sum + count, 0);
}
