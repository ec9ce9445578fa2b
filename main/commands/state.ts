import type { ParsedArguments } from '../console/command.ts';
import { type Command, EXIT } from '../console/command.ts';
import { drawTable, readableBytes } from '../console/table.ts';
import type { Terminal } from '../console/terminal.ts';
import { groupThousands } from '../drawing/ring.ts';
import type { FolderState } from '../run/folder-state.ts';

/** `ringwatch state`: what a data folder holds. */
export const stateCommand: Command = {
  name: 'state',
  usage: 'DIR [--json]',
  summary: 'Says what a data folder holds: positions, sizes, checkpoints, hash',
  details: `
The folder is recovered in memory and left as it is. The hash covers the logical state: two folders with equal
hashes answer equally.`,
  options: {
    json: { value: null, text: 'prints it as JSON' },
  },
  positionals: { min: 1, max: 1, names: ['a data folder'] },
  run,
};

async function run(parsed: ParsedArguments, terminal: Terminal): Promise<number> {
  const { describeDataFolder } = await import('../run/folder-state.ts');
  const state = await describeDataFolder(parsed.positionals[0] as string);
  if (parsed.has('json')) terminal.out(JSON.stringify(state, null, 2));
  else for (const line of readable(state)) terminal.out(line);
  return EXIT.ok;
}

function whole(value: number): string {
  return groupThousands(String(value));
}

/** The state for people: one fact a line, then inputs, parts and rules as tables. */
function readable(state: FolderState): string[] {
  const { log, checkpoint, archive } = state;
  const facts: readonly (readonly [string, string])[] = [
    ['position', whole(state.position)],
    ['alerts', whole(state.alerts)],
    ['log', `${whole(log.end - log.start)} records, up to offset ${whole(log.end)}`],
    ['checkpoint', checkpoint === null ? 'none' : checkpointText(checkpoint)],
    [
      'archive',
      `${whole(archive.endOffset)} records in ${whole(archive.segments)} segments, ${readableBytes(archive.bytes)}`,
    ],
    ['recovery', state.recovery],
    ['definitions', state.definitions],
    ['state hash', state.stateHash],
  ];
  const lines = facts.map(([name, value]) => `${name.padEnd(13)}${value}`);
  if (state.inputs.length > 0) {
    const rows = state.inputs.map((input) => [
      input.relation,
      whole(input.rows),
      whole(Object.values(input.rejected).reduce((sum, count) => sum + count, 0)),
      whole(input.bytes),
    ]);
    lines.push('', ...drawTable(['input', 'rows', 'rejected', 'bytes read'], rows, [1, 2, 3]));
  }
  const parts = Object.entries(state.parts).map(([name, sizes]) => [partName(name, state), sizesText(sizes)]);
  if (parts.length > 0) lines.push('', ...drawTable(['part', 'sizes'], parts));
  const decided = Object.entries(state.decisions).flatMap(([name, counts]) =>
    Object.entries(counts).map(([outcome, count]) => [name, outcome, whole(count)]),
  );
  if (decided.length > 0) lines.push('', ...drawTable(['decision', 'outcome', 'events'], decided, [2]));
  const webhooks = Object.entries(state.webhooks).map(([endpoint, count]) => [endpoint, whole(count)]);
  if (webhooks.length > 0) lines.push('', ...drawTable(['webhook', 'asked for'], webhooks, [1]));
  const rules = Object.entries(state.rules).map(([name, rule]) => [
    name,
    ...[rule.firings, rule.jobs, rule.edgesVisited, rule.partial].map(whole),
  ]);
  if (rules.length > 0) {
    lines.push(
      '',
      ...drawTable(['rule', 'firings', 'jobs', 'edges visited', 'partial'], rules, [1, 2, 3, 4]),
    );
  }
  return lines;
}

function checkpointText(checkpoint: NonNullable<FolderState['checkpoint']>): string {
  return (
    `at offset ${whole(checkpoint.offset)}, position ${whole(checkpoint.position)}; ` +
    `${whole(checkpoint.entries)} entries, ${readableBytes(checkpoint.bytes)}`
  );
}

/** Parts are named by kind and fingerprint: graphs go by their own name here, other fingerprints are shortened. */
function partName(part: string, state: FolderState): string {
  const graph = state.graphs[part];
  if (graph !== undefined) return `graph ${graph}`;
  return part.replace(/\b([0-9a-f]{8})[0-9a-f]{24,}/, '$1…');
}

function sizesText(sizes: Readonly<Record<string, number>>): string {
  return Object.entries(sizes)
    .map(([what, size]) => `${what} ${whole(size)}`)
    .join(', ');
}
