import type { AlertLine, AlertPath } from '../alert-line.ts';
import { groupThousands, type Ring } from '../drawing/ring.ts';
import { plantedCyclesOn } from './score-rings.ts';
import type { Transfer, TransferLabels } from './transfer-labels.ts';

const MEMBERS_MIN = 4;

/**
 * The ring that shows best what a cash-out ring is: of the planted cycles with at least four transfers the one that
 * passes on most of its money (smallest amount over greatest); without one, the same among all rings. Ties: the
 * earlier alert. Null when there is no alert.
 */
export function clearestCashOutRing(alerts: readonly AlertLine[], labels: TransferLabels): Ring | null {
  let best: { alert: AlertLine; path: AlertPath; rank: number } | null = null;
  for (const alert of alerts) {
    for (const path of alert.paths) {
      const amounts = path.edges.flat().map((edge) => Number(transferOf(edge, labels).amount));
      const passedOn = Math.min(...amounts) / Math.max(...amounts);
      const long = path.edges.length >= MEMBERS_MIN;
      const rank = (plantedCyclesOn(path, labels).length > 0 ? 4 : 0) + (long ? 2 : 0) + passedOn;
      if (best === null || rank > best.rank) best = { alert, path, rank };
    }
  }
  return best === null ? null : drawable(best.alert, best.path, labels);
}

function drawable(alert: AlertLine, path: AlertPath, labels: TransferLabels): Ring {
  const edges = path.edges.flat();
  const transfers = edges.map((edge) => transferOf(edge, labels));
  const members = path.vertices.slice(0, edges.length);
  const days = ((transfers.at(-1)?.t ?? 0) - (transfers[0]?.t ?? 0)) / 86_400;
  const moved = transfers.reduce((sum, transfer) => sum + Number(transfer.amount), 0);
  const patterns = plantedCyclesOn(path, labels);
  const closing = edges.at(-1) ?? '';
  return {
    title: `Cash-out ring closed by transfer ${closing}`,
    description:
      `${edges.length} transfers take money from account ${members[0] ?? ''} over ` +
      `${members.slice(1).join(', ')} and back within ${days.toFixed(1)} days. Alert ${alert.id}.`,
    legend: 'Accounts, and the transfers between them, each with its amount and time.',
    members,
    hops: transfers.map((transfer, index) => ({
      amount: groupThousands(Number(transfer.amount).toFixed(2)),
      when: dayAndClock(transfer.t),
      closing: index === transfers.length - 1,
    })),
    summary: [
      `${edges.length} transfers in ${days.toFixed(1)} days`,
      `${groupThousands(moved.toFixed(2))} moved in all`,
      patterns.length > 0 ? `planted cycle ${patterns.join(', ')}` : 'no planted cycle',
    ],
  };
}

function transferOf(edge: string, labels: TransferLabels): Transfer {
  return labels.byKey.get(edge) ?? { src: '?', dst: '?', amount: '0', t: 0 };
}

/** Seconds since the start of the simulation as `day 3, 23:37`; the first day is day 1. */
function dayAndClock(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const inDay = seconds % 86_400;
  return `day ${Math.floor(seconds / 86_400) + 1}, ${two(Math.floor(inDay / 3_600))}:${two(Math.floor(inDay / 60) % 60)}`;
}
