import type { SeverityName } from '../parts/severity.tsx';
import type { AlertQueueVariables } from './alerts.operations.ts';

/** Which alerts the queue shows; kept in the address, so that a view can be sent to a colleague. */
export interface AlertFilter {
  readonly state: 'OPEN' | 'ACKNOWLEDGED' | 'ALL';
  readonly rules: readonly string[];
  readonly severities: readonly SeverityName[];
  /** A value of a KEY column, such as an account; empty for any. */
  readonly key: string;
  readonly assignee: 'anyone' | 'me' | 'nobody';
}

export const SEVERITIES: readonly SeverityName[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'];
const STATES = ['OPEN', 'ACKNOWLEDGED', 'ALL'] as const;
const ASSIGNEES = ['anyone', 'me', 'nobody'] as const;

/** The filter that an address asks for; what it does not say is as at the start: all that is open. */
export function readFilter(query: Readonly<Record<string, string>>): AlertFilter {
  return {
    state: STATES.find((state) => state === query.state) ?? 'OPEN',
    rules: list(query.rules),
    severities: SEVERITIES.filter((severity) => list(query.severities).includes(severity)),
    key: query.key ?? '',
    assignee: ASSIGNEES.find((assignee) => assignee === query.assignee) ?? 'anyone',
  };
}

/** What an address says of a filter. */
export function writeFilter(filter: AlertFilter): Readonly<Record<string, string | null>> {
  return {
    state: filter.state === 'OPEN' ? null : filter.state,
    rules: filter.rules.join(',') || null,
    severities: filter.severities.join(',') || null,
    key: filter.key || null,
    assignee: filter.assignee === 'anyone' ? null : filter.assignee,
  };
}

/** The filter as the schema has it. `me` is the viewer's member id; null for who is no member. */
export function filterInput(
  filter: AlertFilter,
  me: string | null,
): NonNullable<AlertQueueVariables['filter']> {
  return {
    ...(filter.state === 'ALL' ? {} : { state: filter.state }),
    ...(filter.rules.length === 0 ? {} : { rules: filter.rules }),
    ...(filter.severities.length === 0 ? {} : { severities: filter.severities }),
    ...(filter.key === '' ? {} : { key: filter.key }),
    ...(filter.assignee === 'nobody' ? { assigneeId: null } : {}),
    ...(filter.assignee === 'me' && me !== null ? { assigneeId: me } : {}),
  };
}

/** Whether an alert that has just been raised belongs into the list; rules and severities are asked for with it. */
export function showsNewAlert(
  filter: AlertFilter,
  alert: { readonly key: readonly { readonly value: string | null }[] },
): boolean {
  if (filter.state === 'ACKNOWLEDGED' || filter.assignee === 'me') return false;
  return filter.key === '' || alert.key.some(({ value }) => value === filter.key);
}

function list(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((part) => part !== '');
}
