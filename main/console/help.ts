import { allOptions } from './arguments.ts';
import type { Command } from './command.ts';

/** The text of `ringwatch --help`. */
export function generalHelp(commands: readonly Command[]): string {
  const widest = Math.max(...commands.map((command) => command.name.length));
  return [
    'ringwatch finds rings of transfers and guarantees in streams of events.',
    '',
    'Usage: ringwatch COMMAND …',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(widest)}  ${command.summary}`),
    '',
    '`ringwatch COMMAND --help` says more about a command, `ringwatch --version` which version this is.',
    'Exit codes: 0 done, 1 an error of definitions, input or files, 2 a wrong command line,',
    '70 a bug of ringwatch, 130 and 143 stopped by SIGINT and SIGTERM.',
  ].join('\n');
}

/** The text of `ringwatch COMMAND --help`. */
export function commandHelp(command: Command): string {
  const rows = Object.entries(allOptions(command)).map(
    ([name, spec]) => [`--${name}${spec.value === null ? '' : ` ${spec.value}`}`, spec.text] as const,
  );
  const widest = Math.max(...rows.map(([left]) => left.length));
  return [
    `Usage: ringwatch ${command.name}${command.usage === '' ? '' : ` ${command.usage}`}`,
    '',
    `${command.summary}.`,
    '',
    ...rows.map(
      ([left, right]) => `  ${left.padEnd(widest)}  ${right.replace(/\n/g, `\n${' '.repeat(widest + 4)}`)}`,
    ),
    ...(command.details === '' ? [] : ['', command.details.trim()]),
  ].join('\n');
}
