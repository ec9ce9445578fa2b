import { isNativeError } from 'node:util/types';
import { AssertionError } from '../core/assert.ts';
import { RingwatchError } from '../core/errors.ts';
import { nearestHint } from '../core/nearest-name.ts';
import { cacheCommand } from './commands/cache.ts';
import { checkCommand } from './commands/check.ts';
import { demoCommand } from './commands/demo.ts';
import { queryCommand } from './commands/query.ts';
import { runCommand } from './commands/run.ts';
import { serveCommand } from './commands/serve.ts';
import { stateCommand } from './commands/state.ts';
import { workerCommand } from './commands/worker.ts';
import { parseCommandLine } from './console/arguments.ts';
import { type Command, EXIT } from './console/command.ts';
import { reportError } from './console/error-report.ts';
import { commandHelp, generalHelp } from './console/help.ts';
import type { Terminal } from './console/terminal.ts';
import { packageVersion } from './version.ts';

const COMMANDS: readonly Command[] = [
  demoCommand,
  serveCommand,
  workerCommand,
  checkCommand,
  runCommand,
  stateCommand,
  queryCommand,
  cacheCommand,
];

const USAGE_CODES: ReadonlySet<string> = new Set([
  'COMMAND_UNKNOWN',
  'OPTION_UNKNOWN',
  'OPTION_INVALID',
  'CONFIG_INVALID',
  'ARGUMENT_MISSING',
  'ARGUMENT_UNEXPECTED',
]);

/** Runs a command line (without node and script) and resolves with the exit code. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(generalHelp(COMMANDS));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version') {
    terminal.out(packageVersion());
    return EXIT.ok;
  }
  try {
    const command = COMMANDS.find((candidate) => candidate.name === name);
    if (command === undefined) throw unknownCommand(name);
    const parsed = parseCommandLine(command, rest);
    if (parsed.has('help')) {
      terminal.out(commandHelp(command));
      return EXIT.ok;
    }
    return await command.run(parsed, terminal);
  } catch (error) {
    return reportFailure(error, terminal);
  }
}

function unknownCommand(name: string): RingwatchError {
  return new RingwatchError(
    'COMMAND_UNKNOWN',
    { command: name },
    {
      hint: nearestHint(
        name,
        COMMANDS.map((command) => command.name),
      ),
    },
  );
}

function reportFailure(error: unknown, terminal: Terminal): number {
  if (error instanceof RingwatchError) {
    for (const line of reportError(error, null, null, terminal)) terminal.err(line);
    return USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.error;
  }
  // Not of the table of errors, so it is ours: say all that helps to find it.
  const what =
    error instanceof AssertionError || isNativeError(error) ? (error.stack ?? error.message) : String(error);
  terminal.err(`ringwatch: this is a bug of ringwatch, please report it:\n${what}`);
  return EXIT.bug;
}
