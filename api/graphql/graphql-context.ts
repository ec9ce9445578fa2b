import type { EncodeBody, EncodeEvent } from '../../core/ports/body-encoder.ts';
import type { EngineHost, TenantEngine } from '../../core/ports/engine.ts';
import type { Fanout } from '../../core/ports/fanout.ts';
import type { TenantDirectory } from '../../tenants/tenant-directory.ts';
import type { DecisionServices } from '../decide/ask-decision.ts';
import { type AskedLevel, engineAt } from '../read-level.ts';
import { type RequestContext, withTenant } from '../request-context.ts';
import type { ServiceSeries } from '../series/service-series.ts';
import { parseWriteToken } from '../write-token.ts';
import type { AnswerCache } from './answer-cache.ts';
import type { Deadline } from './guard/deadline.ts';
import type { Loaders } from './loaders.ts';
import type { ProgramCache } from './program-cache.ts';
import type { TransferServices } from '../transfers/send-transfers.ts';
import type { DrawRing } from './ring-picture.ts';
import type { HealthState } from './schema-inputs.ts';

/** What resolvers work with that is no tenant's. */
export interface GraphqlServices {
  readonly tenants: TenantDirectory;
  readonly engines: EngineHost;
  readonly fanout: Fanout;
  readonly encodeBody: EncodeBody;
  readonly encodeEvent: EncodeEvent;
  readonly drawRing: DrawRing;
  readonly series: ServiceSeries;
  readonly decisionEnded: DecisionServices['decisionEnded'];
  readonly transfers: TransferServices;
  readonly answers: AnswerCache;
  readonly programs: ProgramCache;
  readonly health: () => Promise<readonly ServicePart[]>;
  readonly version: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** How a part of the service is. */
export interface ServicePart {
  readonly name: string;
  readonly state: HealthState;
  readonly message: string | null;
}

/** What a resolver is handed: who asks, their tenant's stores and engine, and what the request has done so far. */
export interface GraphqlContext extends RequestContext {
  readonly services: GraphqlServices;
  /** Of this request; of a subscription, of the message at hand. */
  loaders: Loaders;
  readonly deadline: Deadline;
  /** How new the state must be that is read; null: as the tenant's default is. */
  readonly level: AskedLevel | null;
  /** What the answer says in `extensions`. */
  readonly notes: AnswerNotes;
  /** Ends the connection of a subscriber that does not keep up. */
  readonly onCut?: (error: Error) => void;
}

/** Filled by resolvers as they go. */
export interface AnswerNotes {
  /** The greatest position that the answer was read at or has led to. */
  position: number | null;
  /** The token of the last write. */
  token: string | null;
  /** What the engine took, in the form of the header Server-Timing (www.w3.org/TR/server-timing). */
  timing: string | null;
}

/** Notes that something was read or written at a position. */
export function notePosition(context: GraphqlContext, position: number | null): void {
  if (position === null) return;
  context.notes.position = Math.max(context.notes.position ?? 0, position);
}

/**
 * The engine of the request's tenant, its state as new as the request asks, and with the write of the token `atLeast`. Throws
 * TENANT_MISSING, FIELD_INVALID, CONSISTENCY_UNAVAILABLE, GRAPHQL_TIMEOUT.
 */
export async function engineToRead(
  context: GraphqlContext,
  atLeast: string | null = null,
): Promise<TenantEngine> {
  const bound = withTenant(context);
  const engine = await context.deadline.within(engineAt(bound, context.level ?? { kind: 'DEFAULT' }));
  if (atLeast === null) return engine;
  const session = { kind: 'SESSION', token: parseWriteToken(atLeast, 'atLeast') } as const;
  return await context.deadline.within(engineAt({ ...bound, engine }, session));
}
