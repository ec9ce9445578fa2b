import { deserialize, serialize } from 'node:v8';
import type { QueryAnswer } from '../../core/ports/engine.ts';

/** An answer as bytes that own their memory: threads that it only passes through do not take it apart. */
export function packAnswer(answer: QueryAnswer): Uint8Array {
  return new Uint8Array(serialize(answer));
}

/** The answer that was packed. */
export function unpackAnswer(bytes: Uint8Array): QueryAnswer {
  return deserialize(bytes) as QueryAnswer;
}
