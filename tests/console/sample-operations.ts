import { createHash } from 'node:crypto';
import { iso, seeded } from './sample-alerts.ts';

const NOW = Date.UTC(2026, 10, 22, 6, 30);
const HOUR = 3_600_000;

/** Endpoints of webhooks: one that works, one that failed, one that is off. */
export function sampleEndpoints(): Record<string, unknown>[] {
  const facts = {
    __typename: 'WebhookEndpoint',
    description: null,
    stateReason: null,
    oldSecretUntil: null,
    rules: null,
  };
  return [
    {
      ...facts,
      id: 'RXA6MQ',
      name: 'risk-desk',
      url: 'https://risk.example-bank.com/hooks/ringwatch',
      description: 'Cases of the risk desk',
      state: 'ENABLED',
      rules: [],
      createdAt: iso(NOW - 900 * HOUR),
      oldSecretUntil: iso(NOW + 9 * HOUR),
    },
    {
      ...facts,
      id: 'RXA6Mg',
      name: 'core-banking',
      url: 'https://core.example-bank.com/alerts',
      state: 'FAILED',
      stateReason: 'It answered 410 Gone.',
      rules: ['cash_out_ring'],
      createdAt: iso(NOW - 700 * HOUR),
    },
    {
      ...facts,
      id: 'RXA6Mw',
      name: 'archive',
      url: 'https://archive.example-bank.com/in',
      state: 'DISABLED',
      stateReason: 'Switched off by Priya Nair.',
      createdAt: iso(NOW - 300 * HOUR),
    },
  ];
}

/** Deliveries, newest first. */
export function sampleDeliveries(
  alerts: readonly {
    readonly alertId: string;
    readonly position: string;
    readonly [fact: string]: unknown;
  }[],
  endpoints: readonly Record<string, unknown>[],
): Record<string, unknown>[] {
  return [...alerts]
    .reverse()
    .map((alert, index) => sampleDelivery(alert, endpoints[index % 6 === 4 ? 1 : 0]!, index));
}

function sampleDelivery(
  alert: { readonly alertId: string; readonly [fact: string]: unknown },
  endpoint: Record<string, unknown>,
  index: number,
): Record<string, unknown> {
  const state = index % 6 === 4 ? 'FAILED' : index % 9 === 1 ? 'PENDING' : 'DELIVERED';
  const createdAt = NOW - index * 17 * 60_000;
  const tries = state === 'DELIVERED' ? (index % 5 === 2 ? 3 : 1) : 4;
  const body = `{"type":"alert.raised","timestamp":"${iso(createdAt)}","data":${String(alert.line)}}`;
  return {
    __typename: 'Delivery',
    id: `RGVsOj${index}`,
    webhookId: `msg_${alert.alertId}`,
    type: 'alert.raised',
    endpoint,
    alert,
    state,
    createdAt: iso(createdAt),
    nextAttemptAt: state === 'PENDING' ? iso(createdAt + 30 * 60_000) : null,
    deliveredAt: state === 'DELIVERED' ? iso(createdAt + 900) : null,
    body,
    attemptCount: tries,
    attempts: Array.from({ length: tries }, (_, attempt) =>
      sampleAttempt(
        createdAt,
        attempt,
        attempt === tries - 1 && state === 'DELIVERED',
        String(alert.alertId),
      ),
    ),
  };
}

function sampleAttempt(
  createdAt: number,
  attempt: number,
  done: boolean,
  alertId: string,
): Record<string, unknown> {
  const silent = !done && attempt === 1;
  return {
    number: attempt + 1,
    startedAt: iso(createdAt + attempt * 5_000 * (attempt + 1)),
    durationMs: silent ? 15_000 : 38 + attempt * 12,
    requestHeaders: {
      'content-type': 'application/json',
      'webhook-id': `msg_${alertId}`,
      'webhook-timestamp': String(Math.floor(createdAt / 1000)),
    },
    status: silent ? null : done ? 204 : 503,
    responseHeaders: silent
      ? null
      : done
        ? { date: 'Sun, 22 Nov 2026 06:30:00 GMT' }
        : { 'retry-after': '5' },
    responseBody: silent ? null : done ? '' : '<html><body>upstream not available</body></html>',
    error: silent ? 'WEBHOOK_TIMEOUT' : done ? null : 'WEBHOOK_STATUS',
    errorMessage: silent
      ? 'The receiver did not answer within 15 s.'
      : done
        ? null
        : 'The receiver answered 503.',
  };
}

const PEOPLE = ['Mara Lindqvist', 'Jonas Weber', 'Aiko Tanaka', 'Priya Nair'];
const ACTIONS = [
  'alerts.read',
  'alerts.acknowledge',
  'definitions.draft',
  'definitions.publish',
  'keys.create',
  'members.read',
];

/** The audit log, newest first, chained. */
export function sampleAudit(count: number): Record<string, unknown>[] {
  const entries: Record<string, unknown>[] = [];
  let previousHash = '0'.repeat(64);
  for (let sequence = 1; sequence <= count; sequence++) {
    const action = ACTIONS[sequence % ACTIONS.length]!;
    const name = PEOPLE[(sequence * 7) % PEOPLE.length]!;
    const hash = createHash('sha256').update(`${previousHash}${sequence}`).digest('hex');
    entries.unshift({
      __typename: 'AuditEntry',
      id: `QXVkOj${sequence}`,
      sequence: String(sequence),
      at: iso(NOW - (count - sequence) * 11 * 60_000),
      actor: { kind: 'MEMBER', id: `mem_${(sequence % 4) + 1}`, personId: `mem_${(sequence % 4) + 1}`, name },
      kind: action.endsWith('.read') ? 'READ' : 'CHANGE',
      action,
      target: action.startsWith('alerts') ? `al${String(sequence).padStart(4, '0')}k3v9q2m7xw4t` : null,
      details:
        action === 'definitions.publish'
          ? { version: 3, position: 36_462, twoPersons: true }
          : { count: sequence % 9 },
      hash,
      previousHash,
    });
    previousHash = hash;
  }
  return entries;
}

/** Figures of the last `seconds`, up to the moment: a stream that swells and ebbs. */
export function sampleActivity(seconds: number): { throughput: unknown; latency: unknown } {
  const end = Math.floor(Date.now() / 1000) * 1000;
  const random = seeded(42);
  const points = Array.from({ length: seconds }, (_, index) => {
    const wave = 1 + 0.35 * Math.sin(index / 23) + 0.15 * Math.sin(index / 5);
    const burst = index % 97 > 90 ? 1.8 : 1;
    return { at: iso(end - (seconds - index) * 1000), load: wave * burst, noise: random() };
  });
  return {
    throughput: {
      stepSeconds: 1,
      points: points.map(({ at, load, noise }) => ({
        at,
        eventsPerSecond: Math.round(6_200 * load + 500 * noise),
        decisionsPerSecond: Math.round(480 * load + 30 * noise),
        alertsPerSecond: Math.round(20 * load * noise) / 10,
        lag: String(Math.round(40 * load * noise)),
      })),
    },
    latency: {
      stepSeconds: 1,
      points: points.map(({ at, load, noise }) => ({
        at,
        decideP50Ms: 1.1 * load + 0.2 * noise,
        decideP99Ms: 4.2 * load + 2.1 * noise,
        writeP50Ms: 0.8 * load + 0.1 * noise,
        writeP99Ms: 2.9 * load + 1.2 * noise,
        queryP50Ms: null,
        queryP99Ms: null,
      })),
    },
  };
}

/** What was used, this month and day by day. */
export function sampleUsage(): Record<string, unknown> {
  const metrics = ['REQUESTS', 'RECORDS', 'BYTES', 'DECISIONS', 'QUERIES', 'EDGES', 'ALERTS', 'DELIVERIES'];
  const sizes = [182_000, 64_200_000, 8_900_000_000, 9_400_000, 2_310, 711_000_000, 1_240, 1_310];
  const random = seeded(5);
  return {
    figures: metrics.map((metric, index) => ({
      metric,
      used: String(sizes[index]),
      limit: metric === 'RECORDS' ? '100000000' : metric === 'BYTES' ? '9500000000' : null,
    })),
    days: Array.from({ length: 30 }, (_, day) =>
      metrics.map((metric, index) => ({
        day: iso(NOW - (29 - day) * 24 * HOUR).slice(0, 10),
        metric,
        used: String(Math.floor((sizes[index]! / 22) * (0.6 + random() * 0.8))),
      })),
    ).flat(),
  };
}
