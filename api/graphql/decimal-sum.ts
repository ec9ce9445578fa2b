/** The exact sum of decimals written as text, with as many decimals as the one with the most; null for none. */
export function sumDecimals(texts: readonly string[]): string | null {
  if (texts.length === 0) return null;
  const parts = texts.map((text) => {
    const [whole = '0', fraction = ''] = text.split('.');
    return { whole, fraction };
  });
  const scale = Math.max(...parts.map(({ fraction }) => fraction.length));
  let sum = 0n;
  for (const { whole, fraction } of parts) {
    sum += BigInt(`${whole === '-' ? '-0' : whole}${fraction.padEnd(scale, '0')}`);
  }
  const digits = (sum < 0n ? -sum : sum).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = sum < 0n ? '-' : '';
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(-scale)}`;
}

/** Whether the text is a decimal that can be added up. */
export function isDecimal(text: unknown): text is string {
  return typeof text === 'string' && /^-?\d{1,1000}(\.\d{1,1000})?$/.test(text);
}

/** A decimal with its thousands apart: `1102.45` is `1,102.45`. */
export function groupThousands(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
