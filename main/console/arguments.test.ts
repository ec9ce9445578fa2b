import { describe, expect, it } from '@jest/globals';
import { RingwatchError } from '../../core/errors.ts';
import { parseCommandLine, wholeNumber } from './arguments.ts';
import { type Command, EXIT } from './command.ts';

const COMMAND: Command = {
  name: 'run',
  usage: 'FILE.sql',
  summary: 'Runs',
  details: '',
  options: {
    input: { value: 'NAME=FILE', multiple: true, text: 'an input' },
    data: { value: 'DIR', text: 'a folder' },
    batch: { value: 'N', text: 'rows' },
    final: { value: null, text: 'a flag' },
  },
  positionals: { min: 1, max: 1, names: ['a definition file'] },
  run: async () => EXIT.ok,
};

function failure(work: () => unknown): RingwatchError {
  try {
    work();
  } catch (error) {
    if (error instanceof RingwatchError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a command line', () => {
  it('gives arguments, flags, values and repeated values in order', () => {
    const parsed = parseCommandLine(COMMAND, [
      'a.sql',
      '--input',
      'x=1',
      '--final',
      '--input=y=2',
      '--data',
      'd',
    ]);
    expect(parsed.positionals).toEqual(['a.sql']);
    expect(parsed.values('input')).toEqual(['x=1', 'y=2']);
    expect(parsed.value('data')).toBe('d');
    expect(parsed.has('final')).toBe(true);
    expect(parsed.value('batch')).toBeNull();
  });

  it.each([
    [['a.sql', '--finall'], 'OPTION_UNKNOWN', 'Did you mean --final?'],
    [['a.sql', '-x'], 'OPTION_UNKNOWN', '`ringwatch run --help` lists the options.'],
    [['a.sql', '--__proto__'], 'OPTION_UNKNOWN', '`ringwatch run --help` lists the options.'],
    [['a.sql', '--final=yes'], 'OPTION_INVALID', null],
    [['a.sql', '--data'], 'OPTION_INVALID', null],
    [['a.sql', '--data', '--final'], 'OPTION_INVALID', null],
    [['a.sql', '--data='], 'OPTION_INVALID', null],
    [['a.sql', '--data', 'a', '--data', 'b'], 'OPTION_INVALID', null],
    [[], 'ARGUMENT_MISSING', null],
    [['a.sql', 'b.sql'], 'ARGUMENT_UNEXPECTED', null],
  ] as const)('%j is %s', (args, code, hint) => {
    const error = failure(() => parseCommandLine(COMMAND, args));
    expect(error.code).toBe(code);
    expect(error.hint).toBe(hint);
  });

  it('that asks for help needs no argument', () => {
    expect(parseCommandLine(COMMAND, ['--help']).has('help')).toBe(true);
    expect(parseCommandLine(COMMAND, ['-h']).has('help')).toBe(true);
  });

  it('takes whole numbers within bounds only', () => {
    const number = (text: string): number =>
      wholeNumber(parseCommandLine(COMMAND, ['a', '--batch', text]), 'batch', 1, 10, 5);
    expect(number('7')).toBe(7);
    for (const wrong of ['0', '11', '1.5', '0x2', '1e1', 'many', '９']) {
      expect(failure(() => number(wrong)).code).toBe('OPTION_INVALID');
    }
    expect(wholeNumber(parseCommandLine(COMMAND, ['a']), 'batch', 1, 10, 5)).toBe(5);
  });
});
