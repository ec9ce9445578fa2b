import type { EdgePlace, Point, RingLayout } from './drawing-place.ts';
import { type DrawingColors, vertexSize } from './drawing-style.ts';
import { DENSE_EDGES, edgeLabel } from './edge-label.ts';
import { type GraphEdge, type GraphVertex, type RingGraph, shortKey, shortName } from './ring-graph.ts';

const MARGIN = 40;
const TITLE_HEIGHT = 64;
const HEAD = { length: 12, half: 5 };

/**
 * The drawing as a whole SVG document: what is on the screen, to be kept with a case. No scripts, no outside fonts; a
 * title and a description for those who do not see it.
 */
export function writeSvg(
  graph: RingGraph,
  layout: RingLayout,
  colors: DrawingColors,
  texts: { readonly title: string; readonly description: string },
): string {
  const box = boundsOf(layout);
  const width = Math.ceil(box.right - box.left + 2 * MARGIN);
  const height = Math.ceil(box.bottom - box.top + 2 * MARGIN + TITLE_HEIGHT);
  const shift = `translate(${round(MARGIN - box.left)} ${round(MARGIN + TITLE_HEIGHT - box.top)})`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"` +
      ' role="img" aria-labelledby="title description" font-family="\'IBM Plex Sans\', \'Segoe UI\', \'DejaVu Sans\', sans-serif">',
    `<title id="title">${escapeXml(texts.title)}</title>`,
    `<desc id="description">${escapeXml(texts.description)}</desc>`,
    `<rect width="${width}" height="${height}" fill="${colors.ground}"/>`,
    `<text x="${MARGIN}" y="38" font-size="20" font-weight="600" fill="${colors.text}">${escapeXml(texts.title)}</text>`,
    `<text x="${MARGIN}" y="60" font-size="13" fill="${colors.dim}">${escapeXml(texts.description)}</text>`,
    `<g transform="${shift}">`,
    ...graph.edges.map((edge) => drawEdge(edge, graph, layout, colors)),
    ...graph.vertices.map((vertex) => drawVertex(vertex, layout, colors)),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function boundsOf(layout: RingLayout): { left: number; right: number; top: number; bottom: number } {
  const points = [
    ...[...layout.vertices.values()].flatMap(({ x, y }) => [
      { x: x - 68, y: y - 26 },
      { x: x + 68, y: y + 26 },
    ]),
    ...[...layout.edges.values()].flatMap(({ label, bends }) => [
      { x: label.x - 56, y: label.y - 20 },
      { x: label.x + 56, y: label.y + 20 },
      ...bends.map(({ x, y }) => ({ x: (x + label.x) / 2, y: (y + label.y) / 2 })),
    ]),
  ];
  return {
    left: Math.min(...points.map(({ x }) => x)),
    right: Math.max(...points.map(({ x }) => x)),
    top: Math.min(...points.map(({ y }) => y)),
    bottom: Math.max(...points.map(({ y }) => y)),
  };
}

function drawEdge(edge: GraphEdge, graph: RingGraph, layout: RingLayout, colors: DrawingColors): string {
  const from = layout.vertices.get(edge.from);
  const to = layout.vertices.get(edge.to);
  const place = layout.edges.get(edge.key);
  if (from === undefined || to === undefined || place === undefined) return '';
  const color = edge.closing ? colors.closing : colors.hop;
  const tip = clip(to, place.bends.at(-1) ?? from, sizeOf(edge.to, graph, layout));
  const start = clip(from, place.bends[0] ?? to, sizeOf(edge.from, graph, layout));
  const before = place.bends.at(-1) ?? start;
  const length = Math.hypot(tip.x - before.x, tip.y - before.y) || 1;
  const along = { x: (tip.x - before.x) / length, y: (tip.y - before.y) / length };
  const neck = { x: tip.x - along.x * HEAD.length, y: tip.y - along.y * HEAD.length };
  const head = [
    tip,
    { x: neck.x - along.y * HEAD.half, y: neck.y + along.x * HEAD.half },
    { x: neck.x + along.y * HEAD.half, y: neck.y - along.x * HEAD.half },
  ];
  const dash = edge.closing ? ' stroke-dasharray="9 5"' : '';
  return [
    `<path d="${curve(start, place, neck)}" fill="none" stroke="${color}" stroke-width="2.4"${dash}/>`,
    `<polygon points="${head.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ')}" fill="${color}"/>`,
    drawLabel(edge, place.label, graph.edges.length >= DENSE_EDGES, colors),
  ].join('\n');
}

/** Quadratic curves through the bends; between two bends the curve passes their middle. */
function curve(start: Point, { bends }: EdgePlace, end: Point): string {
  const parts = [`M ${round(start.x)} ${round(start.y)}`];
  for (const [index, bend] of bends.entries()) {
    const next = bends[index + 1];
    const to = next === undefined ? end : { x: (bend.x + next.x) / 2, y: (bend.y + next.y) / 2 };
    parts.push(`Q ${round(bend.x)} ${round(bend.y)} ${round(to.x)} ${round(to.y)}`);
  }
  if (bends.length === 0) parts.push(`L ${round(end.x)} ${round(end.y)}`);
  return parts.join(' ');
}

function sizeOf(key: string, graph: RingGraph, { named }: RingLayout) {
  const vertex = graph.vertices.find((each) => each.key === key);
  return vertexSize(shortKey(key), named && vertex !== undefined ? shortName(vertex) : null);
}

/** Where a line from the vertex's centre towards a point leaves the vertex's shape, with a little air. */
function clip(
  centre: Point,
  towards: Point,
  { width, height }: { readonly width: number; readonly height: number },
): Point {
  const dx = towards.x - centre.x;
  const dy = towards.y - centre.y;
  const length = Math.hypot(dx, dy) || 1;
  const reach = 1 / Math.hypot(dx / length / (width / 2 + 4), dy / length / (height / 2 + 4));
  return { x: centre.x + (dx / length) * reach, y: centre.y + (dy / length) * reach };
}

function drawLabel(edge: GraphEdge, at: Point, dense: boolean, colors: DrawingColors): string {
  const { amount, time } = edgeLabel(edge, dense);
  const text = (content: string, y: number, size: number, weight: number, color: string): string =>
    content === ''
      ? ''
      : `<text x="${round(at.x)}" y="${round(y)}" text-anchor="middle" font-size="${size}" font-weight="${weight}"` +
        ` fill="${color}" stroke="${colors.ground}" stroke-width="4" paint-order="stroke">${escapeXml(content)}</text>`;
  const color = edge.closing ? colors.closing : colors.text;
  return text(amount, at.y - 2, 13, 600, color) + text(time, at.y + 13, 11, 400, colors.dim);
}

function drawVertex(vertex: GraphVertex, layout: RingLayout, colors: DrawingColors): string {
  const { key } = vertex;
  const at = layout.vertices.get(key);
  if (at === undefined) return '';
  const label = shortKey(key);
  const name = layout.named ? shortName(vertex) : null;
  const { width, height } = vertexSize(label, name);
  const text = (content: string, y: number, size: number, weight: number, color: string): string =>
    `<text x="${round(at.x)}" y="${round(y)}" text-anchor="middle" font-size="${size}" font-weight="${weight}"` +
    ` fill="${color}">${escapeXml(content)}</text>`;
  return (
    `<g><title>${escapeXml(key)}</title><rect x="${round(at.x - width / 2)}" y="${round(at.y - height / 2)}" width="${round(width)}"` +
    ` height="${height}" rx="18" fill="${colors.vertex}" stroke="${colors.vertexLine}" stroke-width="1.6"/>` +
    text(label, at.y + (name === null ? 4.5 : -3.5), 13, 600, colors.text) +
    (name === null ? '' : text(name, at.y + 13, 11, 400, colors.dim)) +
    '</g>'
  );
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`).replace(/[^\P{Cc}\t\n]/gu, '\ufffd');
}
