import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../adapters/files/make-folder.ts';
import { type AlertLine, parseAlertLines } from '../alert-line.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import { clearestCashOutRing } from '../demo/cash-out-ring.ts';
import { clearestGuaranteeRing, type Contract, readContracts } from '../demo/guarantee-ring.ts';
import { scoreRings } from '../demo/score-rings.ts';
import { readTransferLabels } from '../demo/transfer-labels.ts';
import { groupThousands, type Ring } from '../drawing/ring.ts';
import { drawRingSvg } from '../drawing/ring-svg.ts';
import { drawRingText } from '../drawing/ring-text.ts';
import { readDefinitions } from '../files.ts';
import { LOG_LEVELS, type Log, openLog } from '../log.ts';
import type { RunOutcome } from '../run/execute-run.ts';
import { parseInputOptions } from '../run/input-option.ts';
import { examplesFolder } from '../version.ts';

/** `ringwatch demo`: both examples through the engine, and what they show. */
export const demoCommand: Command = {
  name: 'demo',
  usage: '[--data DIR]',
  summary: 'Runs both examples into a durable folder and shows what they find',
  details: `
Cash-out rings: 30,645 transfers in which 40 cycles were planted. Guarantee circles: 500 applications, of which some
would close a circle. Alerts, decisions, reports and pictures stay in the folder; a second run with the same --data finds
nothing new to read and says the same.`,
  options: {
    data: { value: 'DIR', text: 'where everything is kept (default: a fresh temporary folder)' },
    'log-level': { value: 'LEVEL', text: `logs to standard error: ${LOG_LEVELS.join(', ')}\n(default warn)` },
  },
  positionals: { min: 0, max: 0, names: [] },
  run,
};

/** An example: its folder's name, and its inputs in option order. */
interface Example {
  readonly name: string;
  readonly inputs: readonly string[];
  /** Rows of a batch: small ones show how long a decision takes, since a whole batch waits for its sync. */
  readonly batch: number;
}

const ANTI_CASHOUT: Example = { name: 'anti-cashout', inputs: ['transfers'], batch: 250 };
const GUARANTEE_CIRCLES: Example = {
  name: 'guarantee-circles',
  inputs: ['companies', 'guarantees', 'applications'],
  batch: 50,
};

interface Finished {
  readonly example: Example;
  readonly outcome: RunOutcome;
  readonly startMs: number;
  readonly alerts: readonly AlertLine[];
  /** Where the example's outputs go. */
  readonly folder: string;
  /** The text of an input file. */
  read(file: string): string;
}

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const log = openLog(parsed.value('log-level') ?? 'warn');
  const wanted = parsed.value('data');
  const base = wanted === null ? mkdtempSync(path.join(tmpdir(), 'ringwatch-demo-')) : path.resolve(wanted);
  makeFolder(base);
  terminal.out(`Everything is kept in ${base}`);

  // The first begins with the process: how long a newcomer waits.
  const cashOut = await runExample(ANTI_CASHOUT, base, log, terminal, 0);
  if (cashOut.outcome.stoppedBy !== null) return stopped(cashOut.outcome, base, terminal);
  showCashOut(cashOut, terminal);

  const circles = await runExample(GUARANTEE_CIRCLES, base, log, terminal, performance.now());
  if (circles.outcome.stoppedBy !== null) return stopped(circles.outcome, base, terminal);
  showCircles(circles, terminal);

  terminal.out('');
  const state = path.join(base, ANTI_CASHOUT.name, 'state');
  terminal.out(`Next: npx ringwatch state ${state}`);
  terminal.out(`      npx ringwatch query ${state} around account=4026`);
  return EXIT.ok;
}

function stopped(outcome: RunOutcome, base: string, terminal: Terminal): number {
  terminal.err(`stopped by ${outcome.stoppedBy}; npx ringwatch demo --data ${base} goes on from here`);
  return outcome.stoppedBy === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}

/** `startMs`: when it began, in milliseconds since the process did. */
async function runExample(
  example: Example,
  base: string,
  log: Log,
  terminal: Terminal,
  startMs: number,
): Promise<Finished> {
  const home = fileURLToPath(new URL(`${example.name}/`, examplesFolder()));
  const folder = path.join(base, example.name);
  makeFolder(folder);
  const { compileDefinitions } = await import('../../language/compile.ts');
  const { executeRun } = await import('../run/execute-run.ts');
  const text = readDefinitions(path.join(home, 'rules.sql'));
  const program = compileDefinitions(text);
  const alertsFile = path.join(folder, 'alerts.jsonl');
  const outcome = await executeRun(
    {
      text,
      program,
      inputs: parseInputOptions(
        example.inputs.map((name) => `${name}=${path.join(home, 'data', `${name}.csv`)}`),
        program,
      ),
      effects: {
        alert: alertsFile,
        decision: path.join(folder, 'decisions.jsonl'),
        webhook: null,
        late: null,
      },
      rejects: null,
      batch: example.batch,
      // Its rules decide, so no job runs beside the fold.
      threads: 0,
      data: path.join(folder, 'state'),
      // At the end of time all edges are past their retention; the graph is there to be asked.
      final: false,
      allowDrop: false,
      oneByOne: true,
      log,
    },
    { terminal, title: example.name },
  );
  writeFileSync(path.join(folder, 'report.json'), `${JSON.stringify(outcome.report, null, 2)}\n`);
  return {
    example,
    outcome,
    startMs,
    alerts: parseAlertLines(readFileSync(alertsFile, 'utf8')),
    folder,
    read: (file) => readFileSync(path.join(home, 'data', file), 'utf8'),
  };
}

function showCashOut(finished: Finished, terminal: Terminal): void {
  const labels = readTransferLabels(finished.read('transfers.csv'));
  const score = scoreRings(finished.alerts, labels);
  const share = (rings: number): string =>
    `${rings} of ${score.rings} rings (${percent(rings, score.rings)})`;
  terminal.out('');
  terminal.out(
    terminal.paint(
      'bold',
      'Cash-out rings: three to six transfers, each later than the one before, within 40 days',
    ),
  );
  showFigures(finished, terminal);
  row(
    terminal,
    'planted cycles',
    `${terminal.paint('bold', `${score.caught.size} of ${score.planted}`)} caught`,
  );
  row(terminal, 'precision', `${share(score.ringsOfPlanted)} are a planted cycle`);
  row(terminal, '', `${share(score.ringsAllLabelled)} hold labelled transfers only`);
  row(terminal, '', `${share(score.ringsTouching)} hold at least one`);
  showRing(clearestCashOutRing(finished.alerts, labels), finished, terminal);
}

function showCircles(finished: Finished, terminal: Terminal): void {
  const contracts = new Map<string, Contract>();
  readContracts(finished.read('guarantees.csv'), 'guarantees', contracts);
  readContracts(finished.read('applications.csv'), 'applications', contracts);
  const circles = finished.alerts.reduce((sum, alert) => sum + alert.paths.length, 0);
  const applications = finished.read('applications.csv').trim().split('\n').length - 1;
  terminal.out('');
  terminal.out(
    terminal.paint(
      'bold',
      'Guarantee circles: applications that would close a circle of two to eight companies',
    ),
  );
  showFigures(finished, terminal);
  const { refused } = finished.outcome.report;
  row(
    terminal,
    'refused',
    `${terminal.paint('bold', `${refused} of ${applications}`)} applications, for ${circles} circles`,
  );
  showRing(clearestGuaranteeRing(finished.alerts, contracts), finished, terminal);
}

function showFigures({ outcome, example, startMs }: Finished, terminal: Terminal): void {
  const { report, latency } = outcome;
  const whole = (value: number): string => groupThousands(String(Math.round(value)));
  row(terminal, 'events', `${whole(report.events)} at ${whole(report.eventsPerSecond)} events/s`);
  const first =
    outcome.firstAlertMs === null
      ? ''
      : `, the first ${((outcome.firstAlertMs - startMs) / 1000).toFixed(1)} s after the start`;
  row(terminal, 'alerts', `${whole(report.alerts)}${first}`);
  for (const counts of Object.values(report.decisions)) {
    row(
      terminal,
      'decisions',
      Object.entries(counts)
        .map(([outcome, count]) => `${whole(count)} ${outcome}`)
        .join(', '),
    );
  }
  if (latency === null) row(terminal, 'decision latency', 'nothing new was read');
  else
    row(
      terminal,
      'decision latency',
      `p50 ${millis(latency.p50Micros)}, p99 ${millis(latency.p99Micros)} from the append to the decision, sync included, ` +
        `in batches of ${example.batch}`,
    );
}

function showRing(ring: Ring | null, finished: Finished, terminal: Terminal): void {
  if (ring === null) return;
  const file = path.join(finished.folder, 'ring.svg');
  writeFileSync(file, drawRingSvg(ring));
  terminal.out('');
  for (const line of drawRingText(ring)) terminal.out(`  ${line}`.trimEnd());
  terminal.out('');
  row(terminal, 'as a picture', file);
}

function row(terminal: Terminal, name: string, value: string): void {
  terminal.out(`  ${name.padEnd(18)}${value}`);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`;
}

function millis(micros: number): string {
  return `${(micros / 1000).toFixed(micros < 10_000 ? 2 : 1)} ms`;
}
