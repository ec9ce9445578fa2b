import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { writeError } from '../../core/file-error.ts';
import { readError } from '../files.ts';
import type { AlertLine } from '../alert-line.ts';

/** A message of `alert.raised`, as docs/webhooks.md has it. */
export interface AlertMessage {
  readonly type: string;
  readonly timestamp: string;
  readonly data: AlertLine;
}

/** One line of the file: a message that was taken. */
interface Taken {
  readonly webhookId: string;
  readonly message: AlertMessage;
}

/**
 * The messages that a receiver has taken, each once, in a file of JSON lines: what a receiver has to remember to know a
 * message that comes again, also after it was killed.
 */
export class WebhookInbox {
  readonly #file: string;
  readonly #byId = new Map<string, AlertMessage>();
  /** Messages that came again, and those that were not to be trusted. */
  repeated = 0;
  refused = 0;

  /** Reads what was taken before. Throws FILE_UNREADABLE, FILE_UNWRITABLE. */
  constructor(file: string) {
    this.#file = file;
    for (const { webhookId, message } of readLines(file)) this.#byId.set(webhookId, message);
  }

  /** Keeps a message that was verified; says whether it is new. Throws FILE_UNWRITABLE: then it is not taken. */
  take(webhookId: string, message: AlertMessage): boolean {
    if (this.#byId.has(webhookId)) {
      this.repeated++;
      return false;
    }
    const taken: Taken = { webhookId, message };
    try {
      appendFileSync(this.#file, `${JSON.stringify(taken)}\n`);
    } catch (error) {
      throw writeError(this.#file, error);
    }
    this.#byId.set(webhookId, message);
    return true;
  }

  /** How many messages with different ids were taken. */
  get distinct(): number {
    return this.#byId.size;
  }

  /** The alerts that were taken, each once, in the order in which they were raised. */
  alerts(): AlertLine[] {
    const byAlert = new Map([...this.#byId.values()].map(({ data }) => [data.id, data]));
    return [...byAlert.values()].sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  }
}

/** The whole lines; what a kill left of one at the end is cut off. */
function readLines(file: string): Taken[] {
  if (!existsSync(file)) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw readError(file, error);
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Taken);
}
