import { parseArgs } from 'node:util';
import { RingwatchError } from '../../core/errors.ts';
import { nearestName } from '../../core/nearest-name.ts';
import type { Command, OptionSpec, ParsedArguments } from './command.ts';

const HELP: OptionSpec = { value: null, text: 'this text' };

/** The command's options and the one that all have. */
export function allOptions(command: Command): Readonly<Record<string, OptionSpec>> {
  return { ...command.options, help: HELP };
}

/** Parses what follows the command's name. Throws OPTION_UNKNOWN, OPTION_INVALID, ARGUMENT_MISSING, ARGUMENT_UNEXPECTED. */
export function parseCommandLine(command: Command, args: readonly string[]): ParsedArguments {
  const options = allOptions(command);
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([name, spec]) => [
        name,
        {
          type: spec.value === null ? ('boolean' as const) : ('string' as const),
          ...(name === 'help' ? { short: 'h' } : {}),
        },
      ]),
    ),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (spec === undefined) throw unknownOption(command, token.rawName, Object.keys(options));
    const value = checkValue(token.rawName, spec, token.value, token.inlineValue === true);
    const values = given.get(token.name) ?? [];
    if (values.length > 0 && spec.multiple !== true && spec.value !== null) {
      throw new RingwatchError('OPTION_INVALID', { option: token.rawName, reason: 'it is given twice' });
    }
    given.set(token.name, [...values, value]);
  }
  if (!given.has('help')) checkPositionals(command, positionals);
  return {
    positionals,
    has: (option) => given.has(option),
    value: (option) => given.get(option)?.at(-1) ?? null,
    values: (option) => given.get(option) ?? [],
  };
}

function unknownOption(command: Command, rawName: string, known: readonly string[]): RingwatchError {
  const near = nearestName(rawName.replace(/^-+/, ''), known);
  return new RingwatchError(
    'OPTION_UNKNOWN',
    { option: rawName, command: command.name },
    {
      hint:
        near === null ? `\`ringwatch ${command.name} --help\` lists the options.` : `Did you mean --${near}?`,
    },
  );
}

function checkValue(rawName: string, spec: OptionSpec, value: string | undefined, inline: boolean): string {
  if (spec.value === null) {
    if (value === undefined) return '';
    throw new RingwatchError('OPTION_INVALID', { option: rawName, reason: 'it takes no value' });
  }
  // `--data --final` is a forgotten value, not a folder named --final; `--data=--final` says that it is meant.
  if (value === undefined || value === '' || (!inline && /^-./.test(value))) {
    throw new RingwatchError('OPTION_INVALID', {
      option: rawName,
      reason: `it needs a value: ${rawName} ${spec.value}`,
    });
  }
  return value;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const { min, max, names } = command.positionals;
  if (positionals.length < min) {
    throw new RingwatchError('ARGUMENT_MISSING', {
      argument: names[positionals.length] ?? 'argument',
      command: command.name,
    });
  }
  if (positionals.length > max) {
    throw new RingwatchError('ARGUMENT_UNEXPECTED', {
      argument: positionals[max] ?? '',
      command: command.name,
    });
  }
}

/** A whole number from `min` to `max` given to an option, or `otherwise` where it is not given. OPTION_INVALID */
export function wholeNumber(
  parsed: ParsedArguments,
  option: string,
  min: number,
  max: number,
  otherwise: number,
): number {
  const text = parsed.value(option);
  if (text === null) return otherwise;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new RingwatchError('OPTION_INVALID', {
    option: `--${option}`,
    reason: `'${text}' is no whole number from ${min} to ${max}`,
  });
}
