import { fsyncSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type InitOptions = Parameters<NodeFS['init']>[1];

/** The part of Emscripten's file system on the host's files that matters here. */
interface HostFiles {
  readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => number };
}

/**
 * PGlite's folder on the host's disk, with the one thing that it leaves out: Emscripten asks the file system to sync
 * where PostgreSQL calls fsync, and NODEFS has no answer, so nothing was ever synced. With it, and `fsync = on`,
 * PostgreSQL's own order of writing holds: the log before a commit returns, data files before a checkpoint counts.
 */
export class SyncedNodeFs extends NodeFS {
  override async init(...[pg, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const addSync = (module: unknown): void => {
      const files = (module as { readonly NODEFS: HostFiles }).NODEFS;
      files.stream_ops.fsync = (stream) => {
        fsyncSync(stream.nfd);
        return 0;
      };
    };
    const preRun = options.preRun ?? [];
    const before = Array.isArray(preRun) ? preRun : [preRun];
    return await super.init(pg, { ...options, preRun: [...before, addSync] } as InitOptions);
  }
}
