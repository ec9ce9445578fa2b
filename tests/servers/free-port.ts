import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that the system takes for connections that go out (32,768 on): one of these would stay free only by chance. */
const LOWEST = 10_000;
const HIGHEST = 32_000;

/** Given before in this process, whoever has it now. */
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody has at the moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

/** So many of them, no two alike. */
export async function freePorts(count: number): Promise<number[]> {
  return await Promise.all(Array.from({ length: count }, freePort));
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
