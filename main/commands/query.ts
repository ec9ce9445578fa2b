import { RingwatchError } from '../../core/errors.ts';
import type { Command, ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';

/** `ringwatch query`: runs a query of the definitions on a data folder. */
export const queryCommand: Command = {
  name: 'query',
  usage: 'DIR NAME [param=value …] [--json]',
  summary: 'Runs a query of the definitions on the state of a data folder',
  details: `
The folder is recovered in memory and left as it is. Values are read as the types of the parameters say; a parameter
without a default must be given.

  ringwatch query state around account=4026`,
  options: {
    json: { value: null, text: 'prints the rows as JSON' },
  },
  positionals: { min: 2, max: 64, names: ['a data folder', 'the name of a query'] },
  run,
};

async function run(_parsed: ParsedArguments, _terminal: Terminal): Promise<number> {
  throw new RingwatchError('NOT_BUILT', { feature: 'ringwatch query' });
}
