import { RingwatchError } from '../core/errors.ts';
import type { ReadLevel, TenantEngine } from '../core/ports/engine.ts';
import type { TenantContext } from './request-context.ts';
import { parseWriteToken, type WriteToken } from './write-token.ts';

/** The header that says it for a request. */
export const CONSISTENCY_HEADER = 'x-ringwatch-consistency';

/** How new the state must be that a request reads: a ReadLevel, SESSION by the token of a write. */
export type AskedLevel =
  | Exclude<ReadLevel, { readonly kind: 'SESSION' }>
  | { readonly kind: 'SESSION'; readonly token: WriteToken };

/** `LINEARIZABLE`, `SESSION TOKEN`, `BOUNDED MILLISECONDS` or `EVENTUAL`. Throws FIELD_INVALID. */
export function readLevelHeader(text: string): AskedLevel {
  const [level = '', value, more] = text.trim().split(/ +/);
  if (more !== undefined) throw invalid(CONSISTENCY_HEADER, 'it has more than a level and its value');
  return levelOf(CONSISTENCY_HEADER, level, { token: value, ms: value });
}

/** `{"level": …, "token": …, "ms": …}`, where `token` is that of SESSION and `ms` that of BOUNDED. Throws FIELD_INVALID. */
export function readLevelExtension(given: unknown): AskedLevel {
  const field = 'extensions.consistency';
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw invalid(field, 'it is no object');
  const { level, token, ms, ...unknown } = given as Readonly<Record<string, unknown>>;
  const [name] = Object.keys(unknown);
  if (name !== undefined) throw invalid(field, `it has no field ${name}`);
  return levelOf(field, level, { token, ms });
}

function levelOf(
  field: string,
  level: unknown,
  { token, ms }: { readonly token: unknown; readonly ms: unknown },
): AskedLevel {
  switch (level) {
    case 'LINEARIZABLE':
    case 'EVENTUAL':
      if (token !== undefined || ms !== undefined) throw invalid(field, `${level} takes no value`);
      return { kind: level };
    case 'SESSION':
      if (typeof token !== 'string') throw invalid(field, 'SESSION takes the token of a write');
      return { kind: level, token: parseWriteToken(token, field) };
    case 'BOUNDED': {
      const text = typeof ms === 'number' ? String(ms) : ms;
      if (typeof text !== 'string' || !/^\d{1,7}$/.test(text))
        throw invalid(field, 'BOUNDED takes whole milliseconds, at most 9999999');
      return { kind: level, ms: Number(text) };
    }
    default:
      throw invalid(field, 'the level is none of LINEARIZABLE, SESSION, BOUNDED, EVENTUAL');
  }
}

/** The engine, its state as new as was asked. Throws FIELD_INVALID (the token is of no write here), CONSISTENCY_UNAVAILABLE. */
export async function engineAt({ tenant, engine }: TenantContext, level: AskedLevel): Promise<TenantEngine> {
  if (level.kind !== 'SESSION') return await engine.caughtUp(level);
  const { token } = level;
  if (token.tenant !== tenant.id || token.offset < 1) throw invalid('token', 'it is of no write here');
  try {
    return await engine.caughtUp({ kind: 'SESSION', offset: token.offset - 1 });
  } catch (error) {
    if (error instanceof RingwatchError && error.code === 'WRITE_UNKNOWN')
      throw invalid('token', 'it is of no write here');
    throw error;
  }
}

function invalid(field: string, reason: string): RingwatchError {
  return new RingwatchError('FIELD_INVALID', { field, reason });
}
