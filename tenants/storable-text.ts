/** The text as a column of the catalog can hold it: NUL and halves of surrogate pairs become U+FFFD. */
export function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '\uFFFD'), 'utf8').toString('utf8');
}

/** What of a text is searched for: its first 200 characters, since an index takes no longer entries. */
export function searchable(text: string): string {
  return storable(text.slice(0, 200));
}
