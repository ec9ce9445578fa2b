import { environmentHelp, SERVE_OPTIONS, type ServeConfig } from '../config.ts';
import type { Command, ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import type { Log } from '../log.ts';
import { runProcess } from '../run/run-process.ts';
import { packageVersion } from '../version.ts';
import type { WorkerService } from '../worker.ts';

/** `ringwatch worker`: the engines of a cluster's tenants, until a signal ends it. */
export const workerCommand: Command = {
  name: 'worker',
  usage: '--mode cluster --advertise URL [options]',
  summary: 'Runs the engines of a cluster, which gateways (serve --mode cluster) reach',
  details: `
Takes the tenants that are placed on it among --workers, folds their logs in etcd, gives their alerts to the catalog and
sends their webhooks. What it has in --data is its own and may be lost: it is folded again from the archive in --shared and
the log. Settings are those of ringwatch serve: one file for all processes of a cluster will do, but for --advertise,
--data and --port.

Environment:
${environmentHelp()}

  ringwatch worker --config cluster.json --advertise http://10.0.0.5:7480 --host 10.0.0.5 --port 7480`,
  options: SERVE_OPTIONS,
  positionals: { min: 0, max: 0, names: [] },
  run,
};

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  return await runProcess(parsed, terminal, process.env, open, (worker) => {
    const seconds = (process.uptime() as number).toFixed(2);
    terminal.out(`ringwatch ${packageVersion()} works at ${worker.address} (started in ${seconds} s)`);
  });
}

/** Loaded when needed: all of it would make `--help` wait. */
async function open(config: ServeConfig, log: Log, signal: AbortSignal): Promise<WorkerService> {
  const { openWorker } = await import('../worker.ts');
  return await openWorker(config, log, signal);
}
