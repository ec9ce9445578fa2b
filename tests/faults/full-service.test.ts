import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { NDJSON, send } from '../http/http-client.ts';
import { provision, type ServeProcess, startServe } from '../tools/serve-process.ts';
import { TestReceiver, verifiesWith } from '../webhooks/test-receiver.ts';

jest.setTimeout(900_000);

const DEFINITIONS = `CREATE SOURCE payments (id TEXT PRIMARY KEY, note TEXT);
CREATE DECISION payment ON payments OUTCOMES (review, approve) DEFAULT approve FALLBACK review DEADLINE 5000 MILLISECONDS;
CREATE RULE every ON payments DO ALERT 'Every' KEY (id);
`;
const EVENTS = '/v1/sources/payments/events';
const SIZE = 200;

const work = mkdtempSync(path.join(tmpdir(), 'ringwatch-full-'));
const disk = path.join(work, 'disk');
const mounted = mountTmpfs();
let service: ServeProcess | null = null;

afterAll(async () => {
  await service?.stop('SIGKILL');
  if (mounted) execFileSync('umount', [disk]);
  rmSync(work, { recursive: true, force: true });
});

/** Whether a file system of its own could be mounted: it takes the right to. */
function mountTmpfs(): boolean {
  mkdirSync(disk, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}m`, 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Takes all the space that there is. */
function fill(): void {
  const file = openSync(path.join(disk, 'filler'), 'a');
  for (const bytes of [new Uint8Array(1 << 20), new Uint8Array(4096)]) {
    try {
      for (;;) writeSync(file, bytes);
    } catch {
      // Full, to so many bytes.
    }
  }
  closeSync(file);
}

let next = 0;

/** Sends some rows that nobody has sent; the ids of those that were acknowledged, or the code of what was wrong. */
async function pay(
  to: ServeProcess,
  token: string,
  count: number,
): Promise<{ ids: string[]; code: string | null }> {
  const ids = Array.from({ length: count }, () => `p${next++}`);
  const body = ids.map((id) => `${JSON.stringify({ id, note: 'x'.repeat(200) })}\n`).join('');
  const { json } = await send(to.address, EVENTS, { token, headers: NDJSON, body });
  return { ids: ids.slice(0, json.rows ?? 0), code: json.error?.code ?? null };
}

/** The code of what went wrong, or null. */
async function codeOf(asked: Promise<unknown>): Promise<string | null> {
  return await asked.then(
    () => null,
    (error: Error) => /"code":"(\w+)"/.exec(error.message)?.[1] ?? error.message,
  );
}

const DECIDE = `mutation ($event: Row!) { decide(input: { source: "payments", event: $event }) {
  decision { outcome duplicate } userErrors { code } } }`;

describe('a service whose disk is full', () => {
  if (!mounted) {
    it('cannot be tried where no file system may be mounted', () => expect(mounted).toBe(false));
    return;
  }

  it('says so by code, loses nothing that it acknowledged, and goes on by itself when there is space', async () => {
    const receiver = await TestReceiver.listen();
    const running = await startServe(path.join(disk, 'data'), ['--webhook-allow', '127.0.0.1']);
    service = running;
    const { key } = await provision(running, 'bank', DEFINITIONS);
    const token = await key(['INGEST', 'DECIDE', 'ALERTS', 'QUERY', 'ADMIN', 'AUDIT', 'DEFINE']);
    const made = await running.graphql(
      token,
      `mutation($input: CreateWebhookEndpointInput!) { createWebhookEndpoint(input: $input) { secret userErrors { code } } }`,
      { input: { name: 'desk', url: receiver.url, rules: [] } },
    );
    const { secret } = made.createWebhookEndpoint as { secret: string };
    const decide = (id: string): Promise<unknown> =>
      running.graphql(token, DECIDE, { event: { id, note: '' } });
    const kept: string[] = [...(await pay(running, token, 100)).ids];
    await decide('d0');

    fill();
    const codes = new Set<string>();
    for (let tries = 0; tries < 60; tries++) {
      const { ids, code } = await pay(running, token, 500);
      kept.push(...ids);
      if (code !== null) codes.add(code);
      if (code === null) fill();
      if (codes.size > 0 && tries > 20) break;
    }
    expect(
      [...codes].filter((code) => !['LOG_FULL', 'LOG_WRITE_FAILED', 'ENGINE_STOPPED'].includes(code)),
    ).toEqual([]);
    expect(codes.size).toBeGreaterThan(0);
    const refusals = [
      await codeOf(decide('d1')),
      await codeOf(
        running.graphql(
          token,
          'mutation { createApiKey(input: { name: "k", scopes: [QUERY] }) { userErrors { code } } }',
        ),
      ),
      await codeOf(
        running.graphql(
          token,
          `mutation { draftDefinitions(input: { text: ${JSON.stringify(DEFINITIONS)} }) { userErrors { code } } }`,
        ),
      ),
      await codeOf(running.graphql(token, '{ alerts(first: 1) { totalCount } }')),
    ];
    // What small things still fit in is done; nothing fails without a code.
    for (const code of refusals)
      expect([
        null,
        'LOG_FULL',
        'LOG_WRITE_FAILED',
        'ENGINE_STOPPED',
        'CATALOG_FAILED',
        'CATALOG_TIMEOUT',
      ]).toContain(code);
    const ready = await fetch(`${running.address}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([
      503,
      { parts: expect.arrayContaining([expect.objectContaining({ name: 'disk', state: 'DOWN' })]) },
    ]);

    rmSync(path.join(disk, 'filler'));
    expect(statfsSync(disk).bavail).toBeGreaterThan(0);
    for (let code: string | null = ''; code !== null; await setTimeout(500)) {
      const { ids, code: refused } = await pay(running, token, 1);
      kept.push(...ids);
      code = refused;
    }
    await decide('d2');
    // Sent again, each of them is known.
    const body = kept.map((id) => `${JSON.stringify({ id })}\n`).join('');
    const again = await send(running.address, `${EVENTS}?wait=applied`, { token, headers: NDJSON, body });
    expect([again.status, again.json.duplicates]).toEqual([200, kept.length]);
    await settled(running, token, receiver);
    expect(receiver.received.every((each) => verifiesWith(each, { secret }).length === 1)).toBe(true);
    const data = await running.graphql(token, '{ verifyAudit { valid } health { parts { name state } } }');
    expect(data).toMatchObject({ verifyAudit: { valid: true } });
    expect(await running.stop()).toEqual({ code: 0, signal: null });
    service = null;
    await receiver.close();
  });
});

/** Waits until every alert of the log is stored and delivered, each under one id. */
async function settled(running: ServeProcess, token: string, receiver: TestReceiver): Promise<void> {
  for (;;) {
    const { alerts, health, deliveries } = (await running.graphql(
      token,
      '{ alerts(first: 1) { totalCount } health { engine { alerts } } deliveries(first: 1, filter: { state: PENDING }) { nodes { id } } }',
    )) as {
      alerts: { totalCount: number };
      health: { engine: { alerts: string } };
      deliveries: { nodes: readonly object[] };
    };
    const wanted = Number(health.engine.alerts);
    expect(alerts.totalCount).toBeLessThanOrEqual(wanted);
    if (alerts.totalCount === wanted && deliveries.nodes.length === 0 && receiver.counts().size === wanted)
      break;
    await setTimeout(500);
  }
  const pairs = new Set(
    receiver.received.map(
      ({ id, body }) => `${id} ${(JSON.parse(body) as { data: { id: string } }).data.id}`,
    ),
  );
  expect(pairs.size).toBe(receiver.counts().size);
}
