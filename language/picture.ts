import type { Program, RelationRef } from './plan.ts';

/**
 * The program as a Mermaid flowchart: what flows from sources and tables through views and graphs to rules, and what
 * rules do. Node ids are made of kind and number, so that no name can break the syntax.
 */
export function picture(program: Program): string {
  const drawing = new Drawing();
  for (const { name } of program.sources) drawing.node('source', name, `[/"source ${quoted(name)}"/]`);
  for (const { name } of program.tables) drawing.node('table', name, `[("table ${quoted(name)}")]`);
  for (const { name } of program.views) drawing.node('view', name, `["view ${quoted(name)}"]`);
  for (const { name } of program.graphs) drawing.node('graph', name, `(("graph ${quoted(name)}"))`);
  for (const { name } of program.decisions) drawing.node('decision', name, `{"decision ${quoted(name)}"}`);
  for (const { name } of program.rules) drawing.node('rule', name, `{{"rule ${quoted(name)}"}}`);
  for (const { name } of program.queries) drawing.node('query', name, `>"query ${quoted(name)}"]`);
  drawViews(program, drawing);
  drawGraphs(program, drawing);
  drawRules(program, drawing);
  for (const query of program.queries)
    drawing.edge(['graph', query.job.graph], ['query', query.name], 'reads');
  return drawing.text();
}

type Place = readonly [kind: string, name: string];

class Drawing {
  readonly #ids = new Map<string, string>();
  readonly #lines: string[] = [];
  readonly #counts = new Map<string, number>();

  node(kind: string, name: string, shape: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    this.#ids.set(`${kind} ${name}`, `${kind}${count}`);
    this.#lines.push(`  ${kind}${count}${shape}`);
  }

  edge([fromKind, from]: Place, [toKind, to]: Place, label = ''): void {
    const text = label === '' ? '-->' : `-- "${quoted(label)}" -->`;
    this.#lines.push(`  ${this.#ids.get(`${fromKind} ${from}`)} ${text} ${this.#ids.get(`${toKind} ${to}`)}`);
  }

  /** A node of its own for what a rule does. */
  effect(from: Place, label: string, shape: string): void {
    const name = `${from[1]} ${label} ${this.#ids.size}`;
    this.node('effect', name, shape);
    this.edge(from, ['effect', name]);
  }

  text(): string {
    return `flowchart LR\n${this.#lines.join('\n')}\n`;
  }
}

function drawViews(program: Program, drawing: Drawing): void {
  for (const view of program.views) {
    const does = view.operators.map(({ kind }) => kind).filter((kind) => kind !== 'project');
    drawing.edge(place(view.input), ['view', view.name], does.join(', '));
    for (const operator of view.operators) {
      if (operator.kind === 'join') drawing.edge(['table', operator.table], ['view', view.name], 'joined');
    }
  }
}

function drawGraphs(program: Program, drawing: Drawing): void {
  for (const graph of program.graphs) {
    for (const { relation, labels } of graph.vertexTables) {
      drawing.edge(place(relation), ['graph', graph.name], `vertices ${labels.join(', ')}`);
    }
    for (const { relation, labels } of graph.edgeTables) {
      drawing.edge(place(relation), ['graph', graph.name], `edges ${labels.join(', ')}`);
    }
  }
}

function drawRules(program: Program, drawing: Drawing): void {
  for (const { name, source } of program.decisions)
    drawing.edge(['source', source], ['decision', name], 'asks');
  for (const rule of program.rules) {
    const from: Place = ['rule', rule.name];
    const { event, relation } = rule.trigger;
    drawing.edge(place(relation), from, rule.when === null ? event : `${event} when …`);
    if (rule.job !== null) drawing.edge(['graph', rule.job.graph], from, 'matches');
    const { alert, decide, refuse, inserts, transfers = [], webhooks } = rule.actions;
    if (alert !== null) drawing.effect(from, 'alert', `["alert '${quoted(alert.title)}'"]`);
    if (decide !== null) drawing.edge(from, ['decision', decide.decision], decide.outcome);
    if (refuse) drawing.edge(from, place(rule.trigger.root), 'refuses');
    for (const { table } of inserts) drawing.edge(from, ['table', table], 'inserts');
    for (const { table } of transfers) drawing.edge(from, ['table', table], 'transfers');
    for (const webhook of webhooks) drawing.effect(from, 'webhook', `["webhook '${quoted(webhook)}'"]`);
  }
}

function place(ref: RelationRef): Place {
  return [ref.kind, ref.name];
}

/** Mermaid reads entities in quoted text. */
function quoted(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\s+/g, ' ');
}
