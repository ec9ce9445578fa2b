import type { LogRecord } from '../../core/record.ts';
import type { Program } from '../../language/plan.ts';
import { generateWorld } from './generate-definitions.ts';
import { predicate } from './generate-expressions.ts';
import { generateRule } from './generate-rules.ts';
import { generateRecords } from './generate-stream.ts';
import { Random } from './random.ts';
import type { Statement, World } from './shapes.ts';

/** One generated test: texts and the log that uses them. `texts[0]` takes effect first. */
export interface Case {
  readonly seed: number;
  readonly texts: readonly (readonly Statement[])[];
  readonly steps: readonly Step[];
}

/** A record, or the moment at which a text takes effect. */
export type Step =
  | Exclude<LogRecord, { kind: 'definitions' }>
  | { readonly kind: 'text'; readonly number: number };

/** A statement that the generator wrote and the compiler refused, for reports. */
export interface Refusal {
  readonly text: string;
  readonly error: string;
}

/** The whole text of some statements. */
export function textOfStatements(statements: readonly Statement[]): string {
  return statements.map(({ text }) => text).join('\n');
}

/** The records of a case, definitions among them. */
export function recordsOf(test: Case): LogRecord[] {
  let arrivalMicros = 0;
  return test.steps.map((step): LogRecord => {
    if (step.kind !== 'text') {
      arrivalMicros = step.arrivalMicros;
      return step;
    }
    const text = textOfStatements(test.texts[step.number] ?? []);
    return { kind: 'definitions', arrivalMicros, text, allowDrop: true };
  });
}

/** Generates a case from its seed, of so many records at least and at most. Statements that do not compile are left out and handed to `refused`. */
export function generateCase(
  seed: number,
  compile: (text: string) => Program,
  refused: (refusal: Refusal) => void,
  lengths: readonly [number, number] = [25, 90],
): Case {
  const random = new Random(seed);
  const world = generateWorld(random);
  const first = compiling(world.statements, compile, refused);
  const usable: World = { ...world, sources: world.sources, statements: first };
  const records = generateRecords(random, usable, random.between(...lengths)) as Exclude<
    LogRecord,
    { kind: 'definitions' }
  >[];
  const texts: Statement[][] = [first];
  const steps: Step[] = [{ kind: 'text', number: 0 }, ...records];
  if (random.chance(0.5)) {
    const changes = random.between(1, 3);
    for (let number = 0; number < changes; number++) {
      const next = changed(random, world, texts, compile);
      const error = problemOf(next, compile);
      if (error !== null) refused({ text: textOfStatements(next), error });
      texts.push(error === null ? next : [...(texts.at(-1) ?? first)]);
    }
    // The texts take effect in order, at random places.
    const places = texts
      .slice(1)
      .map(() => random.between(2, steps.length - 1))
      .sort((a, b) => b - a);
    places.forEach((place, index) => {
      steps.splice(place, 0, { kind: 'text', number: texts.length - 1 - index });
    });
  }
  return { seed, texts, steps: withoutStrangers(texts, steps) };
}

/** The case with a BUDGET on its rules (of size 0: none): what a search finds then is the engine's own, but always the same. */
export function withBudgets(test: Case, random: Random, sizes: readonly number[] = [0, 1, 3, 10, 30]): Case {
  const budgets = new Map<string, number>();
  const texts = test.texts.map((statements) =>
    statements.map((statement) => {
      if (!/^CREATE RULE .* THEN USE /.test(statement.text)) return statement;
      const edges = budgets.get(statement.name) ?? random.pick(sizes);
      budgets.set(statement.name, edges);
      const at = statement.text.lastIndexOf(' DO ');
      const text = `${statement.text.slice(0, at)} BUDGET ${edges} EDGES${statement.text.slice(at)}`;
      return edges === 0 ? statement : { ...statement, text };
    }),
  );
  return { ...test, texts };
}

/** The steps without records of relations that the text in force does not have. */
function withoutStrangers(texts: readonly (readonly Statement[])[], steps: readonly Step[]): Step[] {
  let known = new Set<string>();
  return steps.filter((step) => {
    if (step.kind === 'text') known = new Set(texts[step.number]?.map(({ name }) => name));
    return !('relation' in step) || known.has(step.relation);
  });
}

function problemOf(statements: readonly Statement[], compile: (text: string) => Program): string | null {
  try {
    compile(textOfStatements(statements));
    return null;
  } catch (error) {
    return String(error);
  }
}

/** The statements that compile together, taken in order. */
function compiling(
  statements: readonly Statement[],
  compile: (text: string) => Program,
  refused: (refusal: Refusal) => void,
): Statement[] {
  if (problemOf(statements, compile) === null) return [...statements];
  const kept: Statement[] = [];
  for (const statement of statements) {
    const error = problemOf([...kept, statement], compile);
    if (error === null) kept.push(statement);
    else refused({ text: statement.text, error });
  }
  return kept;
}

/**
 * A changed text: a rule dropped, changed, added or brought back, anything dropped and brought back, a filter changed, a
 * column added, retention, lateness or silence changed.
 */
function changed(
  random: Random,
  world: World,
  texts: readonly (readonly Statement[])[],
  compile: (text: string) => Program,
): Statement[] {
  const latest = texts.at(-1) ?? [];
  const rules = latest.filter(({ name }) => name.startsWith('rule_'));
  const views = latest.filter(
    ({ name, text }) =>
      name.startsWith('view_') && / WHERE [^;]*;$/.test(text) && !/ (WINDOW|JOIN|GROUP) /.test(text),
  );
  const decided = latest.some(({ name }) => name === 'verdict');
  switch (random.below(10)) {
    case 0: {
      if (rules.length === 0) return [...latest];
      const dropped = random.pick(rules);
      return latest.filter((statement) => statement !== dropped);
    }
    case 1: {
      const gone = texts
        .flat()
        .filter(({ name }) => name.startsWith('rule_') && !latest.some((other) => other.name === name));
      return gone.length === 0 ? [...latest] : [...latest, random.pick(gone)];
    }
    case 2:
    case 3: {
      const name =
        random.chance(0.5) && rules.length > 0 ? random.pick(rules).name : `rule_${random.between(6, 9)}`;
      const rule = generateRule(random, name, world, decided);
      return [...latest.filter((statement) => statement.name !== name), rule];
    }
    case 4: {
      if (views.length === 0) return [...latest];
      const view = random.pick(views);
      const input = world.shapes.find((shape) => view.text.includes(` FROM ${shape.name} WHERE`));
      if (input === undefined) return [...latest];
      const condition = predicate(
        random,
        input.columns.map(({ name, kind }) => ({ text: name, kind })),
        1,
      );
      const text = view.text.replace(/ WHERE [^;]*;$/, ` WHERE ${condition};`);
      return latest.map((statement) => (statement === view ? { ...view, text } : statement));
    }
    case 6:
    case 7: {
      // Something goes, and all that needs it; or all of it comes back.
      if (texts.length > 1 && random.chance(0.5)) {
        const newest = (statement: Statement) =>
          texts
            .flat()
            .findLast(({ name, text }) => name === statement.name && /^CREATE (SOURCE|TABLE)/.test(text));
        return (texts[0] ?? []).map((statement) => newest(statement) ?? statement);
      }
      const gone = random.pick(latest);
      return compiling(
        latest.filter((statement) => statement !== gone),
        compile,
        () => undefined,
      );
    }
    case 5:
      return latest.map((statement) => {
        if (/^CREATE SOURCE .* WITH \(/.test(statement.text) && random.chance(0.5)) {
          const text = statement.text
            .replace(/allowed_lateness = '\d+/, `allowed_lateness = '${random.pick([0, 2, 30])}`)
            .replace(/, idle_timeout = '[^']*'/, '');
          return { ...statement, text };
        }
        if (!statement.name.startsWith('net_')) return statement;
        const text = statement.text.includes('retain')
          ? statement.text.replace(
              /retain = '\d+ seconds'/,
              `retain = '${random.pick([5, 20, 300])} seconds'`,
            )
          : statement.text;
        return { ...statement, text };
      });
    default:
      return latest.map((statement) => {
        if (statement.name !== 'accounts' && statement.name !== 'transfers') return statement;
        if (statement.text.includes('later_')) return statement;
        const text =
          statement.name === 'accounts'
            ? statement.text.replace(/\);$/, ', later_text TEXT);')
            : statement.text.replace(/(, WATERMARK|\)( WITH [^;]*)?;$)/, ', later_text TEXT$1');
        return { ...statement, text };
      });
  }
}
