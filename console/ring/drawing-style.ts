/** Colours of a drawing, from the page's tokens or fixed ones. */
export interface DrawingColors {
  readonly ground: string;
  readonly text: string;
  readonly dim: string;
  readonly hop: string;
  readonly closing: string;
  readonly vertex: string;
  readonly vertexLine: string;
}

const TOKENS: Readonly<Record<keyof DrawingColors, string>> = {
  ground: '--rw-panel',
  text: '--rw-text',
  dim: '--rw-dim',
  hop: '--rw-hop',
  closing: '--rw-closing',
  vertex: '--rw-vertex',
  vertexLine: '--rw-vertex-line',
};

/** The colours of the page as it is now, light or dark. */
export function pageColors(): DrawingColors {
  const style = window.getComputedStyle(document.documentElement);
  const read = (token: string): string => resolved(style.getPropertyValue(token).trim(), style);
  const colors = Object.entries(TOKENS).map(([name, token]) => [name, read(token)]);
  return Object.fromEntries(colors) as unknown as DrawingColors;
}

/** A token may name another one. */
function resolved(value: string, style: CSSStyleDeclaration): string {
  const name = /^var\((--[\w-]+)\)$/.exec(value)?.[1];
  return name === undefined ? value : resolved(style.getPropertyValue(name).trim(), style);
}

/** Width and height of a vertex's shape, by what is written in it: its key and beneath that its name. */
export function vertexSize(
  label: string,
  name: string | null,
): { readonly width: number; readonly height: number } {
  const keyWidth = [...label].length * 8.4 + 22;
  if (name === null) return { width: Math.max(52, keyWidth), height: 36 };
  return { width: Math.max(60, keyWidth, [...name].length * 6.3 + 26), height: 46 };
}
