import { present } from '../../core/assert.ts';
import type { DecisionEffect, Effect } from '../../core/effects.ts';
import { formatText } from '../../core/format-value.ts';
import { derivedId } from '../../core/hash.ts';
import type { DeadlineRecord } from '../../core/record.ts';
import { formatTimestamp } from '../../core/timestamp.ts';
import type { Row } from '../../core/types.ts';
import type { RuleOutcome } from '../dag/rule-outcome.ts';
import type { FoldCounters } from '../fold-counters.ts';
import type { SourceRuntime } from '../stream/pipeline.ts';
import { alertLine } from './alert-line.ts';
import { EffectQueue } from './effect-queue.ts';
import type { RuleMemory } from './rule-memory.ts';
import type { RuleRuntime, TriggeringRow } from './rule-runtime.ts';

/** An outcome that a rule named for the event at hand. */
export interface NamedOutcome {
  readonly outcome: string;
  readonly rule: string;
}

/** What an announcer speaks for. */
export interface AnnouncerContext {
  /** Part of every effect id. */
  readonly tenant: string;
  readonly emit: (effect: Effect) => void;
  readonly memory: RuleMemory;
  readonly counters: FoldCounters;
}

/**
 * Says what the fold has to say: turns outcomes of rules and decisions into effects with derived ids, holding back what
 * SUPPRESS holds back, in the order of the log while jobs run beside the fold.
 */
export class Announcer {
  readonly queue = new EffectQueue();
  readonly #context: AnnouncerContext;
  /** Ids of the alerts raised at a position, the last one that had any: a decision names those of its event. */
  #raised: string[] = [];
  #raisedPosition = -1;

  constructor(context: AnnouncerContext) {
    this.#context = context;
  }

  /** Says what came of a rule's job: now, or once all before it is said. */
  outcome(rule: RuleRuntime, { row }: TriggeringRow, outcome: RuleOutcome, position: number): void {
    // Nearly every event's: nothing waits, and no closure need be made.
    if (this.queue.isEmpty) this.report(rule, row, outcome, position);
    else this.#inOrder(() => this.report(rule, row, outcome, position));
  }

  /** Says at once what came of a rule's job at a position. */
  report(rule: RuleRuntime, row: Row, outcome: RuleOutcome, position: number): void {
    const { counters: totals, memory, emit } = this.#context;
    const { plan, version } = rule;
    const { alert, webhooks } = plan.actions;
    const counters = totals.rule(plan.name);
    if (plan.job !== null) counters.jobs++;
    counters.edgesVisited += outcome.edgesVisited;
    if (outcome.partial) counters.partial++;
    if (outcome.rows === 0) return;
    if (alert === null) {
      if (webhooks.length > 0) this.#webhooks(rule, position, memory.nextNumber(plan.name, position), null);
      return;
    }
    const timeMicros = rule.timeOf(row);
    const { suppressMicros, severity } = alert;
    const valuesJson = rule.rowJson(row);
    for (const raised of outcome.alerts) {
      if (
        suppressMicros !== null &&
        timeMicros !== null &&
        !memory.raise(plan.name, raised.keyText, timeMicros, suppressMicros)
      ) {
        totals.suppressed++;
        continue;
      }
      totals.alerts++;
      const n = memory.nextNumber(plan.name, position);
      const id = derivedId([this.#context.tenant, plan.name, version, position, n]);
      const frame = { id, rule: plan.name, version, severity, position, timeMicros, valuesJson };
      const line = alertLine(frame, raised, outcome);
      this.#noteRaised(id, position);
      const { elements } = raised;
      emit({
        kind: 'alert',
        id,
        rule: plan.name,
        position,
        line,
        ...(elements === undefined ? {} : { elements }),
      });
      this.#webhooks(rule, position, n, id);
    }
  }

  /** Says that an event came too late for its source. */
  late({ plan, rowJson }: SourceRuntime, row: Row, position: number): void {
    const relation = plan.name;
    const id = derivedId([this.#context.tenant, 'late', relation, position]);
    const line = rowJson(row);
    this.#inOrder(() => this.#context.emit({ kind: 'late', id, relation, position, line }));
  }

  /** Says the outcome for an event: of those that rules named, the one listed first wins. */
  decide(source: SourceRuntime, row: Row, named: readonly NamedOutcome[], position: number): void {
    const { decision } = source;
    if (decision === null) return;
    const outcome =
      decision.outcomes.find((each) => named.some((by) => by.outcome === each)) ?? decision.default;
    const rules = named.filter((by) => by.outcome === outcome).map(({ rule }) => rule);
    this.decision(source, row, outcome, rules, position);
  }

  /** Says the outcome for an event, where its source has a DECISION. */
  decision(
    source: SourceRuntime,
    row: Row,
    outcome: string,
    rules: readonly string[],
    position: number,
  ): void {
    if (source.decision === null) return;
    const { name } = source.decision;
    const { eventTime } = source.plan;
    this.#context.counters.decide(name, outcome);
    const micros = eventTime === null ? null : ((row[eventTime.column] ?? null) as number | null);
    const decided: Omit<DecisionEffect, 'alerts'> = {
      kind: 'decision',
      id: derivedId([this.#context.tenant, 'decision', name, position]),
      decision: name,
      position,
      source: source.plan.name,
      key: keyTexts(source, row).join(','),
      time: micros === null ? null : formatTimestamp(micros),
      outcome,
      rules,
    };
    this.#inOrder(() => {
      const alerts = this.#raisedPosition === position ? [...this.#raised] : [];
      this.#context.emit({ ...decided, alerts });
    });
  }

  /** Says that the caller for the event at `position` was told something before it was decided, or late. */
  deadline(
    { decision, source, key, answered }: Pick<DeadlineRecord, 'decision' | 'source' | 'key' | 'answered'>,
    position: number,
  ): void {
    this.#context.counters.afterDeadline++;
    const id = derivedId([this.#context.tenant, 'deadline', decision, position]);
    const text = (key ?? []).join(',');
    this.#inOrder(() =>
      this.#context.emit({ kind: 'deadline', id, decision, position, source, key: text, answered }),
    );
  }

  #noteRaised(id: string, position: number): void {
    if (this.#raisedPosition !== position) this.#raised = [];
    this.#raisedPosition = position;
    this.#raised.push(id);
  }

  /** The webhooks of the nth thing that the rule says at the position. */
  #webhooks({ plan, version }: RuleRuntime, position: number, n: number, alertId: string | null): void {
    const { tenant, counters, emit } = this.#context;
    plan.actions.webhooks.forEach((endpoint, place) => {
      const id = derivedId([tenant, plan.name, version, position, n, 'webhook', place]);
      counters.callOut(endpoint);
      emit({ kind: 'webhook', id, rule: plan.name, endpoint, position, alertId });
    });
  }

  /** Says it once all that came before it is said. */
  #inOrder(say: () => void): void {
    this.queue.add({ ready: true, say });
  }
}

/** The texts of an event's key, column by column; none for a source without one. */
export function keyTexts({ plan }: Pick<SourceRuntime, 'plan'>, row: Row): string[] {
  return plan.key.map((column) => formatText(present(plan.columns[column]).type, row[column] ?? null));
}
