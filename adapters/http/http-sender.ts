import { type LookupAddress, promises as dns } from 'node:dns';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { type LookupFunction, isIP } from 'node:net';
import { RingwatchError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { MessageSender, OutgoingMessage, ReceiverAnswer } from '../../core/ports/message-sender.ts';
import { type AddressAllowance, AddressPolicy, hostOf } from './address-policy.ts';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/**
 * POSTs over HTTP/1.1, each message over a connection of its own: the name is resolved for every attempt, every address
 * that comes of it is checked, and the connection goes to one of just those addresses, so that a name that changes
 * between check and connection (DNS rebinding) gains nothing.
 */
export class HttpSender implements MessageSender {
  readonly #policy: AddressPolicy;
  readonly #resolve: Resolve;
  readonly #underWay = new Set<AbortController>();

  /** `resolve` is the system's unless a test has its own. */
  constructor(
    allowance: AddressAllowance,
    resolve: Resolve = (host) => dns.lookup(host, { all: true, verbatim: true }),
  ) {
    this.#policy = new AddressPolicy(allowance);
    this.#resolve = resolve;
  }

  check(url: string): void {
    this.#policy.checkUrl(url);
  }

  async send(message: OutgoingMessage): Promise<ReceiverAnswer> {
    const url = this.#policy.checkUrl(message.url);
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), message.timeoutMs);
    this.#underWay.add(stop);
    try {
      const addresses = await untilAborted(this.#addressesOf(url), stop.signal);
      return await post(url, addresses, message, stop.signal);
    } catch (error) {
      if (error instanceof RingwatchError) throw error;
      if (stop.signal.aborted) throw new RingwatchError('SEND_TIMEOUT', { timeoutMs: message.timeoutMs });
      throw new RingwatchError('SEND_FAILED', { reason: reasonOf(error) }, { cause: error });
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(stop);
    }
  }

  async close(): Promise<void> {
    for (const stop of this.#underWay) stop.abort();
  }

  /** The addresses to connect to, all of them checked. One that is refused refuses the name. */
  async #addressesOf(url: URL): Promise<readonly LookupAddress[]> {
    const host = hostOf(url);
    const version = isIP(host);
    const addresses = version === 0 ? await this.#resolve(host) : [{ address: host, family: version }];
    if (addresses.length === 0) throw new RingwatchError('SEND_FAILED', { reason: `${host} has no address` });
    if (this.#policy.isAllowedHost(host)) return addresses;
    for (const { address } of addresses) this.#policy.checkAddress(address, url.protocol);
    return addresses;
  }
}

function post(
  url: URL,
  addresses: readonly LookupAddress[],
  message: OutgoingMessage,
  signal: AbortSignal,
): Promise<ReceiverAnswer> {
  const lookup: LookupFunction = (_host, options, done) => {
    if (options.all === true) done(null, [...addresses]);
    else {
      const first = addresses[0] as LookupAddress;
      done(null, first.address, first.family);
    }
  };
  const body = Buffer.from(message.body, 'utf8');
  const client = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = client.request(url, {
      method: 'POST',
      agent: false,
      lookup,
      signal,
      headers: { ...message.headers, 'content-length': String(body.length), connection: 'close' },
      maxHeaderSize: LIMITS.answerHeaderBytesMax,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.end(body);
  });
}

/** Reads the beginning of the body; what is longer than that, or than anyone should send, is not waited for. */
async function readAnswer(response: IncomingMessage): Promise<ReceiverAnswer> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (bytes < LIMITS.answerBytesKept) kept.push(chunk.subarray(0, LIMITS.answerBytesKept - bytes));
    bytes += chunk.length;
    if (bytes > LIMITS.answerBytesMax) break;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(kept).toString('utf8') };
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    work.then(resolve, reject);
  });
}

/** What went wrong, without addresses that the receiver's name hides. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return code ?? message ?? 'unknown';
}
