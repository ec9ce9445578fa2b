import type { AlertComment, Disposition } from './alert-store.ts';
import type { Page, PageRequest } from './page.ts';

/** Alerts that are looked into together. */
export interface Case {
  /** `cas_` + ULID. */
  readonly id: string;
  readonly title: string;
  readonly status: 'open' | 'closed';
  readonly disposition: Disposition | null;
  readonly assignee: string | null;
  readonly alerts: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Cases of the tenant, newest first. */
export interface CaseStore {
  create(input: { readonly title: string; readonly alerts: readonly string[] }): Promise<Case>;
  get(id: string): Promise<Case | null>;
  page(request: PageRequest): Promise<Page<Case>>;
  /** Moves alerts into the case. Throws NOT_FOUND, CASE_CLOSED. */
  addAlerts(id: string, alerts: readonly string[]): Promise<Case>;
  removeAlert(id: string, alert: string): Promise<Case>;
  assign(id: string, memberId: string | null): Promise<Case>;
  comment(id: string, text: string): Promise<AlertComment>;
  comments(id: string, request: PageRequest): Promise<Page<AlertComment>>;
  /** Closes the case and every alert in it. */
  close(id: string, disposition: Disposition): Promise<Case>;
}
