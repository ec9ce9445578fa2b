import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ServiceClient } from './service-client.ts';

const ANSWERS: Readonly<Record<string, object>> = {
  whole: { data: { viewer: { name: 'x' } } },
  userError: {
    data: { publishDefinitions: { userErrors: [{ code: 'SECOND_PERSON_NEEDED', message: 'by another' }] } },
  },
  error: { errors: [{ message: 'too much', extensions: { code: 'GRAPHQL_COST' } }] },
  refused: { error: { code: 'UNAUTHENTICATED', message: 'unknown' } },
};

let server: Server;
let address: string;
let abort: AbortController;
let client: ServiceClient;

beforeAll(async () => {
  server = createServer((request, response) => {
    const name = String(request.headers.authorization).replace('Bearer ', '');
    if (name === 'gone') request.socket.destroy();
    else request.resume().on('end', () => response.end(JSON.stringify(ANSWERS[name])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  abort = new AbortController();
  client = new ServiceClient(address, abort.signal);
});
afterAll(() => {
  server.close();
});

describe('a client of the service', () => {
  it('gives the data that it asks for', async () => {
    expect(await client.graphql({ token: 'whole' }, '{ viewer { name } }')).toEqual({
      viewer: { name: 'x' },
    });
  });

  it.each([
    ['userError', 'SECOND_PERSON_NEEDED'],
    ['error', 'GRAPHQL_COST'],
    ['refused', 'UNAUTHENTICATED'],
  ])('says what was refused, and by which code: %s', async (token, code) => {
    const asked = client.graphql({ token }, 'mutation { publishDefinitions { userErrors { code } } }');
    await expect(asked).rejects.toMatchObject({
      code: 'SERVICE_REFUSED',
      details: { operation: 'publishDefinitions', code },
    });
  });

  it('says of rows that are refused where they were sent', async () => {
    await expect(
      client.sendRows({ token: 'refused' }, '/v1/sources/a/events', ['x\n1\n']),
    ).rejects.toMatchObject({
      code: 'SERVICE_REFUSED',
      details: { operation: 'POST /v1/sources/a/events', code: 'UNAUTHENTICATED' },
    });
  });

  it('says that a service is lost which does not answer, unless it is to stop itself', async () => {
    await expect(client.graphql({ token: 'gone' }, '{ viewer { name } }')).rejects.toMatchObject({
      code: 'SERVICE_LOST',
      retryable: true,
    });
    await expect(client.sendRows({ token: 'gone' }, '/v1/sources/a/events', ['x\n'])).rejects.toMatchObject({
      code: 'SERVICE_LOST',
    });
    abort.abort(new Error('the end'));
    await expect(client.graphql({ token: 'whole' }, '{ viewer { name } }')).rejects.toThrow('the end');
  });
});
