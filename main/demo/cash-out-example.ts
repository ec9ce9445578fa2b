import type { Terminal } from '../console/terminal.ts';
import { clearestCashOutRing } from './cash-out-ring.ts';
import type { Example, ExampleRun } from './example-run.ts';
import { percent, printAlerts, printRing, printRow, printTenant, rate, whole } from './figures.ts';
import { type RowLines, rowsAtOnce, rowsAtRate, splitRows } from './paced-rows.ts';
import { scoreRings } from './score-rings.ts';
import { readTransferLabels } from './transfer-labels.ts';

/** The share of the transfers that is history: sent as fast as it is taken. The rest is live traffic, at a steady rate. */
const HISTORY_SHARE = 0.8;

/** Milliseconds by which live traffic may end late. */
const BEHIND_MS = 500;

const EVENTS = '/v1/sources/transfers/events';

/** Cash-out rings: transfers by the batch API, scored against the planted cycles by what came to the receiver. */
export const CASH_OUT_EXAMPLE: Example = {
  slug: 'anti-cashout',
  name: 'Cash-out rings',
  keyColumn: 'tx',
  run: runCashOut,
};

/** One stretch of the transfers, sent as one body. */
interface Stretch {
  readonly name: 'history' | 'live';
  readonly lines: RowLines;
}

/** What came of sending it. */
interface Sent {
  readonly rows: number;
  /** Milliseconds to the answer; null where an earlier run had sent it all. */
  readonly ms: number | null;
  /** Rows that the service had from before, and that changed nothing: known by their key, or late. */
  readonly known: number;
}

async function runCashOut(run: ExampleRun): Promise<void> {
  const { client, tenant, keys, terminal } = run;
  const caller = { token: keys.sender };
  const csv = run.read('transfers.csv');
  const from = await tenant.figures(client, caller);
  tenant.begin(from);
  const { header, rows } = splitRows(csv);
  const cut = Math.floor(rows.length * HISTORY_SHARE);
  const history: Stretch = { name: 'history', lines: { header, rows: rows.slice(0, cut) } };
  const live: Stretch = { name: 'live', lines: { header, rows: rows.slice(cut) } };
  const options = { client, caller, terminal, from, total: rows.length };
  const sent = await tenant.showing(options, async () => {
    const first = await send(run, history, rowsAtOnce(history.lines));
    // So that live alerts do not wait behind those of the history.
    await tenant.allDelivered(client, caller);
    const due = (index: number, dueMs: number): void => tenant.sent(keyOf(live.lines.rows[index]), dueMs);
    const second = await send(run, live, rowsAtRate(live.lines, run.rate, due));
    return { first, second, figures: await tenant.allDelivered(client, caller) };
  });
  printTenant(run, 'Cash-out rings: three to six transfers, each later than the one before, within 40 days');
  printSent(run, sent.first, sent.second);
  printAlerts(terminal, tenant, {
    figures: sent.figures,
    queued: await tenant.queued(client, caller),
    from: 'sending a live transfer',
    isFirst: true,
  });
  const labels = readTransferLabels(csv);
  const alerts = tenant.inbox.alerts();
  printScore(terminal, scoreRings(alerts, labels));
  printRing(terminal, clearestCashOutRing(alerts, labels), run.folder);
}

/** Sends a stretch as one body, unless an earlier run has had its answer. */
async function send(
  { client, keys, progress }: ExampleRun,
  { name, lines }: Stretch,
  body: AsyncIterable<string> | Iterable<string>,
): Promise<Sent> {
  const rows = lines.rows.length;
  if (progress.of(name) === rows) return { rows, ms: null, known: rows };
  const beganMs = performance.now();
  const answer = await client.sendRows({ token: keys.sender }, EVENTS, body);
  progress.note(name, answer.rows);
  return { rows, ms: performance.now() - beganMs, known: answer.duplicates + answer.late };
}

/** transfers.csv begins with its key, `tx`. */
function keyOf(line: string | undefined): string {
  return line?.slice(0, line.indexOf(',')) ?? '';
}

function printSent({ terminal, rate: perSecond }: ExampleRun, history: Sent, live: Sent): void {
  const rows = history.rows + live.rows;
  const known = history.known + live.known;
  if (history.ms === null && live.ms === null) {
    printRow(terminal, 'events', `${whole(rows)}, sent by an earlier run`);
    return;
  }
  const before = known === 0 ? '' : `, ${whole(known)} of them there from before`;
  printRow(terminal, 'events', `${whole(rows)} in two streamed bodies${before}`);
  if (history.ms !== null) {
    const seconds = (history.ms / 1000).toFixed(1);
    const words = `at once, durable and searched in ${seconds} s: ${rate(history.rows, history.ms)}`;
    printRow(terminal, 'history', `${whole(history.rows)} ${words}`);
  }
  if (live.ms !== null) {
    const late = live.ms > (live.rows * 1000) / perSecond + BEHIND_MS;
    const taken = late ? `; this machine took ${rate(live.rows, live.ms)}, so they waited` : '';
    printRow(terminal, 'live', `${whole(live.rows)} at ${whole(perSecond)} a second${taken}`);
  }
}

function printScore(terminal: Terminal, score: ReturnType<typeof scoreRings>): void {
  const share = (rings: number): string =>
    `${rings} of ${score.rings} rings (${percent(rings, score.rings)})`;
  printRow(
    terminal,
    'planted cycles',
    `${terminal.paint('bold', `${score.caught.size} of ${score.planted}`)} caught`,
  );
  printRow(terminal, 'precision', `${share(score.ringsOfPlanted)} are a planted cycle`);
  printRow(terminal, '', `${share(score.ringsAllLabelled)} hold labelled transfers only`);
  printRow(terminal, '', `${share(score.ringsTouching)} hold at least one`);
}
