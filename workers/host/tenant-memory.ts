import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ColdStore } from '../../core/ports/cold-store.ts';
import type { TenantMemory } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { Fold } from '../../engine/fold.ts';
import type { ColdSegment } from '../../engine/graph/edge-table.ts';
import type { Turns } from '../stream/turns.ts';
import type { MemoryBudget } from './memory-budget.ts';

export interface TenantMemoryOptions {
  readonly tenant: TenantId;
  readonly budget: MemoryBudget;
  /** The fold's turns: what makes it smaller goes between its records. */
  readonly turns: Turns;
  /** Lets go of what can be made again, such as copies for queries. */
  readonly letGo: () => void;
  /** Who else may take what in may have changed. */
  readonly othersJudged: () => void;
  readonly tell: (memory: TenantMemory | null) => void;
  /** A segment cannot be had back from disk: the fold is of no use. */
  readonly failed: (error: unknown) => void;
  /** Milliseconds that nobody has read a segment after which it may go to disk. */
  readonly coldAfterMs: number;
}

/** Measuring takes at most one part in so many of the time, and is not done more often than after so many milliseconds. */
const MEASURE_SHARE = 50;
const MEASURE_MS = 20;
/** After a segment could not be written none is for so many milliseconds. */
const WRITE_AGAIN_MS = 30_000;
/** After everything was made as small as it gets: so many milliseconds, or until it has grown by that factor. */
const RELIEVE_AGAIN_MS = 5_000;
const GROWTH = 1.02;
/** What is held is told after so many milliseconds at the latest, and at once where it is short or is so no more. */
const TELL_MS = 1_000;

/**
 * What one tenant's fold holds in memory: measured as it grows, told to the gateway, and made smaller where it comes near
 * its limit. Nothing here changes an answer: graph views answer the same before and after a compaction.
 */
export class FoldMemory {
  readonly #options: TenantMemoryOptions;
  #fold: Fold | null = null;
  #cold: ColdStore | null = null;
  /** Until then nothing is written to disk, where that has failed. */
  #coldFromMs = 0;
  #items: TenantMemory['items'] = [];
  #bytes = 0;
  #measureAtMs = 0;
  #toldMs = Number.NEGATIVE_INFINITY;
  #told = '';
  #isRelieving = false;
  /** Ends with the segment that is being written to disk. */
  #written: Promise<void> = Promise.resolve();
  /** Whether what can be made again has been let go of since it is pressed. */
  #isPressed = false;
  /** Until then nothing is made smaller unless more has come: so much was left. */
  #againAtMs = Number.NEGATIVE_INFINITY;
  #leftBytes = 0;

  constructor(options: TenantMemoryOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is being written to disk; after `follow(null)` nothing more is. */
  get written(): Promise<void> {
    return this.#written;
  }

  /** The fold that is measured from now on; null: there is none, and it holds nothing. `cold`: where its segments may go. */
  follow(fold: Fold | null, cold: ColdStore | null = null): void {
    this.#fold = fold;
    this.#cold = cold;
    this.#measureAtMs = 0;
    if (fold !== null) {
      this.measure();
      return;
    }
    const { tenant, budget, othersJudged, tell } = this.#options;
    this.#items = [];
    this.#bytes = 0;
    this.#told = '';
    tell(null);
    if (budget.measured(tenant, 0)) othersJudged();
  }

  /** Measures, unless that was done just now. */
  measure(): void {
    const fold = this.#fold;
    const startedMs = performance.now();
    if (fold === null || startedMs < this.#measureAtMs) return;
    this.#items = fold.memory();
    this.#bytes = this.#items.reduce((sum, { part, bytes }) => sum + (part === 'compaction' ? 0 : bytes), 0);
    const endedMs = performance.now();
    this.#measureAtMs = endedMs + Math.max(MEASURE_MS, MEASURE_SHARE * (endedMs - startedMs));
    const { tenant, budget, othersJudged } = this.#options;
    const concernsOthers = budget.measured(tenant, this.#bytes);
    this.judge();
    if (concernsOthers) othersJudged();
  }

  /** Tells what is held where that is news, and begins to make it smaller where that is due. */
  judge(): void {
    const fold = this.#fold;
    if (fold === null) return;
    const { tenant, budget, tell } = this.#options;
    const { pressed, ...verdict } = budget.verdict(tenant);
    const nowMs = performance.now();
    const standing = `${verdict.short} ${verdict.spent} ${verdict.limit}`;
    const isDue = nowMs - this.#toldMs >= TELL_MS && this.#told !== `${standing} ${this.#bytes}`;
    if (isDue || !this.#told.startsWith(`${standing} `)) {
      this.#toldMs = nowMs;
      this.#told = `${standing} ${this.#bytes}`;
      tell({ bytes: this.#bytes, items: this.#items, ...verdict });
    }
    if (!pressed) this.#isPressed = false;
    else if (!this.#isRelieving && !this.#wasInVain(nowMs)) {
      this.#isRelieving = true;
      void this.#relieve(fold).catch((error: unknown) => this.#options.failed(error));
    }
  }

  /** Whether nothing could be made smaller a little before, and not much has come since. */
  #wasInVain(nowMs: number): boolean {
    return nowMs < this.#againAtMs && this.#bytes < GROWTH * this.#leftBytes;
  }

  /** Turn by turn, until nothing is left to gain or there is room again. */
  async #relieve(fold: Fold): Promise<void> {
    const { tenant, budget, turns, letGo } = this.#options;
    // Once: queries that come go on, each with a copy to make otherwise.
    if (!this.#isPressed) letGo();
    this.#isPressed = true;
    try {
      for (let isLeft = true; isLeft && this.#fold === fold && budget.verdict(tenant).pressed; ) {
        await turns.take(false, (endMs) => {
          isLeft = this.#fold === fold && fold.relieve(() => performance.now() >= endMs);
        });
        this.measure();
      }
      while (this.#fold === fold && budget.verdict(tenant).pressed && (await this.#putAside(fold))) {
        this.#measureAtMs = 0;
        this.measure();
      }
    } finally {
      this.#isRelieving = false;
    }
    this.#againAtMs = performance.now() + RELIEVE_AGAIN_MS;
    this.#leftBytes = this.#bytes;
    this.#measureAtMs = 0;
  }

  /**
   * Writes the segment to disk that is least worth its memory, by bytes times the time that nobody has read it, and gives its
   * memory back; false where there is none. It is written beside the fold, from where it lies.
   */
  async #putAside(fold: Fold): Promise<boolean> {
    const { turns, coldAfterMs } = this.#options;
    const cold = this.#cold;
    if (cold === null || performance.now() < this.#coldFromMs) return false;
    let least: (ColdSegment & { readonly name: string }) | null = null;
    await turns.take(false, () => {
      if (this.#fold !== fold) return;
      for (const one of coldSegments(fold)) {
        if (one.idleMs < coldAfterMs || one.bytes.length > LIMITS.coldSegmentBytesMax) continue;
        if (least === null || one.bytes.length * one.idleMs > least.bytes.length * least.idleMs) least = one;
      }
    });
    const chosen = least as (ColdSegment & { readonly name: string }) | null;
    if (chosen === null || this.#fold !== fold) return false;
    const writing = cold.write(chosen.name, chosen.bytes);
    this.#written = writing.catch(() => undefined);
    try {
      await writing;
    } catch (error) {
      if (!(error instanceof RingwatchError)) throw error;
      // It stays in memory; rows are refused where that is too much, which is told.
      this.#coldFromMs = performance.now() + WRITE_AGAIN_MS;
      return false;
    }
    await turns.take(false, () => {
      if (this.#fold === fold) chosen.rest((into) => cold.read(chosen.name, into));
    });
    return true;
  }
}

function* coldSegments(fold: Fold): IterableIterator<ColdSegment & { readonly name: string }> {
  const nowMs = performance.now();
  for (const { name } of fold.program.graphs) {
    const view = fold.graph(name);
    if (view !== null) yield* view.coldSegments(nowMs);
  }
}
