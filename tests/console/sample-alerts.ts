/** An alert with all that the schema asks of one, as plain data; what people make of it changes. */
export interface SampleAlert {
  readonly __typename: 'Alert';
  readonly id: string;
  readonly alertId: string;
  readonly position: string;
  readonly severity: string;
  readonly rule: string;
  readonly time: string | null;
  readonly key: readonly { readonly name: string; readonly value: string | null }[];
  readonly rings: readonly SampleRing[];
  readonly [fact: string]: unknown;
  state: 'OPEN' | 'ACKNOWLEDGED';
  acknowledgedBy: string | null;
  acknowledgedAt: string | null;
  assignee: { readonly memberId: string; readonly name: string } | null;
}

interface SampleRing {
  readonly closed: boolean;
  readonly hops: number;
  readonly amount: string | null;
  readonly [fact: string]: unknown;
}

interface Transfer {
  readonly key: string;
  readonly hop: number;
  readonly from: string;
  readonly to: string;
  readonly cents: number;
  readonly atMs: number;
}

const BASE_MS = Date.UTC(2026, 10, 22, 6, 30);
const MINUTE = 60_000;
const SEVERITIES = ['HIGH', 'HIGH', 'MEDIUM', 'CRITICAL', 'HIGH', 'LOW'];

/** A small generator of numbers from 0 to 1, the same on every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** As many alerts as wanted, oldest first: rings of 3 to 6 transfers, and one of each unusual kind. */
export function sampleAlerts(count: number): SampleAlert[] {
  return Array.from({ length: count }, (_, index) => sampleAlert(index, count));
}

/** The alert number `index` of `count`; those after the last are newer. */
export function sampleAlert(index: number, count: number): SampleAlert {
  const random = seeded(1 + index * 7919);
  const atMs = BASE_MS - (count - index) * 17 * MINUTE - Math.floor(random() * 9 * MINUTE);
  const behind = count - index;
  if (behind === 3) return manyPaths(index, atMs, random);
  if (behind === 5) return guaranteeCircle(index, atMs, random);
  if (behind === 7) return longRing(index, atMs, random);
  if (behind === 9) return withoutPath(index, atMs);
  if (behind === 11) return twoAccounts(index, atMs, random);
  const hops = 3 + Math.floor(random() * 4);
  const members = accounts(hops, random);
  const ring = ringOf('p', chain(members, [...members.slice(1), members[0]!], atMs, random), true);
  return alertOf(index, atMs, [ring], {
    key: keyOf(members.at(-1)!, members[0]!),
    acknowledged: index % 4 === 0,
    partial: behind === 14,
  });
}

function accounts(count: number, random: () => number): string[] {
  const found = new Set<string>();
  while (found.size < count) found.add(String(100 + Math.floor(random() * 9_800)));
  return [...found];
}

function chain(
  from: readonly string[],
  to: readonly string[],
  atMs: number,
  random: () => number,
): Transfer[] {
  let cents = 80_000 + Math.floor(random() * 4_000_000);
  const steps = from.map(() => (0.3 + random()) * 900 * MINUTE);
  let at = atMs - steps.reduce((sum, step) => sum + step, 0) + (steps[0] ?? 0);
  return from.map((account, hop) => {
    if (hop > 0) at += steps[hop] ?? 0;
    cents = Math.floor(cents * (0.9 + random() * 0.1));
    const key = String(20_000 + Math.floor(random() * 80_000));
    return {
      key,
      hop,
      from: account,
      to: to[hop]!,
      cents,
      atMs: hop === from.length - 1 ? atMs : Math.floor(at),
    };
  });
}

function ringOf(name: string, transfers: readonly Transfer[], closed: boolean): SampleRing {
  const hops = new Set(transfers.map(({ hop }) => hop)).size;
  const last = Math.max(...transfers.map(({ hop }) => hop));
  const order = Array.from({ length: hops }, (_, hop) => transfers.find((transfer) => transfer.hop === hop)!);
  const keys = [...order.map(({ from }) => from), order.at(-1)!.to];
  const total = transfers.reduce((sum, { cents }) => sum + cents, 0);
  const times = transfers.map(({ atMs }) => atMs);
  return {
    name,
    closed,
    hops,
    amount: money(total),
    start: iso(Math.min(...times)),
    end: iso(Math.max(...times)),
    values: { moved: money(total) },
    text: `${transfers.length} transfers moved ${money(total)}: ${keys.slice(0, 8).join(', ')}`,
    vertices: keys.map((key) => ({ key, properties: { id: key, name: `Holder of ${key}` } })),
    edges: transfers.map(({ key, hop, from, to, cents, atMs }) => ({
      key,
      hop,
      from,
      to,
      amount: money(cents),
      time: iso(atMs),
      closing: closed && hop === last,
      properties: { tx: key, src: from, dst: to, amount: money(cents), at: iso(atMs) },
    })),
    svg: '<svg xmlns="http://www.w3.org/2000/svg"/>',
  };
}

function keyOf(src: string, dst: string): SampleAlert['key'] {
  return [
    { name: 'src', value: src },
    { name: 'dst', value: dst },
  ];
}

interface Facts {
  readonly key: SampleAlert['key'];
  readonly rule?: string;
  readonly title?: string;
  readonly severity?: string;
  readonly acknowledged?: boolean;
  readonly partial?: boolean;
}

function alertOf(index: number, atMs: number, rings: readonly SampleRing[], facts: Facts): SampleAlert {
  const rule = facts.rule ?? 'cash_out_ring';
  const title = facts.title ?? 'Cash-out ring';
  const alertId = `al${String(index).padStart(4, '0')}${'k3v9q2m7xw4t'.repeat(2)}`.slice(0, 26);
  const about = facts.key.map(({ name, value }) => `${name} ${value ?? ''}`).join(', ');
  const [ring] = rings;
  const acknowledged = facts.acknowledged === true;
  return {
    __typename: 'Alert',
    id: `QWxlcnQ6${alertId}`,
    alertId,
    rule,
    ruleVersion: 2,
    title,
    severity: facts.severity ?? SEVERITIES[index % SEVERITIES.length]!,
    key: facts.key,
    time: iso(atMs),
    position: String(40_000 + index * 37),
    raisedAt: iso(atMs + 210),
    partial: facts.partial === true,
    afterDeadline: false,
    rings,
    reasons: [
      {
        rule,
        ruleVersion: 2,
        outcome: 'review',
        text: `${title} for ${about} (rule ${rule}, version 2)${ring === undefined ? '' : `: ${String(ring.text)}`}. It asks for review.`,
      },
    ],
    values: {
      tx: '48213',
      src: facts.key[0]?.value,
      dst: facts.key[1]?.value,
      amount: ring?.amount ?? null,
      at: iso(atMs),
    },
    trace: [
      {
        task: 'match p',
        why: `rule ${rule} fired`,
        rows: rings.length,
        edgesVisited: '214',
      },
      {
        task: 'let moved',
        why: `${rings.length} ${rings.length === 1 ? 'row' : 'rows'} of match p`,
        rows: rings.length,
        edgesVisited: '0',
      },
      {
        task: 'return',
        why: `${rings.length} ${rings.length === 1 ? 'row' : 'rows'} of let moved`,
        rows: rings.length,
        edgesVisited: '0',
      },
    ],
    line: JSON.stringify({
      id: alertId,
      rule,
      version: 2,
      key: Object.fromEntries(facts.key.map(({ name, value }) => [name, value])),
    }),
    state: acknowledged ? 'ACKNOWLEDGED' : 'OPEN',
    acknowledgedBy: acknowledged ? 'Jonas Weber' : null,
    acknowledgedAt: acknowledged ? iso(atMs + 40 * MINUTE) : null,
    updatedAt: iso(atMs + 40 * MINUTE),
    assignee: index % 5 === 2 ? { memberId: 'mem_2', name: 'Jonas Weber' } : null,
  };
}

/** Several rings that one transfer closes. */
function manyPaths(index: number, atMs: number, random: () => number): SampleAlert {
  const [a, b, c, d, e, f, g] = accounts(7, random) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const routes = [
    [a, c, b],
    [a, d, e, b],
    [a, d, f, b],
    [a, c, g, f, b],
  ];
  const closing: Transfer = { key: '77123', hop: 0, from: b, to: a, cents: 2_412_000, atMs };
  const seen = new Map<string, Transfer>();
  const rings = routes.map((route) => {
    const path = chain(route.slice(0, -1), route.slice(1), atMs - 60 * MINUTE, random).map((transfer) => {
      const name = `${transfer.from} ${transfer.to}`;
      const known = seen.get(name) ?? transfer;
      seen.set(name, known);
      return { ...known, hop: transfer.hop };
    });
    return ringOf('p', [...path, { ...closing, hop: path.length }], true);
  });
  return alertOf(index, atMs, rings, { key: keyOf(b, a), severity: 'CRITICAL' });
}

/** A circle of companies with parallel contracts. */
function guaranteeCircle(index: number, atMs: number, random: () => number): SampleAlert {
  const members = ['82', '417', '1093', '655'];
  const contracts = members.flatMap((from, hop) => {
    const to = members[(hop + 1) % members.length]!;
    const one = {
      key: `guarantees:${300 + hop}`,
      hop,
      from,
      to,
      cents: 50_000_000 + hop * 1_500_000,
      atMs: atMs - (4 - hop) * 4_000 * MINUTE,
    };
    const parallel = {
      ...one,
      key: `guarantees:${700 + hop}`,
      cents: 9_900_000,
      atMs: one.atMs + 900 * MINUTE,
    };
    if (hop === members.length - 1)
      return [{ ...one, key: `applications:${Math.floor(random() * 9_000)}`, atMs }];
    return hop === 1 ? [one, parallel] : [one];
  });
  return alertOf(index, atMs, [ringOf('p', contracts, true)], {
    rule: 'circle',
    title: 'Guarantee circle',
    key: [
      { name: 'guarantor', value: '655' },
      { name: 'beneficiary', value: '82' },
    ],
  });
}

function longRing(index: number, atMs: number, random: () => number): SampleAlert {
  const members = accounts(48, random);
  const ring = ringOf('p', chain(members, [...members.slice(1), members[0]!], atMs, random), true);
  return alertOf(index, atMs, [ring], {
    key: keyOf(members.at(-1)!, members[0]!),
    rule: 'long_ring',
    title: 'Layering ring',
  });
}

function twoAccounts(index: number, atMs: number, random: () => number): SampleAlert {
  const members = accounts(2, random);
  const ring = ringOf('p', chain(members, [members[1]!, members[0]!], atMs, random), true);
  return alertOf(index, atMs, [ring], {
    key: keyOf(members[1]!, members[0]!),
    title: 'Money back',
    rule: 'money_back',
  });
}

function withoutPath(index: number, atMs: number): SampleAlert {
  return alertOf(index, atMs, [], {
    key: [{ name: 'src', value: '5518' }],
    rule: 'velocity',
    title: 'Many transfers in an hour',
    severity: 'LOW',
  });
}

function money(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
}

/** ISO 8601 in UTC of milliseconds. */
export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
