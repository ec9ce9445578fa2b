import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { FrameWriter } from '../../core/frame.ts';
import type { EngineHost } from '../../core/ports/engine.ts';
import { newTenantId, type TenantId } from '../../core/tenant-id.ts';
import { numeric, type SqlType, TEXT, TIMESTAMPTZ } from '../../core/types.ts';
import type { EngineOptions } from '../../main/engines.ts';
import { startEnginesHere } from '../../main/run-engines.ts';

/** Definitions with all that a tenant is asked for: a decision, rules that deny, refuse and report, a graph, a query. */
export const PAYMENTS = `CREATE SOURCE payments (id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), at TIMESTAMPTZ,
  WATERMARK FOR at) WITH (allowed_lateness = '1 hour');
CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT);
CREATE PROPERTY GRAPH flow VERTEX TABLES (accounts KEY (id) LABEL Account)
  EDGE TABLES (payments KEY (id) SOURCE KEY (payer) REFERENCES accounts (id)
    DESTINATION KEY (payee) REFERENCES accounts (id) LABEL PAID) WITH (retain = '30 days');
CREATE DECISION payment ON payments OUTCOMES (deny, review, approve) DEFAULT approve FALLBACK review DEADLINE 500 MILLISECONDS;
CREATE RULE large ON payments WHEN amount > 1000 DO ALERT 'Large' SEVERITY LOW KEY (payer), DECIDE review, WEBHOOK 'desk';
CREATE RULE own ON payments WHEN payer = payee DO ALERT 'To oneself' KEY (payer), REFUSE;
CREATE RULE ring ON payments THEN USE flow
  MATCH p = SIMPLE (a:Account WHERE a.id = $payee)-[t:PAID]->{1,3}(b:Account WHERE b.id = $payer)-[last:PAID WHERE last.id = $id]->(a)
    ASCENDING BY at WITHIN INTERVAL '1 minute'
  RETURN p, SUM(t.amount) AS moved
  DO ALERT 'Ring' SEVERITY HIGH KEY (payer, payee), DECIDE deny;
CREATE QUERY paid (account TEXT, least NUMERIC(18,2) = 0) AS USE flow
  MATCH (a:Account WHERE a.id = $account)-[t:PAID WHERE t.amount >= $least]->(b:Account)
  RETURN b, t, t.amount AS amount ORDER BY amount DESC;
`;

const COLUMNS: readonly SqlType[] = [TEXT, TEXT, TEXT, numeric(18, 2), TIMESTAMPTZ];
const ACCOUNT: readonly SqlType[] = [TEXT, TEXT];

/** The time of payments without one of their own; their arrival is just behind it. Microseconds. */
export const NOW_MICROS = 1_790_000_000_000_000;

/** One payment as a row: amount in cents. */
export interface Payment {
  readonly id: string;
  readonly payer: string;
  readonly payee: string;
  readonly cents?: number;
  readonly seconds?: number;
}

/** A frame of payments, or null of none. */
export function paymentFrame(payments: readonly Payment[]): Uint8Array {
  const writer = new FrameWriter();
  for (const { id, payer, payee, cents = 100, seconds = 0 } of payments) {
    const at = NOW_MICROS + seconds * 1_000_000;
    writer.event('payments', [id, payer, payee, cents, at], COLUMNS, Math.max(at, NOW_MICROS));
  }
  return writer.finish();
}

/** A frame of one payment that arrives so many seconds after NOW_MICROS, whatever its time. */
export function frameArrivingAt(payment: Payment, arrivalSeconds: number): Uint8Array {
  const { id, payer, payee, cents = 100, seconds = 0 } = payment;
  const writer = new FrameWriter();
  const [at, arrival] = [seconds, arrivalSeconds].map((each) => NOW_MICROS + each * 1_000_000) as [
    number,
    number,
  ];
  writer.event('payments', [id, payer, payee, cents, at], COLUMNS, arrival);
  return writer.finish();
}

/** A frame of accounts, by id and name. */
export function accountFrame(accounts: readonly (readonly [id: string, name: string])[]): Uint8Array {
  const writer = new FrameWriter();
  for (const account of accounts) writer.upsert('accounts', account, ACCOUNT, NOW_MICROS);
  return writer.finish();
}

/** `count` payments from `first` on, no two alike, around `accounts` accounts. */
export function manyPayments(first: number, count: number, accounts = 50): Payment[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `p${first + n}`,
    payer: `A${(first + n) % accounts}`,
    payee: `A${((first + n) * 7 + 1) % accounts}`,
    cents: 1 + ((first + n) % 90_000),
    seconds: first + n,
  }));
}

const folders: string[] = [];

/** A folder that goes with `removeFolders`. */
export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-host-'));
  folders.push(folder);
  return folder;
}

/** Removes what newFolder made. */
export async function removeFolders(): Promise<void> {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

/** Engines in this thread with one tenant that has the definitions. */
export async function startWithTenant(
  more: Partial<EngineOptions> = {},
  text = PAYMENTS,
): Promise<{ readonly host: EngineHost; readonly tenant: TenantId; readonly folder: string }> {
  const folder = more.folder ?? (await newFolder());
  const host = startEnginesHere({ ...more, folder });
  const tenant = newTenantId();
  await host.create(tenant);
  await host.engine(tenant).publish(text, { allowDrop: false });
  return { host, tenant, folder };
}
