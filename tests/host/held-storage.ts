import { MemoryCheckpoints } from '../../adapters/memory/memory-checkpoints.ts';
import { MemoryLog } from '../../adapters/memory/memory-log.ts';
import { RingwatchError } from '../../core/errors.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { EngineStorage, OpenStorage } from '../../workers/host/engine-storage.ts';

/** A log in memory that outlives its owner, whose disk stands still while it is held, and can be made to fail. */
export class HeldLog extends MemoryLog {
  #held: (() => void)[] | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** What the next append fails with. */
  failure: Error | null = null;
  appends = 0;

  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const go of held) go();
  }

  override append(frame: Uint8Array, records: number): Promise<number> {
    this.appends++;
    const done = this.#last.then(async () => {
      if (this.#held !== null) await new Promise<void>((resolve) => this.#held?.push(resolve));
      if (this.failure !== null) throw this.failure;
      return super.append(frame, records);
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  override async close(): Promise<void> {
    await this.#last;
  }
}

class LastingCheckpoints extends MemoryCheckpoints {
  override async close(): Promise<void> {
    // It outlives its owner.
  }
}

/** Storage in memory that outlives the engines. */
export class HeldStorage implements EngineStorage {
  readonly #logs = new Map<TenantId, HeldLog>();
  readonly #checkpoints = new Map<TenantId, MemoryCheckpoints>();
  /** What opening a tenant fails with. */
  readonly failures = new Map<TenantId, Error>();

  logOf(tenant: TenantId): HeldLog {
    const log = this.#logs.get(tenant);
    if (log === undefined) throw new Error(`no log of ${tenant}`);
    return log;
  }

  releaseAll(): void {
    for (const log of this.#logs.values()) log.release();
  }

  async open(tenant: TenantId, create: boolean): Promise<OpenStorage> {
    const failure = this.failures.get(tenant);
    if (failure !== undefined) throw failure;
    if (!this.#logs.has(tenant)) {
      if (!create) throw new RingwatchError('DATA_FOLDER_NOT_FOUND', { path: tenant });
      this.#logs.set(tenant, new HeldLog());
      this.#checkpoints.set(tenant, new LastingCheckpoints());
    }
    const checkpoints = this.#checkpoints.get(tenant) ?? new LastingCheckpoints();
    return {
      log: this.logOf(tenant),
      checkpoints,
      discardedCheckpoint: null,
      close: async () => undefined,
    };
  }

  /** The tenant's next start folds its whole log again. */
  async forgetCheckpoint(tenant: TenantId): Promise<void> {
    await this.#checkpoints.get(tenant)?.clear();
  }

  async remove(tenant: TenantId): Promise<void> {
    this.#logs.delete(tenant);
    this.#checkpoints.delete(tenant);
  }
}
