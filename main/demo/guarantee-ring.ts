import { formatTimestamp } from '../../core/timestamp.ts';
import type { AlertLine, AlertPath } from '../alert-line.ts';
import { groupThousands, type Ring, type RingHop } from '../drawing/ring.ts';

/** A contract or an application, by the key that alerts print (`guarantees:12`, `applications:3`). */
export interface Contract {
  readonly amountCents: number;
  /** Milliseconds since 1970, exclusive. */
  readonly validToMs: number;
}

/** Reads guarantees.csv or applications.csv: the key first, amountCents and validTo by name; no quotes in them. */
export function readContracts(csv: string, table: string, into: Map<string, Contract>): void {
  const [head = '', ...lines] = csv.split('\n');
  const names = head.trimEnd().split(',');
  const amount = names.indexOf('amountCents');
  const validTo = names.indexOf('validTo');
  for (const line of lines) {
    const cells = line.trimEnd().split(',');
    if (cells[0] === undefined || cells[0] === '') continue;
    into.set(`${table}:${cells[0]}`, {
      amountCents: Number(cells[amount]),
      validToMs: Number(cells[validTo]),
    });
  }
}

/**
 * The circle that shows best what a guarantee circle is: of those with three to six members the one with the
 * greatest exposure, else the first. Null when none was refused.
 */
export function clearestGuaranteeRing(
  alerts: readonly AlertLine[],
  contracts: ReadonlyMap<string, Contract>,
): Ring | null {
  let best: { alert: AlertLine; path: AlertPath; rank: number } | null = null;
  for (const alert of alerts) {
    for (const path of alert.paths) {
      const readable = path.edges.length >= 3 && path.edges.length <= 6;
      const rank = readable ? Number(path.values.exposure) : 0;
      if (best === null || rank > best.rank) best = { alert, path, rank };
    }
  }
  return best === null ? null : drawable(best.alert, best.path, contracts);
}

/** The hop of the application itself comes first in the path; it is the one that would close the circle. */
function drawable(alert: AlertLine, path: AlertPath, contracts: ReadonlyMap<string, Contract>): Ring {
  const members = path.vertices.slice(0, path.edges.length);
  const exposure = groupThousands(String(path.values.exposure));
  const application = String(alert.values.id);
  return {
    title: `Application ${application} refused: it would close a circle`,
    description:
      `Company ${members.join(' guarantees ')} guarantees ${members[0] ?? ''}: ` +
      `an exposure of ${exposure}. Alert ${alert.id}.`,
    legend: 'Companies, each of which guarantees for the next: the amount, and until when.',
    members,
    hops: path.edges.map((edges, index) => hop([edges].flat(), index === 0, contracts)),
    summary: [`${members.length} companies`, `exposure ${exposure}`, `at ${alert.time?.slice(0, 10) ?? ''}`],
  };
}

function hop(keys: readonly string[], closing: boolean, contracts: ReadonlyMap<string, Contract>): RingHop {
  const found = keys.map((key) => contracts.get(key)).filter((contract) => contract !== undefined);
  const cents = found.reduce((sum, contract) => sum + contract.amountCents, 0);
  const until = Math.max(0, ...found.map((contract) => contract.validToMs));
  const day = formatTimestamp(until * 1000).slice(0, 10);
  const many = keys.length > 1 ? `${keys.length} contracts, ` : '';
  return {
    amount: groupThousands((cents / 100).toFixed(2)),
    when: closing ? `${many}applied for, to ${day}` : `${many}to ${day}`,
    closing,
  };
}
