/** A name of the schema as words: `STARTS_EMPTY` is `starts empty`. */
export function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}

/** The same with a capital: `Starts empty`. */
export function sentence(name: string): string {
  const text = words(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
