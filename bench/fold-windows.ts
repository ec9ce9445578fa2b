import type { LogRecord } from '../core/record.ts';
import { Fold } from '../engine/fold.ts';
import { compileDefinitions } from '../language/compile.ts';

/**
 * The fold alone: events of a source through a view and two OVER windows, decoded records in, no log, no graph.
 * Beside it, in turns, the floor: the same windows in plain maps and arrays without dedup, lateness, exact late rows,
 * undo or checkpoints. Run: `node bin/run.mjs bench/fold-windows.ts [events]`.
 */
const DEFINITIONS = `
CREATE SOURCE transfers (tx_id TEXT PRIMARY KEY, payer TEXT, payee TEXT, amount NUMERIC(18,2), status TEXT, at TIMESTAMPTZ,
    WATERMARK FOR at AS at - INTERVAL '5 seconds') WITH (allowed_lateness = '10 minutes');
CREATE VIEW velocity AS SELECT tx_id, payer, payee, amount, at,
    COUNT(*) OVER h AS n_1h, SUM(amount) OVER h AS sum_1h, COUNT(*) OVER d AS n_24h, SUM(amount) OVER d AS sum_24h
  FROM transfers WHERE status = 'OK' WINDOW
    h AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '1 hour' PRECEDING AND CURRENT ROW),
    d AS (PARTITION BY payer ORDER BY at RANGE BETWEEN INTERVAL '24 hours' PRECEDING AND CURRENT ROW);
CREATE RULE busy ON velocity WHEN n_1h >= 1000 DO ALERT 'busy' SEVERITY LOW;
`;

const ACCOUNTS = 20_000;
const GAP_MICROS = 300_000;
const BATCH = 1000;
const HOUR_MICROS = 3_600_000_000;

function* batches(events: number): Generator<LogRecord[]> {
  let state = 12_345;
  const account = (): string => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return `ACC${(state >>> 0) % ACCOUNTS}`;
  };
  let at = 1_700_000_000_000_000;
  for (let first = 0; first < events; first += BATCH) {
    const records: LogRecord[] = [];
    for (let n = first; n < first + BATCH; n++) {
      at += GAP_MICROS;
      const row = [`TX${n}`, account(), account(), (state >>> 0) % 1_000_000, 'OK', at];
      records.push({ kind: 'event', arrivalMicros: at, relation: 'transfers', row });
    }
    yield records;
  }
}

interface FloorWindow {
  readonly rows: { readonly at: number; readonly amount: number }[];
  /** For each of the two frames: its first row's place, and the sum of its amounts. */
  readonly first: [number, number];
  readonly sum: [number, number];
}

/** The floor: what the windows come to and nothing else. Returns how often the rule would fire. */
class Floor {
  readonly #windows = new Map<string, FloorWindow>();
  fired = 0;

  apply(record: LogRecord): void {
    if (record.kind !== 'event' || record.row[4] !== 'OK') return;
    const payer = record.row[1] as string;
    const at = record.row[5] as number;
    const amount = record.row[3] as number;
    let window = this.#windows.get(payer);
    if (window === undefined) {
      window = { rows: [], first: [0, 0], sum: [0, 0] };
      this.#windows.set(payer, window);
    }
    const { rows, first, sum } = window;
    rows.push({ at, amount });
    for (const frame of [0, 1] as const) {
      const least = at - (frame === 0 ? 1 : 24) * HOUR_MICROS;
      sum[frame] += amount;
      for (let row = rows[first[frame]]; row !== undefined && row.at < least; row = rows[first[frame]]) {
        sum[frame] -= row.amount;
        first[frame]++;
      }
    }
    if (rows.length - first[0] >= 1000) this.fired++;
  }
}

const events = Number(process.argv[2] ?? 1_000_000);
const fold = new Fold({ tenant: 'bench', compile: compileDefinitions, emit: () => undefined });
fold.apply({ kind: 'definitions', arrivalMicros: 0, text: DEFINITIONS, allowDrop: false });
const floor = new Floor();
const seconds = { fold: 0, floor: 0 };
const cpuSeconds = { fold: 0, floor: 0 };
for (const records of batches(events)) {
  for (const [name, target] of [
    ['fold', fold],
    ['floor', floor],
  ] as const) {
    const started = process.hrtime.bigint();
    const startedCpu = process.cpuUsage();
    for (const record of records) target.apply(record);
    const cpu = process.cpuUsage(startedCpu);
    seconds[name] += Number(process.hrtime.bigint() - started) / 1e9;
    cpuSeconds[name] += (cpu.user + cpu.system) / 1e6;
  }
}
const started = process.hrtime.bigint();
const changes = fold.saveChanges();
const figures = {
  events,
  foldEventsPerSecond: Math.round(events / seconds.fold),
  foldEventsPerCpuSecond: Math.round(events / cpuSeconds.fold),
  floorEventsPerCpuSecond: Math.round(events / cpuSeconds.floor),
  timesFloor: Number((cpuSeconds.fold / cpuSeconds.floor).toFixed(2)),
  wholeCheckpointMs: Number(process.hrtime.bigint() - started) / 1e6,
  wholeCheckpointBytes: changes.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0),
  sizes: fold.describe(),
};
console.log(JSON.stringify(figures, null, 2));
