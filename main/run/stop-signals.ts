import { EXIT } from '../console/command.ts';

/** Watches for SIGINT and SIGTERM. */
export interface StopSignals {
  /** The first signal, or null. */
  readonly signal: 'SIGINT' | 'SIGTERM' | null;
  /** Called at the first signal, at once if it has come already. */
  onStop(stop: () => void): void;
  release(): void;
}

/** The first signal asks for a clean stop; the second ends the process at once, which loses nothing acknowledged. */
export function watchSignals(): StopSignals {
  let signal: StopSignals['signal'] = null;
  let stop: (() => void) | null = null;
  const handler = (received: NodeJS.Signals): void => {
    if (signal !== null) process.exit(received === 'SIGINT' ? EXIT.interrupted : EXIT.terminated);
    signal = received === 'SIGINT' ? 'SIGINT' : 'SIGTERM';
    stop?.();
  };
  process.on('SIGINT', handler);
  process.on('SIGTERM', handler);
  return {
    get signal() {
      return signal;
    },
    onStop(call) {
      stop = call;
      if (signal !== null) call();
    },
    release() {
      process.off('SIGINT', handler);
      process.off('SIGTERM', handler);
    },
  };
}
