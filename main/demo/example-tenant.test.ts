import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ExampleTenant } from './example-tenant.ts';
import { ServiceClient } from '../service-client.ts';

let folder: string;
let server: Server;
let client: ServiceClient;
let alerts = 0;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-example-'));
  server = createServer((request, response) => {
    const engine = {
      position: '9',
      accepted: '8',
      duplicates: '0',
      refused: '0',
      afterDeadline: '0',
      alerts: String(alerts),
      decisions: {},
    };
    request.resume().on('end', () => response.end(JSON.stringify({ data: { health: { engine } } })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  client = new ServiceClient(`http://127.0.0.1:${port}`, new AbortController().signal);
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the deliveries of an example', () => {
  it('are all there where no alert was raised', async () => {
    const tenant = new ExampleTenant('bank', folder, 'tx', 0);
    expect(await tenant.allDelivered(client, { token: 'a' })).toMatchObject({ position: 9, alerts: 0 });
  });

  it('are said to be missing once none came for long', async () => {
    alerts = 3;
    const tenant = new ExampleTenant('bank', folder, 'tx', 20);
    await expect(tenant.allDelivered(client, { token: 'a' })).rejects.toMatchObject({
      code: 'DELIVERIES_MISSING',
      details: { missing: 3, seconds: 0.02 },
    });
  });
});
