import { readFileSync } from 'node:fs';
import { RingwatchError } from '../../core/errors.ts';
import { checkDefinitions } from '../../language/compile.ts';
import { diff, type StatementChange } from '../../language/diff.ts';
import { explain } from '../../language/explain.ts';
import { iso } from './sample-alerts.ts';

const KINDS: Readonly<Record<StatementChange['what'], string>> = {
  source: 'SOURCE',
  table: 'TABLE',
  view: 'VIEW',
  'property graph': 'GRAPH_VIEW',
  decision: 'DECISION',
  rule: 'RULE',
  query: 'QUERY',
};
const ACTIONS = { kept: 'KEPT', filled: 'BACKFILLED', empty: 'STARTS_EMPTY', dropped: 'DROPPED' } as const;

/** The texts that were ever published, oldest first. */
export const TEXTS: readonly string[] = sampleTexts();

function sampleTexts(): string[] {
  const example = readFileSync(new URL('../../examples/anti-cashout/rules.sql', import.meta.url), 'utf8');
  const first = example
    .replace("INTERVAL '40 days'", "INTERVAL '14 days'")
    .replace('SEVERITY HIGH', 'SEVERITY MEDIUM');
  const second = example.replace("INTERVAL '40 days'", "INTERVAL '30 days'");
  return [first, second, example];
}

/** What the checker says of a text against another: by the real compiler. */
export function checkText(text: string, inForce: string | null): Record<string, unknown> {
  const { program, errors } = checkDefinitions(text);
  if (program === null) {
    return {
      valid: false,
      errors: errors.map(describe),
      warnings: [],
      diff: null,
      plan: null,
      picture: null,
    };
  }
  const before = inForce === null ? null : checkDefinitions(inForce).program;
  const changes = diff(before, program);
  const dropped = changes.statements.filter(({ change }) => change === 'dropped');
  const problems = [
    ...changes.errors,
    ...dropped.map(({ what, name }) => new RingwatchError('DROP_NOT_ALLOWED', { what, name })),
  ];
  const explanation = explain(program);
  return {
    valid: problems.length === 0,
    errors: problems.map(describe),
    warnings: explanation.warnings,
    diff: describeDiff(changes),
    plan: explanation.text,
    picture: '',
  };
}

/** What a text changes in another. */
export function diffTexts(before: string | null, text: string): Record<string, unknown> {
  const old = before === null ? null : checkDefinitions(before).program;
  return describeDiff(diff(old, checkDefinitions(text).program!));
}

function describeDiff(changes: ReturnType<typeof diff>): Record<string, unknown> {
  return {
    statements: changes.statements.map(({ what, name, change }) => ({
      kind: KINDS[what],
      name,
      change: change.toUpperCase(),
    })),
    state: changes.state.map(({ what, action }) => ({ what, change: ACTIONS[action] })),
    text: changes.text,
  };
}

function describe(error: RingwatchError): Record<string, unknown> {
  return {
    code: error.code,
    message: error.message,
    line: error.position?.line ?? null,
    column: error.position?.column ?? null,
    offset: error.position?.offset ?? null,
    hint: error.hint,
    mend: error.mend,
  };
}

const FIRST_DAY = Date.UTC(2026, 9, 3, 9, 12);

/** The versions that were published, oldest first. */
export function sampleVersions(): Record<string, unknown>[] {
  const comments = [
    'First rules',
    'Longer window after the review of October',
    'Rings of up to six transfers, 40 days',
  ];
  return TEXTS.map((text, index) => ({
    __typename: 'DefinitionVersion',
    id: `RGVmOn${index + 1}`,
    number: index + 1,
    text,
    position: String(index * 18_231),
    publishedAt: iso(FIRST_DAY + index * 16 * 86_400_000),
    publishedBy: 'Jonas Weber',
    draftedBy: 'Mara Lindqvist',
    comment: comments[index],
    twoPersons: true,
    textHash: `${'9f2c41d07be8a35e'.repeat(4)}`,
    diff: () => diffTexts(TEXTS[index - 1] ?? null, text),
  }));
}
