import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { RingwatchError } from '../../core/errors.ts';
import { ProgressBar } from '../console/progress-bar.ts';
import type { Terminal } from '../console/terminal.ts';
import type { TenantSecrets } from './demo-notes.ts';
import { type Latency, latencyOf } from './latency.ts';
import type { Caller, ServiceClient } from '../service-client.ts';
import { type AlertMessage, WebhookInbox } from './webhook-inbox.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

/** Milliseconds between looks how far the service is. */
const LOOK_MS = 200;

/** Milliseconds between looks how much has come. */
const COUNT_MS = 20;

/** Milliseconds without any message after which those that are missing are given up. */
const DELIVERY_PATIENCE_MS = 120_000;

/** What the service says of a tenant. */
export interface TenantFigures {
  /** Records with a position so far. */
  readonly position: number;
  /** Rows with a position, and those that were known already. */
  readonly accepted: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Decisions whose caller was told FALLBACK because the deadline had passed. */
  readonly afterDeadline: number;
  /** By DECISION: how many events had each outcome. */
  readonly decisions: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Alerts that were raised. */
  readonly alerts: number;
}

interface FiguresAnswer {
  readonly health: {
    readonly engine: Readonly<
      Record<'position' | 'accepted' | 'duplicates' | 'refused' | 'afterDeadline' | 'alerts', string>
    > & { readonly decisions: TenantFigures['decisions'] };
  };
}

const FIGURES = `{
  health { engine { position accepted duplicates refused afterDeadline alerts decisions } }
}`;

/** One example's tenant during a run: what was sent, what came to its receiver, and what the service says of both. */
export class ExampleTenant {
  /** Also the name of the example's folder. */
  readonly slug: string;
  readonly inbox: WebhookInbox;
  /** When the first alert of this run came, in milliseconds since the process began. */
  firstAlertMs: number | null = null;
  readonly #sentMs = new Map<string, number>();
  readonly #keyColumn: string;
  readonly #samplesMs: number[] = [];
  /** The newest position before this run. */
  #position = Number.POSITIVE_INFINITY;
  #lastTakenMs = 0;
  readonly #patienceMs: number;

  /**
   * `keyColumn` of the source tells events apart; `patienceMs` is how long deliveries may keep away. Throws FILE_UNREADABLE,
   * FILE_UNWRITABLE.
   */
  constructor(slug: string, folder: string, keyColumn: string, patienceMs = DELIVERY_PATIENCE_MS) {
    this.slug = slug;
    this.#patienceMs = patienceMs;
    this.#keyColumn = keyColumn;
    this.inbox = new WebhookInbox(path.join(folder, 'webhooks.jsonl'));
  }

  /** Takes what the endpoint with this secret is sent. */
  receive(receiver: WebhookReceiver, { webhookSecret }: TenantSecrets): void {
    receiver.route(`/${this.slug}`, {
      inbox: this.inbox,
      secret: webhookSecret,
      onTaken: (message, verifiedMs) => this.#taken(message, verifiedMs),
    });
  }

  /** The alerts of events after this position are of this run. */
  begin({ position }: TenantFigures): void {
    this.#position = position;
  }

  /** The event with this key was sent, or was to be (performance.now()). */
  sent(key: string, atMs: number): void {
    this.#sentMs.set(key, atMs);
  }

  #taken({ data }: AlertMessage, verifiedMs: number): void {
    this.#lastTakenMs = verifiedMs;
    if (data.position <= this.#position) return;
    this.firstAlertMs ??= verifiedMs;
    const sentMs = this.#sentMs.get(String(data.values[this.#keyColumn]));
    if (sentMs !== undefined) this.#samplesMs.push(verifiedMs - sentMs);
  }

  /** From `sent` to the verified alert at the receiver; null where no such alert came. */
  alertLatency(): Latency | null {
    return latencyOf(this.#samplesMs);
  }

  /** How many alerts the queue shows to those who look into it. */
  async queued(client: ServiceClient, caller: Caller): Promise<number> {
    interface Queue {
      readonly alerts: { readonly totalCount: number };
    }
    return (await client.graphql<Queue>(caller, '{ alerts(first: 1) { totalCount } }')).alerts.totalCount;
  }

  /** What the service says now. */
  async figures(client: ServiceClient, caller: Caller): Promise<TenantFigures> {
    const { health } = await client.graphql<FiguresAnswer>(caller, FIGURES);
    const { decisions, ...counts } = health.engine;
    return {
      position: Number(counts.position),
      accepted: Number(counts.accepted),
      duplicates: Number(counts.duplicates),
      refused: Number(counts.refused),
      afterDeadline: Number(counts.afterDeadline),
      alerts: Number(counts.alerts),
      decisions,
    };
  }

  /** Waits until every alert that was raised so far is at the receiver. Throws DELIVERIES_MISSING. */
  async allDelivered(client: ServiceClient, caller: Caller): Promise<TenantFigures> {
    for (;;) {
      const figures = await this.figures(client, caller);
      if (this.inbox.distinct >= figures.alerts) return figures;
      await this.#delivered(figures.alerts, client.signal);
    }
  }

  async #delivered(alerts: number, signal: AbortSignal): Promise<void> {
    const beganMs = performance.now();
    while (this.inbox.distinct < alerts) {
      if (performance.now() - Math.max(beganMs, this.#lastTakenMs) > this.#patienceMs) {
        const missing = alerts - this.inbox.distinct;
        throw new RingwatchError('DELIVERIES_MISSING', { missing, seconds: this.#patienceMs / 1000 });
      }
      await setTimeout(COUNT_MS, null, { signal });
    }
  }

  /** Shows how many of `total` events the service has dealt with since `from`, until the work is done. */
  async showing<T>(
    { client, caller, terminal, from, total }: ProgressOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    const bar = new ProgressBar(terminal, this.slug, performance.now());
    const done = new AbortController();
    const look = async (): Promise<void> => {
      while (!done.signal.aborted) {
        await setTimeout(LOOK_MS, null, { signal: done.signal });
        const { accepted, duplicates } = await this.figures(client, caller);
        const events = Math.min(total, accepted + duplicates - from.accepted - from.duplicates);
        const progress = { done: events, total, events, alerts: this.inbox.distinct };
        if (!done.signal.aborted) bar.update(progress, performance.now());
      }
    };
    // What it cannot see, the work itself says.
    const looking = look().catch(() => undefined);
    try {
      return await work();
    } finally {
      done.abort();
      await looking;
    }
  }
}

interface ProgressOptions {
  readonly client: ServiceClient;
  readonly caller: Caller;
  readonly terminal: Terminal;
  readonly from: TenantFigures;
  readonly total: number;
}
