import type { GraphElements } from '../core/graph-elements.ts';
import type { Page, PageRequest } from './page.ts';
import type { PersonRef } from './principal.ts';

export type AlertStatus = 'open' | 'acknowledged';

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
  /** The vertices and edges of its paths as they were then (AlertEffect.elements); null where the effect has none. */
  readonly elements: GraphElements | null;
  readonly status: AlertStatus;
  readonly acknowledgedBy: PersonRef | null;
  readonly acknowledgedAt: string | null;
  /** A member's id. */
  readonly assignee: string | null;
  readonly raisedAt: string;
  readonly updatedAt: string;
}

export interface AlertFilter {
  readonly status?: AlertStatus;
  readonly rules?: readonly string[];
  readonly severities?: readonly string[];
  /** A member's id; null: nobody's. */
  readonly assignee?: string | null;
  /** Event time, ISO 8601: from, inclusive; until, exclusive. */
  readonly from?: string;
  readonly until?: string;
  /** A value of one of the KEY columns. */
  readonly keyValue?: string;
}

export interface AlertPage extends Page<Alert> {
  /** How many pass the filter, up to where the pages are cut. */
  readonly total: number;
  /** Of the newest alert up to where the pages are cut; 0 where there is none. */
  readonly position: number;
}

export interface AlertComment {
  /** `com_` + ULID. */
  readonly id: string;
  readonly author: PersonRef;
  readonly text: string;
  readonly at: string;
}

/** Alerts of the tenant, newest first. Every read is a read of personal data and audited; every change too. */
export interface AlertStore {
  get(id: string): Promise<Alert | null>;
  /** Pages of one walk are cut at the effect that was newest when its first page was read. */
  page(filter: AlertFilter, request: PageRequest): Promise<AlertPage>;
  /** Alerts of positions after `position`, oldest first, 1000 at most: for a subscription that goes on after a break. */
  since(filter: AlertFilter, position: number): Promise<readonly Alert[]>;
  /** Changes nothing when it is acknowledged already. Throws NOT_FOUND. */
  acknowledge(id: string): Promise<Alert>;
  /** To a member, or to nobody (null). Throws NOT_FOUND. */
  assign(id: string, memberId: string | null): Promise<Alert>;
  /** Puts it back into the queue. Throws NOT_FOUND. */
  reopen(id: string): Promise<Alert>;
  /** Throws NOT_FOUND, FIELD_INVALID. */
  comment(id: string, text: string): Promise<AlertComment>;
  /** Oldest first. */
  comments(id: string, request: PageRequest): Promise<Page<AlertComment>>;
}
