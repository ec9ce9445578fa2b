import { RingwatchError } from '../../core/errors.ts';
import type { PeerLink } from '../../core/ports/message-link.ts';
import { EngineClient } from '../host/engine-client.ts';

/** Links to the worker at an address. Throws PEER_UNREACHABLE, PEER_REFUSED. */
export type DialWorker = (address: string) => Promise<PeerLink>;

/** Milliseconds after which a worker that could not be reached is tried again. */
const RETRY_MS = 250;

/** The engines of one worker in another process: linked to when they are needed, and again after the link is lost. */
export class RemoteWorker {
  readonly address: string;
  readonly #dial: DialWorker;
  readonly #onLinked: (engines: EngineClient) => void;
  #engines: Promise<EngineClient> | null = null;
  #linked: EngineClient | null = null;
  #failedMs = Number.NEGATIVE_INFINITY;
  #failure: unknown = null;
  #closed = false;

  /** `onLinked`: told of each new link, before it is used. */
  constructor(
    address: string,
    dial: DialWorker,
    onLinked: (engines: EngineClient) => void = () => undefined,
  ) {
    this.address = address;
    this.#dial = dial;
    this.#onLinked = onLinked;
  }

  /** Its engines while there is a link to them. */
  get linked(): EngineClient | null {
    return this.#linked;
  }

  /** Its engines. Rejects with what linking to it throws, at once where that was just tried; with ENGINE_CLOSED. */
  engines(): Promise<EngineClient> {
    if (this.#closed) return Promise.reject(new RingwatchError('ENGINE_CLOSED'));
    if (this.#engines === null && performance.now() - this.#failedMs < RETRY_MS)
      return Promise.reject(this.#failure);
    this.#engines ??= this.#link();
    return this.#engines;
  }

  async #link(): Promise<EngineClient> {
    try {
      const link = await this.#dial(this.address);
      const engines = new EngineClient({
        link,
        onEnd: (ended) => {
          void link.closed.then((reason) => {
            this.#engines = null;
            this.#linked = null;
            ended(new RingwatchError('WORKER_LOST', { address: this.address, reason }));
          });
        },
        end: async () => link.close(),
      });
      this.#linked = engines;
      this.#onLinked(engines);
      return engines;
    } catch (error) {
      this.#engines = null;
      this.#failure = error;
      this.#failedMs = performance.now();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const engines = await this.#engines?.catch(() => null);
    await engines?.close();
  }
}
