import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { RingwatchError } from '../../core/errors.ts';
import { writeError } from '../../core/file-error.ts';
import { readError } from '../files.ts';

/** The roles for which the demo has a key in each tenant, and the scopes of each. */
export const KEY_SCOPES = {
  drafter: ['DEFINE', 'QUERY'],
  publisher: ['DEFINE', 'PUBLISH', 'QUERY'],
  sender: ['INGEST', 'DECIDE', 'QUERY', 'ALERTS'],
} as const;

export type KeyRole = keyof typeof KEY_SCOPES;

/** What is told once, when it is made, and has to be kept by who wants to use it again. */
export interface TenantSecrets {
  readonly keys: Readonly<Record<KeyRole, string>>;
  /** `whsec_…`, of the receiver's endpoint. */
  readonly webhookSecret: string;
}

/** What a later run on the same folder needs of an earlier one. */
export interface DemoNotes {
  /** Where messages that wait look for the receiver; 0 before the first run. */
  readonly receiverPort: number;
  /** By slug. */
  readonly tenants: Readonly<Record<string, TenantSecrets>>;
}

/** The notes in `file`; empty ones where it is not there. Throws FILE_UNREADABLE. */
export function readNotes(file: string): DemoNotes {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return { receiverPort: 0, tenants: {} };
    throw readError(file, error);
  }
  try {
    return JSON.parse(text) as DemoNotes;
  } catch (cause) {
    throw new RingwatchError('FILE_UNREADABLE', { path: file, reason: 'it is no JSON' }, { cause });
  }
}

/** Replaces the notes, readable by this user only. Throws FILE_UNWRITABLE. */
export function writeNotes(file: string, notes: DemoNotes): void {
  try {
    const temporary = `${file}.tmp`;
    writeFileSync(temporary, `${JSON.stringify(notes, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    throw writeError(file, error);
  }
}
