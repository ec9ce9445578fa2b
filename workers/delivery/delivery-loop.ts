import type { Clock } from '../../core/clock.ts';
import type { MessageSender } from '../../core/ports/message-sender.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { AttemptOutcome, DeliveryQueues, DueDelivery } from '../../tenants/delivery-queue.ts';
import { type AttemptContext, attemptDelivery } from './attempt-delivery.ts';
import { DELIVERY_POLICY, type DeliveryPolicy } from './delivery-policy.ts';
import { TenantLane } from './tenant-lane.ts';

export interface DeliveryLoopOptions {
  readonly queues: DeliveryQueues;
  readonly sender: MessageSender;
  readonly clock: Clock;
  /** From 0 to 1: what jitter is made of. */
  readonly random: () => number;
  readonly userAgent: string;
  readonly policy?: Partial<DeliveryPolicy>;
  /**
   * Milliseconds between looks at what all tenants have due, where other processes send from the same queues: what one that ended
   * had on its way is found so. None without it.
   */
  readonly lookMs?: number;
  /** Hears of outcomes once they are durable. Must not throw. */
  readonly onOutcomes?: (tenant: TenantId, outcomes: readonly AttemptOutcome[]) => void;
  /** Hears of a catalog that failed; it is asked again. Must not throw. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Sends what is due, of all tenants. Nothing is polled: a tenant is looked at when it is woken, when the next of its messages
 * is due, and when one that was under way has ended. Each endpoint has its own few places, so that one that hangs holds up
 * no other; a tenant and the whole have theirs, given out in turn. What an attempt came to is stored before its place is
 * free: a process that is killed has sent at most what was under way, and sends it again, under the same ids.
 *
 * The messages of an endpoint go out in the order in which they came up, several at once; one that has to be repeated
 * comes later than those behind it. Receivers that need an order take the alerts' `position`.
 */
export class DeliveryLoop {
  readonly #options: DeliveryLoopOptions;
  readonly #policy: DeliveryPolicy;
  readonly #attempts: AttemptContext;
  readonly #lanes = new Map<TenantId, TenantLane>();
  /** Lanes that found no place free, in the order in which they asked. */
  readonly #waiting = new Set<TenantLane>();
  /** Messages under way, and places held for a look at a queue. */
  #sending = 0;
  #held = 0;
  #timer: { readonly atMs: number; readonly cancel: () => void } | null = null;
  #lookAround: (() => void) | null = null;
  #phase: 'waiting' | 'running' | 'stopping' | 'cut' = 'waiting';
  #idle: (() => void) | null = null;
  /** What waits for a catalog that failed; the end of the loop ends it too. */
  readonly #pauses = new Set<() => void>();

  constructor(options: DeliveryLoopOptions) {
    const { sender, clock, random, userAgent } = options;
    this.#options = options;
    this.#policy = { ...DELIVERY_POLICY, ...options.policy };
    this.#attempts = { sender, policy: this.#policy, nowMs: () => clock.nowMs(), random, userAgent };
  }

  /** Begins, with whatever is waiting in the catalog. */
  async start(): Promise<void> {
    this.#phase = 'running';
    await this.#findDue();
    this.#armLook();
  }

  /** Something of the tenant may be due, or its endpoints have changed. */
  wake(tenant: TenantId): void {
    if (this.#phase === 'running') void this.#look(this.#lane(tenant));
  }

  /** Messages that are under way, for a gauge. */
  get sending(): number {
    return this.#sending;
  }

  /**
   * Begins nothing more, and waits for what is under way and for its outcomes to be stored. What takes longer than the policy says
   * is broken off and leaves no trace: it is sent again after the next start.
   */
  async close(): Promise<void> {
    if (this.#phase === 'cut') return;
    this.#phase = 'stopping';
    this.#timer?.cancel();
    this.#lookAround?.();
    let cancel = (): void => undefined;
    const drained = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.at(this.#options.clock.nowMs() + this.#policy.stopMs, resolve);
    });
    this.#tellIdle();
    await Promise.race([drained, late]);
    cancel();
    this.#phase = 'cut';
    for (const end of this.#pauses) end();
    await this.#options.sender.close();
    await Promise.all([...this.#lanes.values()].map((lane) => lane.settled()));
  }

  async #findDue(): Promise<void> {
    for (const { tenant, dueMs } of await this.#options.queues.waiting()) {
      const lane = this.#lane(tenant);
      lane.dueMs = Math.min(dueMs, lane.dueMs ?? dueMs);
    }
    this.#arm();
  }

  #armLook(): void {
    const { lookMs, clock, onError } = this.#options;
    if (lookMs === undefined || this.#phase !== 'running') return;
    this.#lookAround = clock.at(clock.nowMs() + lookMs, () => {
      this.#findDue()
        .catch((error: unknown) => onError?.(error))
        .finally(() => this.#armLook());
    });
  }

  #lane(tenant: TenantId): TenantLane {
    const known = this.#lanes.get(tenant);
    if (known !== undefined) return known;
    const lane = new TenantLane(tenant, this.#options.queues.of(tenant));
    this.#lanes.set(tenant, lane);
    return lane;
  }

  /** Begins what is due of a tenant and has a place. */
  async #look(lane: TenantLane): Promise<void> {
    if (lane.looking !== null) {
      lane.lookAgain = true;
      return;
    }
    lane.looking = this.#lookOnce(lane);
    await lane.looking;
    lane.looking = null;
    if (lane.lookAgain && this.#phase === 'running') {
      lane.lookAgain = false;
      return await this.#look(lane);
    }
    if (lane.isIdle() && !this.#waiting.has(lane)) this.#lanes.delete(lane.tenant);
    this.#arm();
    this.#tellIdle();
  }

  async #lookOnce(lane: TenantLane): Promise<void> {
    if (this.#phase !== 'running') return;
    const { sendsMax, sendsPerTenantMax, catalogPauseMs } = this.#policy;
    const free = sendsMax - this.#sending - this.#held;
    const limit = Math.min(free, sendsPerTenantMax - lane.sending);
    if (free <= 0) this.#waiting.add(lane);
    if (limit <= 0) return;
    const nowMs = this.#options.clock.nowMs();
    this.#held += limit;
    try {
      const { deliveries, nextDueMs } = await lane.queue.due({ nowMs, underWay: lane.underWay, limit });
      lane.dueMs = nextDueMs;
      if (deliveries.length === limit && limit === free) this.#waiting.add(lane);
      this.#held -= limit;
      if (this.#phase === 'running') for (const delivery of deliveries) this.#send(lane, delivery);
    } catch (error) {
      this.#held -= limit;
      lane.dueMs = nowMs + catalogPauseMs;
      this.#options.onError?.(error);
    }
    this.#giveOut();
  }

  #send(lane: TenantLane, delivery: DueDelivery): void {
    lane.begin(delivery);
    this.#sending++;
    void attemptDelivery(delivery, this.#attempts).then((outcome) => {
      // What was broken off says nothing of the receiver.
      if (this.#phase === 'cut') return;
      lane.outcomes.push(outcome);
      this.#store(lane);
    });
  }

  /** Stores what came of attempts, a transaction for all that have ended meanwhile, and frees their places. */
  #store(lane: TenantLane): void {
    if (lane.storing !== null) return;
    lane.storing = this.#storeAll(lane).finally(() => {
      lane.storing = null;
      if (lane.outcomes.length > 0 && this.#phase !== 'cut') this.#store(lane);
      else if (this.#phase === 'running') void this.#look(lane);
      this.#giveOut();
      this.#tellIdle();
    });
  }

  async #storeAll(lane: TenantLane): Promise<void> {
    const outcomes = lane.outcomes.splice(0);
    while (this.#phase !== 'cut') {
      try {
        await lane.queue.record(outcomes);
        break;
      } catch (error) {
        this.#options.onError?.(error);
        await this.#pause();
      }
    }
    for (const { delivery } of outcomes) lane.end(delivery);
    this.#sending -= outcomes.length;
    if (this.#phase !== 'cut') this.#options.onOutcomes?.(lane.tenant, outcomes);
  }

  /** Lets lanes that wait for a place look again, in turn. */
  #giveOut(): void {
    if (this.#phase !== 'running') return;
    let free = this.#policy.sendsMax - this.#sending - this.#held;
    for (const lane of this.#waiting) {
      if (free <= 0) return;
      this.#waiting.delete(lane);
      free--;
      void this.#look(lane);
    }
  }

  /** Sees to it that the loop is called when the next message is due. */
  #arm(): void {
    if (this.#phase !== 'running') return;
    const due = [...this.#lanes.values()].flatMap(({ dueMs }) => (dueMs === null ? [] : [dueMs]));
    const atMs = due.reduce((first, each) => Math.min(first, each), Number.POSITIVE_INFINITY);
    if (this.#timer !== null && this.#timer.atMs === atMs) return;
    this.#timer?.cancel();
    this.#timer = null;
    if (atMs === Number.POSITIVE_INFINITY) return;
    this.#timer = { atMs, cancel: this.#options.clock.at(atMs, () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = null;
    const nowMs = this.#options.clock.nowMs();
    for (const lane of this.#lanes.values()) {
      if (lane.dueMs === null || lane.dueMs > nowMs) continue;
      lane.dueMs = null;
      void this.#look(lane);
    }
    this.#arm();
  }

  #pause(): Promise<void> {
    const { clock } = this.#options;
    if (this.#phase === 'cut') return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#pauses.delete(end);
        resolve();
      };
      const cancel = clock.at(clock.nowMs() + this.#policy.catalogPauseMs, end);
      this.#pauses.add(end);
    });
  }

  #tellIdle(): void {
    if (this.#phase === 'stopping' && this.#sending === 0) this.#idle?.();
  }
}
