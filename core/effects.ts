import type { GraphElements } from './graph-elements.ts';

/**
 * What the fold says to the world. An effect leaves only after the record that caused it is durable, under an id
 * derived from (tenant, rule, version, position, n), so that a replay says the same under the same ids.
 */
export type Effect = AlertEffect | DecisionEffect | DeadlineEffect | WebhookEffect | LateEffect;

/** A raised alert. `line` is its JSON text, byte for byte what `--alerts` prints (without the newline). */
export interface AlertEffect {
  readonly kind: 'alert';
  readonly id: string;
  readonly rule: string;
  readonly position: number;
  readonly line: string;
  /** The vertices and edges of its paths as they were when it was raised, for drawing; only where the fold is asked for them. */
  readonly elements?: GraphElements;
}

/** The outcome for one event of a source that has a DECISION. */
export interface DecisionEffect {
  readonly kind: 'decision';
  readonly id: string;
  readonly decision: string;
  readonly position: number;
  /** The source that the event is of, and the event's key as text. */
  readonly source: string;
  readonly key: string;
  /** The event's time, ISO 8601; null where the source has none. */
  readonly time: string | null;
  /** One of the OUTCOMES, or `refused`. */
  readonly outcome: string;
  /** The rules that named it, in the order they ran; none: it is the default. */
  readonly rules: readonly string[];
  /** Ids of the alerts that were raised at the position before it, in order. */
  readonly alerts: readonly string[];
}

/**
 * The caller of a decision was answered with FALLBACK because the deadline had passed: the decision of `position` and the
 * alerts raised there are `afterDeadline`. It comes after them. Of an event that came too late for its source there is no decision.
 */
export interface DeadlineEffect {
  readonly kind: 'deadline';
  readonly id: string;
  readonly decision: string;
  /** Of the event. */
  readonly position: number;
  readonly source: string;
  readonly key: string;
  /** What the caller was told. */
  readonly answered: string;
}

/** A webhook that a rule asked for; delivery is not the fold's. */
export interface WebhookEffect {
  readonly kind: 'webhook';
  readonly id: string;
  readonly rule: string;
  readonly endpoint: string;
  readonly position: number;
  readonly alertId: string | null;
}

/** An event that came too late for its source: the side output. */
export interface LateEffect {
  readonly kind: 'late';
  readonly id: string;
  readonly relation: string;
  readonly position: number;
  /** The row as JSON, column by name. */
  readonly line: string;
}
