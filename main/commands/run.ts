import { writeFileSync } from 'node:fs';
import { wholeNumber } from '../console/arguments.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import { groupThousands } from '../drawing/ring.ts';
import { writeError } from '../../core/file-error.ts';
import { LOG_LEVELS, openLog } from '../log.ts';
import { parseInputOptions } from '../run/input-option.ts';
import { checkOutputFiles } from '../run/output-files.ts';
import type { RunReport } from '../run/report.ts';
import { RUN_BOUNDS } from '../run/run-options.ts';

/** `ringwatch run`: folds files through the engine. */
export const runCommand: Command = {
  name: 'run',
  usage: 'FILE.sql --input NAME=FILE … --alerts OUT.jsonl [options]',
  summary: 'Runs definitions over files of events and table rows',
  details: `
Tables load first, in option order; then the sources are merged by event time, ties in option order. A file is never
sorted: disorder within one is what the watermark and the lateness of its source say.

With --data every row is durable before it counts, and a later run goes on after the last row that was: nothing is read
twice, and the files of alerts, decisions, webhooks and late events are completed or cut to what the log says. SIGINT
and SIGTERM stop cleanly between two batches (exit codes 130 and 143); a second one stops at once, which loses nothing
either.

  ringwatch run rules.sql --input accounts=accounts.csv --input transfers=transfers.ndjson \\
    --alerts alerts.jsonl --report report.json --data state`,
  options: {
    input: {
      value: 'NAME=FILE',
      multiple: true,
      text: 'rows of the source or table NAME; .csv, .ndjson or .jsonl; once for each input',
    },
    alerts: { value: 'OUT.jsonl', text: 'where alerts go, one JSON line each' },
    decisions: { value: 'OUT.jsonl', text: 'where the outcomes of a DECISION go, one JSON line an event' },
    webhooks: { value: 'OUT.jsonl', text: 'where webhooks go that rules ask for, one JSON line each' },
    late: { value: 'OUT.jsonl', text: 'where events go that came too late, one JSON line each' },
    rejects: { value: 'OUT.jsonl', text: 'where rows go that could not be read, one JSON line each' },
    report: { value: 'OUT.json', text: 'where the closing figures go, as JSON' },
    batch: { value: 'N', text: `rows that are made durable together (default ${RUN_BOUNDS.batchDefault})` },
    threads: {
      value: 'N',
      text: `threads beside the fold for jobs that only report (default ${RUN_BOUNDS.threadsDefault})`,
    },
    data: { value: 'DIR', text: 'a durable data folder, made if it is not there' },
    final: { value: null, text: 'ends time: all windows fire (the default without --data)' },
    'allow-drop': { value: null, text: 'lets the definitions lose statements that the folder knows' },
    'log-level': { value: 'LEVEL', text: `logs to standard error: ${LOG_LEVELS.join(', ')}\n(default warn)` },
  },
  positionals: { min: 1, max: 1, names: ['a definition file'] },
  run,
};

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  // Loaded when needed: PostgreSQL's parser and LMDB would make `--help` wait.
  const { compileFile } = await import('../run/compile-file.ts');
  const { executeRun } = await import('../run/execute-run.ts');
  const log = openLog(parsed.value('log-level') ?? 'warn');
  const file = parsed.positionals[0] as string;
  const compiled = compileFile(file, terminal);
  if (compiled === null) return EXIT.error;
  const { text, program } = compiled;
  const data = parsed.value('data');
  const inputs = parseInputOptions(parsed.values('input'), program);
  checkOutputFiles(
    inputs.map((input) => input.path),
    ['alerts', 'decisions', 'webhooks', 'late', 'rejects', 'report'].flatMap((option) => {
      const path = parsed.value(option);
      return path === null ? [] : [{ option: `--${option}`, path }];
    }),
  );
  const outcome = await executeRun(
    {
      text,
      program,
      inputs,
      effects: {
        alert: parsed.value('alerts'),
        decision: parsed.value('decisions'),
        webhook: parsed.value('webhooks'),
        late: parsed.value('late'),
      },
      rejects: parsed.value('rejects'),
      batch: wholeNumber(parsed, 'batch', 1, RUN_BOUNDS.batchMax, RUN_BOUNDS.batchDefault),
      threads: wholeNumber(parsed, 'threads', 0, RUN_BOUNDS.threadsMax, RUN_BOUNDS.threadsDefault),
      data,
      final: parsed.has('final') || data === null,
      allowDrop: parsed.has('allow-drop'),
      log,
    },
    { terminal, title: 'ringwatch' },
  );
  const reportFile = parsed.value('report');
  if (reportFile !== null) writeReport(reportFile, outcome.report);
  for (const line of closingLines(outcome.report)) terminal.out(line);
  if (outcome.stoppedBy === null) return EXIT.ok;
  terminal.err(`stopped by ${outcome.stoppedBy}; what is acknowledged is kept`);
  return outcome.stoppedBy === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}

function writeReport(path: string, report: RunReport): void {
  try {
    writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
  } catch (error) {
    throw writeError(path, error);
  }
}

/** What a run came to, in a few lines: what is zero is left out. */
export function closingLines(report: RunReport): string[] {
  const count = (value: number, one: string, many: string): string =>
    `${groupThousands(String(value))} ${value === 1 ? one : many}`;
  const some = (value: number, one: string, many: string): string[] =>
    value === 0 ? [] : [count(value, one, many)];
  const rejected = Object.values(report.rejected).reduce((sum, each) => sum + each, 0);
  const parts = [
    count(report.events, 'event', 'events'),
    `${groupThousands(String(report.accepted))} accepted`,
    ...some(report.duplicates, 'duplicate', 'duplicates'),
    ...some(rejected, 'rejected', 'rejected'),
    ...some(report.late, 'late', 'late'),
    ...some(report.refused, 'refused', 'refused'),
    count(report.alerts, 'alert', 'alerts'),
    ...some(report.suppressed, 'suppressed', 'suppressed'),
  ];
  return [
    parts.join(', '),
    ...countsLine('rejected', report.rejected),
    ...Object.entries(report.decisions).flatMap(([name, counts]) => countsLine(`decision ${name}`, counts)),
    ...countsLine('webhooks', report.webhooks),
    ...countsLine('fields that no column reads', report.unknownFields),
    ...countsLine('values that could not be computed and are NULL', report.evaluationErrors),
  ];
}

/** `what: deny 1, approve 2`; nothing where nothing was counted. */
function countsLine(what: string, counts: Readonly<Record<string, number>>): string[] {
  const parts = Object.entries(counts).map(([name, count]) => `${name} ${groupThousands(String(count))}`);
  return parts.length === 0 ? [] : [`${what}: ${parts.join(', ')}`];
}
