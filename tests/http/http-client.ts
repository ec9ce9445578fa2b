import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { WriteResult } from '../../api/ingest/append-body.ts';
import type { ErrorAnswer } from '../../api/http/error-answer.ts';

/** An answer, its body read to the end. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The body as what the routes of rows answer. */
  readonly json: Partial<WriteResult> & Partial<ErrorAnswer>;
}

export interface Sending {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as it comes, and as fast as it is taken. */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array | string>;
}

export const CSV = { 'content-type': 'text/csv' };
export const JSON_TYPE = { 'content-type': 'application/json' };
export const NDJSON = { 'content-type': 'application/x-ndjson' };

/** Sends one request over a connection of its own, and reads the answer. */
export async function send(address: string, path: string, sending: Sending = {}): Promise<Answer> {
  const { method = 'POST', token, headers = {}, body = '' } = sending;
  const outgoing = request(`${address}${path}`, {
    method,
    agent: false,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers } as Record<
      string,
      string
    >,
  });
  const answered = answerOf(outgoing);
  // An answer may come before the body is sent, and end the sending.
  await Promise.race([write(outgoing, body), answered]).catch(() => undefined);
  return await answered;
}

/** The answer to a request that is being sent. */
export function answerOf(outgoing: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const isJson = incoming.headers['content-type']?.startsWith('application/json') === true;
        const json = isJson ? (JSON.parse(text) as Answer['json']) : {};
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, json });
      });
    });
  });
}

async function write(outgoing: ClientRequest, body: NonNullable<Sending['body']>): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  for await (const chunk of body) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(chunk)) await new Promise((resolve) => outgoing.once('drain', resolve));
  }
  outgoing.end();
}
