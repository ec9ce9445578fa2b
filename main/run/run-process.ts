import { type ServeConfig, readConfig } from '../config.ts';
import { EXIT, type ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import { type Log, openLog } from '../log.ts';
import { watchSignals } from './stop-signals.ts';

/** A process that serves until it is told to stop. */
export interface ServingProcess {
  /** Why it should end; null while there is no reason. */
  failure(): string | null;
  close(): Promise<void>;
}

/** Milliseconds between looks whether the process still works. */
const WATCH_MS = 500;

/**
 * Reads the configuration and prints it, opens what serves, and keeps it until SIGINT or SIGTERM, until the program that started
 * this one with a channel to it is gone, or until it works no more; then closes it. A signal ends a start that waits, too. Resolves
 * with the exit code. Throws what `open` throws.
 */
export async function runProcess<T extends ServingProcess>(
  parsed: ParsedArguments,
  terminal: Terminal,
  environment: Readonly<Record<string, string | undefined>>,
  open: (config: ServeConfig, log: Log, signal: AbortSignal) => Promise<T>,
  says: (process: T, config: ServeConfig, log: Log) => void,
): Promise<number> {
  const { config, lines, warnings } = readConfig(parsed, environment);
  if (parsed.has('print-config')) {
    for (const line of lines) terminal.out(line);
    return EXIT.ok;
  }
  const log = openLog(config.logLevel);
  for (const line of lines) terminal.err(terminal.paint('dim', line));
  for (const warning of warnings) terminal.err(`warning: ${warning}`);
  const signals = watchSignals();
  const stop = new AbortController();
  signals.onStop(() => stop.abort());
  const serving = await open(config, log, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    return null;
  });
  if (serving === null) {
    signals.release();
    terminal.err('stopped before it served');
    return EXIT.ok;
  }
  says(serving, config, log);

  const parent = watchParent();
  const failure = await Promise.race([
    new Promise<null>((resolve) => signals.onStop(() => resolve(null))),
    parent.gone,
    failed(() => serving.failure()),
  ]);
  if (failure !== null) terminal.err(`ringwatch: ${failure}`);
  terminal.err('stopping: what is acknowledged is folded and kept');
  await serving.close();
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

/** Resolves with the reason once the process works no more. */
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
