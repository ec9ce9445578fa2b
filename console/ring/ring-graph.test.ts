import { describe, expect, test } from '@jest/globals';
import type { RingFacts } from '../alerts/alert.operations.ts';
import { ringGraph, shortKey } from './ring-graph.ts';

/** A ring with one edge for each [key, from, to, time]; the last one closes it. */
function ring(...edges: readonly (readonly [string, string, string, string | null])[]): RingFacts {
  return {
    name: 'p',
    closed: true,
    hops: edges.length,
    amount: null,
    start: null,
    end: null,
    values: {},
    text: '',
    vertices: edges.map(([, from]) => ({ key: from, properties: { id: from } })),
    edges: edges.map(([key, from, to, time], hop) => ({
      key,
      hop,
      from,
      to,
      amount: '1.00',
      time,
      closing: hop === edges.length - 1,
      properties: {},
    })),
  };
}

describe('the graph of some paths', () => {
  test('has what they share once, in the order of time', () => {
    const graph = ringGraph([
      ring(['1', 'a', 'b', '2026-01-01T00:00:00Z'], ['3', 'b', 'a', '2026-01-03T00:00:00Z']),
      ring(
        ['1', 'a', 'b', '2026-01-01T00:00:00Z'],
        ['2', 'b', 'c', '2026-01-02T00:00:00Z'],
        ['4', 'c', 'a', null],
      ),
    ]);
    expect(graph.vertices.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(graph.edges.map(({ key }) => key)).toEqual(['1', '2', '3', '4']);
  });

  test('orders times that differ in microseconds only', () => {
    const graph = ringGraph([
      ring(
        ['2', 'a', 'b', '2026-01-01T00:00:00.000002Z'],
        ['1', 'b', 'c', '2026-01-01T00:00:00.000001Z'],
        ['0', 'c', 'a', '2026-01-01T00:00:00Z'],
      ),
    ]);
    expect(graph.edges.map(({ key }) => key)).toEqual(['0', '1', '2']);
  });

  test('has endpoints that no path lists as vertices', () => {
    const facts = ring(['1', 'a', 'b', null]);
    expect(ringGraph([facts]).vertices.map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('shortens long keys to what tells them apart', () => {
    expect(shortKey('4026')).toBe('4026');
    expect(shortKey('DE89370400440532013000')).toBe('DE8…3000');
  });
});
