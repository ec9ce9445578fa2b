import { RingwatchError } from '../../core/errors.ts';
import type { Example, ExampleRun } from './example-run.ts';
import type { TenantFigures } from './example-tenant.ts';
import { printAlerts, printRing, printRow, printTenant, whole } from './figures.ts';
import { clearestGuaranteeRing, type Contract, readContracts } from './guarantee-ring.ts';
import { latencyOf, latencyWords } from './latency.ts';
import { type RowLines, rowsAtOnce, splitRows } from './paced-rows.ts';

/** Guarantee circles: tables by the batch API, then each application by `decide`, as a lender's system would ask. */
export const GUARANTEE_EXAMPLE: Example = {
  slug: 'guarantee-circles',
  name: 'Guarantee circles',
  keyColumn: 'id',
  run: runCircles,
};

/** What came of asking for each application. */
interface Answers {
  readonly asked: number;
  /** Asked for by an earlier run. */
  readonly known: number;
  /** Milliseconds from asking to the answer, of those that were new. */
  readonly waitsMs: readonly number[];
}

interface DecideAnswer {
  readonly decide: { readonly decision: { readonly duplicate: boolean } };
}

const DECIDE = `mutation ($input: DecideInput!) {
  decide(input: $input) { decision { duplicate } userErrors { code message } }
}`;

async function runCircles(run: ExampleRun): Promise<void> {
  const { client, tenant, keys, terminal } = run;
  const caller = { token: keys.sender };
  const tables = ['companies', 'guarantees'].map((name) => ({
    name,
    lines: splitRows(run.read(`${name}.csv`)),
  }));
  const applications = splitRows(run.read('applications.csv'));
  const from = await tenant.figures(client, caller);
  tenant.begin(from);
  const total = tables.reduce((sum, { lines }) => sum + lines.rows.length, applications.rows.length);
  const sent = await tenant.showing({ client, caller, terminal, from, total }, async () => {
    for (const { name, lines } of tables) await sendTable(run, name, lines);
    const answers = await decideAll(run, applications);
    return { answers, figures: await tenant.allDelivered(client, caller) };
  });
  printTenant(run, 'Guarantee circles: applications that would close a circle of two to eight companies');
  const rows = tables.map(({ name, lines }) => `${whole(lines.rows.length)} ${name}`);
  printRow(terminal, 'tables', `${rows.join(' and ')}, each in one streamed body`);
  printAnswers(run, sent.answers, sent.figures);
  printAlerts(terminal, tenant, {
    figures: sent.figures,
    queued: await tenant.queued(client, caller),
    from: 'asking for an application',
    isFirst: false,
  });
  printCircles(run, sent.figures, applications.rows.length);
}

async function sendTable(
  { client, keys, progress }: ExampleRun,
  name: string,
  lines: RowLines,
): Promise<void> {
  if (progress.of(name) === lines.rows.length) return;
  const { rows } = await client.sendRows(
    { token: keys.sender },
    `/v1/tables/${name}/rows`,
    rowsAtOnce(lines),
  );
  progress.note(name, rows);
}

/** Asks for each application, one after the other, from where an earlier run was stopped. */
async function decideAll(run: ExampleRun, { header, rows }: RowLines): Promise<Answers> {
  const { tenant, progress } = run;
  const names = header.trim().split(',');
  const waitsMs: number[] = [];
  const done = progress.of('applications');
  let known = done;
  for (const [at, row] of rows.entries()) {
    if (at < done) continue;
    const cells = row.trim().split(',');
    const askedMs = performance.now();
    tenant.sent(cells[0] ?? '', askedMs);
    const isNew = await decide(run, Object.fromEntries(names.map((name, n) => [name, cells[n]])));
    if (isNew) waitsMs.push(performance.now() - askedMs);
    else known++;
    progress.note('applications', at + 1);
  }
  return { asked: rows.length, known, waitsMs };
}

/** Whether the service had not heard of the application before. */
async function decide({ client, keys }: ExampleRun, event: object): Promise<boolean> {
  const input = { source: 'applications', event };
  try {
    const answer = await client.graphql<DecideAnswer>({ token: keys.sender }, DECIDE, { input });
    return !answer.decide.decision.duplicate;
  } catch (error) {
    // One that an earlier run asked for just before it was killed: others have come since.
    if (error instanceof RingwatchError && error.details.code === 'EVENT_TOO_LATE') return false;
    throw error;
  }
}

function printCircles(
  { terminal, tenant, read, folder }: ExampleRun,
  figures: TenantFigures,
  asked: number,
): void {
  const alerts = tenant.inbox.alerts();
  const circles = alerts.reduce((sum, alert) => sum + alert.paths.length, 0);
  const share = terminal.paint('bold', `${figures.refused} of ${asked}`);
  printRow(terminal, 'refused', `${share} applications, for ${circles} circles`);
  const contracts = new Map<string, Contract>();
  readContracts(read('guarantees.csv'), 'guarantees', contracts);
  readContracts(read('applications.csv'), 'applications', contracts);
  printRing(terminal, clearestGuaranteeRing(alerts, contracts), folder);
}

function printAnswers({ terminal }: ExampleRun, answers: Answers, figures: TenantFigures): void {
  const latency = latencyOf(answers.waitsMs);
  const known = answers.known === 0 ? '' : `, ${whole(answers.known)} of them by an earlier run`;
  printRow(
    terminal,
    'applications',
    `${whole(answers.asked)} asked for by \`decide\`, one after the other${known}`,
  );
  if (latency !== null) {
    printRow(
      terminal,
      'decision latency',
      `${latencyWords(latency)} from asking over HTTP to the answer, sync and search included`,
    );
  }
  if (figures.afterDeadline > 0) {
    printRow(
      terminal,
      '',
      `${figures.afterDeadline} were answered FALLBACK, since the deadline of 200 ms had passed`,
    );
  }
}
