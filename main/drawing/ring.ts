/**
 * A ring to draw: `members[i]` reaches `members[i + 1]` by `hops[i]`, and the last hop returns to `members[0]`.
 * There are as many hops as members, at least one. All texts are final: nothing is formatted further on.
 */
export interface Ring {
  /** One line: what the ring is. */
  readonly title: string;
  /** One sentence for readers who cannot see the picture. */
  readonly description: string;
  /** One sentence on what members and hops are, and what is written beside a hop. */
  readonly legend: string;
  readonly members: readonly string[];
  readonly hops: readonly RingHop[];
  /** At most three short lines: what the ring adds up to. */
  readonly summary: readonly string[];
}

/** One hop: what moved and when; `closing` is the one that made the ring. */
export interface RingHop {
  /** `1,102.45` */
  readonly amount: string;
  /** `day 3, 23:37`; empty if there is nothing to say. */
  readonly when: string;
  readonly closing: boolean;
}

/** A decimal text with its thousands apart: `1102.45` is `1,102.45`. */
export function groupThousands(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
