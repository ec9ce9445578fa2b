import { RingwatchError } from '../../core/errors.ts';

/** How parts write their state into checkpoints: rises whenever a part writes it in another way. */
export const STATE_FORM = 5;

/** The entry of the fold's own part that says it. */
export const FORM_KEY = 'form';

/** An entry of one part. */
export interface PartEntry {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** The entries of a checkpoint by part, in the order in which they come. */
export function entriesByPart(
  entries: Iterable<PartEntry & { readonly part: string }>,
): Map<string, PartEntry[]> {
  const byPart = new Map<string, PartEntry[]>();
  for (const { part, key, bytes } of entries) {
    const known = byPart.get(part);
    if (known === undefined) byPart.set(part, [{ key, bytes }]);
    else known.push({ key, bytes });
  }
  return byPart;
}

/** Throws CHECKPOINT_CORRUPT where the fold's own entries are of a build that keeps state in another form. */
export function checkForm(own: readonly PartEntry[]): void {
  const form = own.find(({ key }) => key === FORM_KEY)?.bytes[0] ?? 1;
  if (form === STATE_FORM) return;
  throw new RingwatchError('CHECKPOINT_CORRUPT', {
    path: 'the data folder',
    reason: `state is kept in form ${form} there, in form ${STATE_FORM} here`,
  });
}
