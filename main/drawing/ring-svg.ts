import type { Ring, RingHop } from './ring.ts';

const WIDTH = 960;
const HEIGHT = 720;
const CENTRE = { x: WIDTH / 2, y: 392 };
const RADIUS = 212;
const NODE_RADIUS = 38;
const ARROW = { length: 15, half: 7 };
const LABEL_GAP = 22;

const STYLE = `
  .ground { fill: #fbfaf7 }
  .frame { fill: none; stroke: #e4e0d8; stroke-width: 1 }
  text { font-family: 'Helvetica Neue', Helvetica, 'Segoe UI', 'DejaVu Sans', Arial, sans-serif; fill: #22272e }
  .title { font-size: 26px; font-weight: 700 }
  .subtitle { font-size: 15px; fill: #626a75 }
  .hop { fill: none; stroke: #47648c; stroke-width: 3.5; stroke-linecap: butt }
  .head { fill: #47648c }
  .closing.hop { stroke: #c2410c }
  .closing.head { fill: #c2410c }
  .member { fill: #ffffff; stroke: #22272e; stroke-width: 2 }
  .key { font-weight: 700; text-anchor: middle }
  .step { font-size: 12px; fill: #8a919b }
  .amount { font-size: 18px; font-weight: 700 }
  .when { font-size: 14px; fill: #626a75 }
  .closing.amount { fill: #c2410c }
  .sum { font-size: 20px; text-anchor: middle; fill: #22272e }
  .sum.minor { font-size: 15px; fill: #626a75 }
`;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The point at an angle (radians, clockwise from the top) and a distance from the centre. */
function at(angle: number, distance: number): Point {
  return { x: CENTRE.x + distance * Math.sin(angle), y: CENTRE.y - distance * Math.cos(angle) };
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`).replace(/[^\P{Cc}\t\n]/gu, '\ufffd');
}

/**
 * The ring as a picture: members on a circle in path order, clockwise from the top, an arrow along the circle for
 * each hop with its amount and time beside it, the closing hop in another colour. A whole SVG document, 960 x 720,
 * with a title and a description for assistive technology; no scripts, no outside fonts. Equal rings, equal bytes.
 */
export function drawRingSvg(ring: Ring): string {
  const step = (2 * Math.PI) / ring.members.length;
  const hops = ring.hops.map((hop, index) => drawHop(hop, index, index * step, (index + 1) * step));
  const members = ring.members.map((member, index) => drawMember(member, index * step));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"` +
      ' role="img" aria-labelledby="ring-title ring-description">',
    `<title id="ring-title">${escapeXml(ring.title)}</title>`,
    `<desc id="ring-description">${escapeXml(ring.description)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<rect class="frame" x="8.5" y="8.5" width="${WIDTH - 17}" height="${HEIGHT - 17}" rx="10"/>`,
    `<text class="title" x="36" y="54">${escapeXml(ring.title)}</text>`,
    `<text class="subtitle" x="36" y="80">${escapeXml(subtitle(ring))}</text>`,
    ...hops,
    ...members,
    ...drawSummary(ring.summary),
    '</svg>',
    '',
  ].join('\n');
}

function subtitle(ring: Ring): string {
  return ring.hops.some((hop) => hop.closing)
    ? 'Read clockwise from the top. The hop in orange closes the ring.'
    : 'Read clockwise from the top.';
}

/** The angle that an arc of this length takes on the circle. */
function turn(length: number): number {
  return length / RADIUS;
}

function drawHop(hop: RingHop, index: number, fromAngle: number, toAngle: number): string {
  const kind = hop.closing ? ' closing' : '';
  const start = fromAngle + turn(NODE_RADIUS + 7);
  const tip = toAngle - turn(NODE_RADIUS + 5);
  const neck = tip - turn(ARROW.length);
  const a = at(start, RADIUS);
  const b = at(neck + turn(1), RADIUS);
  const wide = neck - start > Math.PI ? 1 : 0;
  const head = [at(tip, RADIUS), at(neck, RADIUS + ARROW.half), at(neck, RADIUS - ARROW.half)];
  const middle = (fromAngle + toAngle) / 2;
  return [
    `<path class="hop${kind}" d="M ${n(a.x)} ${n(a.y)} A ${RADIUS} ${RADIUS} 0 ${wide} 1 ${n(b.x)} ${n(b.y)}"/>`,
    `<polygon class="head${kind}" points="${head.map((point) => `${n(point.x)},${n(point.y)}`).join(' ')}"/>`,
    drawLabel(hop, index, middle, kind),
  ].join('\n');
}

/** Amount and time outside the circle, turned away from it, so that they never lie on the arrow. */
function drawLabel(hop: RingHop, index: number, angle: number, kind: string): string {
  const place = at(angle, RADIUS + LABEL_GAP);
  const sine = Math.sin(angle);
  const anchor = sine > 0.2 ? 'start' : sine < -0.2 ? 'end' : 'middle';
  const x = n(place.x);
  // Three lines of 54 pixels in all stand above the place at the top of the circle and below it at the bottom.
  const top = place.y - 20 - Math.cos(angle) * 26 + 12;
  const line = (y: number, style: string, text: string): string =>
    `<text class="${style}" x="${x}" y="${n(y)}" text-anchor="${anchor}">${escapeXml(text)}</text>`;
  return [
    line(top - 8, 'step', hop.closing ? `${index + 1}, closing` : String(index + 1)),
    line(top + 12, `amount${kind}`, hop.amount),
    line(top + 31, 'when', hop.when),
  ].join('\n');
}

const KEY_CHARS_MAX = 9;

function drawMember(member: string, angle: number): string {
  const place = at(angle, RADIUS);
  const shown =
    [...member].length > KEY_CHARS_MAX ? `${[...member].slice(0, KEY_CHARS_MAX - 1).join('')}…` : member;
  const fontPixels = Math.min(18, Math.floor((NODE_RADIUS * 2 - 8) / (0.72 * [...shown].length)));
  return [
    `<g><title>${escapeXml(member)}</title>`,
    `<circle class="member" cx="${n(place.x)}" cy="${n(place.y)}" r="${NODE_RADIUS}"/>`,
    `<text class="key" x="${n(place.x)}" y="${n(place.y + 0.36 * fontPixels)}" font-size="${fontPixels}">${escapeXml(shown)}</text></g>`,
  ].join('');
}

function drawSummary(lines: readonly string[]): string[] {
  const top = CENTRE.y - ((lines.length - 1) * 27) / 2 + 6;
  return lines.map((line, index) => {
    const style = index === 0 ? 'sum' : 'sum minor';
    return `<text class="${style}" x="${CENTRE.x}" y="${n(top + index * 27)}">${escapeXml(line)}</text>`;
  });
}
