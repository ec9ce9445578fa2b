import type { Checkpoints } from '../../core/ports/checkpoints.ts';
import type { ColdStore } from '../../core/ports/cold-store.ts';
import type { TenantLog } from '../../core/ports/tenant-log.ts';
import type { TenantId } from '../../core/tenant-id.ts';

/** A tenant's log and checkpoints, open. */
export interface OpenStorage {
  readonly log: TenantLog;
  readonly checkpoints: Checkpoints;
  /** Why a checkpoint that was there has been thrown away, or null. */
  readonly discardedCheckpoint: string | null;
  /** Where segments go that nobody reads; without it they stay in memory. */
  readonly cold?: ColdStore;
  /** Closes what is still open, and lets others have it. */
  close(): Promise<void>;
}

/** Where tenants' data is kept. */
export interface EngineStorage {
  /** Opens what is there; with `create` it is made first, durably. Throws DATA_FOLDER_NOT_FOUND, and what opening throws. */
  open(tenant: TenantId, create: boolean): Promise<OpenStorage>;
  /** Deletes the data of a tenant that is closed. */
  remove(tenant: TenantId): Promise<void>;
}
