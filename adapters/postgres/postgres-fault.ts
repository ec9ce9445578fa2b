import { AssertionError } from '../../core/assert.ts';
import { RingwatchError } from '../../core/errors.ts';
import { CatalogConflict } from '../../core/ports/catalog.ts';
import { describeSqlError, isOfTheStatement } from '../sql/sql-errors.ts';

/** What a failure of `pg` or of the server means for the transaction that it met. */
export type PostgresFault =
  | { readonly kind: 'conflict'; readonly conflict: CatalogConflict['kind']; readonly constraint: string }
  /** The server undid the transaction because of others, which may be over by now. */
  | { readonly kind: 'contended'; readonly reason: string }
  /** The connection is gone or of no use: the server undoes what it had not been told to commit. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** A statement, or its wait for a lock, took longer than it may. */
  | { readonly kind: 'statementLate' | 'lockLate'; readonly reason: string }
  /** Ours. */
  | { readonly kind: 'bug'; readonly reason: string }
  /** The server cannot: no space, no memory, damaged files. */
  | { readonly kind: 'failed'; readonly reason: string };

/** SQLSTATEs (PostgreSQL, appendix A) that say more than their class. */
const STATES: Readonly<Record<string, 'contended' | 'lost' | 'statementLate' | 'lockLate'>> = {
  '40001': 'contended',
  '40P01': 'contended',
  '55P03': 'lockLate',
  '57014': 'statementLate',
  // The server stops, starts or is a standby; it has no connection left; a session was idle for too long.
  '57P01': 'lost',
  '57P02': 'lost',
  '57P03': 'lost',
  '57P05': 'lost',
  '25P03': 'lost',
  '25006': 'lost',
  '53300': 'lost',
  // The database is not there (yet).
  '3D000': 'lost',
};

/** Of classes: 08 connection exceptions, 28 who may connect. */
const LOST_CLASSES = ['08', '28'];

/** Classes an error by its SQLSTATE; what has none is the connection's. */
export function postgresFault(error: unknown): PostgresFault {
  if (error instanceof AssertionError) return { kind: 'bug', reason: error.message };
  const what = describeSqlError(error);
  if (what.kind === 'conflict') return what;
  const { sqlState, message } = what;
  const isState = /^[0-9A-Z]{5}$/.test(sqlState) && !/^E[A-Z]+$/.test(sqlState);
  if (!isState) return { kind: 'lost', reason: message === '' ? sqlState : message };
  const reason = `${sqlState} ${message}`;
  const known = STATES[sqlState];
  if (known !== undefined) return { kind: known, reason };
  if (LOST_CLASSES.includes(sqlState.slice(0, 2))) return { kind: 'lost', reason };
  return { kind: isOfTheStatement(sqlState) ? 'bug' : 'failed', reason };
}

/** What is said of a fault before its transaction was to be committed: nothing of it was kept. */
export function faultError(
  fault: PostgresFault,
  server: string,
  limits: { readonly statementMs: number; readonly lockMs: number },
): Error {
  switch (fault.kind) {
    case 'conflict':
      return new CatalogConflict(fault.conflict, fault.constraint);
    case 'contended':
      return new RingwatchError('CATALOG_CONTENDED', { attempts: 1, reason: fault.reason });
    case 'lost':
      return new RingwatchError('CATALOG_UNAVAILABLE', { server, reason: fault.reason });
    case 'statementLate':
      return new RingwatchError('CATALOG_TIMEOUT', { limit: limits.statementMs });
    case 'lockLate':
      return new RingwatchError('CATALOG_TIMEOUT', { limit: limits.lockMs });
    case 'bug':
      return new AssertionError(fault.reason);
    case 'failed':
      return new RingwatchError('CATALOG_FAILED', { path: server, reason: fault.reason });
  }
}
