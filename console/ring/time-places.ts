/** The length of the line. */
export const TRACK_WIDTH = 1000;
const GAP_MIN = 12;

/**
 * Where moments stand on a line from 0 to TRACK_WIDTH: by time, in the order given, those too near one another moved apart; evenly
 * where a time is missing or all are one.
 */
export function placesInTime(edges: readonly { readonly time: string | null }[]): readonly number[] {
  const times = edges.map(({ time }) => (time === null ? null : Date.parse(time)));
  const known = times.filter((time): time is number => time !== null);
  const from = Math.min(...known);
  const span = Math.max(...known) - from;
  const even = (index: number): number =>
    edges.length === 1 ? TRACK_WIDTH / 2 : (index / (edges.length - 1)) * TRACK_WIDTH;
  if (known.length < edges.length || span <= 0) return edges.map((_, index) => even(index));
  const gap = Math.min(GAP_MIN, TRACK_WIDTH / Math.max(1, edges.length - 1));
  const places: number[] = [];
  for (const time of times as number[]) {
    const place = ((time - from) / span) * TRACK_WIDTH;
    places.push(Math.max(place, (places.at(-1) ?? -gap) + gap));
  }
  for (let index = places.length - 1, limit = TRACK_WIDTH; index >= 0; index--, limit -= gap) {
    places[index] = Math.min(places[index] ?? 0, limit);
  }
  return places;
}
