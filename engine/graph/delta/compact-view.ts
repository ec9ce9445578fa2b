import { assert, present } from '../../../core/assert.ts';
import type { GraphMemory } from '../segment/graph-memory.ts';
import { EdgeSegment } from '../segment/open-edges.ts';
import { SLICE, type Slices } from '../segment/slices.ts';
import { compactEdges, type EdgesToCompact } from './compact-edges.ts';
import { EdgeNumbers } from './edge-numbers.ts';
import type { RemovedEdges } from './removed-edges.ts';
import type { ShardColumn } from './shard-columns.ts';
import { type Generation, largeOf } from './shard-generation.ts';
import { readViewLists } from './view-lists.ts';

const COPIED_AT_ONCE = 1 << 16;
/** Edges that are carried over, or removals that are done again, in one slice. */
const CARRIED_AT_ONCE = SLICE / 4;

/** What a table of edges does about the edges of a compaction. */
export interface CompactionHooks {
  /** As of EdgesToCompact. */
  readonly ordinals: EdgesToCompact['ordinals'];
  /** An edge that came meanwhile has this number from the installation on. */
  readonly carried: (edge: number, number: number, next: Generation) => void;
}

/** What is compacted. */
export interface ViewToCompact {
  readonly generation: Generation;
  readonly columns: readonly ShardColumn[];
  readonly eventTime: number;
  readonly vertices: number;
  /** Edges of the delta below this number are taken into the segment. */
  readonly end: number;
  readonly floor: () => number;
  /** Edges that are removed from now on, in order. */
  readonly removals: readonly number[];
  readonly hooks: CompactionHooks;
  /** A generation with the segment and nothing else, its positions from those before any of `removals`. */
  readonly next: (memory: GraphMemory, segment: EdgeSegment) => Generation;
  readonly memory: () => GraphMemory;
}

/**
 * The generation that follows, in slices: a segment of the edges that are there as it begins, then a delta of those that come while it
 * is made. Edges come and go meanwhile as ever; which of them the segment holds is decided once, by the out-lists, and
 * what is removed afterwards is removed from it, too. When it returns the new generation holds what the old one does.
 */
export function* compactView(view: ViewToCompact): Slices<Generation> {
  const { generation: old } = view;
  const { end } = view;
  const { live, edges: first } = old;
  const isGone = (edge: number): boolean =>
    edge < first ? (old.removed as RemovedEdges).has(edge) : live.isGone(edge - first);
  const lists = { generation: old, vertices: view.vertices, end };
  const { bytes, numbers, columns } = yield* compactEdges({
    columns: view.columns,
    eventTime: view.eventTime,
    vertices: view.vertices,
    // Nothing is let go of while it is compacted.
    numbers: new EdgeNumbers(first + end, first, live.firstHeld),
    out: () => readViewLists(lists, 'out', (edge, time) => time >= view.floor() && !isGone(edge)),
    into: (kept) => readViewLists(lists, 'in', (edge) => kept.of(edge) >= 0),
    cell: (edge, column) =>
      edge < first ? present(old.cells[column], 'a column').cell(edge) : live.value(edge - first, column),
    texts: (column) => old.texts[column] ?? null,
    large: (edge, column) => largeOf(old, edge, column),
    keepsOrder: true,
    ordinals: view.hooks.ordinals,
  });
  const memory = view.memory();
  assert(memory !== old.memory, 'the generation has a memory of its own');
  const address = memory.allocate(bytes.length);
  for (let at = 0; at < bytes.length; at += COPIED_AT_ONCE) {
    memory.u8.set(bytes.subarray(at, at + COPIED_AT_ONCE), address + at);
    yield;
  }
  const next = view.next(memory, new EdgeSegment(memory, bytes, { address, columns }));
  yield* carryOver(view, next, numbers, end);
  return next;
}

/** Until nothing is left that came or went meanwhile. */
function* carryOver(
  { generation: old, columns, floor, removals, hooks }: ViewToCompact,
  next: Generation,
  numbers: EdgeNumbers,
  from: number,
): Slices<void> {
  const { live, edges: first } = old;
  /** By edge of the old delta from `from` on: its number, -1 for none. */
  const carried: number[] = [];
  let done = 0;
  for (;;) {
    for (let n = 0; n < CARRIED_AT_ONCE && from + carried.length < live.count; n++) {
      const edge = from + carried.length;
      const isKept = !live.isGone(edge) && live.time(edge) >= floor();
      carried.push(isKept ? next.edges + carryEdge(columns, old, next, edge) : -1);
      if (isKept) hooks.carried(first + edge, carried[carried.length - 1] as number, next);
    }
    for (let n = 0; n < CARRIED_AT_ONCE && done < removals.length; n++) {
      const edge = removals[done] as number;
      if (edge >= first + from + carried.length) break;
      const number = edge < first + from ? numbers.of(edge) : (carried[edge - first - from] as number);
      if (number >= 0) removeFrom(next, number);
      done++;
    }
    if (from + carried.length === live.count && done === removals.length) return;
    yield;
  }
}

/** The edge goes; nobody opens a position before now. */
function removeFrom({ edges, removed, live }: Generation, number: number): void {
  if (number >= edges) {
    if (!live.isGone(number - edges)) live.remove(number - edges, 0);
  } else if (!(removed as RemovedEdges).has(number)) (removed as RemovedEdges).remove(number, 0);
}

/** Puts an edge of the old delta into the new one; its place there. */
export function carryEdge(
  columns: readonly ShardColumn[],
  old: Generation,
  next: Generation,
  edge: number,
): number {
  const { live } = old;
  const position = live.position(edge) + old.firstPosition - next.firstPosition;
  const values = columns.map((_, column) => {
    const value = live.value(edge, column);
    const texts = next.texts[column] ?? null;
    if (texts === null || Number.isNaN(value)) return value;
    return texts.place(present(old.texts[column]).text(value));
  });
  const number = next.live.insert(
    live.source(edge),
    live.destination(edge),
    live.time(edge),
    position,
    values,
  );
  old.large.forEach((large, column) => {
    const value = large.get(edge);
    if (value !== undefined) present(next.large[column], 'a column').set(number, value);
  });
  return number;
}
