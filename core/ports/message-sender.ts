/** Sends messages to addresses that tenants name: the one way out of the service. */
export interface MessageSender {
  /**
   * POSTs once. Resolves with whatever the receiver answers, redirects included: they are not followed. Throws
   * ADDRESS_REFUSED (not one that may be sent to, before or after its name is resolved), SEND_TIMEOUT, SEND_FAILED.
   */
  send(message: OutgoingMessage): Promise<ReceiverAnswer>;
  /** Throws ADDRESS_REFUSED for what can be told without resolving a name: for telling an author at once. */
  check(url: string): void;
  close(): Promise<void>;
}

export interface OutgoingMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Milliseconds from the resolving of the name to the end of the answer. */
  readonly timeoutMs: number;
}

export interface ReceiverAnswer {
  readonly status: number;
  /** By name in lower case; of several with one name the values joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning of the body, LIMITS.answerBytesKept bytes at most, as text. */
  readonly body: string;
}
