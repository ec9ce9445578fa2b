import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../core/limits.ts';
import type { Membership } from '../../core/ports/membership.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { KafkaFailure } from './kafka-failure.ts';
import type { KafkaLane } from './kafka-lane.ts';

/** The kind of group: its members share no partitions, they only know each other. */
export const PROTOCOL_TYPE = 'ringwatch';

/** Milliseconds between tries where the coordinator is away. */
const AGAIN_MS = 500;

/** Which group, and who hears of it. */
export interface GroupOptions {
  readonly cluster: KafkaCluster;
  /** Its name, one for an installation. */
  readonly group: string;
  /** Told why the group is not heard of, and null when it is again. */
  readonly onProblem: (reason: string | null) => void;
}

/** A connection to the group's coordinator, and what is done with what it says. */
export interface GroupLane {
  readonly lane: KafkaLane;
  /** Aborted when it is to end. */
  readonly closing: AbortSignal;
  /** All is well: `onProblem` is told so where it was not. */
  readonly works: () => void;
  /** These are the addresses of the workers. */
  readonly know: (addresses: readonly string[]) => void;
}

/**
 * The workers that are in a consumer group of Kafka, as one process knows them: what it hears from the group's coordinator, by one
 * connection after the other, until it is closed.
 */
export class GroupMembership implements Membership {
  readonly #options: GroupOptions;
  readonly #leave: () => Promise<void>;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #listeners: (() => void)[] = [];
  readonly #known: Promise<void>;
  #tellKnown: () => void = () => undefined;
  #workers: readonly string[] = [];
  #problem: string | null = null;
  #closed: Promise<void> | null = null;

  /** `hear`: takes part by a connection, until that fails or is closing; throws KafkaFailure. `leave`: what is done at last. */
  constructor(
    options: GroupOptions,
    hear: (lane: GroupLane) => Promise<void>,
    leave: () => Promise<void> = async () => undefined,
  ) {
    this.#options = options;
    this.#leave = leave;
    this.#known = new Promise((resolve) => {
      this.#tellKnown = resolve;
    });
    this.#running = this.#run(hear);
    // Whoever closes it hears.
    this.#running.catch(() => undefined);
  }

  get workers(): readonly string[] {
    return this.#workers;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  known(): Promise<void> {
    return this.#known;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    await this.#leave();
  }

  async #run(hear: (lane: GroupLane) => Promise<void>): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await withCoordinator(this.#options, signal, (lane) =>
          hear({
            lane,
            closing: signal,
            works: () => this.#tell(null),
            know: (addresses) => this.#know(addresses),
          }),
        );
      } catch (error) {
        if (!(error instanceof KafkaFailure)) throw error;
        if (!signal.aborted) this.#tell(error.message);
      }
      await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  #tell(problem: string | null): void {
    if (problem !== this.#problem) this.#options.onProblem(problem);
    this.#problem = problem;
  }

  #know(addresses: readonly string[]): void {
    const workers = [...new Set(addresses)].sort();
    this.#tellKnown();
    if (workers.join() === this.#workers.join()) return;
    this.#workers = workers;
    for (const listener of this.#listeners) listener();
  }
}

/** Works with the coordinator of a group by a connection of its own, which ends with it or with `signal`. Throws KafkaFailure. */
export async function withCoordinator(
  { cluster, group }: Pick<GroupOptions, 'cluster' | 'group'>,
  signal: AbortSignal,
  work: (lane: KafkaLane) => Promise<void>,
): Promise<void> {
  const { coordinator } = await cluster.ask(
    (broker) => broker.findGroupCoordinator({ groupId: group, coordinatorType: 0 }),
    LIMITS.kafkaAttemptMs,
  );
  const lane = await cluster.connect(`${coordinator.host}:${coordinator.port}`, LIMITS.kafkaAttemptMs);
  const end = (): void => lane.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    if (!signal.aborted) await work(lane);
  } finally {
    signal.removeEventListener('abort', end);
    lane.close();
  }
}

/** What a member says of itself. */
export function noteOf(address: string): Buffer {
  return Buffer.from(JSON.stringify({ address }));
}

/** The address in what a member says of itself; null where it is none. */
export function addressIn(note: Buffer): string | null {
  try {
    const { address } = JSON.parse(note.toString()) as { readonly address?: unknown };
    return typeof address === 'string' ? address : null;
  } catch {
    return null;
  }
}
