import { describe, expect, it } from '@jest/globals';
import { nestingOf } from './text-nesting.ts';

describe('the nesting of a GraphQL text', () => {
  it.each([
    ['', 0],
    ['{ a { b(c: [1]) } }', 4],
    ['{ a } { b }', 1],
    ['}}}{', 1],
    ['{ a(b: "[[[[") }', 2],
    ['{ a(b: "\\"[[[[") }', 2],
    ['{ a(b: """[[ "" \\""" [[""") }', 2],
    ['# [[[[\n{ a }', 1],
    ['{ a(b: "[[\n[[', 4],
    ['{ a(b: """[[', 2],
  ])('%s', (text, depth) => {
    expect(nestingOf(text, 10)).toBe(depth);
  });

  it('is told no further than asked', () => {
    expect(nestingOf('['.repeat(1_000_000), 64)).toBe(65);
  });
});
