import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type ErrorCode, RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import { TokenBucket } from '../../tenants/token-bucket.ts';

/** What is known only once work was put into a request that no sender in good order makes often. */
const WASTED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'BODY_CORRUPT',
  'BODY_RATIO',
  'BODY_TOO_LARGE',
  'GRAPHQL_BATCH',
  'GRAPHQL_COST',
  'GRAPHQL_INVALID',
  'GRAPHQL_OPERATION',
  'GRAPHQL_REQUEST',
  'GRAPHQL_SYNTAX',
  'GRAPHQL_TOO_DEEP',
  'GRAPHQL_TOO_LARGE',
  'GRAPHQL_TOO_MANY',
  'GRAPHQL_VARIABLES',
  'HEADER_INVALID',
]);

const wasted = new WeakSet<FastifyRequest>();

/** Notes with what a request was answered. */
export function noteRefusal(request: FastifyRequest, code: ErrorCode): void {
  if (WASTED.has(code)) wasted.add(request);
}

/** How fast a name may be refused, when it was last, and who waits for that. */
interface Pace {
  readonly bucket: TokenBucket;
  refusedMs: number;
  /** Those who wait, in the order in which they came. */
  readonly waiting: Set<() => void>;
  /** When the first of them is let go. */
  timer: NodeJS.Timeout | null;
}

/** Without a refusal for as long as it takes to fill a bucket, a credential is as any other. */
const FORGET_MS = LIMITS.refusalsBurstSeconds * 1000;

/** That something may be looked at. */
export interface Turn {
  /** Much may have changed meanwhile. */
  readonly hasWaited: boolean;
  /** Null where nothing was refused of late. */
  readonly bucket: TokenBucket | null;
}

/** What somebody is connected by: they do not wait any more once it is closed. */
export type Connection = Pick<Readable, 'destroyed' | 'once' | 'off'>;

/**
 * Those who were refused of late, by a name of each, such as the id of a credential: they wait past `perSecond`, in the order in
 * which they came. Of one name LIMITS.refusalsWaitingOfOneMax wait, of all LIMITS.refusalsWaitingMax; names are kept while they are
 * refused, LIMITS.refusalNamesMax at most.
 */
export class RefusalPaces {
  readonly #perSecond: number;
  /** The one whose refusal is the longest ago first. */
  readonly #paces = new Map<string, Pace>();
  #waiting = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** How many wait, of all names. */
  get waiting(): number {
    return this.#waiting;
  }

  /** How many names are kept. */
  get names(): number {
    return this.#paces.size;
  }

  /**
   * Resolves when something of them may be looked at, or to null when they have gone. End the turn by `settle`. Throws
   * RATE_LIMITED where too many wait.
   */
  async turn(who: string, connection: Connection): Promise<Turn | null> {
    const nowMs = performance.now();
    const pace = this.#paces.get(who);
    if (pace === undefined) return { hasWaited: false, bucket: null };
    if (pace.waiting.size === 0) {
      if (isForgotten(pace, nowMs)) return { hasWaited: false, bucket: null };
      if (pace.bucket.take(1, nowMs) === 0) return { hasWaited: false, bucket: pace.bucket };
    }
    if (connection.destroyed) return null;
    if (this.#isCrowded(pace)) {
      const retryAfterMs = Math.ceil(((pace.waiting.size + 1) * 1000) / this.#perSecond);
      throw new RingwatchError('RATE_LIMITED', { what: 'refusals', limit: this.#perSecond, retryAfterMs });
    }
    const isTheirs = await this.#wait(pace, connection);
    return isTheirs ? { hasWaited: true, bucket: pace.bucket } : null;
  }

  /** What was looked at has been refused, or not: then it counts for nothing. */
  settle(who: string, { bucket }: Turn, isRefused: boolean): void {
    const nowMs = performance.now();
    if (isRefused) {
      const pace = this.#refused(who, nowMs);
      if (bucket !== pace.bucket) pace.bucket.take(1, nowMs);
    } else if (bucket !== null) {
      bucket.give(1, nowMs);
      const pace = this.#paces.get(who);
      if (pace !== undefined) this.#letGo(pace);
    }
  }

  /** Resolves when they may be told of a refusal, at once where too many wait for that or they have gone, and counts it. */
  async refuse(who: string, connection: Connection): Promise<void> {
    const pace = this.#paces.get(who);
    const turn = pace !== undefined && this.#isCrowded(pace) ? null : await this.turn(who, connection);
    if (turn !== null) this.settle(who, turn, true);
    else this.#refused(who, performance.now());
  }

  #isCrowded({ waiting }: Pace): boolean {
    return waiting.size >= LIMITS.refusalsWaitingOfOneMax || this.#waiting >= LIMITS.refusalsWaitingMax;
  }

  /** Resolves to true when a token was taken for them, or to false when they have gone. */
  #wait(pace: Pace, connection: Connection): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isTheirs: boolean): void => {
        pace.waiting.delete(go);
        this.#waiting--;
        connection.off('close', leave);
        resolve(isTheirs);
      };
      const go = (): void => end(true);
      const leave = (): void => {
        end(false);
        if (pace.waiting.size === 0) stop(pace);
      };
      pace.waiting.add(go);
      this.#waiting++;
      connection.once('close', leave);
      if (pace.timer === null) this.#letGo(pace);
    });
  }

  /** Lets go whose turn it is, and sets the timer for the next. */
  #letGo(pace: Pace): void {
    stop(pace);
    const nowMs = performance.now();
    for (const go of pace.waiting) {
      const waitMs = pace.bucket.take(1, nowMs);
      if (waitMs > 0) {
        pace.timer = setTimeout(() => this.#letGo(pace), waitMs);
        return;
      }
      go();
    }
  }

  /** The pace of one who has been refused now, as the last of all. */
  #refused(who: string, nowMs: number): Pace {
    const bucket = () =>
      new TokenBucket(this.#perSecond, this.#perSecond * LIMITS.refusalsBurstSeconds, nowMs);
    const pace = this.#paces.get(who) ?? { bucket: bucket(), refusedMs: 0, waiting: new Set(), timer: null };
    pace.refusedMs = nowMs;
    this.#paces.delete(who);
    this.#paces.set(who, pace);
    this.#forget(nowMs);
    return pace;
  }

  /** Drops names that are forgotten, and the oldest of too many; never one of which somebody waits. */
  #forget(nowMs: number): void {
    for (const [who, pace] of this.#paces) {
      if (this.#paces.size <= LIMITS.refusalNamesMax && !isForgotten(pace, nowMs)) return;
      if (pace.waiting.size === 0) this.#paces.delete(who);
    }
  }
}

function stop(pace: Pace): void {
  if (pace.timer !== null) clearTimeout(pace.timer);
  pace.timer = null;
}

const FIRST_TURN: Turn = { hasWaited: false, bucket: null };

/**
 * Whoever is refused over and over waits: past a pace the requests of a credential are looked at no faster than that, for
 * as long as they go on being refused. It is no error, so that nothing is lost for one who mends a program; but a flood of documents
 * that are parsed only to be refused, or of bodies that are unpacked for nothing, takes little from others.
 */
export class RefusalPace {
  readonly #paces: RefusalPaces;
  readonly #turns = new WeakMap<FastifyRequest, Turn>();

  constructor(
    app: FastifyInstance,
    paces: RefusalPaces,
    credentialOf: (request: FastifyRequest) => string | null,
  ) {
    this.#paces = paces;
    app.addHook('onResponse', (request, _reply, done) => {
      const credential = credentialOf(request);
      if (credential !== null) {
        paces.settle(credential, this.#turns.get(request) ?? FIRST_TURN, wasted.has(request));
      }
      done();
    });
  }

  /**
   * Resolves when the request may be looked at, with whether it has waited: much may have changed meanwhile. Throws RATE_LIMITED, and
   * BODY_BROKEN_OFF where its sender has gone.
   */
  async turn(request: FastifyRequest, credential: string): Promise<boolean> {
    const turn = await this.#paces.turn(credential, request.raw);
    if (turn === null) throw new RingwatchError('BODY_BROKEN_OFF');
    this.#turns.set(request, turn);
    return turn.hasWaited;
  }
}

function isForgotten({ refusedMs }: Pace, nowMs: number): boolean {
  return nowMs - refusedMs > FORGET_MS;
}
