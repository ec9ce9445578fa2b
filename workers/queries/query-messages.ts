import type { QueryRequest } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { StateEntry } from '../../engine/graph/state-bytes.ts';
import type { Column, GraphPlan } from '../../language/plan.ts';
import type { PackedError } from '../host/engine-messages.ts';

/** What a place that answers queries is told. Each message is carried out before the next is looked at. */
export type ToQueries =
  /** The text in force: what was compiled against another is void. */
  | { readonly kind: 'definitions'; readonly tenant: TenantId; readonly text: string }
  /** A copy of a graph begins, instead of one that is there. */
  | {
      readonly kind: 'graph';
      readonly tenant: TenantId;
      readonly plan: GraphPlan;
      /** Columns of the relations that the plan names. */
      readonly columns: Readonly<Record<string, readonly Column[]>>;
    }
  /** What the graph held when the copy began: all entries, a few at a time. */
  | {
      readonly kind: 'image';
      readonly tenant: TenantId;
      readonly graph: string;
      readonly entries: readonly StateEntry[];
      readonly isLast: boolean;
    }
  /** What has changed in it since (GraphChangeWriter). Answered with `took`. */
  | {
      readonly kind: 'changes';
      readonly tenant: TenantId;
      readonly graph: string;
      readonly bytes: Uint8Array;
    }
  /** All of the tenant's copies go, or the one of a graph. */
  | { readonly kind: 'drop'; readonly tenant: TenantId; readonly graph: string | null }
  /** Answers on the copy as it is; `position` is that of the state which it equals. */
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly tenant: TenantId;
      readonly request: QueryRequest;
      readonly position: number;
    };

/** What such a place says. */
export type FromQueries =
  | { readonly kind: 'took'; readonly tenant: TenantId; readonly graph: string; readonly bytes: number }
  /** A QueryAnswer, packed. */
  | { readonly kind: 'answer'; readonly id: number; readonly bytes: Uint8Array }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: PackedError }
  /** The query is about a graph of which there is no copy. */
  | { readonly kind: 'missing'; readonly id: number; readonly graph: string };

/**
 * What the asking side and a query that runs share: `CANCELLED` holds the id of the query that is called off, `VISITED`
 * the edges that the one at hand has visited, `RAN` how many slices of work have been done. 32-bit integers.
 */
export const CONTROL = { cancelled: 0, visited: 1, slices: 2, words: 3 } as const;

/** What a thread that answers queries is made with. */
export interface QueryThreadData {
  readonly control: SharedArrayBuffer;
}
