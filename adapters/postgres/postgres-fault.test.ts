import { describe, expect, it } from '@jest/globals';
import { AssertionError } from '../../core/assert.ts';
import { faultError, postgresFault } from './postgres-fault.ts';

function ofState(code: string): Error {
  return Object.assign(new Error('what it says'), { code });
}

function codeOf(error: Error): unknown {
  return (error as { readonly code?: unknown }).code ?? error.name;
}

describe('what a failure of PostgreSQL means', () => {
  it.each([
    ['40001', 'contended', 'CATALOG_CONTENDED'],
    ['40P01', 'contended', 'CATALOG_CONTENDED'],
    ['57014', 'statementLate', 'CATALOG_TIMEOUT'],
    ['55P03', 'lockLate', 'CATALOG_TIMEOUT'],
    ['57P01', 'lost', 'CATALOG_UNAVAILABLE'],
    ['57P03', 'lost', 'CATALOG_UNAVAILABLE'],
    ['25006', 'lost', 'CATALOG_UNAVAILABLE'],
    ['53300', 'lost', 'CATALOG_UNAVAILABLE'],
    ['08006', 'lost', 'CATALOG_UNAVAILABLE'],
    ['28P01', 'lost', 'CATALOG_UNAVAILABLE'],
    ['ECONNREFUSED', 'lost', 'CATALOG_UNAVAILABLE'],
    ['EPIPE', 'lost', 'CATALOG_UNAVAILABLE'],
    ['', 'lost', 'CATALOG_UNAVAILABLE'],
    ['53100', 'failed', 'CATALOG_FAILED'],
    ['XX001', 'failed', 'CATALOG_FAILED'],
    ['42601', 'bug', 'AssertionError'],
    ['22P02', 'bug', 'AssertionError'],
    ['23505', 'conflict', 'CatalogConflict'],
  ])('is told by %s: %s, said as %s', (state, kind, said) => {
    const fault = postgresFault(ofState(state));
    expect(fault.kind).toBe(kind);
    expect(codeOf(faultError(fault, 'postgresql://h/c', { statementMs: 1, lockMs: 2 }))).toBe(said);
  });

  it('is ours where a value could not be read', () => {
    expect(postgresFault(new AssertionError('no'))).toEqual({ kind: 'bug', reason: 'no' });
  });
});
