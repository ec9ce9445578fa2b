import { RingwatchError } from '../../core/errors.ts';
import type { Fold } from '../../engine/fold.ts';
import type { CreateRule } from '../../language/ast.ts';
import { parseDefinitions } from '../../language/parse.ts';

/**
 * The text in force with the rule as it was in an older version of it; at its end where it has been dropped since.
 * Throws UNKNOWN_NAME, RULE_VERSION_UNKNOWN.
 */
export function textWithRule(fold: Fold, rule: string, version: number): string {
  const history = fold.definitionHistory();
  const known = history.filter(({ rules }) => Object.hasOwn(rules, rule));
  if (known.length === 0) throw new RingwatchError('UNKNOWN_NAME', { what: 'rule', name: rule });
  const past = known.find(({ rules }) => rules[rule] === version);
  const older = past === undefined ? null : findRule(past.text, rule);
  if (older === null) throw new RingwatchError('RULE_VERSION_UNKNOWN', { name: rule, version });
  const text = fold.definitions;
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
