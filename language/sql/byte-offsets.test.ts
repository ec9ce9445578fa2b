import { describe, expect, it } from '@jest/globals';
import { ByteOffsets } from './byte-offsets.ts';

describe('offsets in bytes and code points', () => {
  it.each(['', 'plain', 'é', 'aé𝄞b', '𝄞𝄞', '名前 = 1'])(
    'find the code unit of every character of %j',
    (text) => {
      const offsets = new ByteOffsets(text);
      let unit = 0;
      let codePoint = 0;
      let byte = 0;
      for (const character of text) {
        const bytes = new TextEncoder().encode(character).length;
        for (let inside = 0; inside < bytes; inside++) expect(offsets.ofByte(byte + inside)).toBe(unit);
        expect(offsets.ofCodePoint(codePoint)).toBe(unit);
        unit += character.length;
        codePoint += 1;
        byte += bytes;
      }
      expect(offsets.ofByte(byte)).toBe(text.length);
      expect(offsets.ofCodePoint(codePoint)).toBe(text.length);
    },
  );
});
