import { environmentHelp, SERVE_OPTIONS, type ServeConfig } from '../config.ts';
import type { Command, ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import type { EmbeddedService } from '../embedded.ts';
import type { Log } from '../log.ts';
import { runProcess } from '../run/run-process.ts';
import { packageVersion } from '../version.ts';

/** `ringwatch serve`: the service, until a signal ends it. */
export const serveCommand: Command = {
  name: 'serve',
  usage: '[options]',
  summary: 'Runs the service: tenants, API, webhooks and console on one data folder',
  details: `
The catalog (tenants, keys, alerts, deliveries) is in the data folder unless RINGWATCH_CATALOG names a PostgreSQL server,
which is waited for until it answers.

With --mode cluster it is a gateway beside workers (ringwatch worker), which have the engines of all tenants; any number
of gateways may serve at once.

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

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  return await runProcess(parsed, terminal, process.env, open, (service, config, log) => {
    const seconds = (process.uptime() as number).toFixed(2);
    terminal.out(`ringwatch ${packageVersion()} serves ${service.address} (started in ${seconds} s)`);
    terminal.out(`console ${config.publicUrl ?? service.address}/console/`);
    if (service.adminToken !== null) terminal.out(`admin token of this start: ${service.adminToken}`);
    void service.tenantsOpen.then(() => log.info({ seconds: process.uptime() }, 'all tenants are open'));
  });
}

/** Loaded when needed: all of the service would make `--help` wait. */
async function open(config: ServeConfig, log: Log, signal: AbortSignal): Promise<EmbeddedService> {
  if (config.cluster === null) {
    const { EMBEDDED_PARTS, openEmbedded } = await import('../embedded.ts');
    return await openEmbedded(config, log, EMBEDDED_PARTS, signal);
  }
  const { openClusterGateway } = await import('../cluster-gateway.ts');
  return await openClusterGateway(config, log, signal);
}
