/** One line of `--alerts`, parsed. docs/language.md says what each field means. */
export interface AlertLine {
  readonly id: string;
  readonly rule: string;
  readonly version: number;
  readonly key: Readonly<Record<string, string | null>>;
  /** ISO 8601, or null where the triggering row has no event time. */
  readonly time: string | null;
  readonly severity: string;
  readonly position: number;
  readonly partial: boolean;
  readonly paths: readonly AlertPath[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly trace: readonly unknown[];
}

/** One result row's path. Edges are keys in path order; with MERGE PARALLEL each is an array of keys. */
export interface AlertPath {
  readonly name: string;
  readonly vertices: readonly string[];
  readonly edges: readonly (string | readonly string[])[];
  readonly values: Readonly<Record<string, unknown>>;
}

/** The alerts of a file written by `--alerts`; what the engine writes is trusted to have this shape. */
export function parseAlertLines(text: string): AlertLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AlertLine);
}
