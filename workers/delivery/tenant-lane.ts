import type { TenantId } from '../../core/tenant-id.ts';
import type { AttemptOutcome, DeliveryQueue, DueDelivery } from '../../tenants/delivery-queue.ts';

/** What the loop remembers of a tenant that has something to be sent. */
export class TenantLane {
  readonly tenant: TenantId;
  readonly queue: DeliveryQueue;
  /** Messages that are under way or whose outcome is not stored yet, by endpoint. */
  readonly underWay = new Map<string, Set<string>>();
  /** Outcomes that are to be stored. */
  readonly outcomes: AttemptOutcome[] = [];
  /** When the next message is due, as the last look at the queue found; null: none, or it is being looked. */
  dueMs: number | null = null;
  looking: Promise<void> | null = null;
  lookAgain = false;
  storing: Promise<void> | null = null;
  sending = 0;

  constructor(tenant: TenantId, queue: DeliveryQueue) {
    this.tenant = tenant;
    this.queue = queue;
  }

  begin({ endpointId, id }: DueDelivery): void {
    const ids = this.underWay.get(endpointId) ?? new Set();
    this.underWay.set(endpointId, ids.add(id));
    this.sending++;
  }

  end({ endpointId, id }: Pick<DueDelivery, 'endpointId' | 'id'>): void {
    const ids = this.underWay.get(endpointId);
    ids?.delete(id);
    if (ids?.size === 0) this.underWay.delete(endpointId);
    this.sending--;
  }

  /** Whether nothing is under way or to come. */
  isIdle(): boolean {
    return this.sending === 0 && this.dueMs === null && this.looking === null && this.storing === null;
  }

  /** Resolves when the catalog is not being asked for it any more. */
  async settled(): Promise<void> {
    while (this.looking !== null || this.storing !== null) await Promise.all([this.looking, this.storing]);
  }
}
