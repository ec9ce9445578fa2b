import type { Ring } from './ring.ts';

const WIDTH_MIN = 960;
const RADIUS_MIN = 212;
/** Along the circle from one member to the next, at least: two half circles, and an arrow that can be seen. */
const STEP_MIN = 150;
/** Above the circle: title and legend, and the label of a hop at the top. Below: the label of a hop at the bottom. */
const MARGIN_TOP = 180;
const MARGIN_BOTTOM = 116;
const MARGIN_SIDE = 32;
/** From the circle to the labels. */
const LABEL_GAP = 22;

export const MEMBER_RADIUS = 38;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where a hop's label stands, and towards which side its lines run. */
export interface LabelPlace extends Point {
  readonly anchor: 'start' | 'middle' | 'end';
}

/** The measures of a ring's picture in pixels; members stand on the circle. */
export class RingLayout {
  readonly width: number;
  readonly height: number;
  readonly centre: Point;
  readonly radius: number;
  readonly #members: number;

  constructor(ring: Ring) {
    this.#members = ring.members.length;
    this.radius = Math.max(RADIUS_MIN, (this.#members * STEP_MIN) / (2 * Math.PI));
    this.centre = { x: 0, y: MARGIN_TOP + this.radius };
    const reach = ring.hops.map((hop, index) => {
      const { x, anchor } = this.label(index);
      const wide = Math.max(textWidth(hop.amount, 18, true), textWidth(hop.when, 14, false));
      return Math.abs(x) + (anchor === 'middle' ? wide / 2 : wide);
    });
    const head = Math.max(textWidth(ring.title, 26, true), textWidth(ring.legend, 15, false));
    const half = Math.max(this.radius + MEMBER_RADIUS, ...reach) + MARGIN_SIDE;
    this.width = Math.ceil(Math.max(WIDTH_MIN, 2 * half, head + 2 * MARGIN_SIDE + 8));
    this.height = Math.ceil(this.centre.y + this.radius + MARGIN_BOTTOM);
    this.centre = { x: this.width / 2, y: this.centre.y };
  }

  /** The angle between two members, radians. */
  get step(): number {
    return (2 * Math.PI) / this.#members;
  }

  /** The angle that an arc of this length takes on the circle. */
  turn(length: number): number {
    return length / this.radius;
  }

  /** The point at an angle (radians, clockwise from the top) and a distance from the circle, outwards. */
  at(angle: number, outwards = 0): Point {
    const distance = this.radius + outwards;
    return {
      x: this.centre.x + distance * Math.sin(angle),
      y: this.centre.y - distance * Math.cos(angle),
    };
  }

  /** Outside the circle, turned away from it, so that no label lies on an arrow. */
  label(hop: number): LabelPlace {
    const angle = (hop + 0.5) * this.step;
    const sine = Math.sin(angle);
    const anchor = sine > 0.2 ? 'start' : sine < -0.2 ? 'end' : 'middle';
    return { ...this.at(angle, LABEL_GAP), anchor };
  }
}

/** Generous: about the widest of the fonts that the picture asks for. */
function textWidth(text: string, fontPixels: number, isBold: boolean): number {
  return [...text].length * fontPixels * (isBold ? 0.68 : 0.6);
}
