/**
 * Keeps bytes of memory that nobody looks at. It is a place to put things aside, no record: empty when it is opened, and what
 * it loses is made again from checkpoint and log.
 */
export interface ColdStore {
  /** Keeps the bytes, which do not change meanwhile, in place of what the name had. Throws COLD_WRITE_FAILED. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Fills `into` with what the name has, at once, and lets go of it then. Throws what reading a file throws, and where it has another length. */
  read(name: string, into: Uint8Array): void;
}
