/** A port that lists of messages go through: a MessagePort, a thread, or a connection to another process. */
export interface MessageLink {
  /** Sends plain data: what a structured clone can take. The memory of `transfer` may go with it. */
  postMessage(messages: unknown, transfer: readonly ArrayBuffer[]): void;
  on(event: 'message', listener: (messages: unknown) => void): unknown;
}

/** A link that ends: with whoever is at its other end, or with the network between. */
export interface PeerLink extends MessageLink {
  /** Resolves with the reason when nothing comes any more, also after `close`. */
  readonly closed: Promise<string>;
  close(): void;
}
