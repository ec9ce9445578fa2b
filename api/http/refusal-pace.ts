import { setTimeout } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../../core/errors.ts';
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

/** How fast a credential may be refused, and when it was last. */
interface Pace {
  readonly bucket: TokenBucket;
  refusedMs: number;
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

/** Those who were refused of late, by a name of each, such as the id of a credential: they wait past `perSecond`. */
export class RefusalPaces {
  readonly #perSecond: number;
  readonly #paces = new Map<string, Pace>();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Resolves when something of them may be looked at. End the turn by `settle`. */
  async turn(who: string): Promise<Turn> {
    for (let hasWaited = false; ; hasWaited = true) {
      const nowMs = performance.now();
      const pace = this.#paces.get(who);
      if (pace === undefined || isForgotten(pace, nowMs)) return { hasWaited, bucket: null };
      const waitMs = pace.bucket.take(1, nowMs);
      if (waitMs === 0) return { hasWaited, bucket: pace.bucket };
      await setTimeout(waitMs);
    }
  }

  /** What was looked at has been refused, or not: then it counts for nothing. */
  settle(who: string, { bucket }: Turn, isRefused: boolean): void {
    const nowMs = performance.now();
    if (!isRefused) {
      bucket?.give(1, nowMs);
      return;
    }
    const pace = this.#paceOf(who, nowMs);
    pace.refusedMs = nowMs;
    if (bucket === null) pace.bucket.take(1, nowMs);
  }

  /** Resolves when they may be told of a refusal, and counts it. */
  async refuse(who: string): Promise<void> {
    this.settle(who, await this.turn(who), true);
  }

  #paceOf(who: string, nowMs: number): Pace {
    const known = this.#paces.get(who);
    if (known !== undefined) return known;
    for (const [other, pace] of this.#paces) if (isForgotten(pace, nowMs)) this.#paces.delete(other);
    const bucket = new TokenBucket(this.#perSecond, this.#perSecond * LIMITS.refusalsBurstSeconds, nowMs);
    const pace = { bucket, refusedMs: nowMs };
    this.#paces.set(who, pace);
    return pace;
  }
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

  /** Resolves when the request may be looked at, with whether it has waited: much may have changed meanwhile. */
  async turn(request: FastifyRequest, credential: string): Promise<boolean> {
    const turn = await this.#paces.turn(credential);
    this.#turns.set(request, turn);
    return turn.hasWaited;
  }
}

function isForgotten({ refusedMs }: Pace, nowMs: number): boolean {
  return nowMs - refusedMs > FORGET_MS;
}
