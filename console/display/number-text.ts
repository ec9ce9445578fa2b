const decimals = new Map<number, Intl.NumberFormat>();
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const rounded = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

/**
 * An exact decimal, such as `1102.450`, the way the viewer's language writes it, with all of its digits. What is no
 * number is given back as it is.
 */
export function decimalText(decimal: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(decimal)) return decimal;
  const digits = Math.min(20, decimal.split('.')[1]?.length ?? 0);
  let format = decimals.get(digits);
  if (format === undefined) {
    format = new Intl.NumberFormat(undefined, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    decimals.set(digits, format);
  }
  // A text keeps all its digits, which a number would not.
  return format.format(decimal as `${number}`);
}

/** A whole number of any size, as text or number. */
export function countText(count: string | number): string {
  return whole.format(count as `${number}`);
}

/** A figure that is measured, to three digits. */
export function figureText(figure: number): string {
  return Math.abs(figure) >= 1000 ? whole.format(figure) : rounded.format(figure);
}

/** One or many: `1 transfer`, `4 transfers`. */
export function amountOf(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes in decimal units, to three digits. */
export function bytesText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${rounded.format(value)} ${BYTE_UNITS[unit] ?? ''}`;
}
