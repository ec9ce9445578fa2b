import { RingwatchError } from '../../core/errors.ts';
import { formatText } from '../../core/format-value.ts';
import { FrameReader } from '../../core/frame.ts';
import type { DecisionAnswer, DecisionSchema, RelationSchema } from '../../core/ports/engine.ts';

/** An event to be decided: what the gateway has to know of it to answer in the engine's place. */
export interface AskedEvent {
  readonly decision: DecisionSchema;
  readonly source: string;
  /** Texts of the key, column by column; null where it cannot be told from the event, or the source has none. */
  readonly key: readonly string[] | null;
}

/** The one event of a frame. Throws DECISION_MISSING, FRAME_CORRUPT, UNKNOWN_NAME, ROW_MISFIT. */
export function readAskedEvent(frame: Uint8Array, relations: readonly RelationSchema[]): AskedEvent {
  let schema: RelationSchema | undefined;
  const reader = new FrameReader(frame, (relation) => {
    schema = relations.find(({ name }) => name === relation);
    return schema === undefined ? null : storedColumns(schema).map(({ type }) => type);
  });
  const record = reader.next();
  if (reader.records !== 1 || (record?.kind !== 'event' && record?.kind !== 'misfit')) {
    throw new RingwatchError('FRAME_CORRUPT', { reason: 'it does not hold one event alone' });
  }
  const { relation } = record;
  if (schema === undefined) throw new RingwatchError('UNKNOWN_NAME', { what: 'source', name: relation });
  if (record.kind === 'misfit') throw new RingwatchError('ROW_MISFIT', { relation });
  const { decision } = schema;
  if (decision === null) throw new RingwatchError('DECISION_MISSING', { source: relation });
  const stored = storedColumns(schema);
  const keyColumns = schema.columns.filter(({ key }) => key);
  const isStored = keyColumns.length > 0 && keyColumns.every(({ generated }) => !generated);
  const key = isStored
    ? keyOrder(schema).map((name) => {
        const place = stored.findIndex((column) => column.name === name);
        const column = stored[place];
        return column === undefined ? '' : formatText(column.type, record.row[place] ?? null);
      })
    : null;
  return { decision, source: relation, key };
}

/** What a caller is told at the deadline. `durable`: whether the log is known to have the note of it. */
export function fallbackOf({ decision, source, key }: AskedEvent, durable: boolean): DecisionAnswer {
  return {
    outcome: decision.fallback,
    decision: decision.name,
    source,
    key: (key ?? []).join(','),
    afterDeadline: true,
    durable,
    duplicate: false,
    position: null,
    effect: null,
    alerts: [],
    timing: null,
  };
}

/** Columns that are in frames. */
export function storedColumns({ columns }: RelationSchema): RelationSchema['columns'] {
  return columns.filter(({ generated }) => !generated);
}

/** Names of the PRIMARY KEY's columns, in its order. */
function keyOrder({ plan, columns }: RelationSchema): string[] {
  const { key } = plan as { readonly key: readonly number[] };
  return key.map((index) => columns[index]?.name ?? '');
}
