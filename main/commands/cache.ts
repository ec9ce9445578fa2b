import { RingwatchError } from '../../core/errors.ts';
import { wholeNumber } from '../console/arguments.ts';
import { type Command, EXIT, type ParsedArguments } from '../console/command.ts';
import type { Terminal } from '../console/terminal.ts';
import type { StatsSource } from '../cache/cache-stats.ts';

/** Holds what a service is asked with: not by flag, since others on the machine see those. */
const KEY_VARIABLE = 'RINGWATCH_API_KEY';

/** `ringwatch cache`: what a graph view holds in memory, and the graph cache measured on any edge list. */
export const cacheCommand: Command = {
  name: 'cache',
  usage: `stats VIEW --data DIR | --url URL [--tenant SLUG] [--json]
       ringwatch cache bench --edges FILE [--columns NAME,…] [--time NAME] [--starts N] [--seed N]`,
  summary: 'Says what a graph view holds in memory, or measures the graph cache on an edge list',
  details: `
stats: what the graph view takes in memory, each byte in one line: by edge table the compressed segment (lists of both
directions, their offsets, columns), the edges that came since, indexes and removed edges; then vertices. Of a data
folder, which is recovered in memory and left as it is, or of a running service, with the key in ${KEY_VARIABLE}; a
service's operator names the tenant. Bytes on the heap of the engine (vertices' keys and rows, dictionaries) are worked
out, within a quarter; all others are exact.

  ringwatch cache stats flow --data state

bench: Each line of the file is an edge: source, destination, then columns, separated by commas, tabs or spaces; '#' begins a
comment, a first line of names is a header, and the file may be packed by gzip. Keys are whole numbers or text. Self-loops
and repeated edges are kept.

Standard output holds one JSON object and nothing else: vertices, edges, bytes of text; bits an edge of the lists with
their offsets and the key hash, hot (as searches read them) and cold (at rest); bytes an edge with columns; bits a key;
microseconds of 1, 2 and 3 hops from random vertices, alone and with the edges induced; nanoseconds of a lookup by key
and of reading an edge; edges a second that live lists take; and whether lists, columns and neighbourhoods equal those
of an uncompressed adjacency that is built separately. Progress goes to standard error.`,
  options: {
    data: { value: 'DIR', text: 'stats: of the graph view of this data folder' },
    url: { value: 'URL', text: 'stats: of the service at this address' },
    tenant: { value: 'SLUG', text: 'stats: whose, where the key is of the operator' },
    json: { value: null, text: 'stats: prints it as JSON' },
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
  positionals: { min: 1, max: 2, names: ['what to do: stats or bench', 'a graph view'] },
  run,
};

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const [action = '', graph] = parsed.positionals;
  if (action === 'stats') return await stats(parsed, graph ?? null, terminal);
  const unexpected = action === 'bench' ? graph : action;
  if (unexpected !== undefined)
    throw new RingwatchError('ARGUMENT_UNEXPECTED', { command: 'cache', argument: unexpected });
  return await bench(parsed, terminal);
}

async function stats(parsed: ParsedArguments, graph: string | null, terminal: Terminal): Promise<number> {
  const missing = (argument: string): RingwatchError =>
    new RingwatchError('ARGUMENT_MISSING', { command: 'cache stats', argument });
  if (graph === null) throw missing('a graph view');
  const source = sourceOf(parsed, process.env[KEY_VARIABLE] ?? null, missing);
  const { readableStats, readCacheStats } = await import('../cache/cache-stats.ts');
  const sizes = await readCacheStats(source, graph);
  if (parsed.has('json')) terminal.out(JSON.stringify(sizes, null, 2));
  else for (const line of readableStats(sizes)) terminal.out(line);
  return EXIT.ok;
}

function sourceOf(
  parsed: ParsedArguments,
  token: string | null,
  missing: (argument: string) => RingwatchError,
): StatsSource {
  const [folder, url] = [parsed.value('data'), parsed.value('url')];
  if (folder !== null && url !== null)
    throw new RingwatchError('ARGUMENT_UNEXPECTED', { command: 'cache stats', argument: '--url' });
  if (folder !== null) return { kind: 'folder', folder };
  if (url === null) throw missing('--data DIR or --url URL');
  if (token === null || token === '') throw missing(`a key in ${KEY_VARIABLE}`);
  return { kind: 'service', url, token, tenant: parsed.value('tenant') };
}

async function bench(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
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
