import type { Clause, Expr, MatchClause, PathPattern, ProjectionClause } from '../../language/plan.ts';
import { conjuncts } from './slot-references.ts';

const NONE: ReadonlySet<number> = new Set();

/**
 * Slots of groups in the MATCH clause at `at` that stand for walks of which one of each length to each vertex is
 * enough: nothing reads the group, the path is read for its length alone, and the rows come to a projection that does
 * not see how many there are. What is printed, and its order, is the same; a search by walks grows with the number of
 * edges then, not of walks.
 */
export function mergeableWalks(clauses: readonly Clause[], at: number): ReadonlySet<number> {
  const clause = clauses[at];
  if (clause?.kind !== 'match' || clause.edgesDistinct) return NONE;
  const candidates = clause.paths.filter(
    ({ mode, ascending, edges }) =>
      mode === 'walk' && ascending === null && edges.some(({ quantifier }) => quantifier !== null),
  );
  if (candidates.length === 0) return NONE;
  const read = new Set<number>();
  readMatch(clause, read);
  if (!readsOnlyDistinct(clauses.slice(at + 1), read)) return NONE;
  return new Set(
    candidates
      .filter(({ slot }) => slot === null || !read.has(slot))
      .flatMap(({ edges }) => edges)
      .flatMap(({ quantifier, slot }) => (quantifier === null || read.has(slot) ? [] : [slot])),
  );
}

/** Notes what the clauses read up to the first projection; whether that is blind to repeated rows. */
function readsOnlyDistinct(clauses: readonly Clause[], read: Set<number>): boolean {
  for (const clause of clauses) {
    switch (clause.kind) {
      case 'match':
        readMatch(clause, read);
        break;
      case 'let':
        readExpr(clause.value, read);
        break;
      case 'filter':
        readExpr(clause.predicate, read);
        break;
      case 'call':
        for (const arg of clause.args) readExpr(arg, read);
        break;
      case 'with':
      case 'return':
        readProjection(clause, read);
        return isBlindToRepeats(clause);
      case 'branch':
        return false;
    }
  }
  return false;
}

function isBlindToRepeats({ distinct, grouping }: ProjectionClause): boolean {
  if (grouping === null) return distinct;
  return grouping.aggregates.every(
    (aggregate) => aggregate.distinct || ['min', 'max'].includes(aggregate.name),
  );
}

function readProjection({ items, grouping, orderBy, where }: ProjectionClause, read: Set<number>): void {
  for (const { value } of items) readExpr(value, read);
  for (const { argument } of grouping?.aggregates ?? []) readExpr(argument, read);
  for (const { value } of orderBy) readExpr(value, read);
  readExpr(where, read);
}

function readMatch(clause: MatchClause, read: Set<number>): void {
  readExpr(clause.where, read);
  for (const path of clause.paths) readPath(path, read);
}

function readPath({ vertices, edges }: PathPattern, read: Set<number>): void {
  for (const { where, seeks } of vertices) {
    readExpr(where, read);
    for (const seek of seeks ?? [])
      if (seek.kind === 'key') for (const expr of seek.key) readExpr(expr, read);
  }
  for (const { where } of edges) for (const expr of conjuncts(where)) readExpr(expr, read);
}

/** Notes the slots that an expression reads, but for paths of which it wants the length. */
function readExpr(expr: Expr | null, read: Set<number>): void {
  switch (expr?.kind) {
    case 'variable':
    case 'property':
      read.add(expr.slot);
      return;
    case 'pathAggregate':
      read.add(expr.group);
      readExpr(expr.argument, read);
      return;
    case 'case':
      for (const branch of expr.branches) {
        readExpr(branch.when, read);
        readExpr(branch.then, read);
      }
      readExpr(expr.otherwise, read);
      return;
    case 'cast':
      readExpr(expr.argument, read);
      return;
    case 'call':
      if (expr.name === 'pathLength' && expr.args[0]?.kind === 'variable') return;
      for (const arg of expr.args) readExpr(arg, read);
      return;
    default:
  }
}
