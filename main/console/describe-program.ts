import type { Program } from '../../language/plan.ts';

/** How many of each kind of statement a program has: `1 source, 2 rules`. */
export function describeProgram(program: Program): string {
  const counts: readonly (readonly [number, string, string])[] = [
    [program.sources.length, 'source', 'sources'],
    [program.tables.length, 'table', 'tables'],
    [program.views.length, 'view', 'views'],
    [program.graphs.length, 'graph', 'graphs'],
    [program.decisions.length, 'decision', 'decisions'],
    [program.rules.length, 'rule', 'rules'],
    [program.queries.length, 'query', 'queries'],
  ];
  const present = counts.filter(([count]) => count > 0);
  if (present.length === 0) return 'no definitions';
  return present.map(([count, one, many]) => `${count} ${count === 1 ? one : many}`).join(', ');
}
