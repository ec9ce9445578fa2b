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

/**
 * Whoever is refused over and over waits: past `perSecond` the requests of a credential are looked at no faster than that, for
 * as long as they go on being refused. It is no error, so that nothing is lost for one who mends a program; but a flood of documents
 * that are parsed only to be refused, or of bodies that are unpacked for nothing, takes little from others.
 */
export class RefusalPace {
  readonly #perSecond: number;
  /** Of credentials that were refused of late. */
  readonly #buckets = new Map<string, TokenBucket>();
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
    const bucket = this.#buckets.get(credential);
    if (bucket === undefined) return false;
    let hasWaited = false;
    for (let waitMs = bucket.take(1, performance.now()); waitMs > 0; ) {
      hasWaited = true;
      await setTimeout(waitMs);
      waitMs = bucket.take(1, performance.now());
    }
    this.#taken.set(request, bucket);
    return hasWaited;
  }

  #settle(request: FastifyRequest, credential: string): void {
    const nowMs = performance.now();
    const taken = this.#taken.get(request);
    if (wasted.has(request)) {
      if (taken === undefined) this.#bucketOf(credential, nowMs).take(1, nowMs);
    } else taken?.give(1, nowMs);
    if (taken?.isFull(nowMs) === true) this.#buckets.delete(credential);
  }

  #bucketOf(credential: string, nowMs: number): TokenBucket {
    const known = this.#buckets.get(credential);
    if (known !== undefined) return known;
    const bucket = new TokenBucket(this.#perSecond, this.#perSecond * LIMITS.refusalsBurstSeconds, nowMs);
    this.#buckets.set(credential, bucket);
    return bucket;
  }
}
