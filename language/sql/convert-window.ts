import type { SortBy, WindowDef } from 'libpg-query';
import type { SourcePosition } from '../../core/source-position.ts';
import type { Expression, WindowDefinition } from '../ast.ts';
import type { SqlBody } from './sql-body.ts';

/** Bits of WindowDef.frameOptions, of PostgreSQL's nodes/parsenodes.h. */
const FRAME = {
  written: 0x1,
  rows: 0x4,
  groups: 0x8,
  unboundedPreceding: 0x20,
  fromCurrentRow: 0x200,
  toCurrentRow: 0x400,
  fromOffsetPreceding: 0x800,
  exclude: 0x8000 | 0x10000 | 0x20000,
} as const;

/** What stands in the parentheses of OVER (…) and WINDOW w AS (…). */
export function convertWindow(body: SqlBody, window: WindowDef, fallback: SourcePosition): WindowDefinition {
  const at = body.at(window.location, fallback);
  if (window.refname !== undefined) throw body.notBuilt('a window that extends another', at);
  const partitionBy = (window.partitionClause ?? []).map((node) => body.expression(node, at));
  const orderBy = (window.orderClause ?? []).map((node) => {
    const sort: SortBy = 'SortBy' in node ? node.SortBy : {};
    return convertSort(body, sort, at);
  });
  return { at, partitionBy, orderBy, frame: convertFrame(body, window, at) };
}

function convertSort(body: SqlBody, sort: SortBy, at: SourcePosition): WindowDefinition['orderBy'][number] {
  const value = body.expression(sort.node, at);
  if (sort.sortby_dir === 'SORTBY_USING') throw body.notBuilt('ORDER BY … USING', value.at);
  if (sort.sortby_nulls !== undefined && sort.sortby_nulls !== 'SORTBY_NULLS_DEFAULT') {
    throw body.notBuilt('NULLS FIRST and NULLS LAST in a window', value.at);
  }
  return { value, descending: sort.sortby_dir === 'SORTBY_DESC' };
}

function convertFrame(body: SqlBody, window: WindowDef, windowAt: SourcePosition): WindowDefinition['frame'] {
  const options = window.frameOptions ?? 0;
  if ((options & FRAME.written) === 0) return null;
  const at = framePosition(body, window, windowAt);
  if ((options & FRAME.groups) !== 0) throw body.notBuilt('GROUPS frames', at);
  if ((options & FRAME.exclude) !== 0) throw body.notBuilt('EXCLUDE in a frame', at);
  if ((options & FRAME.toCurrentRow) === 0)
    throw body.notBuilt('a frame that does not end at CURRENT ROW', at);
  const kind = (options & FRAME.rows) === 0 ? 'range' : 'rows';
  return { kind, preceding: frameStart(body, window, kind, at), at };
}

function frameStart(
  body: SqlBody,
  window: WindowDef,
  kind: 'range' | 'rows',
  at: SourcePosition,
): Expression | null {
  const options = window.frameOptions ?? 0;
  if ((options & FRAME.unboundedPreceding) !== 0) return null;
  if ((options & FRAME.fromOffsetPreceding) !== 0) return body.expression(window.startOffset, at);
  // CURRENT ROW is 0 PRECEDING: in RANGE the rows of the same time, in ROWS the row alone.
  if (kind === 'rows') return { kind: 'literal', at, value: { kind: 'integer', text: '0' } };
  return { kind: 'literal', at, value: { kind: 'interval', text: '0 seconds' } };
}

/** The last RANGE, ROWS or GROUPS inside the parentheses: columns of these names stand before it. */
function framePosition(body: SqlBody, window: WindowDef, fallback: SourcePosition): SourcePosition {
  const open = body.indexAt(window.location);
  if (open === null || !body.isSymbol(open, '(')) return fallback;
  const close = body.closing(open);
  let found = open;
  for (let index = open + 1; index < close; index++) {
    if (['RANGE', 'ROWS', 'GROUPS'].includes(body.token(index).keyword)) found = index;
    if (body.isSymbol(index, '(')) index = body.closing(index);
  }
  return body.position(body.token(found));
}
