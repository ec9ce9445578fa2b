import { environmentHelp, readConfig, SERVE_OPTIONS } from '../config.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import { openLog } from '../log.ts';
import { watchSignals } from '../run/stop-signals.ts';
import { packageVersion } from '../version.ts';

/** `ringwatch serve`: the service, until a signal ends it. */
export const serveCommand: Command = {
  name: 'serve',
  usage: '[options]',
  summary: 'Runs the service: tenants, API, webhooks and console on one data folder',
  details: `
The catalog (tenants, keys, alerts, deliveries) is in the data folder unless RINGWATCH_CATALOG names a PostgreSQL server,
which is waited for until it answers.

Settings come from flags, else from the environment, else from the file, else they have defaults; what is in effect is
printed at the start, secrets as ***.

SIGTERM and SIGINT stop it: no request is taken any more, those under way end, what is acknowledged is folded and
checkpointed (exit code 0). A second signal ends it at once, which loses nothing acknowledged either. Started by a Node
program with a channel to it, it also stops when that program is gone.

Environment:
${environmentHelp()}

  ringwatch serve --data /var/lib/ringwatch --port 8080`,
  options: SERVE_OPTIONS,
  positionals: { min: 0, max: 0, names: [] },
  run,
};

/** Milliseconds between looks whether the service still works. */
const WATCH_MS = 500;

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const { config, lines, warnings } = readConfig(parsed, process.env);
  if (parsed.has('print-config')) {
    for (const line of lines) terminal.out(line);
    return EXIT.ok;
  }
  const log = openLog(config.logLevel);
  for (const line of lines) terminal.err(terminal.paint('dim', line));
  for (const warning of warnings) terminal.err(`warning: ${warning}`);
  const signals = watchSignals();
  // Loaded when needed: all of the service would make `--help` wait.
  const { EMBEDDED_PARTS, openEmbedded } = await import('../embedded.ts');
  const stop = new AbortController();
  signals.onStop(() => stop.abort());
  const service = await openEmbedded(config, log, EMBEDDED_PARTS, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    return null;
  });
  if (service === null) {
    signals.release();
    terminal.err('stopped before it served');
    return EXIT.ok;
  }
  const seconds = (process.uptime() as number).toFixed(2);
  terminal.out(`ringwatch ${packageVersion()} serves ${service.address} (started in ${seconds} s)`);
  terminal.out(`console ${config.publicUrl ?? service.address}/console/`);
  if (service.adminToken !== null) terminal.out(`admin token of this start: ${service.adminToken}`);
  void service.tenantsOpen.then(() => log.info({ seconds: process.uptime() }, 'all tenants are open'));

  const parent = watchParent();
  const failure = await Promise.race([
    new Promise<null>((resolve) => signals.onStop(() => resolve(null))),
    parent.gone,
    failed(service.failure),
  ]);
  if (failure !== null) terminal.err(`ringwatch: ${failure}`);
  terminal.err('stopping: what is acknowledged is folded and kept');
  await service.close();
  signals.release();
  parent.release();
  terminal.err('stopped');
  return failure === null ? EXIT.ok : EXIT.error;
}

/** Resolves when the program that started this one with a channel to it is gone; never where there is none. */
function watchParent(): { readonly gone: Promise<null>; release(): void } {
  let stop: () => void = () => undefined;
  const gone = new Promise<null>((resolve) => {
    stop = () => resolve(null);
  });
  if (process.connected) process.once('disconnect', stop);
  // As long as someone listens, the channel keeps the process.
  return { gone, release: () => process.off('disconnect', stop) };
}

/** Resolves with the reason once the service works no more. */
function failed(failure: () => string | null): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const reason = failure();
      if (reason === null) return;
      clearInterval(timer);
      resolve(reason);
    }, WATCH_MS);
    timer.unref();
  });
}
