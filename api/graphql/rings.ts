import type { AlertEffect } from '../../core/effects.ts';
import type { EdgeElement } from '../../core/graph-elements.ts';
import { parseTimestamp } from '../../core/timestamp.ts';
import type { Alert } from '../../tenants/alert-store.ts';
import { groupThousands, isDecimal, sumDecimals } from './decimal-sum.ts';
import type { GraphqlContext } from './graphql-context.ts';
import type { RingModel } from './models.ts';
import type { RingPicture } from './ring-picture.ts';

/** The line of an alert, parsed: what `--alerts` prints. */
export interface AlertLine {
  readonly rule: string;
  readonly version: number;
  readonly key: Readonly<Record<string, string | null>>;
  readonly time: string | null;
  readonly severity: string;
  readonly partial: boolean;
  readonly paths: readonly {
    readonly name: string;
    readonly vertices: readonly string[];
    readonly edges: readonly (string | readonly string[])[];
    readonly values: Readonly<Record<string, unknown>>;
  }[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly trace: readonly {
    readonly task: string;
    readonly why: string;
    readonly rows: number;
    readonly edgesVisited: number;
  }[];
}

const lines = new WeakMap<Alert, AlertLine>();

/** The alert's line, parsed once. */
export function lineOf(alert: Alert): AlertLine {
  const known = lines.get(alert) ?? (JSON.parse(alert.line) as AlertLine);
  lines.set(alert, known);
  return known;
}

/** An alert that was raised just now, as the catalog will have it. */
export function alertOfEffect(effect: AlertEffect, raisedAt = new Date().toISOString(), number = 0): Alert {
  const line = JSON.parse(effect.line) as AlertLine;
  const alert: Alert = {
    id: effect.id,
    effect: number,
    rule: effect.rule,
    ruleVersion: line.version,
    severity: line.severity,
    position: effect.position,
    time: line.time,
    key: line.key,
    partial: line.partial,
    afterDeadline: false,
    line: effect.line,
    elements: effect.elements ?? null,
    status: 'open',
    acknowledgedBy: null,
    acknowledgedAt: null,
    assignee: null,
    raisedAt,
    updatedAt: raisedAt,
  };
  lines.set(alert, line);
  return alert;
}

/** What the rule calls its alerts, as it is in force; its name where it is gone. */
export async function titleOf(context: GraphqlContext, rule: string): Promise<string> {
  const inForce = await context.loaders.definitions();
  return inForce?.rules.find(({ name }) => name === rule)?.title ?? rule;
}

/** What an alert has found. */
export async function ringsOf(context: GraphqlContext, alert: Alert): Promise<readonly RingModel[]> {
  const inForce = await context.loaders.definitions();
  const rule = inForce?.rules.find(({ name }) => name === alert.rule);
  return lineOf(alert).paths.map(({ name, vertices, edges, values }) => ({
    name,
    vertices,
    hops: edges.map((hop) => (typeof hop === 'string' ? [hop] : hop)),
    values,
    elements: alert.elements,
    graph: rule?.graph ?? null,
    title: rule?.title ?? alert.rule,
    alertId: alert.id,
  }));
}

/** An edge of a ring. */
export interface RingEdgeModel {
  readonly key: string;
  readonly hop: number;
  readonly from: string;
  readonly to: string;
  readonly amount: string | null;
  readonly time: string | null;
  readonly closing: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Whether the ring's last vertex is its first. */
export function isClosed({ vertices, hops }: RingModel): boolean {
  return hops.length > 0 && vertices.length > 1 && vertices[0] === vertices.at(-1);
}

/** The ring's edges in path order, with what is known of each. */
export async function edgesOf(context: GraphqlContext, ring: RingModel): Promise<readonly RingEdgeModel[]> {
  const known = new Map((ring.elements?.edges ?? []).map((edge) => [edge.key, edge]));
  const amountOf = await amountReader(context, ring);
  return ring.hops.flatMap((keys, hop) =>
    keys.map((key) => {
      const edge = known.get(key);
      return {
        key,
        hop,
        from: edge?.source ?? ring.vertices[hop] ?? '',
        to: edge?.destination ?? ring.vertices[hop + 1] ?? '',
        amount: edge === undefined ? null : amountOf(edge),
        time: edge?.time ?? null,
        closing: isClosed(ring) && hop === ring.hops.length - 1,
        properties: edge?.properties ?? {},
      };
    }),
  );
}

/** Reads what an edge moves: its property `amount`, else its first NUMERIC one. */
async function amountReader(
  context: GraphqlContext,
  { graph }: RingModel,
): Promise<(edge: EdgeElement) => string | null> {
  const inForce = await context.loaders.definitions();
  const tables = inForce?.graphs.find(({ name }) => name === graph)?.edgeTables ?? [];
  const columns = new Map<string, string>();
  for (const { labels, properties } of tables) {
    const numeric = properties.find(({ typeName }) => typeName.startsWith('NUMERIC'));
    for (const label of labels) if (numeric !== undefined) columns.set(label, numeric.name);
  }
  return ({ label, properties }) => {
    const column = Object.hasOwn(properties, 'amount') ? 'amount' : columns.get(label);
    const value = column === undefined ? null : (properties[column] ?? null);
    return value === null || typeof value === 'boolean' ? null : String(value);
  };
}

/** What a ring's edges come to together. */
export interface RingTotals {
  readonly amount: string | null;
  readonly start: string | null;
  readonly end: string | null;
}

/** Adds up the edges that are known; the amount is null where one of them has none. */
export function totalsOf(edges: readonly RingEdgeModel[]): RingTotals {
  const amounts = edges.map(({ amount }) => amount);
  const times = edges.flatMap(({ time }) => (time === null ? [] : [time])).sort(compareTimes);
  return {
    amount: amounts.every(isDecimal) ? sumDecimals(amounts) : null,
    start: times[0] ?? null,
    end: times.at(-1) ?? null,
  };
}

function compareTimes(a: string, b: string): number {
  return microsOf(a) - microsOf(b);
}

function microsOf(time: string): number {
  return parseTimestamp(time) ?? 0;
}

/** The ring in words: `4 hops over A, B and C back to A move 1,102.45 within 3 days 2 hours`. */
export function ringText(ring: RingModel, totals: RingTotals): string {
  const count = ring.hops.length;
  if (count === 0) return 'A result without a path.';
  const closed = isClosed(ring);
  const [first = '', ...others] = closed ? ring.vertices.slice(0, -1) : ring.vertices;
  const way = closed
    ? `from ${first}${others.length === 0 ? '' : ` over ${listText(others)}`} back to ${first}`
    : `from ${first} over ${listText(others)}`;
  const amount = totals.amount === null ? '' : `, ${groupThousands(totals.amount)} in all`;
  const span =
    totals.start === null || totals.end === null
      ? ''
      : `, within ${spanText(microsOf(totals.end) - microsOf(totals.start))}`;
  return `${count} ${count === 1 ? 'hop' : 'hops'} ${way}${amount}${span}`;
}

const NAMES_TOLD = 8;

function listText(names: readonly string[]): string {
  if (names.length > NAMES_TOLD) {
    return `${names.slice(0, NAMES_TOLD).join(', ')} and ${names.length - NAMES_TOLD} more`;
  }
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}

const UNITS = [
  { name: 'day', micros: 86_400_000_000 },
  { name: 'hour', micros: 3_600_000_000 },
  { name: 'minute', micros: 60_000_000 },
  { name: 'second', micros: 1_000_000 },
] as const;

/** A stretch of time in its two greatest units: `3 days 2 hours`. */
export function spanText(micros: number): string {
  const parts: string[] = [];
  let left = micros;
  for (const { name, micros: unit } of UNITS) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? 'a second' : parts.join(' ');
}

/** The ring as a picture's texts. Parallel edges of a hop are added up. */
export function pictureOf(
  ring: RingModel,
  edges: readonly RingEdgeModel[],
  totals: RingTotals,
  theme: RingPicture['theme'],
): RingPicture {
  const closed = isClosed(ring);
  const hops = ring.hops.map((_, hop) => {
    const parallel = edges.filter((edge) => edge.hop === hop);
    const amounts = parallel.map(({ amount }) => amount);
    const sum = amounts.every(isDecimal) ? sumDecimals(amounts) : null;
    return {
      amount: sum === null ? parallel.map(({ key }) => key).join(', ') : groupThousands(sum),
      when: timeText(parallel[0]?.time ?? null),
      closing: closed && hop === ring.hops.length - 1,
    };
  });
  const text = ringText(ring, totals);
  return {
    title: ring.title,
    description: `${text}. Alert ${ring.alertId}.`,
    members: closed ? ring.vertices.slice(0, -1) : ring.vertices,
    hops,
    legend: 'Beside each arrow: what it moves, and when (UTC).',
    summary: [
      `${ring.hops.length} ${ring.hops.length === 1 ? 'hop' : 'hops'}`,
      ...(totals.amount === null ? [] : [`${groupThousands(totals.amount)} in all`]),
      ...(totals.start === null || totals.end === null
        ? []
        : [`within ${spanText(microsOf(totals.end) - microsOf(totals.start))}`]),
    ],
    theme,
  };
}

/** `2026-11-22 07:14`. */
function timeText(time: string | null): string {
  return time === null ? '' : `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}
