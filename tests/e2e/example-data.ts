import { readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../tools/spawn-ringwatch.ts';

/** A row of the source `transfers` of rules.sql. */
export interface Transfer {
  readonly tx: number;
  /** Seconds since 1970. */
  readonly t: number;
  readonly src: string;
  readonly dst: string;
  /** Decimal text. */
  readonly amount: string;
}

/** A row of the table `accounts` of rules.sql. */
export interface Account {
  readonly id: string;
  readonly name: string;
  readonly kind: 'person' | 'company';
}

/** The definitions of the example bank. */
export const RULES = readFileSync(path.join(import.meta.dirname, 'rules.sql'), 'utf8');

/**
 * The transfers of examples/anti-cashout as if the last had happened at `endSeconds`: a hundred days up to then.
 * Transaction numbers begin at a bank's size.
 * @public
 */
export function exampleTransfers(endSeconds: number): readonly Transfer[] {
  const csv = readFileSync(path.join(REPOSITORY, 'examples/anti-cashout/data/transfers.csv'), 'utf8');
  const rows = csv.trimEnd().split('\n').slice(1);
  const lastSeconds = Number(rows.at(-1)?.split(',')[1]);
  return rows.map((row): Transfer => {
    const [tx = '', t = '', src = '', dst = '', amount = ''] = row.split(',');
    return {
      tx: 4_180_000 + Number(tx),
      t: Number(t) - lastSeconds + endSeconds,
      src,
      dst,
      amount: Number(amount).toFixed(2),
    };
  });
}

const FIRST_NAMES =
  'Ada Bram Cleo Dirk Elin Femi Gwen Hugo Ines Joris Kaya Lars Mila Nour Otto Pia Quinn Rosa Sven Tessa'.split(
    ' ',
  );
const LAST_NAMES =
  'Aalbers Bakker Conti Dekker Eriksen Fischer Garcia Hansen Ivanov Jansen Kovacs Larsen Meyer Novak'.split(
    ' ',
  );
const TRADES = 'Trading Logistics Foods Textiles Motors Consulting Media Import'.split(' ');

/** What is known about an account; the same for the same id. */
export function exampleAccount(id: string): Account {
  const number = Number(id);
  const last = LAST_NAMES[number % LAST_NAMES.length] ?? '';
  if (number % 5 === 0) {
    return { id, name: `${last} ${TRADES[number % TRADES.length]} Ltd`, kind: 'company' };
  }
  return { id, name: `${FIRST_NAMES[Math.floor(number / 7) % FIRST_NAMES.length]} ${last}`, kind: 'person' };
}
