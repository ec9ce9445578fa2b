import { formatInterval } from '../core/timestamp.ts';
import { typeName } from '../core/types.ts';
import { explainJob } from './explain-job.ts';
import { type ExplainNode, node } from './explain-node.ts';
import { formatExpression, type ExpressionNames } from './format-expression.ts';
import type {
  Aggregate,
  Column,
  EdgeTablePlan,
  Expr,
  GraphPlan,
  Operator,
  Program,
  QueryPlan,
  RelationRef,
  RulePlan,
  SourcePlan,
  TablePlan,
  ViewPlan,
} from './plan.ts';

const STARTS_FILLED = 'filled from the log where it is new (backfill)';

/** What `explain` says of a program: as a tree, the same as text, and what its author may not have meant. */
export interface Explanation {
  readonly statements: readonly ExplainNode[];
  readonly text: string;
  readonly warnings: readonly string[];
}

/** The plan of a program: what each statement does, what state it keeps and for how long. */
export function explain(program: Program): Explanation {
  const explainer = new Explainer(program);
  const statements = [
    ...program.sources.map((source) => explainer.source(source)),
    ...program.tables.map((table) => explainer.table(table)),
    ...program.views.map((view) => explainer.view(view)),
    ...program.graphs.map((graph) => explainer.graph(graph)),
    ...program.decisions.map((decision) =>
      node('decision', `${decision.name} on source ${decision.source}`, [
        node('outcomes', `${decision.outcomes.join(', ')}; without a rule ${decision.default}`),
        ...(decision.deadlineMicros === null
          ? []
          : [node('deadline', `${formatInterval(decision.deadlineMicros)}, then ${decision.fallback}`)]),
      ]),
    ),
    ...program.rules.map((rule) => explainer.rule(rule)),
    ...program.queries.map((query) => explainer.query(query)),
  ];
  return { statements, text: renderTree(statements), warnings: explainer.warnings };
}

function renderTree(nodes: readonly ExplainNode[], depth = 0): string {
  return nodes
    .map(({ what, says, children }) => {
      const line = `${'  '.repeat(depth)}${what}${says === '' ? '' : ` ${says}`}\n`;
      return line + renderTree(children, depth + 1);
    })
    .join('');
}

class Explainer {
  readonly #program: Program;
  readonly warnings: string[] = [];

  constructor(program: Program) {
    this.#program = program;
  }

  source(source: SourcePlan): ExplainNode {
    const { eventTime, key, columns } = source;
    const children = [node('columns', columnsText(columns)), ...this.#generated(source)];
    if (eventTime === null) {
      this.warnings.push(
        `source ${source.name} has no WATERMARK: nothing of it is ever late, and what is kept by time is kept for ever`,
      );
    } else {
      children.push(
        node(
          'event time',
          [
            columns[eventTime.column]?.name,
            `watermark ${formatExpression(eventTime.watermark, rowNames(columns))}`,
            lateText(eventTime.allowedLatenessMicros),
            ...(eventTime.idleTimeoutMicros === null
              ? []
              : [`left out of minima after ${formatInterval(eventTime.idleTimeoutMicros)} without events`]),
          ].join(', '),
        ),
        node('rejects', `events more than ${formatInterval(source.maxAheadMicros)} ahead of their arrival`),
      );
    }
    if (key.length === 0) {
      this.warnings.push(`source ${source.name} has no PRIMARY KEY: an event that comes twice counts twice`);
    } else {
      const until = eventTime === null ? 'for ever' : 'until the watermark has passed event time + lateness';
      children.push(node('keeps', `keys (${names(key, columns)}) ${until}, to recognise duplicates`));
    }
    return node('source', source.name, children);
  }

  table(table: TablePlan): ExplainNode {
    const { columns, key, versionTime, checks = [] } = table;
    const children = [node('columns', columnsText(columns)), ...this.#generated(table)];
    children.push(node('keeps', `every row, by (${names(key, columns)})`));
    for (const column of checks) {
      children.push(
        node('refuses', `rows with ${columns[column]?.name} < 0, and transfers that would make one`),
      );
    }
    if (versionTime !== null) {
      children.push(node('keeps', `versions of rows, valid from ${columns[versionTime]?.name}`));
    }
    return node('table', table.name, children);
  }

  #generated({ columns, generated }: SourcePlan | TablePlan): ExplainNode[] {
    return generated.flatMap((expr, index) => {
      const name = columns[index]?.name ?? '';
      return expr === null
        ? []
        : [node('computes', `${name} = ${formatExpression(expr, rowNames(columns))}`)];
    });
  }

  view(view: ViewPlan): ExplainNode {
    let columns = this.#columnsOf(view.input);
    const children: ExplainNode[] = [];
    for (const operator of view.operators) {
      children.push(this.#operator(operator, columns, view));
      columns = this.#after(operator, columns);
    }
    if (view.backfill) children.push(node('starts', STARTS_FILLED));
    children.push(node('columns', columnsText(view.columns)));
    const time = view.eventTime === null ? '' : `, event time ${view.columns[view.eventTime]?.name}`;
    const rows = view.changes ? 'rows change and retract' : 'rows are added';
    return node('view', `${view.name} from ${view.input.kind} ${view.input.name} (${rows}${time})`, children);
  }

  #columnsOf(ref: RelationRef): readonly Column[] {
    const { sources, tables, views } = this.#program;
    return [...sources, ...tables, ...views].find(({ name }) => name === ref.name)?.columns ?? [];
  }

  /** The row after an operator. Aggregates are named by what they compute. */
  #after(operator: Operator, columns: readonly Column[]): readonly Column[] {
    const aggregate = (one: Aggregate): Column => ({
      name: aggregateText(one, columns),
      type: one.type,
      nullable: true,
    });
    switch (operator.kind) {
      case 'filter':
        return columns;
      case 'project':
        return operator.columns;
      case 'join':
        return [...columns, ...this.#columnsOf({ kind: 'table', name: operator.table })];
      case 'over':
        return [...columns, ...operator.windows.flatMap(({ aggregates }) => aggregates.map(aggregate))];
      case 'window': {
        const made = (name: string): Column => ({ name, type: { kind: 'timestamptz' }, nullable: false });
        const group = operator.group.map((expr) => made(formatExpression(expr, rowNames(columns))));
        return [
          ...group,
          ...['window_start', 'window_end', 'revision'].map(made),
          ...operator.aggregates.map(aggregate),
        ];
      }
    }
  }

  #operator(operator: Operator, columns: readonly Column[], view: ViewPlan): ExplainNode {
    const named = rowNames(columns);
    const format = (expr: Expr) => formatExpression(expr, named);
    switch (operator.kind) {
      case 'filter':
        return node('filter', format(operator.predicate));
      case 'project':
        return node(
          'project',
          operator.expressions.map((expr, n) => itemText(format(expr), operator.columns[n])).join(', '),
        );
      case 'join': {
        const table = this.#columnsOf({ kind: 'table', name: operator.table });
        const on = operator.on
          .map(({ probe, column }) => `${table[column]?.name} = ${format(probe)}`)
          .join(' AND ');
        const version =
          operator.version.kind === 'current'
            ? "at the event's position"
            : `valid at ${format(operator.version.time)}`;
        const residual = rowNames([...columns, ...table]);
        const rest =
          operator.residual === null ? '' : ` where ${formatExpression(operator.residual, residual)}`;
        return node(
          'join',
          `${operator.outer ? 'left ' : ''}table ${operator.table} on ${on}${rest}, rows ${version}`,
        );
      }
      case 'over':
        return this.#over(operator, columns, view);
      case 'window':
        return this.#window(operator, columns);
    }
  }

  #over(
    operator: Extract<Operator, { kind: 'over' }>,
    columns: readonly Column[],
    view: ViewPlan,
  ): ExplainNode {
    const partition = operator.partition.map((expr) => formatExpression(expr, rowNames(columns)));
    const frames = operator.windows.map(({ frame, aggregates }) => {
      const amount = frame.kind === 'range' ? frame.precedingMicros : frame.preceding;
      const reach =
        amount === null ? 'UNBOUNDED' : frame.kind === 'range' ? formatInterval(amount) : `${amount}`;
      const shown = aggregates.map((aggregate) => aggregateText(aggregate, columns)).join(', ');
      return node(frame.kind, `${reach} preceding: ${shown}`);
    });
    const key = partition.length === 0 ? 'all rows' : `rows by (${partition.join(', ')})`;
    return node('over', `${key} in order of ${columns[operator.time]?.name}, fires with each row`, [
      ...frames,
      node('keeps', this.#overKeeps(operator, view)),
    ]);
  }

  #overKeeps(operator: Extract<Operator, { kind: 'over' }>, view: ViewPlan): string {
    const root = this.#program.sources.find(({ name }) => name === view.root.name);
    const frames = operator.windows.map(({ frame }) => frame);
    const unbounded = frames.some(
      (frame) => (frame.kind === 'range' ? frame.precedingMicros : frame.preceding) === null,
    );
    if (unbounded) {
      this.warnings.push(
        `view ${view.name}: a window without a bound (UNBOUNDED PRECEDING) is kept for ever`,
      );
      return 'sums of everything so far, for ever';
    }
    if (!root?.eventTime) {
      this.warnings.push(`view ${view.name}: window state is kept for ever: no WATERMARK`);
      return 'every row, for ever: the source has no WATERMARK';
    }
    const lateness = root.eventTime.allowedLatenessMicros;
    const ranges = frames.flatMap((frame) => (frame.kind === 'range' ? [frame.precedingMicros ?? 0] : []));
    const rows = frames.flatMap((frame) => (frame.kind === 'rows' ? [frame.preceding ?? 0] : []));
    const parts = ranges.length > 0 ? [`rows of ${formatInterval(Math.max(...ranges) + lateness)}`] : [];
    if (rows.length > 0) parts.push(`the last ${Math.max(...rows) + 1} rows of each partition`);
    return `${parts.join(' and ')} behind the watermark`;
  }

  #window(operator: Extract<Operator, { kind: 'window' }>, columns: readonly Column[]): ExplainNode {
    const { sizeMicros, slideMicros, offsetMicros } = operator;
    const shape =
      sizeMicros === slideMicros
        ? `tumble ${formatInterval(sizeMicros)}`
        : `hop ${formatInterval(sizeMicros)} every ${formatInterval(slideMicros)}`;
    const offset = offsetMicros === 0 ? '' : `, offset ${formatInterval(offsetMicros)}`;
    const group = operator.group.map((expr) => formatExpression(expr, rowNames(columns)));
    const aggregates = operator.aggregates.map((aggregate) => aggregateText(aggregate, columns));
    const by = group.length === 0 ? '' : ` by (${group.join(', ')})`;
    return node(
      'window',
      `${shape}${offset} over ${columns[operator.time]?.name}${by}: ${aggregates.join(', ')}`,
      [
        node(
          'fires',
          'when the watermark reaches the end of a window; again, as a revision, for late events',
        ),
        node('keeps', 'open windows, and closed ones within the allowed lateness'),
      ],
    );
  }

  graph(graph: GraphPlan): ExplainNode {
    const vertices = graph.vertexTables.map((table) =>
      node(
        'vertices',
        `${table.labels.join(', ')} from ${table.relation.kind} ${table.relation.name}, key (${names(table.key, this.#columnsOf(table.relation))})`,
      ),
    );
    const edges = graph.edgeTables.map((table) => this.#edgeTable(table, graph));
    const starts = graph.backfill ? [node('starts', STARTS_FILLED)] : [];
    return node('graph', graph.name, [...vertices, ...edges, ...starts]);
  }

  #edgeTable(table: EdgeTablePlan, graph: GraphPlan): ExplainNode {
    const columns = this.#columnsOf(table.relation);
    const end = ({ columns: used, vertexTable }: EdgeTablePlan['source']) =>
      `${graph.vertexTables[vertexTable]?.name}(${names(used, columns)})`;
    const time = table.eventTime === null ? 'no event time' : `event time ${columns[table.eventTime]?.name}`;
    let kept = 'while their rows stand';
    if (table.fromSource) {
      kept =
        graph.retainMicros === null
          ? 'for ever'
          : `${formatInterval(graph.retainMicros)} behind the watermark`;
      if (graph.retainMicros === null) {
        this.warnings.push(`graph ${graph.name}: edges of ${table.name} are kept for ever: no retain`);
      }
    }
    return node(
      'edges',
      `${table.labels.join(', ')} from ${table.relation.kind} ${table.relation.name}: ${end(table.source)} -> ${end(table.destination)}`,
      [node('keeps', `edges ${kept}; ${time}`)],
    );
  }

  rule(rule: RulePlan): ExplainNode {
    const { trigger, actions } = rule;
    const event = trigger.event === 'insert' ? 'new rows' : `${trigger.event}s`;
    const bare = rowNames(trigger.columns);
    const children = [node('on', `${event} of ${trigger.relation.kind} ${trigger.relation.name}`)];
    if (rule.when !== null) children.push(node('when', formatExpression(rule.when, bare)));
    const dollar = (index: number) => `$${trigger.columns[index]?.name}`;
    if (rule.job !== null) {
      children.push(
        explainJob(rule.job, this.#graphOf(rule.job.graph), { ...bare, column: dollar }, this.#warn(rule)),
      );
    }
    return node('rule', rule.name, [...children, ...this.#actions(actions, rule)]);
  }

  #graphOf(name: string): GraphPlan | undefined {
    return this.#program.graphs.find((graph) => graph.name === name);
  }

  #warn(rule: RulePlan | QueryPlan): (warning: string) => void {
    const what = 'trigger' in rule ? 'rule' : 'query';
    return (warning) => this.warnings.push(`${what} ${rule.name}: ${warning}`);
  }

  #actions(actions: RulePlan['actions'], rule: RulePlan): ExplainNode[] {
    const slot = (index: number) => rule.job?.slotNames[index] || `slot ${index}`;
    const named = { ...rowNames(rule.trigger.columns), slot };
    const { alert, decide, refuse, inserts, transfers = [], webhooks } = actions;
    const children: ExplainNode[] = [];
    if (alert !== null) {
      const key = alert.key.map(({ name, value }) => itemText(formatExpression(value, named), { name }));
      const suppress =
        alert.suppressMicros === null
          ? ''
          : `, repeats within ${formatInterval(alert.suppressMicros)} are counted`;
      const each = key.length === 0 ? 'one for the row' : `one for each (${key.join(', ')})`;
      children.push(node('alert', `'${alert.title}' ${alert.severity}, ${each}${suppress}`));
    }
    if (decide !== null) children.push(node('decide', `${decide.outcome} in ${decide.decision}`));
    if (refuse)
      children.push(node('refuse', 'the event leaves every view, table and graph; runs before other rules'));
    for (const insert of inserts) {
      const columns = this.#columnsOf({ kind: 'table', name: insert.table });
      const values = insert.values.map(
        (value, n) => `${columns[insert.columns[n] ?? -1]?.name} = ${formatExpression(value, named)}`,
      );
      children.push(node('insert', `into ${insert.table}: ${values.join(', ')}`));
    }
    for (const { relation, values } of transfers) {
      children.push(
        node(
          'transfer',
          `over ${relation}: ${values.map((value) => formatExpression(value, named)).join(', ')}`,
        ),
      );
    }
    for (const webhook of webhooks) children.push(node('webhook', `'${webhook}'`));
    return children;
  }

  query(query: QueryPlan): ExplainNode {
    const parameters = query.parameters.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ');
    const none = (index: number) => `$${query.parameters[index]?.name}`;
    const named: ExpressionNames = { column: none, parameter: none, slot: String };
    return node('query', `${query.name}(${parameters})`, [
      explainJob(query.job, this.#graphOf(query.job.graph), named, this.#warn(query)),
    ]);
  }
}

function lateText(micros: number): string {
  return micros === 0
    ? 'what is behind it is too late'
    : `late events are taken up to ${formatInterval(micros)} behind it`;
}

function rowNames(columns: readonly Pick<Column, 'name'>[]): ExpressionNames {
  const column = (index: number) => columns[index]?.name ?? `column ${index}`;
  return { column, slot: String, parameter: column };
}

function names(indices: readonly number[], columns: readonly Pick<Column, 'name'>[]): string {
  return indices.map((index) => columns[index]?.name ?? '').join(', ');
}

function columnsText(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ');
}

function itemText(text: string, column: Pick<Column, 'name'> | undefined): string {
  return column === undefined || column.name === text ? text : `${text} AS ${column.name}`;
}

function aggregateText(aggregate: Aggregate, columns: readonly Column[]): string {
  const named = rowNames(columns);
  const argument = aggregate.argument === null ? '*' : formatExpression(aggregate.argument, named);
  const filter =
    aggregate.filter === null ? '' : ` FILTER (WHERE ${formatExpression(aggregate.filter, named)})`;
  return `${aggregate.name.toUpperCase()}(${aggregate.distinct ? 'DISTINCT ' : ''}${argument})${filter}`;
}
