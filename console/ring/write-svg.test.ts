import { describe, expect, test } from '@jest/globals';
import type { RingGraph } from './ring-graph.ts';
import { layoutRing } from './ring-layout.ts';
import { writeSvg } from './write-svg.ts';

const COLORS = {
  ground: '#ffffff',
  text: '#1b2129',
  dim: '#576270',
  hop: '#2d6094',
  closing: '#b8460a',
  vertex: '#ffffff',
  vertexLine: '#323a45',
};

const GRAPH: RingGraph = {
  vertices: ['<a>', 'b', 'c'].map((key) => ({ key, properties: {} })),
  edges: [
    {
      key: '1',
      from: '<a>',
      to: 'b',
      amount: '1102.45',
      time: '2026-11-19T16:01:15Z',
      closing: false,
      hop: 0,
    },
    { key: '2', from: 'b', to: 'c', amount: null, time: null, closing: false, hop: 1 },
    { key: '3', from: 'c', to: '<a>', amount: '3', time: null, closing: true, hop: 2 },
  ],
};

describe('the drawing as a document', () => {
  const svg = writeSvg(GRAPH, layoutRing(GRAPH, 1), COLORS, {
    title: 'Ring & co',
    description: 'Three "hops"',
  });

  test('says what it shows, with nothing of the data read as markup', () => {
    expect(svg).toContain('<title id="title">Ring &#38; co</title>');
    expect(svg).toContain('<desc id="description">Three &#34;hops&#34;</desc>');
    expect(svg).toContain('&#60;a&#62;');
    expect(svg).not.toMatch(/<a>|<script|href|NaN|undefined/);
  });

  test('has every vertex and edge, the closing one dashed', () => {
    expect(svg.match(/<rect /g)).toHaveLength(1 + 3);
    expect(svg.match(/<polygon /g)).toHaveLength(3);
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(1);
    expect(svg.replace(/\D/g, '')).toContain('110245');
  });

  test('holds all that it draws', () => {
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.map(Number);
    const [, left, top] = /translate\((\S+) (\S+)\)/.exec(svg)!.map(Number);
    for (const [, x, y] of svg.matchAll(/<text x="(-?[\d.]+)" y="(-?[\d.]+)" text-anchor/g)) {
      expect(Number(x) + left!).toBeGreaterThan(0);
      expect(Number(x) + left!).toBeLessThan(width!);
      expect(Number(y) + top!).toBeGreaterThan(0);
      expect(Number(y) + top!).toBeLessThan(height!);
    }
  });
});
