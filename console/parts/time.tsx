import { momentText, momentWithZoneText, utcText } from '../display/time-text.ts';

/** A moment in the viewer's zone; in UTC, with all its digits, on hover. */
export function Time({ at, zone = false }: { readonly at: string | null; readonly zone?: boolean }) {
  if (at === null) return <span className="dim">–</span>;
  return (
    <time dateTime={at} title={utcText(at)}>
      {zone ? momentWithZoneText(at) : momentText(at)}
    </time>
  );
}
