import { printable } from '../../core/printable-text.ts';
import type { Ring, RingHop } from './ring.ts';
import { MEMBER_RADIUS, RingLayout } from './ring-layout.ts';

const ARROW = { length: 16, half: 8 };

/**
 * Blue and orange are apart for every kind of colour vision and in grey; the closing hop is broken, too, and says so.
 * The picture brings its own ground, light or dark as the reader's system is.
 */
const STYLE = `
  .ground { fill: #fbfaf7 }
  .frame { fill: none; stroke: #e4e0d8; stroke-width: 1 }
  text { font-family: 'Helvetica Neue', Helvetica, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; fill: #22272e }
  .title { font-size: 26px; font-weight: 700 }
  .subtitle { font-size: 15px; fill: #59616c }
  .hop { fill: none; stroke: #3f6296; stroke-width: 3.5; stroke-linecap: butt }
  .head { fill: #3f6296 }
  .closing.hop { stroke: #b93c08; stroke-dasharray: 11 5 }
  .closing.head { fill: #b93c08 }
  .member { fill: #ffffff; stroke: #22272e; stroke-width: 2 }
  .key { font-weight: 700; text-anchor: middle }
  .step { font-size: 13px; fill: #59616c }
  .amount { font-size: 18px; font-weight: 700 }
  .when { font-size: 14px; fill: #59616c }
  .closing.amount { fill: #b93c08 }
  .sum { font-size: 20px; text-anchor: middle }
  .sum.minor { font-size: 15px; fill: #59616c }
`;

const DARK_STYLE = `
  .ground { fill: #161a20 }
  .frame { stroke: #333b46 }
  text { fill: #eceae6 }
  .subtitle, .step, .when, .sum.minor { fill: #b3bac4 }
  .hop { stroke: #8cb3ea }
  .head { fill: #8cb3ea }
  .closing.hop { stroke: #ffa061 }
  .closing.head, .closing.amount { fill: #ffa061 }
  .member { fill: #232a33; stroke: #eceae6 }`;

/** The ground that a ring is drawn on; `system`: as the reader's system is. */
export type RingTheme = 'system' | 'light' | 'dark';

function styleOf(theme: RingTheme): string {
  if (theme === 'system') return `${STYLE}@media (prefers-color-scheme: dark) {${DARK_STYLE}}`;
  return theme === 'dark' ? `${STYLE}${DARK_STYLE}` : STYLE;
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/**
 * The ring as a picture: members on a circle in path order, clockwise from the top, an arrow along the circle for
 * each hop with its amount and time beside it, the closing hop broken and in another colour. A whole SVG document of
 * 960 x 720 pixels, larger where the ring needs it, with a title and a description for assistive technology; no
 * scripts, no outside fonts. Equal rings, equal bytes. Of a path that does not come back, the last hop is missing.
 */
export function drawRingSvg(ring: Ring, theme: RingTheme = 'system'): string {
  const layout = new RingLayout(ring);
  const { width, height } = layout;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"` +
      ' role="img" aria-labelledby="ring-title ring-description">',
    `<title id="ring-title">${escapeXml(ring.title)}</title>`,
    `<desc id="ring-description">${escapeXml(ring.description)}</desc>`,
    `<style>${styleOf(theme)}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    `<rect class="frame" x="8.5" y="8.5" width="${width - 17}" height="${height - 17}" rx="10"/>`,
    `<text class="title" x="36" y="54">${escapeXml(ring.title)}</text>`,
    `<text class="subtitle" x="36" y="81">${escapeXml(ring.legend)}</text>`,
    `<text class="subtitle" x="36" y="103">${escapeXml(howToRead(ring))}</text>`,
    ...ring.hops.map((hop, index) => drawHop(hop, index, layout)),
    ...ring.members.map((member, index) => drawMember(member, index, layout)),
    ...drawSummary(ring.summary, layout),
    '</svg>',
    '',
  ].join('\n');
}

function howToRead(ring: Ring): string {
  return ring.hops.some((hop) => hop.closing)
    ? 'Read clockwise from the top. The broken arrow in orange closes the ring.'
    : 'Read clockwise from the top.';
}

function drawHop(hop: RingHop, index: number, layout: RingLayout): string {
  const kind = hop.closing ? ' closing' : '';
  const start = index * layout.step + layout.turn(MEMBER_RADIUS + 7);
  const tip = (index + 1) * layout.step - layout.turn(MEMBER_RADIUS + 5);
  const neck = tip - layout.turn(ARROW.length);
  const a = layout.at(start);
  const b = layout.at(neck + layout.turn(1));
  const r = n(layout.radius);
  const wide = neck - start > Math.PI ? 1 : 0;
  const head = [layout.at(tip), layout.at(neck, ARROW.half), layout.at(neck, -ARROW.half)];
  return [
    `<path class="hop${kind}" d="M ${n(a.x)} ${n(a.y)} A ${r} ${r} 0 ${wide} 1 ${n(b.x)} ${n(b.y)}"/>`,
    `<polygon class="head${kind}" points="${head.map((point) => `${n(point.x)},${n(point.y)}`).join(' ')}"/>`,
    drawLabel(hop, index, layout, kind),
  ].join('\n');
}

/** Number, amount and time of a hop: three lines of 54 pixels in all, above their place at the top, below at the bottom. */
function drawLabel(hop: RingHop, index: number, layout: RingLayout, kind: string): string {
  const place = layout.label(index);
  const top = place.y - 8 - Math.cos((index + 0.5) * layout.step) * 26;
  const line = (y: number, style: string, text: string): string =>
    `<text class="${style}" x="${n(place.x)}" y="${n(y)}" text-anchor="${place.anchor}">${escapeXml(text)}</text>`;
  return [
    line(top - 8, 'step', hop.closing ? `${index + 1}, closing` : String(index + 1)),
    line(top + 12, `amount${kind}`, hop.amount),
    line(top + 31, 'when', hop.when),
  ].join('\n');
}

const KEY_CHARS_MAX = 9;

/** A long key by its beginning and end, which tell account numbers apart best. */
function shortened(key: string): string {
  const chars = [...key];
  return chars.length <= KEY_CHARS_MAX ? key : `${chars.slice(0, 4).join('')}…${chars.slice(-4).join('')}`;
}

function drawMember(member: string, index: number, layout: RingLayout): string {
  const place = layout.at(index * layout.step);
  const shown = shortened(member);
  const fontPixels = Math.min(18, Math.floor((MEMBER_RADIUS * 2 - 8) / (0.76 * [...shown].length)));
  return [
    `<g><title>${escapeXml(member)}</title>`,
    `<circle class="member" cx="${n(place.x)}" cy="${n(place.y)}" r="${MEMBER_RADIUS}"/>`,
    `<text class="key" x="${n(place.x)}" y="${n(place.y + 0.36 * fontPixels)}" font-size="${fontPixels}">${escapeXml(shown)}</text></g>`,
  ].join('');
}

function drawSummary(lines: readonly string[], { centre }: RingLayout): string[] {
  const top = centre.y - ((lines.length - 1) * 27) / 2 + 6;
  return lines.map((line, index) => {
    const style = index === 0 ? 'sum' : 'sum minor';
    return `<text class="${style}" x="${n(centre.x)}" y="${n(top + index * 27)}">${escapeXml(line)}</text>`;
  });
}
