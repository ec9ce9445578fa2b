import { type ClientRequest, request } from 'node:http';

/** A line that a stream of decisions answers with. */
export interface DecisionLine {
  readonly index?: number;
  readonly outcome?: string;
  readonly afterDeadline?: boolean;
  readonly answeredInMs?: number;
  readonly commitMs?: number | null;
  readonly foldMs?: number | null;
  readonly error?: { readonly code: string };
}

/** One request of `POST /v1/sources/{source}/decide` that goes on for as long as there are events. */
export class DecisionStream {
  readonly #request: ClientRequest;
  readonly #waiting = new Map<number, (line: DecisionLine) => void>();
  #next = 0;
  #text = '';
  #failure: Error | null = null;

  constructor(address: string, source: string, token: string) {
    this.#request = request(`${address}/v1/sources/${source}/decide`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    });
    this.#request.setNoDelay(true);
    this.#request.on('error', (error) => this.#fail(error));
    this.#request.on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (text: string) => this.#take(text));
      response.on('end', () => this.#fail(new Error(`the stream ended: ${this.#text.slice(0, 300)}`)));
    });
    this.#request.flushHeaders();
  }

  /** Resolves with what the event was answered with. Rejects where the stream ends before. */
  decide(event: object): Promise<DecisionLine> {
    const failure = this.#failure;
    if (failure !== null) return Promise.reject(failure);
    const index = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(index, (line) => {
        if (line.index === undefined) reject(this.#failure ?? new Error(JSON.stringify(line)));
        else resolve(line);
      });
      this.#request.write(`${JSON.stringify(event)}\n`);
    });
  }

  close(): void {
    this.#waiting.clear();
    this.#request.end();
  }

  #take(text: string): void {
    const lines = (this.#text + text).split('\n');
    this.#text = lines.pop() as string;
    for (const each of lines) {
      const line = JSON.parse(each) as DecisionLine;
      if (line.index === undefined) return this.#fail(new Error(each));
      this.#waiting.get(line.index)?.(line);
      this.#waiting.delete(line.index);
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const settle of this.#waiting.values()) settle({});
    this.#waiting.clear();
  }
}
