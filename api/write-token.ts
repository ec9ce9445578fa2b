import { RingwatchError } from '../core/errors.ts';
import { isTenantId, type TenantId } from '../core/tenant-id.ts';

/** What a write says of its place: whoever shows it reads a state that includes the write. */
export interface WriteToken {
  readonly tenant: TenantId;
  /** Of the log's owner; 0 in a process that owns all its tenants. */
  readonly epoch: number;
  /** Of the log, after the write. */
  readonly offset: number;
}

/** The token as text: `ten_….0.1234`. */
export function formatWriteToken({ tenant, epoch, offset }: WriteToken): string {
  return `${tenant}.${epoch}.${offset}`;
}

/** Parses a token. Throws FIELD_INVALID. */
export function parseWriteToken(text: string, field: string): WriteToken {
  const [tenant = '', epoch = '', offset = '', more] = text.split('.');
  const whole = /^\d{1,15}$/;
  if (more !== undefined || !isTenantId(tenant) || !whole.test(epoch) || !whole.test(offset)) {
    throw new RingwatchError('FIELD_INVALID', { field, reason: 'it is no token of a write' });
  }
  return { tenant, epoch: Number(epoch), offset: Number(offset) };
}
