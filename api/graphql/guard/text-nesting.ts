/**
 * How deep the brackets of a GraphQL text nest, strings and comments left out; stops at `limit` + 1. Parsers of nested things call
 * themselves, so this is known before one sees the text.
 */
export function nestingOf(text: string, limit: number): number {
  let deepest = 0;
  let depth = 0;
  for (let n = 0; n < text.length && deepest <= limit; n++) {
    switch (text.charCodeAt(n)) {
      case 0x22: // "
        n = endOfString(text, n);
        break;
      case 0x23: // #
        n = endOfLine(text, n);
        break;
      case 0x28: // (
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        deepest = Math.max(deepest, depth);
        break;
      case 0x29:
      case 0x5d:
      case 0x7d:
        depth = Math.max(0, depth - 1);
        break;
      default:
    }
  }
  return deepest;
}

/** The place of the quote that ends the string that begins at `start`; the text's end where none does. */
function endOfString(text: string, start: number): number {
  if (text.startsWith('"""', start)) {
    let end = text.indexOf('"""', start + 3);
    while (end > 0 && text[end - 1] === '\\') end = text.indexOf('"""', end + 1);
    return end < 0 ? text.length : end + 2;
  }
  for (let n = start + 1; n < text.length; n++) {
    const char = text[n];
    if (char === '\\') n++;
    // A string that is not closed on its line is an error of its own; what follows is looked at all the same.
    else if (char === '"' || char === '\n' || char === '\r') return n;
  }
  return text.length;
}

function endOfLine(text: string, start: number): number {
  const end = text.slice(start).search(/[\n\r]/);
  return end < 0 ? text.length : start + end;
}
