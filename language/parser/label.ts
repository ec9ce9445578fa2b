import type { LabelNode } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** `:A|B&!C`, `:A:B`, `IS A`, `:%`; null where no label expression begins. `!` binds tightest, then `&` and `:`, then `|`. */
export function parseLabels(cursor: Cursor): LabelNode | null {
  if (!cursor.acceptSymbol(':') && !acceptIs(cursor)) return null;
  return cursor.nested(() => parseOr(cursor));
}

function acceptIs(cursor: Cursor): boolean {
  if (!cursor.looksLike('IS')) return false;
  cursor.advance();
  return true;
}

function parseOr(cursor: Cursor): LabelNode {
  let left = parseAnd(cursor);
  let links = 0;
  while (cursor.looksLikeSymbol('|')) {
    cursor.advance();
    // openCypher also writes `:A|:B`.
    if (cursor.looksLikeSymbol(':')) cursor.advance();
    left = { kind: 'or', left, right: parseAnd(cursor), at: left.at };
    links = countLink(cursor, links);
  }
  return left;
}

function parseAnd(cursor: Cursor): LabelNode {
  let left = parseNot(cursor);
  let links = 0;
  while (cursor.looksLikeSymbol('&') || cursor.looksLikeSymbol(':')) {
    cursor.advance();
    left = { kind: 'and', left, right: parseNot(cursor), at: left.at };
    links = countLink(cursor, links);
  }
  return left;
}

function parseNot(cursor: Cursor): LabelNode {
  const at = cursor.position();
  if (cursor.acceptSymbol('!')) return { kind: 'not', argument: cursor.nested(() => parseNot(cursor)), at };
  if (cursor.looksLikeSymbol('%')) {
    cursor.advance();
    return { kind: 'any', at };
  }
  if (cursor.acceptSymbol('(')) {
    const inner = cursor.nested(() => parseOr(cursor));
    cursor.expectSymbol(')');
    return inner;
  }
  return { kind: 'label', name: cursor.expectLabel('a label').name, at };
}

const LINKS_MAX = 50;

/** A chain nests to the left; one so long is a mistake. */
function countLink(cursor: Cursor, links: number): number {
  if (links >= LINKS_MAX) throw cursor.invalid(`a label expression chains at most ${LINKS_MAX} labels`);
  return links + 1;
}
