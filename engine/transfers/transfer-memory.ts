import { ByteReader, ByteWriter } from '../../core/bytes.ts';
import { compareText } from '../../core/compare.ts';
import { type ErrorCode, RingwatchError } from '../../core/errors.ts';
import type { Integer } from '../../core/integer.ts';
import { LIMITS } from '../../core/limits.ts';
import type { RememberedTransfer } from '../../core/ports/engine.ts';
import type { Row } from '../../core/types.ts';
import type { StateKey } from '../state/keyed-state.ts';
import { rowKey } from '../state/row-key.ts';
import type { ContentHash, StatePart } from '../state/state-part.ts';
import { readValue, readValues, writeValue, writeValues } from '../state/value-codec.ts';

/** A remembered transfer, linked to those before it. */
export interface LinkedTransfer extends RememberedTransfer {
  readonly from: StateKey;
  readonly to: StateKey;
  /** Numbers of the transfer before of the giving and of the taking row; -1 for none. */
  readonly beforeFrom: number;
  readonly beforeTo: number;
}

/** What is remembered of one column. */
interface Ledger {
  readonly byKey: Map<string, LinkedTransfer>;
  /** Of each row the number of its newest transfer. */
  readonly newest: Map<StateKey, number>;
  /** The newest `issuedAt` (microseconds) of what is forgotten; -Infinity where that has none. */
  forgottenIssued: number;
  /** What the values of its transfers are: types of keys and amounts. Null before it is known. */
  shape: string | null;
  /** Those with a number below are of another shape, of a table that is gone: as good as forgotten. */
  since: number;
}

/** Entries that are saved together. */
const BLOCK_ENTRIES = 64;
/** What an entry is saved as, but for its texts. */
const SAVED_BYTES = 48;
/** What an entry takes in memory with its row and its places in maps, but for the characters of its texts. */
const HELD_BYTES = 440;
/** A character takes two bytes where a text has one beyond Latin-1, or is in the key of several columns as well. */
const CHAR_BYTES = 2;

/**
 * The newest LIMITS.transfersRemembered transfers of a tenant, by idempotency key and by row: a repeated request is
 * answered from here, and an account's transfers are listed from here. Of those that are forgotten it keeps, by column, the
 * newest `issuedAt`: a request that says that it was begun later cannot be one of them. By count and by the characters of the
 * texts (LIMITS.transferCharsRemembered), never by memory, so that it is the same however the records came here.
 */
export class TransferMemory implements StatePart {
  readonly name = 'transfers';
  #next = 0;
  /** The number of the oldest entry; `#entries[0]` is of it. */
  #oldest = 0;
  #entries: (LinkedTransfer | null)[] = [];
  /** Entries at the beginning of the list that are forgotten. */
  #gone = 0;
  readonly #ledgers = new Map<string, Ledger>();
  /** Characters of the texts of what is remembered, and of what is not saved yet. */
  #chars = 0;
  #changedChars = 0;
  #saved = 0;
  #savedOldest = 0;

  get isEmpty(): boolean {
    return this.#next === 0;
  }

  /**
   * Transfers over the column are of this shape from here on. Where it was another one, the table was dropped and made anew:
   * what is remembered means nothing to it, and counts as forgotten.
   */
  fit(relation: string, shape: string): void {
    const ledger = this.#ledger(relation);
    if (ledger.shape !== null && ledger.shape !== shape && ledger.newest.size > 0) {
      for (let at = this.#gone; at < this.#entries.length; at++) {
        const entry = this.#entries[at] as LinkedTransfer;
        if (entry.relation === relation) noteForgotten(ledger, entry);
      }
      ledger.byKey.clear();
      ledger.newest.clear();
      ledger.since = this.#next;
    }
    ledger.shape = shape;
  }

  /** The newest `issuedAt` (microseconds) of what is forgotten of a column; -Infinity where that has none. */
  forgottenIssued(relation: string): number {
    return this.#ledgers.get(relation)?.forgottenIssued ?? Number.NEGATIVE_INFINITY;
  }

  /** The transfer with the idempotency key over the column. */
  find(relation: string, key: string): RememberedTransfer | null {
    return this.#ledgers.get(relation)?.byKey.get(key) ?? null;
  }

  /** Remembers a transfer that was judged: `key` null for one of a rule. */
  remember(
    transfer: Omit<RememberedTransfer, 'n'>,
    key: string | null,
    from: StateKey,
    to: StateKey,
  ): LinkedTransfer {
    const ledger = this.#ledger(transfer.relation);
    const n = this.#next++;
    const entry = linked(ledger, n, transfer, from, to);
    this.#entries.push(entry);
    if (key !== null) ledger.byKey.set(key, entry);
    const chars = charsOf(transfer.row);
    this.#chars += chars;
    this.#changedChars += chars;
    while (this.#isFull()) this.#forgetOldest();
    return entry;
  }

  /**
   * Transfers of a row over a column, the newest first, at most `limit`: those before number `before`, one of the same row;
   * null for all. Costs what is given out. Throws CURSOR_INVALID where that number is another row's.
   */
  transfersOf(
    relation: string,
    account: StateKey,
    before: number | null,
    limit: number,
  ): RememberedTransfer[] {
    const { newest: ofRows, since } = this.#ledger(relation);
    const newest = ofRows.get(account) ?? -1;
    const at = (n: number) => (n < since ? null : this.#entryAt(n));
    return pageOf(at, { relation, account, newest, before, limit }).map(toldOf);
  }

  /** Null where it is forgotten, or none yet. */
  #entryAt(n: number): LinkedTransfer | null {
    return n < this.#oldest ? null : (this.#entries[n - this.#oldest + this.#gone] ?? null);
  }

  #ledger(relation: string): Ledger {
    let ledger = this.#ledgers.get(relation);
    if (ledger === undefined) {
      ledger = {
        byKey: new Map(),
        newest: new Map(),
        forgottenIssued: Number.NEGATIVE_INFINITY,
        shape: null,
        since: 0,
      };
      this.#ledgers.set(relation, ledger);
    }
    return ledger;
  }

  /** More than may be: the newest one stays whatever it has. */
  #isFull(): boolean {
    const remembered = this.#next - this.#oldest;
    if (remembered > LIMITS.transfersRemembered) return true;
    return this.#chars > LIMITS.transferCharsRemembered && remembered > 1;
  }

  /** The newest `issuedAt` of what is forgotten of each column that has one, by name. */
  #forgotten(): (readonly [relation: string, issuedAt: number])[] {
    return [...this.#ledgers]
      .filter(([, { forgottenIssued }]) => Number.isFinite(forgottenIssued))
      .map(([relation, { forgottenIssued }]) => [relation, forgottenIssued] as const)
      .sort(([a], [b]) => compareText(a, b));
  }

  /** Columns whose transfers are of another shape than earlier ones, and from which number on, by name. */
  #begunAnew(): (readonly [relation: string, since: number])[] {
    return [...this.#ledgers]
      .filter(([, { since }]) => since > 0)
      .map(([relation, { since }]) => [relation, since] as const)
      .sort(([a], [b]) => compareText(a, b));
  }

  #forgetOldest(): void {
    const entry = this.#entries[this.#gone] as LinkedTransfer;
    this.#entries[this.#gone] = null;
    this.#chars -= charsOf(entry.row);
    const ledger = this.#ledger(entry.relation);
    const { idempotencyKey } = askedBy(entry.row);
    if (idempotencyKey !== null && ledger.byKey.get(idempotencyKey) === entry)
      ledger.byKey.delete(idempotencyKey);
    for (const account of [entry.from, entry.to]) {
      if (ledger.newest.get(account) === entry.n) ledger.newest.delete(account);
    }
    noteForgotten(ledger, entry);
    this.#oldest++;
    this.#gone++;
    if (this.#gone < LIMITS.transfersRemembered) return;
    this.#entries = this.#entries.slice(this.#gone);
    this.#gone = 0;
  }

  saveChanges(put: (key: string, bytes: Uint8Array | null) => void): void {
    if (this.isEmpty) return;
    const first = blockOf(this.#oldest);
    for (let block = blockOf(this.#savedOldest); block < first; block++) put(blockName(block), null);
    for (let block = Math.max(first, blockOf(this.#saved)); block * BLOCK_ENTRIES < this.#next; block++)
      put(blockName(block), this.#encode(block));
    writer.clear();
    writer.varint(this.#next);
    writer.varint(this.#oldest);
    for (const [relation, { forgottenIssued, shape, since }] of this.#ledgers) {
      writer.text(relation);
      writer.f64(forgottenIssued);
      writer.text(shape ?? '');
      writer.varint(since);
    }
    put('head', writer.finish());
    this.#saved = this.#next;
    this.#savedOldest = this.#oldest;
    this.#changedChars = 0;
  }

  changedBytes(): number {
    return (this.#next - this.#saved) * SAVED_BYTES + this.#changedChars;
  }

  restore(entries: Iterable<{ readonly key: string; readonly bytes: Uint8Array }>): void {
    const blocks: { readonly key: string; readonly bytes: Uint8Array }[] = [];
    for (const entry of entries) {
      if (entry.key !== 'head') {
        blocks.push(entry);
        continue;
      }
      const reader = new ByteReader(entry.bytes);
      this.#next = reader.varint();
      this.#oldest = reader.varint();
      while (reader.at < reader.end) {
        const ledger = this.#ledger(reader.text());
        ledger.forgottenIssued = reader.f64();
        ledger.shape = reader.text();
        ledger.since = reader.varint();
      }
    }
    this.#saved = this.#next;
    this.#savedOldest = this.#oldest;
    blocks.sort((a, b) => compareText(a.key, b.key));
    for (const { bytes } of blocks) this.#decode(bytes);
  }

  #encode(block: number): Uint8Array {
    writer.clear();
    const first = Math.max(block * BLOCK_ENTRIES, this.#oldest);
    const end = Math.min((block + 1) * BLOCK_ENTRIES, this.#next);
    writer.varint(first);
    for (let n = first; n < end; n++) {
      const entry = this.#entries[n - this.#oldest + this.#gone] as LinkedTransfer;
      writer.text(entry.relation);
      writeValues(writer, entry.row);
      writer.text(entry.code ?? '');
      writer.varint(entry.position);
      writeValue(writer, entry.fromBalance);
      writeValue(writer, entry.toBalance);
    }
    return writer.finish();
  }

  /** A block may begin with entries that were forgotten after it was saved. */
  #decode(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    for (let n = reader.varint(); reader.at < reader.end; n++) {
      const relation = reader.text();
      const row = readValues(reader);
      const code = reader.text();
      const position = reader.varint();
      const fromBalance = readValue(reader) as Integer | null;
      const toBalance = readValue(reader) as Integer | null;
      if (n < this.#oldest) continue;
      const ledger = this.#ledger(relation);
      const [from, to] = accountsOf(row);
      const told = { relation, row, code: code === '' ? null : (code as ErrorCode), position };
      const entry = linked(ledger, n, { ...told, fromBalance, toBalance }, from, to);
      this.#entries.push(entry);
      this.#chars += charsOf(row);
      const { idempotencyKey } = askedBy(row);
      if (idempotencyKey !== null && n >= ledger.since) ledger.byKey.set(idempotencyKey, entry);
    }
  }

  hashContent(hash: ContentHash): void {
    hash.row([this.#next, null]);
    for (const [relation, issued] of this.#forgotten()) hash.row([relation, issued]);
    for (const [relation, since] of this.#begunAnew()) hash.row([relation, 'since', since]);
    for (let at = this.#gone; at < this.#entries.length; at++) {
      const { n, relation, row, code, position, fromBalance, toBalance } = this.#entries[
        at
      ] as LinkedTransfer;
      hash.row([n, relation, code, position, fromBalance, toBalance, ...row]);
    }
  }

  describe(): Readonly<Record<string, number>> {
    const remembered = this.#next - this.#oldest;
    return { remembered, bytes: remembered * HELD_BYTES + CHAR_BYTES * this.#chars };
  }
}

/** The entry, as the newest of both its rows. Written out: to spread objects took half of what a transfer costs. */
function linked(
  { newest, since }: Ledger,
  n: number,
  { relation, row, code, position, fromBalance, toBalance }: Omit<RememberedTransfer, 'n'>,
  from: StateKey,
  to: StateKey,
): LinkedTransfer {
  if (n < since) {
    const none = { beforeFrom: -1, beforeTo: -1 };
    return { n, relation, row, code, position, fromBalance, toBalance, from, to, ...none };
  }
  const beforeFrom = newest.get(from) ?? -1;
  const beforeTo = newest.get(to) ?? -1;
  newest.set(from, n);
  newest.set(to, n);
  return { n, relation, row, code, position, fromBalance, toBalance, from, to, beforeFrom, beforeTo };
}

/**
 * A page of what is linked: `newest` is the number of the row's newest transfer, -1 for none; `at` gives one by number, null where
 * it is forgotten, and is asked no more than `limit` and one times. Throws CURSOR_INVALID.
 */
export function pageOf(
  at: (n: number) => LinkedTransfer | null,
  page: {
    readonly relation: string;
    readonly account: StateKey;
    readonly newest: number;
    readonly before: number | null;
    readonly limit: number;
  },
): LinkedTransfer[] {
  const { relation, account, newest, before, limit } = page;
  const older = (entry: LinkedTransfer): number =>
    entry.from === account ? entry.beforeFrom : entry.beforeTo;
  let n = newest;
  if (before !== null) {
    const last = at(before);
    if (last === null) return [];
    const isOfRow = last.relation === relation && (last.from === account || last.to === account);
    if (!isOfRow) throw new RingwatchError('CURSOR_INVALID');
    n = older(last);
  }
  const found: LinkedTransfer[] = [];
  for (let entry = n < 0 ? null : at(n); entry !== null && found.length < limit; ) {
    found.push(entry);
    const next = older(entry);
    entry = next < 0 || found.length === limit ? null : at(next);
  }
  return found;
}

function toldOf({ from, to, beforeFrom, beforeTo, ...told }: LinkedTransfer): RememberedTransfer {
  return told;
}

function noteForgotten(ledger: Ledger, { row }: LinkedTransfer): void {
  const { issuedAt } = askedBy(row);
  if (issuedAt !== null && issuedAt > ledger.forgottenIssued) ledger.forgottenIssued = issuedAt;
}

function charsOf(row: Row): number {
  let chars = 0;
  for (const value of row) if (typeof value === 'string') chars += value.length;
  return chars;
}

/** The idempotency key and `issuedAt` of a transfer: its last two columns. */
export function askedBy(row: Row): {
  readonly idempotencyKey: string | null;
  readonly issuedAt: number | null;
} {
  const idempotencyKey = (row[row.length - 2] ?? null) as string | null;
  return { idempotencyKey, issuedAt: (row[row.length - 1] ?? null) as number | null };
}

/** What the giving and the taking row of a transfer are found by in their table. None of the key columns is NULL. */
export function accountsOf(row: Row): readonly [from: StateKey, to: StateKey] {
  const width = (row.length - 3) / 2;
  const columns = columnsOf(width);
  return [rowKey(row, columns.from) as StateKey, rowKey(row, columns.to) as StateKey];
}

const COLUMNS: { readonly from: readonly number[]; readonly to: readonly number[] }[] = [];

function columnsOf(width: number): (typeof COLUMNS)[number] {
  let columns = COLUMNS[width];
  if (columns === undefined) {
    const from = Array.from({ length: width }, (_, n) => n);
    columns = { from, to: from.map((n) => n + width) };
    COLUMNS[width] = columns;
  }
  return columns;
}

function blockOf(n: number): number {
  return Math.floor(n / BLOCK_ENTRIES);
}

function blockName(block: number): string {
  return `b${block.toString(16).padStart(12, '0')}`;
}

const writer = new ByteWriter(1 << 14);
