import type { SeverityName } from '../parts/severity.tsx';
import type { AlertQueueVariables } from './alerts.operations.ts';

/** Which alerts the queue shows, and in what order; kept in the address, so that a view can be sent to a colleague. */
export interface AlertFilter {
  readonly state: 'OPEN' | 'ACKNOWLEDGED' | 'ALL';
  readonly rules: readonly string[];
  readonly severities: readonly SeverityName[];
  /** A value of a KEY column, such as an account; empty for any. */
  readonly key: string;
  /** `anyone`, `me`, `nobody`, or a member's id. */
  readonly assignee: string;
  readonly period: Period;
  readonly order: AlertOrder;
}

export type AlertOrder = 'NEWEST' | 'SEVERITY';

/** When the triggering events happened: up to now, or between two moments (ISO 8601; null: no end there). */
export type Period =
  | { readonly kind: 'any' }
  | { readonly kind: 'last'; readonly hours: number }
  | { readonly kind: 'between'; readonly from: string | null; readonly to: string | null };

export const SEVERITIES: readonly SeverityName[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
/** Stretches of time that are offered, in hours. */
export const PERIOD_HOURS: readonly number[] = [1, 24, 7 * 24, 30 * 24];
const STATES = ['OPEN', 'ACKNOWLEDGED', 'ALL'] as const;
const HOUR_MS = 3_600_000;

/** The filter that an address asks for; what it does not say is as at the start: all that is open. */
export function readFilter(query: Readonly<Record<string, string>>): AlertFilter {
  return {
    state: STATES.find((state) => state === query.state) ?? 'OPEN',
    rules: list(query.rules),
    severities: SEVERITIES.filter((severity) => list(query.severities).includes(severity)),
    key: query.key ?? '',
    assignee: /^[\w=-]+$/.test(query.assignee ?? '') ? (query.assignee ?? '') : 'anyone',
    period: readPeriod(query),
    order: query.order === 'SEVERITY' ? 'SEVERITY' : 'NEWEST',
  };
}

function readPeriod(query: Readonly<Record<string, string>>): Period {
  const hours = Number(query.hours);
  if (PERIOD_HOURS.includes(hours)) return { kind: 'last', hours };
  const from = isoOf(query.from);
  const to = isoOf(query.to);
  return query.from === undefined && query.to === undefined ? { kind: 'any' } : { kind: 'between', from, to };
}

function isoOf(text: string | undefined): string | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** What an address says of a filter. */
export function writeFilter(filter: AlertFilter): Readonly<Record<string, string | null>> {
  const { period } = filter;
  return {
    state: filter.state === 'OPEN' ? null : filter.state,
    rules: filter.rules.join(',') || null,
    severities: filter.severities.join(',') || null,
    key: filter.key || null,
    assignee: filter.assignee === 'anyone' ? null : filter.assignee,
    hours: period.kind === 'last' ? String(period.hours) : null,
    // `any` for an end that is not chosen yet: the fields for it stay on the page.
    from: period.kind === 'between' ? (period.from ?? 'any') : null,
    to: period.kind === 'between' ? (period.to ?? 'any') : null,
    order: filter.order === 'NEWEST' ? null : filter.order,
  };
}

/** The moments of a period at a time; null for no end there. */
export function periodEnds(
  period: Period,
  nowMs: number,
): { readonly from: string | null; readonly to: string | null } {
  if (period.kind === 'between') return { from: period.from, to: period.to };
  if (period.kind === 'any') return { from: null, to: null };
  return { from: new Date(nowMs - period.hours * HOUR_MS).toISOString(), to: null };
}

/** The filter as the schema has it. `me` is the viewer's member id; null for who is no member. */
export function filterInput(
  filter: AlertFilter,
  me: string | null,
  nowMs: number,
): NonNullable<AlertQueueVariables['filter']> {
  const { from, to } = periodEnds(filter.period, nowMs);
  return {
    ...(filter.state === 'ALL' ? {} : { state: filter.state }),
    ...(filter.rules.length === 0 ? {} : { rules: filter.rules }),
    ...(filter.severities.length === 0 ? {} : { severities: filter.severities }),
    ...(filter.key === '' ? {} : { key: filter.key }),
    ...assigneeInput(filter.assignee, me),
    ...(from === null ? {} : { from }),
    ...(to === null ? {} : { to }),
  };
}

function assigneeInput(assignee: string, me: string | null): { readonly assigneeId?: string | null } {
  if (assignee === 'anyone' || (assignee === 'me' && me === null)) return {};
  if (assignee === 'nobody') return { assigneeId: null };
  return { assigneeId: assignee === 'me' ? me : assignee };
}

/** Whether an alert that has just been raised belongs into the list; rules and severities are asked for with it. */
export function showsNewAlert(
  filter: AlertFilter,
  alert: {
    readonly time: string | null;
    readonly key: readonly { readonly value: string | null }[];
  },
  nowMs: number,
): boolean {
  // Nobody has acknowledged it yet, and it is assigned to nobody.
  if (filter.state === 'ACKNOWLEDGED') return false;
  if (filter.assignee !== 'anyone' && filter.assignee !== 'nobody') return false;
  if (filter.key !== '' && !alert.key.some(({ value }) => value === filter.key)) return false;
  const { from, to } = periodEnds(filter.period, nowMs);
  if (from === null && to === null) return true;
  if (alert.time === null) return false;
  const at = Date.parse(alert.time);
  return (from === null || at >= Date.parse(from)) && (to === null || at < Date.parse(to));
}

/** Whether a filter leaves anything out but by state. */
export function isNarrowed(filter: AlertFilter): boolean {
  return (
    filter.key !== '' ||
    filter.rules.length > 0 ||
    filter.severities.length > 0 ||
    filter.assignee !== 'anyone' ||
    filter.period.kind !== 'any'
  );
}

/** The same with nothing left out but by state. */
export function widened(filter: AlertFilter): AlertFilter {
  return { ...readFilter({}), state: filter.state, order: filter.order };
}

function list(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}
