import { connect, type Socket } from 'node:net';

/** An answer over HTTP. */
export interface HttpReply {
  readonly status: number;
  /** Status line and headers as they came. */
  readonly head: string;
  readonly body: string;
}

/** Connections at once; what comes while all are taken waits for one. A service takes 4,096. */
const CONNECTIONS_MAX = 1_000;

/** A service closes a connection that was idle for a minute, perhaps in the moment in which it is used again. */
const IDLE_MS_MAX = 30_000;

/**
 * Kept connections to one service, one request on each at a time, as many as are needed at once: a client that costs
 * little beside what it measures (a tenth of node:http). It knows answers with a content-length alone.
 */
export class HttpPool {
  readonly #host: string;
  readonly #port: number;
  readonly #token: string;
  readonly #free: Connection[] = [];
  readonly #all: Connection[] = [];
  readonly #waiting: ((connection: Connection) => void)[] = [];

  constructor(address: string, token: string) {
    const { hostname, port } = new URL(address);
    this.#host = hostname;
    this.#port = Number(port);
    this.#token = token;
  }

  /** Connections that were needed so far. */
  get size(): number {
    return this.#all.length;
  }

  async post(path: string, contentType: string, body: string | Uint8Array): Promise<HttpReply> {
    const connection = await this.#take();
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const head =
      `POST ${path} HTTP/1.1\r\nhost: ${this.#host}:${this.#port}\r\nauthorization: Bearer ${this.#token}\r\n` +
      `content-type: ${contentType}\r\ncontent-length: ${bytes.length}\r\n\r\n`;
    try {
      return await connection.ask(head, bytes);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(connection);
      else next(connection.isOver ? this.#open() : connection);
    }
  }

  async #take(): Promise<Connection> {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (!free.isOver && performance.now() - free.usedMs < IDLE_MS_MAX) return free;
      free.close();
    }
    const open = this.#all.filter(({ isOver }) => !isOver).length;
    if (open < CONNECTIONS_MAX) return this.#open();
    return await new Promise((resolve) => this.#waiting.push(resolve));
  }

  #open(): Connection {
    const connection = new Connection(this.#host, this.#port);
    this.#all.push(connection);
    return connection;
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }
}

class Connection {
  isOver = false;
  /** When it was last asked anything. */
  usedMs = performance.now();
  readonly #socket: Socket;
  #received = '';
  #settle: { readonly resolve: (reply: HttpReply) => void; readonly reject: (error: Error) => void } | null =
    null;

  constructor(host: string, port: number) {
    this.#socket = connect({ host, port, noDelay: true });
    // Answers are ASCII or UTF-8 of which only whole texts are read: latin1 keeps a byte a character for the length.
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('end', () => this.#end(new Error('the service closed the connection')));
    this.#socket.on('close', () => this.#end(new Error('the connection is closed')));
    this.#socket.on('error', (error) => this.#end(error));
  }

  ask(head: string, body: Uint8Array): Promise<HttpReply> {
    this.usedMs = performance.now();
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#settle = null;
    this.#socket.destroy();
  }

  #end(error: Error): void {
    this.isOver = true;
    this.#settle?.reject(error);
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head);
    if (length === null) {
      this.#settle?.reject(new Error(`an answer without a length:\n${head}`));
      return;
    }
    const bodyEnd = end + 4 + Number(length[1]);
    if (this.#received.length < bodyEnd) return;
    const body = Buffer.from(this.#received.slice(end + 4, bodyEnd), 'latin1').toString('utf8');
    this.#received = this.#received.slice(bodyEnd);
    const settle = this.#settle;
    this.#settle = null;
    settle?.resolve({ status: Number(head.slice(9, 12)), head, body });
  }
}
