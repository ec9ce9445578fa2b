/** A name of the schema as words: `STARTS_EMPTY` is `starts empty`. */
export function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}

/** The same with a capital: `Starts empty`. */
export function sentence(name: string): string {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A name of a limit as words: `definitionBytesMax` is `Definition bytes, at most`. */
export function limitText(name: string): string {
  const parts = name.replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ').toLowerCase();
  const text = parts.charAt(0).toUpperCase() + parts.slice(1);
  return text.replace(/ max$/, ', at most').replace(/ ms\b/, ' in ms').replace(/ min$/, ', at least');
}
