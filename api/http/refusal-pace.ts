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

/**
 * Whoever is refused over and over waits: past `perSecond` the requests of a credential are looked at no faster than that, for
 * as long as they go on being refused. It is no error, so that nothing is lost for one who mends a program; but a flood of documents
 * that are parsed only to be refused, or of bodies that are unpacked for nothing, takes little from others.
 */
export class RefusalPace {
  readonly #perSecond: number;
  /** Of credentials that were refused of late. */
  readonly #paces = new Map<string, Pace>();
  readonly #taken = new WeakMap<FastifyRequest, TokenBucket>();

  constructor(
    app: FastifyInstance,
    perSecond: number,
    credentialOf: (request: FastifyRequest) => string | null,
  ) {
    this.#perSecond = perSecond;
    app.addHook('onResponse', (request, _reply, done) => {
      const credential = credentialOf(request);
      if (credential !== null) this.#settle(request, credential);
      done();
    });
  }

  /** Resolves when the request may be looked at, with whether it has waited: much may have changed meanwhile. */
  async turn(request: FastifyRequest, credential: string): Promise<boolean> {
    for (let hasWaited = false; ; hasWaited = true) {
      const nowMs = performance.now();
      const pace = this.#paces.get(credential);
      if (pace === undefined || isForgotten(pace, nowMs)) return hasWaited;
      const waitMs = pace.bucket.take(1, nowMs);
      if (waitMs === 0) {
        this.#taken.set(request, pace.bucket);
        return hasWaited;
      }
      await setTimeout(waitMs);
    }
  }

  #settle(request: FastifyRequest, credential: string): void {
    const nowMs = performance.now();
    const taken = this.#taken.get(request);
    if (!wasted.has(request)) {
      taken?.give(1, nowMs);
      return;
    }
    const pace = this.#paceOf(credential, nowMs);
    pace.refusedMs = nowMs;
    if (taken === undefined) pace.bucket.take(1, nowMs);
  }

  #paceOf(credential: string, nowMs: number): Pace {
    const known = this.#paces.get(credential);
    if (known !== undefined) return known;
    for (const [other, pace] of this.#paces) if (isForgotten(pace, nowMs)) this.#paces.delete(other);
    const bucket = new TokenBucket(this.#perSecond, this.#perSecond * LIMITS.refusalsBurstSeconds, nowMs);
    const pace = { bucket, refusedMs: nowMs };
    this.#paces.set(credential, pace);
    return pace;
  }
}

function isForgotten({ refusedMs }: Pace, nowMs: number): boolean {
  return nowMs - refusedMs > FORGET_MS;
}
