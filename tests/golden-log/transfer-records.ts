import type { LogRecord } from '../../core/record.ts';
import type { Row } from '../../core/types.ts';
import { Random } from '../model/random.ts';

const ARRIVAL = 1_790_000_000_000_000;

const TEXT = `CREATE TABLE holders (id TEXT PRIMARY KEY, energy NUMERIC(6,2) CHECK (energy >= 0), points BIGINT CHECK (points >= 0));
CREATE SOURCE collects (id TEXT PRIMARY KEY, me TEXT, friend TEXT, grams NUMERIC(6,2));
CREATE RULE collect ON collects DO TRANSFER grams FROM friend TO me OF holders.energy, ALERT 'Collected' KEY (me);
CREATE RULE rich AFTER UPDATE ON holders WHEN energy >= 20 AND $old.energy < 20 DO ALERT 'Rich' KEY (id);`;

/** A log in which transfers of all outcomes are made, retried and declined, over two columns and by a rule. */
export function transferRecords(seed: number): LogRecord[] {
  const random = new Random(seed);
  const record = (
    kind: 'rowUpsert' | 'transfer' | 'event',
    relation: string,
    row: Row,
    n: number,
  ): LogRecord => ({
    kind,
    arrivalMicros: ARRIVAL + n * 1000,
    relation,
    row,
  });
  const names = ['a', 'b', 'c', 'd', 'é'];
  const records: LogRecord[] = [
    { kind: 'definitions', arrivalMicros: ARRIVAL, text: TEXT, allowDrop: false },
    ...names.map((name, n) => record('rowUpsert', 'holders', [name, 1500, n === 0 ? null : 10n ** 17n], n)),
  ];
  const sent: LogRecord[] = [];
  for (let n = 0; n < 120; n++) {
    const [from, to] = [random.pick(names), random.chance(0.05) ? 'nobody' : random.pick(names)];
    if (random.chance(0.15) && sent.length > 0) records.push(random.pick(sent));
    else if (random.chance(0.2)) {
      records.push(record('event', 'collects', [`e${n}`, to, from, random.between(1, 900)], n));
    } else if (random.chance(0.05)) records.push(record('rowUpsert', 'holders', [from, 9000, -1], n));
    else {
      const column = random.chance(0.3) ? 'points' : 'energy';
      const amount = column === 'points' ? 10n ** 16n + BigInt(n) : random.between(-20, 900);
      const issued = random.chance(0.5) ? ARRIVAL + n : null;
      const transfer = record('transfer', `holders.${column}`, [from, to, amount, `k${n}`, issued], n);
      sent.push(transfer);
      records.push(transfer);
    }
  }
  return records;
}
