/** A value of a row as a person reads it: text as it is, everything else as JSON, NULL by its name. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** JSON text with two spaces a level; what is no JSON is given back as it is. */
export function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
