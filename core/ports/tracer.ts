/** What may be said of a span; never personal data. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A stretch of work that a trace shows. */
export interface Span {
  set(attributes: SpanAttributes): void;
  /** Ends it; `failure` is the code of what went wrong. */
  end(failure?: string): void;
}

/** Makes traces of what the service does, for those who asked for them. */
export interface Tracer {
  /** A span for a request of somebody else; `traceparent` is what they said of theirs (W3C Trace Context), if anything. */
  request(name: string, traceparent: string | undefined): Span;
  /** Sends what is not sent, and stops. */
  close(): Promise<void>;
}
