import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { provision, startServe } from '../tests/tools/serve-process.ts';
import { printTable, quantile, short } from './figures.ts';
import { HttpPool } from './http-pool.ts';

const SUBSCRIBERS = 1_000;
/** Sockets that are opened at once. */
const OPENING = 50;
const ALERTS = 60;
const PER_SECOND = 5;
const WAIT_MS = 30_000;

const DEFINITIONS = `
CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ, WATERMARK FOR at);
CREATE RULE large ON payments WHEN amount > 100 DO ALERT 'Large' KEY (id);
`;
const SUBSCRIPTION = 'subscription { alertRaised { id position } }';

/** What reaching all subscribers took. */
export interface SubscriberFigures {
  readonly subscribers: number;
  readonly alerts: number;
  /** Messages that did not come within half a minute. */
  readonly missing: number;
  /** From the sending of an event to one subscriber, and to the last of all of them. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly lastP50Ms: number;
  readonly lastMaxMs: number;
  readonly kilobytesEach: number;
  readonly cpuMicrosPerMessage: number;
}

/** A thousand subscribers of one tenant hear of alerts, five a second, each from the sending of its event on. */
export async function benchSubscribers(): Promise<SubscriberFigures> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ringwatch-subscribers-'));
  const service = await startServe(path.join(folder, 'data'));
  const sockets: WebSocket[] = [];
  try {
    const tenant = await provision(service, 'watched', DEFINITIONS);
    const pool = new HttpPool(service.address, await tenant.key(['INGEST']));
    const token = await tenant.key(['ALERTS']);
    const heard: { readonly key: number; readonly atMs: number }[] = [];
    const onAlert = (position: number): void => {
      heard.push({ key: position, atMs: performance.now() });
    };
    const failures = new Map<string, number>();
    const onFailure = (reason: string): void => {
      failures.set(reason, (failures.get(reason) ?? 0) + 1);
    };
    const before = service.memory().now;
    for (let n = 0; n < SUBSCRIBERS; n += OPENING) {
      const opened = await Promise.all(
        Array.from({ length: OPENING }, () => subscribe(service.address, token, onAlert, onFailure)),
      );
      sockets.push(...opened);
    }
    // What answers a subscription is under way behind its acknowledgement.
    await pause(1_000);
    const kilobytesEach = (service.memory().now - before) / 1024 / SUBSCRIBERS;
    const cpuBefore = service.cpuSeconds();
    const sentMs = await raiseAlerts(pool);
    const deadlineMs = performance.now() + WAIT_MS;
    while (heard.length < SUBSCRIBERS * ALERTS && performance.now() < deadlineMs) await pause(20);
    const cpu = service.cpuSeconds() - cpuBefore;
    pool.close();
    for (const [reason, count] of failures) console.error(`${count} sockets: ${reason}`);
    for (const socket of sockets) socket.removeAllListeners('close');
    return print(figuresOf(heard, sentMs, kilobytesEach, cpu));
  } finally {
    for (const socket of sockets) socket.terminate();
    await service.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By position: when the event was sent. */
async function raiseAlerts(pool: HttpPool): Promise<ReadonlyMap<number, number>> {
  const sentMs = new Map<number, number>();
  for (let n = 0; n < ALERTS; n++) {
    const line = JSON.stringify({
      id: `p${n}`,
      payer: 'A',
      amount: 200,
      at: new Date(Date.UTC(2026, 0, 1) + n * 1000).toISOString(),
    });
    const atMs = performance.now();
    const reply = await pool.post(
      '/v1/sources/payments/events?wait=applied',
      'application/x-ndjson',
      `${line}\n`,
    );
    const { position } = JSON.parse(reply.body) as { position?: number };
    if (position === undefined) throw new Error(reply.body);
    sentMs.set(position, atMs);
    await pause(Math.max(0, 1000 / PER_SECOND - (performance.now() - atMs)));
  }
  return sentMs;
}

function figuresOf(
  heard: readonly { readonly key: number; readonly atMs: number }[],
  sentMs: ReadonlyMap<number, number>,
  kilobytesEach: number,
  cpuSeconds: number,
): SubscriberFigures {
  const latenciesMs: number[] = [];
  const lastMs = new Map<number, number>();
  for (const { key, atMs } of heard) {
    const ms = atMs - (sentMs.get(key) ?? Number.NaN);
    latenciesMs.push(ms);
    lastMs.set(key, Math.max(lastMs.get(key) ?? 0, ms));
  }
  return {
    subscribers: SUBSCRIBERS,
    alerts: ALERTS,
    missing: SUBSCRIBERS * ALERTS - heard.length,
    p50Ms: quantile(latenciesMs, 0.5),
    p99Ms: quantile(latenciesMs, 0.99),
    lastP50Ms: quantile([...lastMs.values()], 0.5),
    lastMaxMs: quantile([...lastMs.values()], 1),
    kilobytesEach,
    cpuMicrosPerMessage: (cpuSeconds * 1e6) / heard.length,
  };
}

function print(figures: SubscriberFigures): SubscriberFigures {
  printTable([
    [
      'subscribers',
      'alerts',
      'missing',
      'p50 ms',
      'p99 ms',
      'last of all p50',
      'last of all max',
      'CPU us/message',
      'KB each',
    ],
    [
      short(figures.subscribers),
      String(figures.alerts),
      String(figures.missing),
      short(figures.p50Ms),
      short(figures.p99Ms),
      short(figures.lastP50Ms),
      short(figures.lastMaxMs),
      short(figures.cpuMicrosPerMessage),
      short(figures.kilobytesEach),
    ],
  ]);
  return figures;
}

/** A WebSocket that has subscribed. */
async function subscribe(
  address: string,
  token: string,
  onAlert: (position: number) => void,
  onFailure: (reason: string) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${address.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      onFailure(error.message);
      reject(error);
    };
    socket.on('error', fail);
    socket.on('close', (code, reason) => fail(new Error(`closed with ${code} ${String(reason)}`)));
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    });
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as {
        readonly type: string;
        readonly payload?: { readonly data?: { readonly alertRaised: { readonly position: string } } };
      };
      if (message.type === 'ping') socket.send('{"type":"pong"}');
      if (message.type === 'error') fail(new Error(String(data)));
      if (message.type === 'next') onAlert(Number(message.payload?.data?.alertRaised.position));
      if (message.type === 'connection_ack') {
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION } }));
        resolve();
      }
    });
  });
  return socket;
}
