import type { Effect } from '../../core/effects.ts';
import { type ErrorCode, type ErrorDetails, RingwatchError } from '../../core/errors.ts';
import type {
  Applied,
  EffectsRequest,
  NumberedEffect,
  QueryRequest,
  ReadLevel,
  RelationSchema,
  TenantMemory,
  TenantStanding,
  TransfersRequest,
} from '../../core/ports/engine.ts';
import type { MessageLink } from '../../core/ports/message-link.ts';
import type { SourcePosition } from '../../core/source-position.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import { DefinitionErrors } from '../../language/definition-errors.ts';

/** One call on a tenant's engine. Each is answered once by its id; an append a second time when it is folded. */
export type EngineCall =
  | { readonly kind: 'create' }
  | { readonly kind: 'open' }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'release' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'append'; readonly frame: Uint8Array; readonly records: number }
  | { readonly kind: 'decide'; readonly frame: Uint8Array }
  /** Answered with Transferred, once folded. */
  | { readonly kind: 'transfer'; readonly frame: Uint8Array; readonly records: number }
  | { readonly kind: 'transfersOf'; readonly request: TransfersRequest }
  | ({ readonly kind: 'expire' } & ExpiredDecision)
  | { readonly kind: 'publish'; readonly text: string; readonly allowDrop: boolean }
  /** Answered with a DryRun that is packed. */
  | { readonly kind: 'check'; readonly text: string; readonly allowDrop: boolean }
  | { readonly kind: 'setRuleEnabled'; readonly rule: string; readonly enabled: boolean }
  | { readonly kind: 'textWithRule'; readonly rule: string; readonly version: number }
  | { readonly kind: 'definitions' }
  | { readonly kind: 'definitionHistory' }
  | { readonly kind: 'relations' }
  /** Can be called off. Answered with a QueryAnswer that is packed. */
  | { readonly kind: 'query'; readonly request: QueryRequest }
  | { readonly kind: 'effects'; readonly request: EffectsRequest }
  | { readonly kind: 'catchUp'; readonly level: ReadLevel }
  | { readonly kind: 'progress' }
  | { readonly kind: 'cacheSizes'; readonly graph: string }
  | { readonly kind: 'describe' };

/** A decision whose caller was told FALLBACK. */
export interface ExpiredDecision {
  readonly decision: string;
  readonly source: string;
  /** The event's key; null where its source has none, and then the position is known. */
  readonly key: readonly string[] | null;
  readonly position: number | null;
  readonly answered: string;
}

/** What the gateway tells the engines. Messages travel in lists. */
export type ToEngines =
  | { readonly kind: 'call'; readonly id: number; readonly tenant: TenantId; readonly call: EngineCall }
  /** Nobody waits for the answer to this call any more; it is answered all the same. */
  | { readonly kind: 'cancel'; readonly id: number }
  /** There is a sink: effects may be given out. */
  | { readonly kind: 'takeEffects' }
  /** Effects before `number` have been taken. */
  | { readonly kind: 'acknowledge'; readonly tenant: TenantId; readonly number: number }
  | { readonly kind: 'limitMemory'; readonly tenant: TenantId; readonly bytes: number | null }
  | { readonly kind: 'followDecisions'; readonly tenant: TenantId; readonly following: boolean }
  | { readonly kind: 'close'; readonly id: number };

/** What the engines answer. */
export type FromEngines =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: PackedError }
  /** The second answer to an append: what became of it, or why it was not folded. */
  | { readonly kind: 'folded'; readonly id: number; readonly applied: Applied; readonly foldMs: number }
  | { readonly kind: 'notFolded'; readonly id: number; readonly failure: PackedError }
  /** Effects to be taken, up to but without number `end`, which is to be acknowledged. */
  | {
      readonly kind: 'effects';
      readonly tenant: TenantId;
      readonly effects: readonly NumberedEffect[];
      readonly end: number;
    }
  | {
      readonly kind: 'standing';
      readonly tenant: TenantId;
      readonly phase: TenantStanding['phase'];
      readonly failure: PackedError | null;
    }
  | { readonly kind: 'memory'; readonly tenant: TenantId; readonly memory: TenantMemory | null }
  | {
      readonly kind: 'relations';
      readonly tenant: TenantId;
      readonly relations: readonly RelationSchema[];
    };

/** An error on its way between threads. `code` null: a bug, told by its stack. */
export type PackedError =
  | {
      readonly code: ErrorCode;
      readonly details: ErrorDetails;
      readonly position: SourcePosition | null;
      readonly hint: string | null;
      readonly cause: PackedError | null;
    }
  | { readonly code: null; readonly stack: string };

/** The error for its way between threads; of several errors of a text the first. */
export function packError(error: unknown): PackedError {
  if (error instanceof DefinitionErrors && error.errors[0] !== undefined) return packError(error.errors[0]);
  if (!(error instanceof RingwatchError)) {
    return { code: null, stack: (error as { stack?: string } | null)?.stack ?? String(error) };
  }
  const { code, details, position, hint, cause } = error;
  return { code, details, position, hint, cause: cause instanceof RingwatchError ? packError(cause) : null };
}

/** The error that was packed. A bug comes as an Error with the stack of where it was thrown. */
export function unpackError(packed: PackedError): Error {
  if (packed.code === null) return new Error(`an engine failed: ${packed.stack}`);
  const { code, details, position, hint, cause } = packed;
  return new RingwatchError(code, details, {
    position,
    hint,
    ...(cause === null ? {} : { cause: unpackError(cause) }),
  });
}

/** Sends what is said within one turn as one list. */
export class MessageBatch<Message> {
  readonly #link: MessageLink;
  #messages: Message[] = [];
  #transfer: ArrayBuffer[] = [];

  constructor(link: MessageLink) {
    this.#link = link;
  }

  /** `moved`: bytes whose memory goes with the message, when they own all of it. */
  send(message: Message, moved: Uint8Array | null = null): void {
    if (this.#messages.length === 0) queueMicrotask(() => this.#flush());
    this.#messages.push(message);
    if (moved !== null && moved.byteLength === moved.buffer.byteLength)
      this.#transfer.push(moved.buffer as ArrayBuffer);
  }

  #flush(): void {
    const messages = this.#messages;
    const transfer = this.#transfer;
    this.#messages = [];
    this.#transfer = [];
    this.#link.postMessage(messages, transfer);
  }
}

/** Kinds of effects that the sink is always given. */
export const SINK_KINDS: ReadonlySet<Effect['kind']> = new Set(['alert', 'webhook', 'deadline', 'late']);
