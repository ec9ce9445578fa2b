import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { MessageChannel } from 'node:worker_threads';
import { dialPeer, servePeers } from '../../adapters/http/peer-link.ts';
import { LIMITS } from '../../core/limits.ts';
import type { EngineHost } from '../../core/ports/engine.ts';
import type { TenantId } from '../../core/tenant-id.ts';
import type { EngineOptions } from '../../main/engines.ts';
import { runEngines, folderStorage } from '../../main/run-engines.ts';
import { ClusterEngines, type Placement } from '../../workers/cluster/cluster-engines.ts';
import { CompilerHere } from '../../workers/host/definition-compiler.ts';
import { EngineClient } from '../../workers/host/engine-client.ts';
import { EngineHub } from '../../workers/host/engine-hub.ts';
import type { EngineStorage } from '../../workers/host/engine-storage.ts';
import { QueryPool, startQueriesHere } from '../../workers/queries/query-pool.ts';

/** What peers of these tests know. */
export const SECRET = 'the secret of an installation';

/** Engines in this thread that others reach over a socket. */
export interface TestWorker {
  readonly address: string;
  /** As its own process sees the engines: takes the effects and closes them. */
  readonly host: EngineHost;
  /** Cuts all links, as a network would. */
  cut(): void;
  /** Reads nothing from its sockets any more, as a stopped process, until the function that it returns is called. */
  freeze(): () => void;
  close(): Promise<void>;
}

/** Starts a worker on a folder of tenants. */
export async function startWorker(
  options: EngineOptions,
  storage: EngineStorage = folderStorage(options.folder),
  secret = SECRET,
): Promise<TestWorker> {
  const engines = new MessageChannel();
  runEngines(engines.port2, options, storage, new CompilerHere(), new QueryPool(startQueriesHere));
  const hub = new EngineHub(engines.port1);
  const own = new MessageChannel();
  hub.attach(own.port1, 'keeper');
  const host = new EngineClient({
    link: own.port2,
    onEnd: () => undefined,
    end: async () => {
      own.port2.close();
      engines.port1.close();
    },
  });
  const server = createServer();
  const links = new Set<() => void>();
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const stopServing = servePeers({
    server,
    secret,
    accept: (link) => {
      const detach = hub.attach(link, 'guest');
      links.add(link.close);
      void link.closed.then(() => {
        links.delete(link.close);
        detach();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    host,
    cut: () => {
      for (const close of links) close();
    },
    freeze: () => {
      const frozen = [...sockets];
      for (const socket of frozen) socket.pause();
      return () => {
        for (const socket of frozen) socket.resume();
      };
    },
    close: async () => {
      stopServing();
      await new Promise((resolve) => server.close(resolve));
      await host.close();
    },
  };
}

/** A gateway's engines, whose tenants are all where `place` says. */
export function startGateway(
  place: (tenant: TenantId) => string | null,
  secret = SECRET,
  ownerWaitMs: number = LIMITS.ownerWaitMs,
): ClusterEngines {
  const placement: Placement = { ownerOf: place };
  return new ClusterEngines(placement, (address) => dialPeer(address, secret), ownerWaitMs);
}
