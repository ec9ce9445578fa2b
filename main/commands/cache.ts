import { RingwatchError } from '../../core/errors.ts';
import { wholeNumber } from '../console/arguments.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';

/** `ringwatch cache bench`: the graph cache, measured on any edge list. */
export const cacheCommand: Command = {
  name: 'cache',
  usage: 'bench --edges FILE [--columns NAME,…] [--time NAME] [--starts N] [--seed N]',
  summary: 'Measures the graph cache on an edge list: sizes, neighbourhoods, lookups',
  details: `
Each line of the file is an edge: source, destination, then columns, separated by commas, tabs or spaces; '#' begins a
comment, a first line of names is a header, and the file may be packed by gzip. Keys are whole numbers or text. Self-loops
and repeated edges are kept.

Standard output holds one JSON object and nothing else: vertices, edges, bytes of text; bits an edge of the lists with
their offsets and the key hash, hot (as searches read them) and cold (at rest); bytes an edge with columns; bits a key;
microseconds of 1, 2 and 3 hops from random vertices, alone and with the edges induced; nanoseconds of a lookup by key
and of reading an edge; edges a second that live lists take; and whether lists, columns and neighbourhoods equal those
of an uncompressed adjacency that is built separately. Progress goes to standard error.`,
  options: {
    edges: { value: 'FILE', text: 'the edge list' },
    columns: {
      value: 'NAME,…',
      text: `the columns after the two keys, in order or by the header's names;
NAME:TYPE gives integer, decimal, double, timestamp or
text, - leaves one out. Without it all are stored`,
    },
    time: { value: 'NAME', text: 'the column that is the event time: lists are then in its order' },
    starts: { value: 'N', text: 'random vertices that hops start from (1000)' },
    seed: { value: 'N', text: 'of the random choices (1)' },
  },
  positionals: { min: 1, max: 1, names: ['what to do: bench'] },
  run,
};

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const action = parsed.positionals[0] as string;
  if (action !== 'bench')
    throw new RingwatchError('ARGUMENT_UNEXPECTED', { command: 'cache', argument: action });
  const edges = parsed.value('edges');
  if (edges === null)
    throw new RingwatchError('ARGUMENT_MISSING', { command: 'cache bench', argument: '--edges FILE' });
  const { benchCache } = await import('../cache/bench-cache.ts');
  const report = await benchCache(
    {
      edges,
      columns: parsed.value('columns'),
      time: parsed.value('time'),
      starts: wholeNumber(parsed, 'starts', 1, 1_000_000, 1000),
      seed: wholeNumber(parsed, 'seed', 0, 0xffff_ffff, 1),
    },
    terminal,
  );
  terminal.out(JSON.stringify(report, null, 2));
  return EXIT.ok;
}
