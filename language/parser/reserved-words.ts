/**
 * Words that name nothing unless they are quoted or follow a dot: those that could begin or end what stands beside a
 * name. Column names that SQL itself reserves must be quoted in view bodies too.
 */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(
  (
    'AND AS BETWEEN CASE CAST CREATE DISTINCT DO ELSE END FALSE FROM GROUP HAVING IN IS LIKE LIMIT MATCH NOT NULL ' +
    'OFFSET ON OR ORDER RETURN SELECT THEN TRUE UNION WHEN WHERE WITH'
  ).split(' '),
);

/** What to do with a reserved word that was meant as a name. */
export function reservedHint(word: string): string {
  return `${word} is a reserved word; in double quotes it can be a name.`;
}
