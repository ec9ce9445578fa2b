import { deserialize, serialize } from 'node:v8';

/**
 * Plain data as bytes that own their memory: threads that it only passes through hand them on, and do not take them apart.
 * For threads of one process: the form is Node's own, and no file's.
 */
export function pack(data: unknown): Uint8Array {
  return new Uint8Array(serialize(data));
}

/** What was packed; that it is a T is the caller's to know. */
export function unpack<T>(bytes: Uint8Array): T {
  return deserialize(bytes) as T;
}
