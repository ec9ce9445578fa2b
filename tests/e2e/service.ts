import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ServeProcess, startServe } from '../tools/serve-process.ts';

/** `ringwatch serve` on a folder of its own, which may send webhooks to this machine. */
export interface ConsoleService {
  readonly serve: ServeProcess;
  /** Stops it; the folder stays. */
  stop(): Promise<void>;
  /** Starts it again on its folder and port. */
  startAgain(): Promise<ConsoleService>;
  /** Stops it and removes its folder. */
  close(): Promise<void>;
}

/** Starts the service on a new folder and a free port. */
export async function startConsoleService(): Promise<ConsoleService> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ringwatch-e2e-'));
  return await start(folder, 0);
}

async function start(folder: string, port: number): Promise<ConsoleService> {
  const serve = await startServe(folder, ['--port', String(port), '--webhook-allow', '127.0.0.1']);
  const stop = async (): Promise<void> => {
    await serve.stop();
  };
  return {
    serve,
    stop,
    startAgain: () => start(folder, Number(new URL(serve.address).port)),
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
