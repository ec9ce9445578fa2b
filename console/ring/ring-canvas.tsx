import cytoscape, { type Core, type ElementDefinition, type StylesheetJson } from 'cytoscape';
import { useEffect, useRef } from 'react';
import type { EdgePlace, Point, RingLayout } from './drawing-place.ts';
import { type DrawingColors, pageColors, vertexSize } from './drawing-style.ts';
import { DENSE_EDGES, edgeLabel } from './edge-label.ts';
import styles from './ring-canvas.module.css';
import { type RingGraph, shortKey, shortName } from './ring-graph.ts';

const LABELS_MAX = 60;

/** What the buttons beside the drawing do to it. */
export interface CanvasControl {
  readonly fit: () => void;
  readonly zoom: (factor: number) => void;
}

/**
 * The drawing itself. `step` is how many edges, in time, have happened: null shows all alike. The page says the same in
 * words and in a table, so that nobody depends on the picture.
 */
export function RingCanvas(props: {
  readonly graph: RingGraph;
  readonly layout: RingLayout;
  readonly step: number | null;
  readonly label: string;
  readonly dark: boolean;
  readonly chooseStep: (step: number) => void;
  readonly chooseVertex: (key: string) => void;
  readonly control: (control: CanvasControl) => void;
}) {
  const { graph, layout, step, dark, chooseStep, chooseVertex, control } = props;
  const holder = useRef<HTMLDivElement>(null);
  const core = useRef<Core | null>(null);
  const choose = useRef({ chooseStep, chooseVertex });
  choose.current = { chooseStep, chooseVertex };

  useEffect(() => {
    const container = holder.current;
    if (container === null) return undefined;
    const cy = cytoscape({
      container,
      elements: elementsOf(graph, layout),
      layout: { name: 'preset', fit: true, padding: 28 },
      minZoom: 0.2,
      maxZoom: 2.5,
      autoungrabify: true,
      boxSelectionEnabled: false,
    });
    const fitAll = (): void => {
      cy.resize();
      cy.fit(undefined, 28);
      if (cy.zoom() > 1.15) cy.zoom(1.15);
      cy.center();
    };
    fitAll();
    cy.on('tap', 'edge', (event) => choose.current.chooseStep(Number(event.target.data('order')) + 1));
    cy.on('tap', 'node', (event) => choose.current.chooseVertex(String(event.target.data('key'))));
    const sized = new ResizeObserver(fitAll);
    sized.observe(container);
    core.current = cy;
    control({
      fit: fitAll,
      zoom: (factor) =>
        cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }),
    });
    return () => {
      sized.disconnect();
      cy.destroy();
      core.current = null;
    };
  }, [graph, layout, control]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the page's colours change with light and dark
  useEffect(() => {
    core.current?.style(styleOf(pageColors(), graph.edges.length <= LABELS_MAX));
  }, [dark, graph, layout]);

  useEffect(() => {
    const cy = core.current;
    if (cy === null) return;
    cy.batch(() => {
      cy.elements().removeClass('now later');
      if (step === null) return;
      const reached = new Set(graph.edges.slice(0, step).flatMap(({ from, to }) => [from, to]));
      cy.edges().forEach((edge) => {
        const order = Number(edge.data('order'));
        if (order === step - 1) edge.addClass('now');
        else if (order >= step) edge.addClass('later');
      });
      cy.nodes().forEach((node) => {
        if (!reached.has(String(node.data('key')))) node.addClass('later');
      });
    });
  }, [step, graph]);

  return <div ref={holder} className={styles.canvas} role="img" aria-label={props.label} />;
}

function elementsOf(graph: RingGraph, layout: RingLayout): ElementDefinition[] {
  const vertices = graph.vertices.flatMap((vertex): ElementDefinition[] => {
    const { key } = vertex;
    const label = shortKey(key);
    const name = layout.named ? shortName(vertex) : null;
    const { x, y } = layout.vertices.get(key) ?? { x: 0, y: 0 };
    const shape: ElementDefinition = {
      group: 'nodes',
      data: { id: `v ${key}`, key, label, ...vertexSize(label, name) },
      position: { x, y },
      classes: name === null ? '' : 'named',
    };
    if (name === null) return [shape];
    // A label has one size and weight: the name is that of a node of its own, of which nothing else is seen.
    const text = { id: `n ${key}`, key, label: name, width: 1, height: 1 };
    return [shape, { group: 'nodes', data: text, position: { x, y }, classes: 'name' }];
  });
  const edges = graph.edges.map((edge, order): ElementDefinition => {
    const from = layout.vertices.get(edge.from) ?? { x: 0, y: 0 };
    const to = layout.vertices.get(edge.to) ?? { x: 0, y: 0 };
    const place = layout.edges.get(edge.key) ?? { bends: [], label: from };
    const { amount, time } = edgeLabel(edge, graph.edges.length >= DENSE_EDGES);
    return {
      group: 'edges',
      data: {
        id: `e ${edge.key}`,
        source: `v ${edge.from}`,
        target: `v ${edge.to}`,
        order,
        label: time === '' ? amount : `${amount}\n${time}`,
        ...bendData(from, to, place),
      },
      classes: [edge.closing ? 'closing' : '', place.bends.length > 0 ? 'bent' : ''].join(' '),
    };
  });
  return [...vertices, ...edges];
}

/** Bends as cytoscape wants them: along the straight line (0 to 1) and aside of it (pixels); the label from the middle. */
function bendData(from: Point, to: Point, { bends, label }: EdgePlace) {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = Math.hypot(dx, dy) || 1;
  const along = bends.map(({ x, y }) => ((x - from.x) * dx + (y - from.y) * dy) / (length * length));
  const aside = bends.map(({ x, y }) => ((x - from.x) * -dy + (y - from.y) * dx) / length);
  const middle = middleOf(from, to, bends);
  return {
    weights: along.map((value) => value.toFixed(4)).join(' ') || '0.5',
    distances: aside.map((value) => value.toFixed(1)).join(' ') || '0',
    labelX: label.x - middle.x,
    labelY: label.y - middle.y,
  };
}

/** Where cytoscape puts a label by itself: the middle of the curve. */
function middleOf(from: Point, to: Point, bends: readonly Point[]): Point {
  const [first, second] = bends;
  if (first === undefined) return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  if (second === undefined) {
    return { x: (from.x + 2 * first.x + to.x) / 4, y: (from.y + 2 * first.y + to.y) / 4 };
  }
  const index = Math.floor((bends.length - 1) / 2);
  const a = bends[index] ?? first;
  const b = bends[index + 1];
  if (bends.length % 2 === 0 && b !== undefined) return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  const before = bends[index - 1] ?? from;
  const after = b ?? to;
  return {
    x: ((before.x + a.x) / 2 + 2 * a.x + (after.x + a.x) / 2) / 4,
    y: ((before.y + a.y) / 2 + 2 * a.y + (after.y + a.y) / 2) / 4,
  };
}

const FONT = 'IBM Plex Sans, Segoe UI, DejaVu Sans, sans-serif';

function styleOf(colors: DrawingColors, labels: boolean): StylesheetJson {
  const moves = window.matchMedia('(prefers-reduced-motion: no-preference)').matches;
  return [
    {
      selector: 'node',
      style: {
        shape: 'round-rectangle',
        'corner-radius': '18px',
        width: 'data(width)',
        height: 'data(height)',
        label: 'data(label)',
        'text-valign': 'center',
        'text-halign': 'center',
        'font-family': FONT,
        'font-size': 13,
        'font-weight': 600,
        color: colors.text,
        'background-color': colors.vertex,
        'border-color': colors.vertexLine,
        'border-width': 1.6,
        'transition-property': 'opacity',
        'transition-duration': moves ? 220 : 0,
      },
    },
    { selector: 'node.named', style: { 'text-margin-y': -8 } },
    {
      selector: 'node.name',
      style: {
        'background-opacity': 0,
        'border-width': 0,
        'text-margin-y': 9,
        'font-size': 11,
        'font-weight': 400,
        color: colors.dim,
        events: 'no',
      },
    },
    {
      selector: 'edge',
      style: {
        'curve-style': 'straight',
        width: 2.2,
        'line-color': colors.hop,
        'target-arrow-color': colors.hop,
        'target-arrow-shape': 'triangle',
        'arrow-scale': 1.15,
        'target-distance-from-node': 3,
        'source-distance-from-node': 3,
        label: labels ? 'data(label)' : '',
        'font-family': FONT,
        'font-size': 12,
        'text-wrap': 'wrap',
        'line-height': 1.25,
        color: colors.text,
        'text-background-color': colors.ground,
        'text-background-opacity': 0.92,
        'text-background-padding': '2px',
        'text-margin-x': 'data(labelX)' as unknown as number,
        'text-margin-y': 'data(labelY)' as unknown as number,
        'transition-property': 'opacity, width',
        'transition-duration': moves ? 220 : 0,
      },
    },
    {
      selector: 'edge.bent',
      style: {
        'curve-style': 'unbundled-bezier',
        'control-point-weights': 'data(weights)' as unknown as number[],
        'control-point-distances': 'data(distances)' as unknown as number[],
        'edge-distances': 'node-position',
      },
    },
    {
      selector: 'edge.closing',
      style: {
        'line-color': colors.closing,
        'target-arrow-color': colors.closing,
        'line-style': 'dashed',
        'line-dash-pattern': [9, 5],
        color: colors.closing,
        'font-weight': 600,
        width: 2.8,
      },
    },
    { selector: '.later', style: { opacity: 0.16 } },
    {
      selector: 'edge.now',
      style: {
        width: 5,
        label: 'data(label)',
        'font-weight': 600,
        'font-size': 13,
        'z-index': 10,
        'arrow-scale': 1,
      },
    },
  ];
}
