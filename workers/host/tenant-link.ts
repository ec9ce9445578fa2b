import type { Applied } from '../../core/ports/engine.ts';
import type { EngineCall } from './engine-messages.ts';

/** What became of an appended frame, and how long folding it took. */
export interface FoldedReport {
  readonly applied: Applied;
  readonly foldMs: number;
}

/** How a tenant's calls reach its engine. */
export interface TenantLink {
  /** Answers as the engine does; the memory of `moved` goes with the call; `signal` calls it off, where that can be. */
  call(call: EngineCall, moved?: Uint8Array | null, signal?: AbortSignal | null): Promise<unknown>;
  /** Appends a frame: resolves with its offset when it is durable; `folded` is settled after that. */
  append(
    frame: Uint8Array,
    records: number,
  ): { readonly durable: Promise<number>; readonly folded: Promise<FoldedReport> };
}
