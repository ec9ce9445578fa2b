import { decimalText } from '../display/number-text.ts';
import { clockText, shortDayText } from '../display/time-text.ts';
import type { GraphEdge } from './ring-graph.ts';

/** What stands at an edge: the amount, and beneath it the time. */
export interface EdgeLabel {
  readonly amount: string;
  readonly time: string;
}

/** Edges from which on labels are short: there is little room. */
export const DENSE_EDGES = 11;

/** The label of an edge in the viewer's language and zone; `dense` leaves the seconds out. */
export function edgeLabel(edge: GraphEdge, dense: boolean): EdgeLabel {
  const amount = edge.amount === null ? '' : decimalText(edge.amount);
  const time = edge.time === null ? '' : `${shortDayText(edge.time)} ${clockText(edge.time, !dense)}`;
  return { amount: edge.closing && amount !== '' ? `${amount} ↺` : amount, time };
}
