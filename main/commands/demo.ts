import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../adapters/files/make-folder.ts';
import { FolderLock } from '../../adapters/lmdb/folder-lock.ts';
import { RingwatchError } from '../../core/errors.ts';
import { wholeNumber } from '../console/arguments.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import { CASH_OUT_EXAMPLE } from '../demo/cash-out-example.ts';
import { type DemoNotes, readNotes, writeNotes } from '../demo/demo-notes.ts';
import type { Example } from '../demo/example-run.ts';
import { ExampleTenant } from '../demo/example-tenant.ts';
import { GUARANTEE_EXAMPLE } from '../demo/guarantee-example.ts';
import { SendProgress } from '../demo/send-progress.ts';
import { type ServeChild, ServiceNotStarted, startServeChild } from '../demo/serve-child.ts';
import { ServiceClient } from '../service-client.ts';
import { setUpTenant } from '../demo/set-up-tenant.ts';
import { WebhookReceiver } from '../demo/webhook-receiver.ts';
import { readDefinitions } from '../files.ts';
import { type StopSignals, watchSignals } from '../run/stop-signals.ts';
import { examplesFolder } from '../version.ts';

/** `ringwatch demo`: both examples through a service, as a program outside it would use it, and what they show. */
export const demoCommand: Command = {
  name: 'demo',
  usage: '[--data DIR] [--keep]',
  summary: 'Starts a service, runs both examples through its API, and shows what they find',
  details: `
Cash-out rings: 30,645 transfers in which 40 cycles were planted. Guarantee circles: 500 applications, of which some
would close a circle. All goes over HTTP, as from a program outside: a tenant for each example, keys, definitions that one
key drafts and another publishes, rows in streamed bodies, decisions, and alerts as signed webhooks that a receiver
verifies. Everything stays in the folder; a second run with the same --data sends it again, and says the same.

  ringwatch demo --keep         leaves the service running, to look at the alerts in its console`,
  options: {
    data: { value: 'DIR', text: 'where everything is kept (default: a fresh temporary folder)' },
    keep: { value: null, text: 'leaves the service running until Ctrl-C' },
    port: { value: 'N', text: 'the port of the service (default: one that is free)' },
    rate: { value: 'N', text: 'live transfers a second (default 2,000)' },
  },
  positionals: { min: 0, max: 0, names: [] },
  run,
};

const EXAMPLES: readonly Example[] = [CASH_OUT_EXAMPLE, GUARANTEE_EXAMPLE];

const RATE_DEFAULT = 2_000;
const RATE_MAX = 100_000;

/** Milliseconds that a service of an earlier run is given to stop, whose demo was killed. */
const STOPPING_MS = 30_000;

/** What a run of the demo has open. */
interface Session {
  readonly base: string;
  readonly port: number;
  readonly rate: number;
  readonly keep: boolean;
  readonly terminal: Terminal;
  readonly signals: StopSignals;
  /** Aborted by a signal, and when the service ends by itself. */
  readonly stopping: AbortController;
}

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const port = wholeNumber(parsed, 'port', 0, 65_535, 0);
  const rate = wholeNumber(parsed, 'rate', 1, RATE_MAX, RATE_DEFAULT);
  const signals = watchSignals();
  const wanted = parsed.value('data');
  const base = wanted === null ? mkdtempSync(path.join(tmpdir(), 'ringwatch-demo-')) : path.resolve(wanted);
  makeFolder(base);
  const lock = await FolderLock.take(base, path.join(base, 'lock'));
  const stopping = new AbortController();
  signals.onStop(() => stopping.abort(new Error('stopped')));
  try {
    terminal.out(`Everything is kept in ${base}`);
    return await runWithReceiver({ base, port, rate, keep: parsed.has('keep'), terminal, signals, stopping });
  } catch (error) {
    if (signals.signal !== null) return stopped(signals.signal, base, terminal);
    if (!(error instanceof ServiceNotStarted)) throw error;
    for (const line of error.lines) terminal.err(line);
    return error.exitCode ?? EXIT.error;
  } finally {
    signals.release();
    await lock.release();
  }
}

function stopped(signal: 'SIGINT' | 'SIGTERM', base: string, terminal: Terminal): number {
  terminal.err(`stopped by ${signal}; npx ringwatch demo --data ${base} goes on from here`);
  return signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
}

/** The receiver is there before the service and after it: what waits to be sent is taken. */
async function runWithReceiver(session: Session): Promise<number> {
  const notesFile = path.join(session.base, 'demo.json');
  const notes = readNotes(notesFile);
  const receiver = await WebhookReceiver.listen(notes.receiverPort);
  try {
    const examples = EXAMPLES.map((example) => {
      const folder = path.join(session.base, example.slug);
      makeFolder(folder);
      const tenant = new ExampleTenant(example.slug, folder, example.keyColumn);
      const kept = notes.tenants[example.slug];
      if (kept !== undefined) tenant.receive(receiver, kept);
      return { example, tenant, folder };
    });
    const service = await startService(session);
    try {
      await runExamples(session, service, receiver, examples, { file: notesFile, notes });
      if (session.keep) await keepRunning(session, service);
    } finally {
      await service.stop();
    }
  } finally {
    await receiver.close();
  }
  if (!session.keep) sayHowToLook(session);
  return EXIT.ok;
}

async function startService({ base, port, terminal, stopping }: Session): Promise<ServeChild> {
  const folder = path.join(base, 'service');
  if (existsSync(folder)) await untilFree(folder, stopping.signal);
  terminal.err(terminal.paint('dim', 'starting `ringwatch serve`'));
  const service = await startServeChild({
    folder,
    port,
    logFile: path.join(base, 'service.log'),
    signal: stopping.signal,
  });
  void service.ended.then(() => stopping.abort(new RingwatchError('SERVICE_LOST', LOST)));
  return service;
}

const LOST = { operation: 'any more', reason: 'its process has ended' };

/** A service whose demo was killed stops by itself, which takes a moment. Throws DATA_FOLDER_IN_USE where it does not. */
async function untilFree(folder: string, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + STOPPING_MS;
  for (;;) {
    try {
      const lock = await FolderLock.take(folder, path.join(folder, 'lock'));
      await lock.release();
      return;
    } catch (error) {
      if (performance.now() > endMs) throw error;
      await setTimeout(200, null, { signal });
    }
  }
}

interface Opened {
  readonly example: Example;
  readonly tenant: ExampleTenant;
  readonly folder: string;
}

async function runExamples(
  session: Session,
  service: ServeChild,
  receiver: WebhookReceiver,
  examples: readonly Opened[],
  kept: { readonly file: string; readonly notes: DemoNotes },
): Promise<void> {
  const { terminal, stopping, rate } = session;
  terminal.out(
    `service   ${service.address}, a process of \`ringwatch serve\`, up in ${service.startSeconds} s`,
  );
  terminal.out(`console   ${service.console}`);
  terminal.out(`receiver  ${receiver.address}, which verifies the signature of each webhook`);
  const client = new ServiceClient(service.address, stopping.signal);
  const tenants = { ...kept.notes.tenants };
  for (const { example, tenant, folder } of examples) {
    const home = fileURLToPath(new URL(`${example.slug}/`, examplesFolder()));
    const wish = {
      slug: example.slug,
      name: example.name,
      definitions: readDefinitions(path.join(home, 'rules.sql')),
      receiver: `${receiver.address}/${example.slug}`,
    };
    const setUp = await setUpTenant(client, service.adminToken, wish, tenants[example.slug] ?? null);
    tenants[example.slug] = setUp.secrets;
    writeNotes(kept.file, { receiverPort: receiver.port, tenants });
    tenant.receive(receiver, setUp.secrets);
    await example.run({
      client,
      tenant,
      keys: setUp.secrets.keys,
      version: setUp.version,
      terminal,
      rate,
      progress: new SendProgress(path.join(folder, 'sent.json')),
      folder,
      read: (file) => readFileSync(path.join(home, 'data', file), 'utf8'),
    });
  }
  terminal.out('');
}

function sayHowToLook({ base, terminal }: Session): void {
  terminal.out('The service has stopped. To see these alerts in its console:');
  terminal.out('');
  terminal.out(`  npx ringwatch demo --keep --data ${base}`);
}

async function keepRunning(
  { base, terminal, signals, stopping }: Session,
  service: ServeChild,
): Promise<void> {
  terminal.out('The service goes on running until Ctrl-C.');
  terminal.out('');
  terminal.out(`  console   ${service.console}`);
  terminal.out(`  sign in   with the operator's token ${service.adminToken}, and choose a tenant;`);
  terminal.out(
    `            or as one that drafts or publishes, with a key in ${path.join(base, 'demo.json')}`,
  );
  terminal.out(`  log       ${path.join(base, 'service.log')}`);
  await new Promise<void>((resolve) => {
    if (stopping.signal.aborted) resolve();
    stopping.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  if (signals.signal === null) throw stopping.signal.reason;
  terminal.err('stopping the service: what is acknowledged is folded and kept');
}
