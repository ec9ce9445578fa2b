import { strict as assert } from 'node:assert';

/** Elements and attributes that a picture of a ring is made of. */
const ELEMENTS = new Set(['svg', 'title', 'desc', 'style', 'rect', 'text', 'path', 'polygon', 'g', 'circle']);
const ATTRIBUTES = new Set(
  'xmlns viewBox width height role aria-labelledby id class x y rx d points cx cy r font-size text-anchor'.split(
    ' ',
  ),
);

/**
 * Reads a picture strictly: throws where it is not well-formed, or holds an element, an attribute or an address that no picture needs. Returns
 * the texts in it, their escapes undone.
 */
export function textsOfSvg(svg: string): string[] {
  assert.match(svg, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg /);
  // Characters that XML 1.0 does not allow.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(svg, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
  assert.equal(svg, Buffer.from(svg, 'utf8').toString('utf8'), 'it is no UTF-8');
  const open: string[] = [];
  const texts: string[] = [];
  const parts = svg.slice(svg.indexOf('\n') + 1).match(/<[^<>]*>|[^<>]+|./gs) ?? [];
  for (const part of parts) {
    if (!part.startsWith('<')) {
      assert.doesNotMatch(part, /[<>]|&(?!#\d+;)/, `a text is not escaped: ${part.slice(0, 100)}`);
      if (open.at(-1) === 'style') assert.doesNotMatch(part, /@import|url\(|expression|javascript/i);
      else texts.push(part.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))));
      continue;
    }
    const [, closing = '', name = '', attributes = '', empty = ''] =
      /^<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<>&]*")*)(\/?)>$/.exec(part) ?? [];
    assert.ok(ELEMENTS.has(name), `there is ${part.slice(0, 100)}`);
    for (const [, attribute = '', value = ''] of attributes.matchAll(/ ([a-zA-Z-]+)="([^"]*)"/g)) {
      assert.ok(ATTRIBUTES.has(attribute), `there is ${attribute}`);
      if (attribute !== 'xmlns') assert.doesNotMatch(value, /:/, `${attribute} leads somewhere`);
    }
    if (closing !== '') assert.equal(open.pop(), name);
    else if (empty === '') open.push(name);
  }
  assert.deepEqual(open, []);
  return texts;
}
