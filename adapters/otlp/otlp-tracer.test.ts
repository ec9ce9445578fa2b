import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openOtlpTracer } from './otlp-tracer.ts';

interface Received {
  readonly path: string;
  readonly key: string | undefined;
  readonly text: string;
}

const received: Received[] = [];
let server: Server;
let endpoint: string;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    received.push({ path: request.url ?? '', key: request.headers['x-key'] as string | undefined, text });
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

it('sends spans with what is said of them, under the trace of whoever asked', async () => {
  const tracer = openOtlpTracer({ endpoint, headers: { 'x-key': 'secret' }, version: '1.2.3' });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const span = tracer.request('POST /v1/rows', `00-${traceId}-b7ad6b7169203331-01`);
  span.set({ 'http.response.status_code': 503 });
  span.end('503');
  // What is no trace begins one of its own.
  tracer.request('GET /', '00-0-0-00').end();
  await tracer.close();
  expect(received).toHaveLength(1);
  expect(received[0]).toMatchObject({ path: '/v1/traces', key: 'secret' });
  const { text } = received[0] as Received;
  for (const word of [traceId, 'b7ad6b7169203331', 'POST /v1/rows', '503', 'ringwatch', '1.2.3', 'GET /']) {
    expect(text).toContain(word);
  }
});

it('costs nothing but traces where the receiver is away', async () => {
  const tracer = openOtlpTracer({ endpoint: 'http://127.0.0.1:9', headers: {}, version: '1' });
  tracer.request('GET /', undefined).end();
  await expect(tracer.close()).resolves.toBeUndefined();
});
