import { RingwatchError } from '../../core/errors.ts';
import type { DefinitionVersion } from '../../engine/definition-state.ts';
import type { CreateRule } from '../../language/ast.ts';
import { parseDefinitions } from '../../language/parse.ts';

/** The text that had a version of a rule, among those that are kept. Throws UNKNOWN_NAME, RULE_VERSION_UNKNOWN. */
export function textOfRuleVersion(
  history: readonly DefinitionVersion[],
  rule: string,
  version: number,
): string {
  const known = history.filter(({ rules }) => Object.hasOwn(rules, rule));
  if (known.length === 0) throw new RingwatchError('UNKNOWN_NAME', { what: 'rule', name: rule });
  const past = known.find(({ rules }) => rules[rule] === version);
  if (past === undefined) throw new RingwatchError('RULE_VERSION_UNKNOWN', { name: rule, version });
  return past.text;
}

/** `text` with the rule as it stands in `past`; at its end where `text` has it no more. Null where `past` has no such rule. */
export function replaceRule(text: string, past: string, rule: string): string | null {
  const older = findRule(past, rule);
  if (older === null) return null;
  const current = findRule(text, rule);
  if (current === null) return `${text.trimEnd()}\n${older.text};\n`;
  const { offset } = current.at;
  return text.slice(0, offset) + older.text + text.slice(offset + current.text.length);
}

function findRule(text: string, name: string): CreateRule | null {
  for (const statement of parseDefinitions(text).statements) {
    if (statement.kind === 'createRule' && statement.name.name === name) return statement;
  }
  return null;
}
