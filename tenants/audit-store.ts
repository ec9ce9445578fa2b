import type { Page, PageRequest } from './page.ts';

/** One entry of a tenant's audit log, chained to the one before it. */
export interface AuditEntry {
  /** From 1, without gaps. */
  readonly sequence: number;
  readonly at: string;
  readonly actor: {
    readonly kind: string;
    readonly id: string;
    readonly personId: string | null;
    readonly name: string;
  };
  /** What was done: `key.create`, `alert.read`, … */
  readonly action: string;
  /** Whether data was changed, or personal data read. */
  readonly kind: 'change' | 'read';
  /** The id of what it was done to. */
  readonly target: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 of the previous entry's hash and this entry's canonical JSON; hexadecimal. */
  readonly hash: string;
  readonly previousHash: string;
}

/** Where the chain ends, signed by the installation: who keeps it can prove later that nothing before was changed. */
export interface SignedAuditHead {
  readonly tenant: string;
  readonly sequence: number;
  readonly hash: string;
  readonly at: string;
  /** The canonical JSON of the fields above: what is signed. */
  readonly statement: string;
  /** Ed25519, base64, over the statement. */
  readonly signature: string;
  /** The installation's public key, PEM (SPKI). */
  readonly publicKey: string;
}

export type AuditVerdict =
  | { readonly kind: 'intact'; readonly entries: number; readonly hash: string }
  | { readonly kind: 'broken'; readonly sequence: number; readonly reason: string };

export interface AuditFilter {
  readonly kind?: 'change' | 'read';
  readonly actions?: readonly string[];
  /** The name of who did it. */
  readonly actor?: string;
  readonly target?: string;
  /** ISO 8601: from, inclusive; until, exclusive. */
  readonly from?: string;
  readonly until?: string;
}

/** The tenant's audit log. Stores append to it on their own; callers do so for what goes past the stores. */
export interface AuditStore {
  /** For a read of personal data that no store did: a query of the graph, a subscription, an export. */
  recordRead(
    action: string,
    target: string | null,
    details?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  /** For a change that no store did: rows taken in, an event decided. */
  recordChange(
    action: string,
    target: string | null,
    details?: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  get(sequence: number): Promise<AuditEntry | null>;
  page(filter: AuditFilter, request: PageRequest): Promise<Page<AuditEntry>>;
  /** Checks every entry against its hash and its neighbour, and the whole against a head exported before, if one is given. */
  verify(head?: SignedAuditHead): Promise<AuditVerdict>;
  head(): Promise<SignedAuditHead>;
}
