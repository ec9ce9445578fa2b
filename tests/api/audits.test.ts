import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { startTestService, type TestService } from '../http/test-service.ts';

let service: TestService;
let token: string;

beforeAll(async () => {
  service = await startTestService();
  const tenant = await service.addTenant('bank', 'CREATE SOURCE s (id TEXT PRIMARY KEY);');
  token = await tenant.key(['query']);
});
afterAll(() => service.end());

const audits = serverAudits({
  url: () => `${service.address}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) =>
    fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } }),
});

describe('GraphQL over HTTP', () => {
  it('is looked at by every audit of graphql-http', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_, __, audit) => {
    const result = await audit.fn();
    const reason = 'reason' in result ? result.reason : null;
    expect({ status: result.status, reason }).toEqual({ status: 'ok', reason: null });
  });
});
