import { type Answer, CSV, send } from '../http/http-client.ts';
import type { ServeProcess } from '../tools/serve-process.ts';
import type { TestCluster } from './cluster-case.ts';

/** Definitions of payments and their graph, to which tests add rules. */
export const PAYMENTS = `
CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount BIGINT);
CREATE TABLE accounts (id TEXT PRIMARY KEY);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (payments KEY (id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL PAID);
`;

export interface Payment {
  readonly id: string;
  readonly amount: number;
}

/** Sends payments and waits until they are folded; status 0 where there is no answer. */
export async function sendPayments(
  gateway: ServeProcess,
  token: string,
  payments: readonly Payment[],
): Promise<Pick<Answer, 'status' | 'text'>> {
  const lines = payments.map(({ id, amount }) => `${id},p${id},q${id},${amount}\n`).join('');
  const request = { token, headers: CSV, body: `id,payer,payee,amount\n${lines}` };
  return await send(gateway.address, '/v1/sources/payments/events?wait=applied', request).catch(
    (error: Error) => ({ status: 0, text: error.message }),
  );
}

/** Whether all of them were acknowledged, those that had been there before included. */
export function areTaken({ status, text }: Pick<Answer, 'status' | 'text'>, count: number): boolean {
  return status === 200 && (JSON.parse(text) as { accepted: number }).accepted === count;
}

/** How many payments the graph has, as a gateway is told. */
export async function countPayments(gateway: ServeProcess, token: string): Promise<number> {
  const data = await gateway.graphql(
    token,
    'query($text: String!) { query(view: "flow", text: $text) { rows { nodes } } }',
    { text: 'MATCH (a)-[t:PAID]->(b) RETURN COUNT(*) AS n' },
  );
  return Number((data.query as { rows: { nodes: [{ n: string | number }] } }).rows.nodes[0].n);
}

/** Payments that alerts in the catalog are about, sorted. */
export async function alertedPayments({ postgres }: TestCluster): Promise<string[]> {
  const rows = await postgres.asSuperuser('SELECT line FROM alerts');
  return rows.map(({ line }) => (JSON.parse(String(line)) as { key: { id: string } }).key.id).sort();
}
