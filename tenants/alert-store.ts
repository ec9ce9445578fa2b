import type { Page, PageRequest } from './page.ts';

export const ALERT_STATUSES = ['open', 'acknowledged', 'closed'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

export const DISPOSITIONS = ['confirmed', 'falsePositive', 'inconclusive'] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** An alert as the fold raised it, and what people have made of it. */
export interface Alert {
  /** The derived id, 26 characters. */
  readonly id: string;
  /** The number of its effect: rises with the log. */
  readonly effect: number;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly severity: string;
  readonly position: number;
  /** Event time, ISO 8601, or null. */
  readonly time: string | null;
  /** KEY columns by name. */
  readonly key: Readonly<Record<string, unknown>>;
  readonly partial: boolean;
  /** Whether it came after the deadline of its decision. */
  readonly afterDeadline: boolean;
  /** The whole alert as the fold wrote it: JSON text with paths, values and trace. */
  readonly line: string;
  readonly status: AlertStatus;
  readonly disposition: Disposition | null;
  /** A member's id. */
  readonly assignee: string | null;
  readonly caseId: string | null;
  readonly raisedAt: string;
  readonly updatedAt: string;
}

export interface AlertFilter {
  readonly status?: readonly AlertStatus[];
  readonly rules?: readonly string[];
  readonly severities?: readonly string[];
  /** A member's id; null: nobody's. */
  readonly assignee?: string | null;
  readonly caseId?: string;
  /** Event time, ISO 8601: from, inclusive; until, exclusive. */
  readonly from?: string;
  readonly until?: string;
  /** A value of one of the KEY columns. */
  readonly keyValue?: string;
}

export interface AlertComment {
  /** `com_` + ULID. */
  readonly id: string;
  readonly author: { readonly personId: string; readonly kind: string; readonly name: string };
  readonly text: string;
  readonly at: string;
}

/** Alerts of the tenant, newest first. Every read is a read of personal data and audited; every change too. */
export interface AlertStore {
  get(id: string): Promise<Alert | null>;
  /** Pages of one walk are cut at the effect that was newest when its first page was read. */
  page(filter: AlertFilter, request: PageRequest): Promise<Page<Alert>>;
  /** How many there are by status. */
  counts(): Promise<Readonly<Record<AlertStatus, number>>>;
  /** Changes nothing when it is acknowledged already. Throws NOT_FOUND, ALERT_CLOSED. */
  acknowledge(id: string): Promise<Alert>;
  /** To a member, or to nobody (null). Throws NOT_FOUND. */
  assign(id: string, memberId: string | null): Promise<Alert>;
  close(id: string, disposition: Disposition): Promise<Alert>;
  reopen(id: string): Promise<Alert>;
  /** Throws NOT_FOUND, FIELD_INVALID. */
  comment(id: string, text: string): Promise<AlertComment>;
  /** Oldest first. */
  comments(id: string, request: PageRequest): Promise<Page<AlertComment>>;
}
