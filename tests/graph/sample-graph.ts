import { INTEGER, type Row, TEXT, TIMESTAMPTZ } from '../../core/types.ts';
import type { ContentHash } from '../../engine/state/state-part.ts';
import type { Column, GraphPlan } from '../../language/plan.ts';

const column = (name: string, type: Column['type']): Column => ({ name, type, nullable: true });

/** Relations of the sample graph: accounts (a table), transfers (a source), links (a table). */
export const SAMPLE_COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  accounts: [column('id', INTEGER), column('region', TEXT)],
  transfers: [
    column('tx', INTEGER),
    column('src', INTEGER),
    column('dst', INTEGER),
    column('at', TIMESTAMPTZ),
    column('amount', INTEGER),
  ],
  links: [column('k', TEXT), column('a', INTEGER), column('b', INTEGER), column('weight', INTEGER)],
};

/** The columns of a sample relation. */
export function sampleColumns(relation: string): readonly Column[] {
  return SAMPLE_COLUMNS[relation] as readonly Column[];
}

function properties(relation: string) {
  return sampleColumns(relation).map(({ name, type }, index) => ({ name, type, column: index }));
}

/** Accounts joined by transfers (edge table 0, label TRANSFER) and, if wanted, links (edge table 1, label LINK). */
export function sampleGraph(options: { links: boolean; retainMicros: number | null }): GraphPlan {
  const endpoint = (index: number) => ({ columns: [index], vertexTable: 0 });
  return {
    name: 'sample',
    fingerprint: 'sample',
    vertexTables: [
      {
        name: 'accounts',
        relation: { kind: 'table', name: 'accounts' },
        labels: ['Account'],
        key: [0],
        properties: properties('accounts'),
      },
    ],
    edgeTables: [
      {
        name: 'transfers',
        fingerprint: 'transfers',
        relation: { kind: 'source', name: 'transfers' },
        labels: ['TRANSFER'],
        key: [0],
        source: endpoint(1),
        destination: endpoint(2),
        properties: properties('transfers'),
        eventTime: 3,
        fromSource: true,
      },
      ...(options.links
        ? [
            {
              name: 'links',
              fingerprint: 'links',
              relation: { kind: 'table', name: 'links' } as const,
              labels: ['LINK'],
              key: [0],
              source: endpoint(1),
              destination: endpoint(2),
              properties: properties('links'),
              eventTime: null,
              fromSource: false,
            },
          ]
        : []),
    ],
    retainMicros: options.retainMicros,
    backfill: false,
  };
}

/** A source of pseudo-random integers below `n`, the same for the same seed. (Mulberry32, public domain.) */
export function random(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

/** A content hash that keeps what it is given, as one text. */
export class RecordingHash implements ContentHash {
  readonly lines: string[] = [];

  text(value: string): void {
    this.lines.push(value);
  }

  value(value: unknown): void {
    this.lines.push(String(value));
  }

  row(values: Row): void {
    this.lines.push(values.map(String).join('|'));
  }

  bag(fill: (add: (values: Row) => void) => void): void {
    const rows: string[] = [];
    fill((values) => rows.push(values.map(String).join('|')));
    this.lines.push(...rows.sort());
  }
}
