import type { AlertLine, AlertPath } from '../alert-line.ts';
import type { TransferLabels } from './transfer-labels.ts';

/** What alerts are worth against the planted patterns. A ring is one path of an alert. */
export interface RingScore {
  readonly alerts: number;
  readonly rings: number;
  /** Planted cycles all of whose transfers lie on one ring. */
  readonly caught: ReadonlySet<string>;
  /** Planted cycles in all. */
  readonly planted: number;
  /** Rings that hold every transfer of a planted cycle. */
  readonly ringsOfPlanted: number;
  /** Rings of labelled transfers only: planted patterns, or such that run into each other. */
  readonly ringsAllLabelled: number;
  /** Rings with at least one labelled transfer. */
  readonly ringsTouching: number;
  /** Alerts with at least one ring that is a planted cycle. */
  readonly alertsOfPlanted: number;
}

/** Compares alerts with the planted patterns. Cost: the edges of all rings, times a lookup. */
export function scoreRings(alerts: Iterable<AlertLine>, labels: TransferLabels): RingScore {
  const caught = new Set<string>();
  const counts = {
    alerts: 0,
    rings: 0,
    ringsOfPlanted: 0,
    ringsAllLabelled: 0,
    ringsTouching: 0,
    alertsOfPlanted: 0,
  };
  for (const alert of alerts) {
    counts.alerts += 1;
    let planted = false;
    for (const path of alert.paths) {
      counts.rings += 1;
      const held = plantedCyclesOn(path, labels);
      for (const id of held) caught.add(id);
      if (held.length > 0) counts.ringsOfPlanted += 1;
      planted ||= held.length > 0;
      const edges = path.edges.flat();
      const labelled = edges.filter((edge) => labels.labelled.has(edge)).length;
      if (labelled > 0) counts.ringsTouching += 1;
      if (labelled === edges.length) counts.ringsAllLabelled += 1;
    }
    if (planted) counts.alertsOfPlanted += 1;
  }
  return { ...counts, caught, planted: labels.cycles.size };
}

/** The planted cycles that a path holds whole. */
export function plantedCyclesOn(path: AlertPath, labels: TransferLabels): string[] {
  const edges = new Set(path.edges.flat());
  const held: string[] = [];
  for (const [id, members] of labels.cycles) {
    if (members.size <= edges.size && [...members].every((member) => edges.has(member))) held.push(id);
  }
  return held;
}
