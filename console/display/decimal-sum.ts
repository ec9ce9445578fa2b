/** The exact sum of decimals such as `1102.45`, with as many decimals as the most exact of them; null where one is none. */
export function sumDecimals(decimals: readonly string[]): string | null {
  let scale = 0;
  for (const decimal of decimals) {
    if (!/^-?\d+(\.\d+)?$/.test(decimal)) return null;
    scale = Math.max(scale, decimal.split('.')[1]?.length ?? 0);
  }
  let sum = 0n;
  for (const decimal of decimals) {
    const [whole = '', fraction = ''] = decimal.split('.');
    sum += BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
  }
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  const sign = sum < 0n ? '-' : '';
  const point = digits.length - scale;
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
