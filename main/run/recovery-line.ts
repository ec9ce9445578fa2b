import type { RecoverySummary } from '../../workers/stream/recovery.ts';
import { groupThousands } from '../drawing/ring.ts';

/** What opening a data folder came to, as one line; null for a fresh one. */
export function recoveryLine(recovery: RecoverySummary): string | null {
  if (recovery.offset === 0) return null;
  const whole = (value: number): string => groupThousands(String(value));
  const from =
    recovery.checkpoint === null
      ? 'from the start of the log'
      : `from the checkpoint at offset ${whole(recovery.checkpoint.offset)}`;
  const archived = recovery.archivedRecords === 0 ? '' : `${whole(recovery.archivedRecords)} archived and `;
  const discarded =
    recovery.discarded === null ? '' : `; a damaged checkpoint was thrown away (${recovery.discarded})`;
  return (
    `recovered ${from}, replayed ${archived}${whole(recovery.logRecords)} records ` +
    `up to offset ${whole(recovery.offset)} (position ${whole(recovery.position)}) ` +
    `in ${recovery.seconds.toFixed(2)} s${discarded}`
  );
}
