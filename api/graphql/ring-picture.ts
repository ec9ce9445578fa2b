/** A ring to draw. All texts are final. `members[i]` reaches `members[i + 1]` by `hops[i]`; of a closed one, the last hop returns to the first. */
export interface RingPicture {
  readonly title: string;
  /** What the numbers and times beside its hops are. */
  readonly legend: string;
  /** For readers who cannot see the picture. */
  readonly description: string;
  readonly members: readonly string[];
  readonly hops: readonly { readonly amount: string; readonly when: string; readonly closing: boolean }[];
  /** At most three short lines. */
  readonly summary: readonly string[];
  /** The ground that it is drawn on; `system`: as the reader's is. */
  readonly theme: 'system' | 'light' | 'dark';
}

/** Draws a ring as a whole SVG document without scripts. */
export type DrawRing = (ring: RingPicture) => string;
