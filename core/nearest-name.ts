/**
 * The candidate nearest to a name that is unknown, or null when none is near: at most a third of its letters wrong
 * (one in a name of up to three), letter case not counted. Ties go to the earlier candidate. Optimal string
 * alignment distance (Damerau 1964, each stretch edited once); cost: the product of the lengths, for each candidate.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  const wanted = name.slice(0, NAME_CHARS_MAX).toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.slice(0, NAME_CHARS_MAX).toLowerCase());
    if (distance < bestDistance && distance < Math.max(wanted.length, candidate.length)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** "Did you mean payer?", or null when no candidate is near. */
export function nearestHint(name: string, candidates: Iterable<string>): string | null {
  const near = nearestName(name, candidates);
  return near === null ? null : `Did you mean ${near}?`;
}

const NAME_CHARS_MAX = 64;

function editDistance(a: string, b: string): number {
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (older[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    older = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
