import ts from 'typescript';

/** A place that breaks a rule of style. `line` counts from 1. */
export interface Violation {
  readonly rule: Rule;
  readonly line: number;
  readonly what: string;
}

/** The rules, in the words of docs/CONVENTIONS.md that they keep. */
export type Rule =
  | 'file length'
  | 'line length'
  | 'unfinished note'
  | 'file name'
  | 'barrel'
  | 'default export'
  | 'docstring'
  | 'engine determinism'
  | 'registry in lockfile';

const FILE_LINES_MAX = 900;
const LINE_CHARS_MAX = 160;

const CODE = /\.(ts|tsx|mjs|cjs|js|sql|graphql|css|sh|py|go|java|yaml|yml)$/;
const TYPESCRIPT = /\.tsx?$/;
const TEST = /\.test\.tsx?$/;
const EXEMPT_FOLDER = /(^|\/)(golden|data|fixtures)\//;
const TOOL_CONFIG = /(^|\/)[a-z]+\.config\.ts$/;
// Spelt so that this file keeps its own rule.
const UNFINISHED = /\b(TO[D]O|FIX[M]E|XX[X])\b/;

/** Members of Math that IEEE 754 or ECMAScript define to the last bit; the others differ between engines. */
const EXACT_MATH = new Set(
  'abs ceil clz32 floor fround imul max min round sign sqrt trunc E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2'.split(
    ' ',
  ),
);

/** Names that mean a clock, a locale, a random source or the network, when used as variables. */
const OUTSIDE = new Set(
  'Date Intl performance setTimeout setInterval setImmediate fetch crypto randomUUID randomBytes randomInt'.split(
    ' ',
  ),
);

const LOCALE_METHOD = /^(toLocale\w*|localeCompare|toLowerCase|toUpperCase|hrtime|getRandomValues)$/;

/** Every violation in one file of the repository, in order of line. `path` is relative to its root, with '/'. */
export function findViolations(path: string, text: string): Violation[] {
  if (path === 'package-lock.json') return registryInLockfile(text);
  if (EXEMPT_FOLDER.test(path) || !CODE.test(path)) return [];
  const found = [...fileNames(path), ...wholeText(path, text)];
  if (TYPESCRIPT.test(path)) {
    const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    if (!TOOL_CONFIG.test(path)) found.push(...defaultExports(source));
    if (!TEST.test(path)) {
      found.push(...barrels(source), ...docstrings(source));
      if (path.startsWith('engine/')) found.push(...engineDeterminism(source));
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

function registryInLockfile(text: string): Violation[] {
  const line = text.split('\n').findIndex((candidate) => candidate.includes('"resolved": "http'));
  if (line < 0) return [];
  return [
    {
      rule: 'registry in lockfile',
      line: line + 1,
      what: 'install with the .npmrc of this repository, which leaves out where packages came from',
    },
  ];
}

function fileNames(path: string): Violation[] {
  const rule = 'file name';
  const found: Violation[] = [];
  for (const segment of path.split('/')) {
    if (/(^|[-._])(utils?|helpers?|managers?)([-._]|$)/i.test(segment)) {
      found.push({ rule, line: 1, what: `${segment} says nothing of what is in it` });
    }
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (TYPESCRIPT.test(name) && !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(name)) {
    found.push({ rule, line: 1, what: `${name} is not in kebab-case` });
  }
  return found;
}

function wholeText(path: string, text: string): Violation[] {
  const found: Violation[] = [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length > FILE_LINES_MAX) {
    found.push({ rule: 'file length', line: FILE_LINES_MAX + 1, what: `${lines.length} lines` });
  }
  lines.forEach((content, index) => {
    if (TYPESCRIPT.test(path) && content.length > LINE_CHARS_MAX) {
      found.push({ rule: 'line length', line: index + 1, what: `${content.length} characters` });
    }
    const note = UNFINISHED.exec(content);
    if (note)
      found.push({ rule: 'unfinished note', line: index + 1, what: `${note[0]}: do it, or file an issue` });
  });
  return found;
}

function defaultExports(source: ts.SourceFile): Violation[] {
  const rule = 'default export';
  const what = 'export it by its name';
  return source.statements.flatMap((statement) => {
    const assigned = ts.isExportAssignment(statement);
    const modified = modifiersOf(statement).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
    const renamed =
      ts.isExportDeclaration(statement) &&
      statement.exportClause !== undefined &&
      ts.isNamedExports(statement.exportClause) &&
      statement.exportClause.elements.some((element) => element.name.text === 'default');
    return assigned || modified || renamed ? [{ rule, line: lineOf(statement), what }] : [];
  });
}

function barrels(source: ts.SourceFile): Violation[] {
  const rule = 'barrel';
  if (/(^|\/)index\.tsx?$/.test(source.fileName)) {
    return [{ rule, line: 1, what: 'name the file after what it exports' }];
  }
  const statements = source.statements.filter((statement) => !ts.isImportDeclaration(statement));
  const forwards = statements.filter(
    (statement) => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined,
  );
  if (statements.length === 0 || forwards.length < statements.length) return [];
  return [{ rule, line: 1, what: 'import from the module that declares the name' }];
}

function docstrings(source: ts.SourceFile): Violation[] {
  const documented = new Set<string>();
  const missing = new Map<string, number>();
  const named = namesExportedApart(source);
  for (const statement of source.statements) {
    for (const name of callableNames(statement)) {
      const exported = modifiersOf(statement).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
      if (!exported && !named.has(name)) continue;
      if (hasDocstring(statement)) documented.add(name);
      else if (!missing.has(name)) missing.set(name, lineOf(statement));
    }
  }
  return [...missing]
    .filter(([name]) => !documented.has(name)) // one overload speaks for all
    .map(([name, line]) => ({ rule: 'docstring', line, what: `${name} is exported without one` }));
}

/** Names exported by `export { name }`, away from their declaration. */
function namesExportedApart(source: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier !== undefined) continue;
    if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) continue;
    for (const element of statement.exportClause.elements)
      names.add((element.propertyName ?? element.name).text);
  }
  return names;
}

/** The functions and classes that a statement declares, arrow functions in constants included. */
function callableNames(statement: ts.Statement): string[] {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return [statement.name?.text ?? 'default'];
  }
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
    if (initializer === undefined || !ts.isIdentifier(name)) return [];
    const callable =
      ts.isArrowFunction(initializer) ||
      ts.isFunctionExpression(initializer) ||
      ts.isClassExpression(initializer);
    return callable ? [name.text] : [];
  });
}

function hasDocstring(statement: ts.Statement): boolean {
  return ts.getJSDocCommentsAndTags(statement).some((doc) => ts.isJSDoc(doc) && /[a-z]/i.test(doc.getText()));
}

function engineDeterminism(source: ts.SourceFile): Violation[] {
  const found: Violation[] = [];
  const report = (node: ts.Node, what: string) =>
    found.push({ rule: 'engine determinism', line: lineOf(node), what });
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) visitName(node, report);
    else if (ts.isBinaryExpression(node) && isPower(node.operatorToken.kind)) {
      report(node, '** is Math.pow: use the portable power of core');
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function visitName(node: ts.Identifier, report: (node: ts.Node, what: string) => void): void {
  const { parent, text } = node;
  const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
  if (isMember) {
    if (LOCALE_METHOD.test(text)) report(node, `.${text} depends on the locale, the clock or chance`);
  } else if (text === 'Math') {
    const used = ts.isPropertyAccessExpression(parent) ? parent.name.text : undefined;
    if (used === undefined) report(node, 'Math is used other than by naming a member');
    else if (!EXACT_MATH.has(used)) report(node, `Math.${used} differs between engines: use core`);
  } else if (OUTSIDE.has(text) && !isDeclaredMemberName(node)) {
    report(node, `${text} reaches outside the log`);
  }
}

/** Whether an identifier only names a member of an object or a type: `{ fetch: 1 }`, `fetch(): void`. */
function isDeclaredMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  const namesMember =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent);
  return namesMember && parent.name === node;
}

function isPower(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
}

function modifiersOf(node: ts.Node): readonly ts.Modifier[] {
  return ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
}

function lineOf(node: ts.Node): number {
  const source = node.getSourceFile();
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}
