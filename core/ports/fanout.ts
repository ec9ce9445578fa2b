import type { AlertEffect, DecisionEffect } from '../effects.ts';
import type { TenantId } from '../tenant-id.ts';

/** What subscribers hear, by topic. Plain data: it may come from another process. */
export type FanoutMessage =
  /** `raisedAt`: when it was stored, ISO 8601. It is in the catalog by then. */
  | { readonly topic: 'alertRaised'; readonly effect: AlertEffect; readonly raisedAt: string }
  | { readonly topic: 'decisionMade'; readonly effect: DecisionEffect };

export type FanoutTopic = FanoutMessage['topic'];
export type MessageOf<T extends FanoutTopic> = Extract<FanoutMessage, { readonly topic: T }>;

/**
 * Tells whoever listens what has happened in a tenant. Never the truth: what nobody heard is still in the log and the
 * catalog. Publishing never waits for subscribers; one that does not keep up is cut.
 */
export interface Fanout {
  /** Hands the message to the tenant's subscribers of its topic, in call order. Costs next to nothing without any. */
  publish(tenant: TenantId, message: FanoutMessage): void;
  /** Hears what is published from now on. */
  subscribe<T extends FanoutTopic>(tenant: TenantId, topic: T): FanoutSubscription<MessageOf<T>>;
  /** How many listen in this process. */
  subscribers(tenant: TenantId, topic: FanoutTopic): number;
  /** Hears when a tenant's topic gets its first subscriber (true) and loses its last (false), in whichever process. */
  onDemand(listener: (tenant: TenantId, topic: FanoutTopic, wanted: boolean) => void): void;
  /**
   * Tells other processes that tenants, keys or members in the catalog are not as they remember them any more. They look for
   * themselves now and then: where this is lost, they see it later.
   */
  directoryChanged(): void;
  /** Hears that of other processes, and where it may have been missed. */
  onDirectoryChanged(listener: () => void): void;
  /** Ends all subscriptions. */
  close(): Promise<void>;
}

/**
 * One subscriber's queue, of LIMITS.fanoutQueueMax messages and LIMITS.fanoutQueueBytesMax bytes, roughly. Iterating takes them;
 * where the queue is full when another one comes, it is thrown away and iterating throws SUBSCRIBER_TOO_SLOW. Where messages of other
 * processes may have been missed, iterating throws SUBSCRIPTION_INTERRUPTED. One iterator at a time.
 */
export interface FanoutSubscription<M> extends AsyncIterable<M> {
  /** Calls back when the subscriber is cut, also while nobody iterates. */
  onCut(listener: (error: Error) => void): void;
  /** Ends it; iterating ends. */
  cancel(): void;
}
