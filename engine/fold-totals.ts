import { ByteReader, ByteWriter } from '../core/bytes.ts';
import type { InputProgress } from '../core/record.ts';
import type { FoldCounters } from './fold-counters.ts';
import type { SourceTime } from './fold-options.ts';
import type { SourceState } from './stream/source-state.ts';

/** What a fold keeps beside its parts. */
export interface FoldTotals {
  readonly position: number;
  readonly semantics: number;
  readonly inputProgress: readonly InputProgress[];
}

/** The totals and counters as an entry of a checkpoint. */
export function encodeTotals(
  { position, semantics, inputProgress }: FoldTotals,
  counters: FoldCounters,
): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(position);
  writer.varint(semantics);
  writer.text(JSON.stringify(inputProgress));
  counters.save(writer);
  return writer.finish();
}

/** Takes what `encodeTotals` wrote: the counters into `counters`. */
export function decodeTotals(bytes: Uint8Array, counters: FoldCounters): FoldTotals {
  const reader = new ByteReader(bytes);
  const position = reader.varint();
  const semantics = reader.varint();
  const inputProgress = JSON.parse(reader.text()) as InputProgress[];
  counters.load(reader);
  return { position, semantics, inputProgress };
}

/** How far the time of a source has come. */
export function timeOf(name: string, { watermark, lastArrivalMicros, idle }: SourceState): SourceTime {
  return {
    name,
    watermarkMicros: Number.isFinite(watermark) ? watermark : null,
    lastArrivalMicros: lastArrivalMicros === 0 ? null : lastArrivalMicros,
    idle,
  };
}
