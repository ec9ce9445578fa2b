import { describe, expect, test } from '@jest/globals';
import { type TraceNode, traceTree } from './trace-tree.ts';

/** Tasks by name, indented as the tree has them. */
function drawn(...tasks: readonly string[]): string[] {
  const lines = (nodes: readonly TraceNode[], depth: number): string[] =>
    nodes.flatMap(({ task, children }) => [`${' '.repeat(depth)}${task}`, ...lines(children, depth + 1)]);
  return lines(traceTree(tasks.map((task) => ({ task, why: '', rows: 1, edgesVisited: '0' }))), 0);
}

describe('the tree of tasks', () => {
  test('has what follows a branch under it', () => {
    expect(drawn('match p', 'branch when 1', 'call x', 'return', 'branch else', 'return')).toEqual([
      'match p',
      'branch when 1',
      ' call x',
      ' return',
      'branch else',
      ' return',
    ]);
  });

  test('tells a choice within a branch from the next branch', () => {
    expect(
      drawn(
        'match p',
        'branch when 1',
        'let a',
        'branch when 1',
        'return',
        'branch else',
        'return',
        'branch else',
        'return',
      ),
    ).toEqual([
      'match p',
      'branch when 1',
      ' let a',
      ' branch when 1',
      '  return',
      ' branch else',
      '  return',
      'branch else',
      ' return',
    ]);
  });

  test('is a list where there is no branch', () => {
    expect(drawn('match p', 'let a', 'return')).toEqual(['match p', 'let a', 'return']);
    expect(drawn()).toEqual([]);
  });
});
