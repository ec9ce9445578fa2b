import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type Answer, send } from '../http/http-client.ts';

/** A GraphQL answer, of whatever shape the test asked for. */
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Answer['headers'];
  // A test knows what it has asked for.
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the document's
  readonly data: any;
  readonly errors:
    | readonly {
        readonly message: string;
        readonly path?: readonly (string | number)[];
        readonly locations?: readonly { readonly line: number; readonly column: number }[];
        readonly extensions: { readonly code: string; readonly [name: string]: unknown };
      }[]
    | undefined;
  readonly extensions: {
    readonly cost: { readonly requested: number; readonly limit: number };
    readonly consistency?: { readonly position: string | null; readonly token: string | null };
    readonly [name: string]: unknown;
  };
}

const RESPONSE = 'application/graphql-response+json';

/** Asks over HTTP as one holder of a token. */
export class GraphqlClient {
  /** Every document that was asked by anyone. */
  static readonly asked: string[] = [];
  readonly address: string;
  readonly token: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(address: string, token: string, headers: Readonly<Record<string, string>> = {}) {
    this.address = address;
    this.token = token;
    this.#headers = headers;
  }

  /** Posts an operation. */
  async ask(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<GraphqlAnswer> {
    GraphqlClient.asked.push(query);
    return await this.post({ query, variables });
  }

  /** What an operation answers. Throws where it has errors. */
  async data(
    query: string,
    variables: Readonly<Record<string, unknown>> = {},
  ): Promise<GraphqlAnswer['data']> {
    const answer = await this.ask(query, variables);
    if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors, null, 1));
    return answer.data;
  }

  /** Posts any body. */
  async post(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<GraphqlAnswer> {
    const answer = await send(this.address, '/graphql', {
      token: this.token,
      headers: { 'content-type': 'application/json', accept: RESPONSE, ...this.#headers, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: answer.status, headers: answer.headers, ...JSON.parse(answer.text) };
  }

  /** A WebSocket that shows the token in its first message. */
  socket(params: Readonly<Record<string, unknown>> = { authorization: `Bearer ${this.token}` }): Client {
    return createClient({
      url: `${this.address.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: params,
      retryAttempts: 0,
      lazy: true,
    });
  }
}

/** The messages of a subscription as they come. */
export interface Heard {
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the document's
  readonly messages: any[];
  /** Resolves with the first `count` messages. */
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the document's
  first(count: number): Promise<any[]>;
  /** Resolves with what ended it: errors, the close event, or null for a regular end. */
  readonly ended: Promise<unknown>;
  end(): void;
}

/** Subscribes over a socket. */
export function hear(client: Client, query: string, variables: Record<string, unknown> = {}): Heard {
  const messages: unknown[] = [];
  let wake: () => void = () => undefined;
  let end: () => void = () => undefined;
  const ended = new Promise<unknown>((resolve) => {
    end = client.subscribe(
      { query, variables },
      {
        next: (message) => {
          messages.push(message.data ?? message);
          wake();
        },
        error: (error) => resolve(error),
        complete: () => resolve(null),
      },
    );
  });
  return {
    messages,
    ended,
    end: () => end(),
    first: async (count) => {
      const over = ended.then((reason) => {
        throw new Error(`ended after ${messages.length} messages: ${JSON.stringify(reason)}`);
      });
      over.catch(() => undefined);
      while (messages.length < count) {
        await Promise.race([
          over,
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
      }
      return messages.slice(0, count);
    },
  };
}
