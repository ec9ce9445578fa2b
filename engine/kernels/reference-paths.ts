import { present } from '../../core/assert.ts';
import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import { BoundedPaths } from './bounded-paths.ts';
import { HopSource } from './hop-source.ts';
import {
  BUDGET_SPENT,
  DONE,
  PATHS_BELOW,
  PATHS_BUDGET,
  PATHS_FOUND,
  PATHS_FOUND_COUNT,
  PATHS_FOUND_ROOM,
  PATHS_HOPS,
  PATHS_LOWEST,
  PATHS_MAX,
  PATHS_MIN,
  PATHS_OPPOSITE,
  PATHS_SOURCE,
  PATHS_START,
  PATHS_TARGET,
  ROOM_SPENT,
  SOURCE_FLOOR,
} from './memory-layout.ts';
import type { ReferenceSources } from './reference-sources.ts';
import { SourceLists } from './source-lists.ts';
import { TemporalPaths, type WalkedLists } from './temporal-paths.ts';
import { WorkBudget } from './work-budget.ts';

/**
 * Searches for paths in plain TypeScript: TemporalPaths and BoundedPaths, which say what a path is, over the lists of sources.
 * The reference of engine/kernels/assembly/temporal-paths.ts and bounded-paths.ts.
 */
export class ReferencePaths {
  private readonly memory: GraphMemory;
  private readonly sources: ReferenceSources;

  constructor(memory: GraphMemory, sources: ReferenceSources) {
    this.memory = memory;
    this.sources = sources;
  }

  pathsBack(record: number): number {
    const { walked, opposite, accepts, release } = this.read(record);
    const budget = new WorkBudget(this.word(record + PATHS_BUDGET));
    const max = this.word(record + PATHS_MAX);
    const found: number[] = [];
    const search = new TemporalPaths(max, walked, opposite, accepts, budget, (hops) =>
      found.push(hops, ...search.edges.subarray(0, hops)),
    );
    Object.assign(search.query, {
      ...this.query(record),
      lowest: this.float(record + PATHS_LOWEST),
      below: this.float(record + PATHS_BELOW),
    });
    search.runBackward();
    release();
    return this.finish(record, found, budget);
  }

  pathsBetween(record: number): number {
    const { walked, opposite, accepts, release } = this.read(record);
    const budget = new WorkBudget(this.word(record + PATHS_BUDGET), this.word(record + PATHS_HOPS));
    const found: number[] = [];
    const options = { accepts, mergedBy: null };
    const search = new BoundedPaths(
      new HopSource(walked, options, budget),
      new HopSource(opposite, options, budget),
      null,
      budget,
      (hops) => found.push(hops, ...(search.edges.slice(0, hops) as number[])),
    );
    Object.assign(search.query, this.query(record));
    search.run();
    release();
    return this.finish(record, budget.stopped ? [] : found, budget);
  }

  private query(record: number): { start: number; target: number; min: number; max: number; distinct: true } {
    return {
      start: this.word(record + PATHS_START),
      target: this.word(record + PATHS_TARGET),
      min: this.word(record + PATHS_MIN),
      max: this.word(record + PATHS_MAX),
      distinct: true,
    };
  }

  private read(record: number): {
    readonly walked: WalkedLists[];
    readonly opposite: WalkedLists[];
    readonly accepts: (edge: number) => boolean;
    readonly release: () => void;
  } {
    const source = this.word(record + PATHS_SOURCE);
    const lists = [source, this.word(record + PATHS_OPPOSITE)].map(
      (address) => new SourceLists(this.memory, this.sources, address),
    );
    const walk = (each: SourceLists | undefined): WalkedLists[] => [
      { lists: present(each), floor: () => this.float(source + SOURCE_FLOOR), skipLoops: false },
    ];
    const [walked, opposite] = [walk(lists[0]), walk(lists[1])];
    return {
      walked,
      opposite,
      accepts: (edge) => this.sources.passesSource(source, edge),
      release: () => {
        for (const each of lists) each.release();
      },
    };
  }

  private finish(record: number, found: readonly number[], budget: WorkBudget): number {
    if (found.length > this.word(record + PATHS_FOUND_ROOM)) return ROOM_SPENT;
    const at = this.word(record + PATHS_FOUND);
    found.forEach((word, n) => {
      this.memory.view.setUint32(at + 4 * n, word, true);
    });
    this.memory.view.setUint32(record + PATHS_FOUND_COUNT, found.length, true);
    this.memory.view.setUint32(record + PATHS_BUDGET, budget.stopped ? 0 : budget.left, true);
    return budget.stopped ? BUDGET_SPENT : DONE;
  }

  private word(address: number): number {
    return this.memory.view.getUint32(address, true);
  }

  private float(address: number): number {
    return this.memory.view.getFloat64(address, true);
  }
}
