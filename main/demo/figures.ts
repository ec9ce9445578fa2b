import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeError } from '../../core/file-error.ts';
import type { Terminal } from '../console/terminal.ts';
import { groupThousands, type Ring } from '../drawing/ring.ts';
import { drawRingSvg } from '../drawing/ring-svg.ts';
import { drawRingText } from '../drawing/ring-text.ts';
import type { ExampleRun } from './example-run.ts';
import type { ExampleTenant, TenantFigures } from './example-tenant.ts';
import { latencyWords } from './latency.ts';

/** A line of figures under its name; an empty name goes on with the line before. */
export function printRow(terminal: Terminal, name: string, value: string): void {
  terminal.out(`  ${name.padEnd(18)}${value}`);
}

/** A whole number for a reader: `30,645`. */
export function whole(value: number): string {
  return groupThousands(String(Math.round(value)));
}

/** `30,645 events/s` of so many in so many milliseconds. */
export function rate(count: number, ms: number): string {
  return `${whole(count / Math.max(0.001, ms / 1000))} events/s`;
}

/** A share for a reader: `11.9 %`. */
export function percent(part: number, of: number): string {
  return of === 0 ? '-' : `${((100 * part) / of).toFixed(1)} %`;
}

/** What an example is, and whose it is. */
export function printTenant({ terminal, tenant, version }: ExampleRun, title: string): void {
  terminal.out('');
  terminal.out(terminal.paint('bold', title));
  const published = `definitions version ${version}, drafted with one key and published with another`;
  printRow(terminal, 'tenant', `${tenant.slug}: ${published}`);
}

/** What became of the alerts. */
export interface AlertFigures {
  readonly figures: TenantFigures;
  /** Alerts that the queue shows. */
  readonly queued: number;
  /** What an alert's wait is measured from, in words. */
  readonly from: string;
  /** Whether to say how long the demo took from its own start to the first of them. */
  readonly isFirst: boolean;
}

/** Alerts, how long they took, what became of their webhooks, and decisions. */
export function printAlerts(
  terminal: Terminal,
  tenant: ExampleTenant,
  { figures, queued, from, isFirst }: AlertFigures,
): void {
  const { firstAlertMs, inbox } = tenant;
  const first =
    firstAlertMs === null || !isFirst
      ? ''
      : `, the first ${(firstAlertMs / 1000).toFixed(1)} s after the start of the demo`;
  printRow(terminal, 'alerts', `${whole(queued)}${first}`);
  const latency = tenant.alertLatency();
  if (latency === null) printRow(terminal, 'alert latency', 'nothing new was raised');
  else {
    const samples = `${latency.samples} alerts`;
    printRow(terminal, 'alert latency', `${latencyWords(latency)} over ${samples}: from ${from}`);
    printRow(terminal, '', 'to its alert at the receiver, verified; sync, search and delivery included');
  }
  const { distinct, repeated, refused } = inbox;
  const untrusted = refused === 0 ? '' : `; ${whole(refused)} refused, since no signature matched`;
  printRow(
    terminal,
    'webhooks',
    `${whole(distinct + repeated)} deliveries verified, ${whole(distinct)} different, ` +
      `for ${whole(figures.alerts)} alerts${untrusted}`,
  );
  for (const counts of Object.values(figures.decisions)) {
    const words = Object.entries(counts).map(([outcome, count]) => `${whole(count)} ${outcome}`);
    printRow(terminal, 'decisions', words.join(', '));
  }
}

/** Draws a ring into the terminal and as a picture into the example's folder. Throws FILE_UNWRITABLE. */
export function printRing(terminal: Terminal, ring: Ring | null, folder: string): void {
  if (ring === null) return;
  const file = path.join(folder, 'ring.svg');
  try {
    writeFileSync(file, drawRingSvg(ring));
  } catch (error) {
    throw writeError(file, error);
  }
  terminal.out('');
  for (const line of drawRingText(ring)) terminal.out(`  ${line}`.trimEnd());
  terminal.out('');
  printRow(terminal, 'as a picture', file);
}
