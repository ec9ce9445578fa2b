import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { AlertLine } from '../../main/alert-line.ts';
import { parseAlertLines } from '../../main/alert-line.ts';

export const REPOSITORY = path.dirname(path.dirname(import.meta.dirname));
const LAUNCHER = path.join(REPOSITORY, 'bin/ringwatch.mjs');

/** What a finished command said. `signal` is set when it was killed by one. */
export interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Sends `signal` as soon as `when` says so; it is asked every few milliseconds. */
export interface Interruption {
  readonly signal: NodeJS.Signals;
  readonly when: () => boolean | Promise<boolean>;
}

/** Runs the real command as a user would, in `cwd` (default: the repository), and resolves when it has ended. */
export function spawnRingwatch(
  args: readonly string[],
  cwd = REPOSITORY,
  interruption: Interruption | null = null,
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      cwd,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    if (interruption !== null) void interruptWhen(child, interruption);
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

async function interruptWhen(child: ChildProcess, { signal, when }: Interruption): Promise<void> {
  while (child.exitCode === null && !(await when())) await setTimeout(5);
  child.kill(signal);
}

/** A run of `ringwatch run` that ended with 0: its alerts as bytes and parsed, and its report. */
export interface RunResult {
  readonly alertBytes: string;
  readonly alerts: readonly AlertLine[];
  readonly report: Report;
}

/** The parts of the report that tests look at. */
export interface Report {
  readonly events: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly late: number;
  readonly refused: number;
  readonly alerts: number;
  readonly stateHash: string;
  readonly position: number;
  readonly rules: Readonly<
    Record<string, { readonly firings: number; readonly jobs: number; readonly edgesVisited: number }>
  >;
}

/** Runs `ringwatch run RULES --input … --alerts … --report …` in a folder; throws with what it said when it fails. */
export async function runRules(
  folder: string,
  rules: string,
  inputs: Readonly<Record<string, string>>,
  options: readonly string[] = [],
): Promise<RunResult> {
  const alertsFile = path.join(folder, 'alerts.jsonl');
  const reportFile = path.join(folder, 'report.json');
  const finished = await spawnRingwatch([
    'run',
    rules,
    ...Object.entries(inputs).flatMap(([name, file]) => ['--input', `${name}=${file}`]),
    '--alerts',
    alertsFile,
    '--report',
    reportFile,
    ...options,
  ]);
  if (finished.code !== 0) throw new Error(`ringwatch run ended with ${finished.code}:\n${finished.stderr}`);
  const alertBytes = readFileSync(alertsFile, 'utf8');
  return {
    alertBytes,
    alerts: parseAlertLines(alertBytes),
    report: JSON.parse(readFileSync(reportFile, 'utf8')) as Report,
  };
}

/** Calls `work` with a fresh folder that is removed afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ringwatch-test-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
