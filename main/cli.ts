import { runCommandLine } from './command-line.ts';
import { EXIT } from './console/command.ts';
import { processTerminal } from './console/terminal.ts';

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
