const HOURS: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit' };
const DAY: Intl.DateTimeFormatOptions = { year: 'numeric', month: 'short', day: '2-digit' };

const moment = new Intl.DateTimeFormat(undefined, { ...DAY, ...HOURS, hourCycle: 'h23' });
const momentWithZone = new Intl.DateTimeFormat(undefined, {
  ...DAY,
  ...HOURS,
  hourCycle: 'h23',
  timeZoneName: 'short',
});
const clock = new Intl.DateTimeFormat(undefined, { ...HOURS, hourCycle: 'h23' });
const minute = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const shortDay = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** A moment in the viewer's zone, to the second. `iso` is ISO 8601 in UTC, as the service sends it. */
export function momentText(iso: string): string {
  return moment.format(Date.parse(iso));
}

/** A moment in the viewer's zone with the zone's name. */
export function momentWithZoneText(iso: string): string {
  return momentWithZone.format(Date.parse(iso));
}

/** A moment as an input of type `datetime-local` takes it: `2026-11-22T08:14`, in the viewer's zone. */
export function localInputValue(iso: string): string {
  const at = new Date(iso);
  const digits = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${digits(at.getMonth() + 1)}-${digits(at.getDate())}`;
  return `${day}T${digits(at.getHours())}:${digits(at.getMinutes())}`;
}

/** The time of day in the viewer's zone, with or without seconds. */
export function clockText(iso: string, seconds = true): string {
  return (seconds ? clock : minute).format(Date.parse(iso));
}

/** The day in the viewer's zone without its year. */
export function shortDayText(iso: string): string {
  return shortDay.format(Date.parse(iso));
}

/** A moment in UTC with all the digits it has. */
export function utcText(iso: string): string {
  return `${iso.replace('T', ' ').replace(/(Z|\+00:00)$/, '')} UTC`;
}

/** The viewer's zone by name and by its difference to UTC at this moment: `Europe/Berlin (GMT+1)`. */
export function zoneText(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const parts = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' }).formatToParts();
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  return timeZone === 'UTC' ? timeZone : `${timeZone} (${offset})`;
}

/**
 * The viewer's zone as the head of a column says it: `Berlin`, `St Johns`, `UTC`. Not its difference to UTC, which is another
 * for times of the other half of the year.
 */
export function zonePlaceText(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  return (timeZone.split('/').at(-1) ?? timeZone).replaceAll('_', ' ');
}

/** How long ago a moment is, in its greatest unit: `just now`, `6 min ago`, `3 d ago`; of the future `in 5 min`. */
export function agoText(iso: string, nowMs: number): string {
  const ms = nowMs - Date.parse(iso);
  const size = Math.abs(ms);
  if (size < 60_000) return 'just now';
  const [amount, unit] = greatestUnit(size);
  return ms > 0 ? `${amount} ${unit} ago` : `in ${amount} ${unit}`;
}

const DAY_MS = 86_400_000;

function greatestUnit(ms: number): readonly [amount: number, unit: string] {
  if (ms < 3_600_000) return [Math.floor(ms / 60_000), 'min'];
  if (ms < DAY_MS) return [Math.floor(ms / 3_600_000), 'h'];
  return [Math.floor(ms / DAY_MS), 'd'];
}

/** A stretch of time in its two greatest units: `3 d 4 h`, `1.2 s`, `14 ms`. */
export function durationText(milliseconds: number): string {
  const ms = Math.abs(milliseconds);
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return two(minutes, 'min', Math.floor((ms % 60_000) / 1000), 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return two(hours, 'h', minutes % 60, 'min');
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function two(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}
