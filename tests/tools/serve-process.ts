import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { REPOSITORY } from './spawn-ringwatch.ts';

/** How `ringwatch serve` ended. */
export interface ServeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process of `ringwatch serve`. */
export interface ServeProcess {
  readonly pid: number;
  readonly address: string;
  readonly adminToken: string;
  /** Seconds from its start to where it serves, as it says. */
  readonly startSeconds: number;
  /** The lines that it printed at its start. */
  readonly startLines: readonly string[];
  /** What it has said on standard error. */
  errors(): string;
  /** Sends a signal, and resolves when the process has ended. */
  stop(signal?: NodeJS.Signals): Promise<ServeEnd>;
  /** Resolves when the process has ended. */
  readonly ended: Promise<ServeEnd>;
  /** Bytes of memory that the process has now, and at most had. */
  memory(): { readonly now: number; readonly peak: number };
  /** Seconds of CPU that all its threads have taken. */
  cpuSeconds(): number;
  /** Asks GraphQL; throws what is in `errors` or `userErrors`. */
  graphql(token: string, text: string, variables?: object, tenant?: string): Promise<Record<string, unknown>>;
}

/**
 * Starts `ringwatch serve` on a folder as production would (built, without source maps of tests), on a free port where the
 * options name none.
 */
export async function startServe(folder: string, options: readonly string[] = []): Promise<ServeProcess> {
  const port = options.includes('--port') ? [] : ['--port', '0'];
  const args = [launcher(), 'serve', '--data', folder, ...port, '--log-level', 'warn', ...options];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<ServeEnd>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  const said = await readStart(child, ended, () => errors);
  return {
    ...said,
    pid: child.pid as number,
    errors: () => errors,
    ended,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return await ended;
    },
    memory: () => memoryOf(child.pid as number),
    cpuSeconds: () => cpuSecondsOf(child.pid as number),
    graphql: (token, text, variables, tenant) => askService(said.address, token, text, variables, tenant),
  };
}

/** The command, from a checkout and from what is built of it. */
function launcher(): string {
  const own = path.join(REPOSITORY, 'bin/ringwatch.mjs');
  return existsSync(own) ? own : path.join(path.dirname(REPOSITORY), 'bin/ringwatch.mjs');
}

type Start = Pick<ServeProcess, 'address' | 'adminToken' | 'startSeconds' | 'startLines'>;

async function readStart(
  child: ChildProcess,
  ended: Promise<ServeEnd>,
  errors: () => string,
): Promise<Start> {
  const start = new Promise<Start>((resolve) => {
    let address = '';
    let startSeconds = 0;
    const startLines: string[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      startLines.push(line);
      const serves = /serves (http\S+) \(started in ([\d.]+) s\)/.exec(line);
      if (serves !== null) {
        address = serves[1] as string;
        startSeconds = Number(serves[2]);
      }
      const token = /admin token of this start: (\S+)/.exec(line);
      if (token !== null) resolve({ address, startSeconds, startLines, adminToken: token[1] as string });
    });
  });
  const over = ended.then(({ code, signal }) => {
    throw new Error(`ringwatch serve ended with ${code ?? signal}:\n${errors()}`);
  });
  over.catch(() => undefined);
  return await Promise.race([start, over]);
}

/** Linux tells of a process what memory it has. */
function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]);
  return { now: kilobytes('VmRSS') * 1024, peak: kilobytes('VmHWM') * 1024 };
}

/** proc(5): utime and stime, in ticks of 10 ms. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Asks a service's GraphQL; throws what is in `errors` or `userErrors`. */
export async function askService(
  address: string,
  token: string,
  text: string,
  variables: object = {},
  tenant?: string,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${address}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      ...(tenant === undefined ? {} : { 'x-ringwatch-tenant': tenant }),
    },
    body: JSON.stringify({ query: text, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Record<string, unknown>; errors?: unknown };
  if (errors !== undefined || data === undefined) throw new Error(`GraphQL: ${JSON.stringify(errors)}`);
  for (const payload of Object.values(data)) {
    const { userErrors } = (payload ?? {}) as { userErrors?: readonly unknown[] };
    if (userErrors !== undefined && userErrors.length > 0) {
      throw new Error(`GraphQL: ${JSON.stringify(userErrors)}`);
    }
  }
  return data;
}

/** Makes a tenant as an operator would, and brings definitions into force with a key that drafts and one that publishes. */
export async function provision(
  service: ServeProcess,
  slug: string,
  definitions: string,
): Promise<{ readonly key: (scopes: readonly string[]) => Promise<string> }> {
  const { adminToken } = service;
  await service.graphql(
    adminToken,
    'mutation($input: CreateTenantInput!) { createTenant(input: $input) { userErrors { code message } } }',
    { input: { slug, name: slug } },
  );
  const key = async (scopes: readonly string[]): Promise<string> => {
    const text =
      'mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret userErrors { code message } } }';
    const input = { name: scopes.join(' '), scopes };
    const data = await service.graphql(adminToken, text, { input }, slug);
    return (data.createApiKey as { secret: string }).secret;
  };
  const drafted = await service.graphql(
    await key(['DEFINE']),
    `mutation($input: DraftDefinitionsInput!) { draftDefinitions(input: $input) {
      draft { id } userErrors { code message } } }`,
    { input: { text: definitions } },
  );
  const draftId = (drafted.draftDefinitions as { draft: { id: string } }).draft.id;
  await service.graphql(
    await key(['PUBLISH']),
    'mutation($input: PublishDefinitionsInput!) { publishDefinitions(input: $input) { position userErrors { code message } } }',
    { input: { draftId } },
  );
  return { key };
}
