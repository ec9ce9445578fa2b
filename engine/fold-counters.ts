import type { ByteReader, ByteWriter } from '../core/bytes.ts';
import type { ErrorCode } from '../core/errors.ts';

/** What a rule has done since the beginning of the log. */
export interface RuleCounters {
  /** Triggering rows for which WHEN was true. */
  firings: number;
  /** Graph jobs run. */
  jobs: number;
  /** Adjacency entries that the jobs examined. */
  edgesVisited: number;
  /** Jobs that a limit ended early. */
  partial: number;
}

/** Totals since the beginning of the log, the same on every replay. */
export class FoldCounters {
  /** Events and table rows that have a position. Late and refused ones are among them. */
  accepted = 0;
  duplicates = 0;
  late = 0;
  refused = 0;
  alerts = 0;
  suppressed = 0;
  /** Decisions whose caller was told FALLBACK before. */
  afterDeadline = 0;
  /** Records that the fold did not take, by error code; ingest rejects such rows before they are appended. */
  readonly rejected = new Map<string, number>();
  /** Evaluations that failed and became NULL, by code. */
  readonly evaluationErrors = new Map<string, number>();
  readonly rules = new Map<string, RuleCounters>();
  /** Decided events by DECISION and outcome, `refused` among them. */
  readonly decisions = new Map<string, Map<string, number>>();
  /** Webhooks asked for, by endpoint. */
  readonly webhooks = new Map<string, number>();

  rule(name: string): RuleCounters {
    let counters = this.rules.get(name);
    if (counters === undefined) {
      counters = { firings: 0, jobs: 0, edgesVisited: 0, partial: 0 };
      this.rules.set(name, counters);
    }
    return counters;
  }

  /** Counts a record that the fold does not take. */
  reject(code: ErrorCode): void {
    this.rejected.set(code, (this.rejected.get(code) ?? 0) + 1);
  }

  /** Counts the outcome for one event. */
  decide(decision: string, outcome: string): void {
    let counts = this.decisions.get(decision);
    if (counts === undefined) {
      counts = new Map();
      this.decisions.set(decision, counts);
    }
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  /** Counts one webhook. */
  callOut(endpoint: string): void {
    this.webhooks.set(endpoint, (this.webhooks.get(endpoint) ?? 0) + 1);
  }

  save(writer: ByteWriter): void {
    for (const total of [
      this.accepted,
      this.duplicates,
      this.late,
      this.refused,
      this.alerts,
      this.suppressed,
    ]) {
      writer.varint(total);
    }
    saveCounts(writer, this.rejected);
    saveCounts(writer, this.evaluationErrors);
    writer.varint(this.rules.size);
    for (const [name, { firings, jobs, edgesVisited, partial }] of this.rules) {
      writer.text(name);
      for (const total of [firings, jobs, edgesVisited, partial]) writer.varint(total);
    }
    writer.varint(this.decisions.size);
    for (const [name, counts] of this.decisions) {
      writer.text(name);
      saveCounts(writer, counts);
    }
    saveCounts(writer, this.webhooks);
    writer.varint(this.afterDeadline);
  }

  load(reader: ByteReader): void {
    this.accepted = reader.varint();
    this.duplicates = reader.varint();
    this.late = reader.varint();
    this.refused = reader.varint();
    this.alerts = reader.varint();
    this.suppressed = reader.varint();
    loadCounts(reader, this.rejected);
    loadCounts(reader, this.evaluationErrors);
    for (let count = reader.varint(); count > 0; count--) {
      const name = reader.text();
      const firings = reader.varint();
      const jobs = reader.varint();
      const edgesVisited = reader.varint();
      this.rules.set(name, { firings, jobs, edgesVisited, partial: reader.varint() });
    }
    for (let count = reader.varint(); count > 0; count--) {
      const counts = new Map<string, number>();
      this.decisions.set(reader.text(), counts);
      loadCounts(reader, counts);
    }
    loadCounts(reader, this.webhooks);
    this.afterDeadline = reader.at < reader.end ? reader.varint() : 0;
  }
}

function saveCounts(writer: ByteWriter, counts: ReadonlyMap<string, number>): void {
  writer.varint(counts.size);
  for (const [name, count] of counts) {
    writer.text(name);
    writer.varint(count);
  }
}

function loadCounts(reader: ByteReader, counts: Map<string, number>): void {
  for (let count = reader.varint(); count > 0; count--) {
    const name = reader.text();
    counts.set(name, reader.varint());
  }
}
