import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import {
  BISECTION_ADJACENT,
  BISECTION_BEGINS,
  BISECTION_COUNTS,
  BISECTION_ENDS,
  BISECTION_GAINS,
  BISECTION_LEFT,
  BISECTION_LEFT_GAIN,
  BISECTION_LOCAL,
  BISECTION_LOGARITHMS,
  BISECTION_ORDER,
  BISECTION_RIGHT,
  BISECTION_RIGHT_GAIN,
  BISECTION_SIDES,
  BISECTION_STARTS,
  BISECTION_TOUCHED,
} from './memory-layout.ts';

const NUMBERED = 0x8000_0000;

/**
 * One step of recursive graph bisection in plain TypeScript: the reference of engine/kernels/assembly/bisection.ts.
 *
 * A part of the order is split in two halves so that the neighbours of each vertex lie in few halves: the cost of a vertex
 * with l neighbours on the left and r on the right is l log(n / (l + 1)) + r log(n / (r + 1)), about the bits of its gaps.
 * Pairs of vertices change sides while that lowers the sum. (Dhulipala et al., 2016; the sums per neighbour, the candidates
 * and the early end after Mackenzie et al., 2019.) A vertex with one neighbour in the part costs the same wherever that is:
 * it is left out, there and in all smaller parts, so that deep levels cost little. Ours.
 */
export class ReferenceBisection {
  private readonly memory: GraphMemory;

  constructor(memory: GraphMemory) {
    this.memory = memory;
  }

  bisect(
    record: number,
    first: number,
    last: number,
    iterations: number,
    logLeft: number,
    logRight: number,
  ): number {
    const size = last - first;
    const numbers = this.renumber(record, first, size);
    const sides = this.word(record + BISECTION_SIDES);
    for (let place = 0; place < size; place++) this.memory.u8[sides + place] = place < size >>> 1 ? 0 : 1;
    this.countSides(record, size, numbers);
    const before = this.sumOfCosts(record, numbers, logLeft, logRight);
    for (let iteration = 0; iteration < iterations; iteration++) {
      this.neighbourGains(record, numbers, logLeft, logRight);
      this.vertexGains(record, size);
      if (this.swapSides(record, size) === 0) break;
    }
    this.arrange(record, first, size);
    return before - this.sumOfCosts(record, numbers, logLeft, logRight);
  }

  /** Numbers the neighbours that two vertices of the part have, and drops all others from the lists; how many they are. */
  private renumber(record: number, first: number, size: number): number {
    const [counts, touched, adjacent] = this.arrays(
      record,
      BISECTION_COUNTS,
      BISECTION_TOUCHED,
      BISECTION_ADJACENT,
    );
    const [starts, local, ends] = this.arrays(record, BISECTION_STARTS, BISECTION_LOCAL, BISECTION_ENDS);
    this.forEachEntry(record, first, size, (_, neighbour) => {
      this.setAt(counts, neighbour, this.at(counts, neighbour) + 1);
    });
    let numbers = 0;
    let length = 0;
    let kept = 0;
    let place = -1;
    this.forEachEntry(
      record,
      first,
      size,
      (vertex, neighbour) => {
        let count = this.at(counts, neighbour);
        if (count === 1) {
          this.setAt(counts, neighbour, 0);
          return;
        }
        if (count < NUMBERED) {
          this.setAt(touched, numbers, neighbour);
          count = NUMBERED + numbers++;
          this.setAt(counts, neighbour, count);
        }
        this.setAt(adjacent, kept++, neighbour);
        this.setAt(ends, vertex, kept);
        this.setAt(local, length++, count - NUMBERED);
      },
      (vertex, begin) => {
        kept = begin;
        this.setAt(ends, vertex, begin);
        this.setAt(starts, ++place, length);
      },
    );
    this.setAt(starts, size, length);
    for (let number = 0; number < numbers; number++) this.setAt(counts, this.at(touched, number), 0);
    return numbers;
  }

  private countSides(record: number, size: number, numbers: number): void {
    const [left, right] = this.arrays(record, BISECTION_LEFT, BISECTION_RIGHT);
    for (let number = 0; number < numbers; number++) {
      this.setAt(left, number, 0);
      this.setAt(right, number, 0);
    }
    const sides = this.word(record + BISECTION_SIDES);
    for (let place = 0; place < size; place++) {
      const counts = this.memory.u8[sides + place] === 0 ? left : right;
      this.forEachNumber(record, place, (number) => this.setAt(counts, number, this.at(counts, number) + 1));
    }
  }

  private cost(logarithms: number, left: number, right: number, logLeft: number, logRight: number): number {
    return (
      left * (logLeft - this.float(logarithms, left + 1)) +
      right * (logRight - this.float(logarithms, right + 1))
    );
  }

  private sumOfCosts(record: number, numbers: number, logLeft: number, logRight: number): number {
    const [left, right, logarithms] = this.arrays(
      record,
      BISECTION_LEFT,
      BISECTION_RIGHT,
      BISECTION_LOGARITHMS,
    );
    let sum = 0;
    for (let number = 0; number < numbers; number++) {
      sum += this.cost(logarithms, this.at(left, number), this.at(right, number), logLeft, logRight);
    }
    return sum;
  }

  /** What a vertex of either side gains by each neighbour when it changes sides. */
  private neighbourGains(record: number, numbers: number, logLeft: number, logRight: number): void {
    const [lefts, rights, logarithms] = this.arrays(
      record,
      BISECTION_LEFT,
      BISECTION_RIGHT,
      BISECTION_LOGARITHMS,
    );
    const [leftGain, rightGain] = this.arrays(record, BISECTION_LEFT_GAIN, BISECTION_RIGHT_GAIN);
    const cost = (left: number, right: number): number =>
      this.cost(logarithms, left, right, logLeft, logRight);
    for (let number = 0; number < numbers; number++) {
      const left = this.at(lefts, number);
      const right = this.at(rights, number);
      const now = cost(left, right);
      this.setFloat(leftGain, number, left === 0 ? 0 : now - cost(left - 1, right + 1));
      this.setFloat(rightGain, number, right === 0 ? 0 : now - cost(left + 1, right - 1));
    }
  }

  private vertexGains(record: number, size: number): void {
    const [leftGain, rightGain, gains] = this.arrays(
      record,
      BISECTION_LEFT_GAIN,
      BISECTION_RIGHT_GAIN,
      BISECTION_GAINS,
    );
    const sides = this.word(record + BISECTION_SIDES);
    for (let place = 0; place < size; place++) {
      const by = this.memory.u8[sides + place] === 0 ? leftGain : rightGain;
      let gain = 0;
      this.forEachNumber(record, place, (number) => {
        gain += this.float(by, number);
      });
      this.setFloat(gains, place, gain);
    }
  }

  /** Lets the pairs that gain most change sides, as long as both together gain. How many did. */
  private swapSides(record: number, size: number): number {
    const [gains] = this.arrays(record, BISECTION_GAINS);
    const sides = this.word(record + BISECTION_SIDES);
    const best = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let place = 0; place < size; place++) {
      const side = this.memory.u8[sides + place] as number;
      best[side] = Math.max(best[side] as number, this.float(gains, place));
    }
    // Who gains nothing even with the best of the other side is no candidate.
    const candidates: number[][] = [[], []];
    for (let place = 0; place < size; place++) {
      const side = this.memory.u8[sides + place] as number;
      if (this.float(gains, place) + (best[1 - side] as number) > 0)
        (candidates[side] as number[]).push(place);
    }
    const [lefts, rights] = candidates.map((places) =>
      places.sort((a, b) => this.sortKey(gains, a) - this.sortKey(gains, b) || a - b),
    ) as [number[], number[]];
    const pairs = Math.min(lefts.length, rights.length);
    for (let swapped = 0; swapped < pairs; swapped++) {
      const left = lefts[swapped] as number;
      const right = rights[swapped] as number;
      if (this.float(gains, left) + this.float(gains, right) <= 0) return swapped;
      this.move(record, left, 1);
      this.move(record, right, 0);
    }
    return pairs;
  }

  /** Ascends as the gain falls, to about a hundredth of it: equal keys keep the order of places. */
  private sortKey(gains: number, place: number): number {
    const bits = this.at(gains, place);
    return (bits >= NUMBERED ? bits : ~(bits | NUMBERED)) >>> 16;
  }

  private move(record: number, place: number, side: 0 | 1): void {
    const [left, right] = this.arrays(record, BISECTION_LEFT, BISECTION_RIGHT);
    const [from, to] = side === 1 ? [left, right] : [right, left];
    this.memory.u8[this.word(record + BISECTION_SIDES) + place] = side;
    this.forEachNumber(record, place, (number) => {
      this.setAt(from, number, this.at(from, number) - 1);
      this.setAt(to, number, this.at(to, number) + 1);
    });
  }

  /** Puts the left half before the right one, each in the order that it had. */
  private arrange(record: number, first: number, size: number): void {
    const [order] = this.arrays(record, BISECTION_ORDER);
    const sides = this.word(record + BISECTION_SIDES);
    const halves: number[][] = [[], []];
    for (let place = 0; place < size; place++) {
      (halves[this.memory.u8[sides + place] as number] as number[]).push(this.at(order, first + place));
    }
    for (const [n, vertex] of halves.flat().entries()) this.setAt(order, first + n, vertex);
  }

  private forEachEntry(
    record: number,
    first: number,
    size: number,
    visit: (vertex: number, neighbour: number) => void,
    begin: (vertex: number, begin: number) => void = () => undefined,
  ): void {
    const [begins, ends, adjacent] = this.arrays(
      record,
      BISECTION_BEGINS,
      BISECTION_ENDS,
      BISECTION_ADJACENT,
    );
    const [order] = this.arrays(record, BISECTION_ORDER);
    for (let place = 0; place < size; place++) {
      const vertex = this.at(order, first + place);
      const from = this.at(begins, vertex);
      const end = this.at(ends, vertex);
      begin(vertex, from);
      for (let at = from; at < end; at++) visit(vertex, this.at(adjacent, at));
    }
  }

  private forEachNumber(record: number, place: number, visit: (number: number) => void): void {
    const [starts, local] = this.arrays(record, BISECTION_STARTS, BISECTION_LOCAL);
    const end = this.at(starts, place + 1);
    for (let at = this.at(starts, place); at < end; at++) visit(this.at(local, at));
  }

  private arrays(record: number, ...fields: number[]): [number, number, number] {
    return fields.map((field) => this.word(record + field)) as [number, number, number];
  }

  private at(array: number, index: number): number {
    return this.word(array + 4 * index);
  }

  private setAt(array: number, index: number, value: number): void {
    this.memory.view.setUint32(array + 4 * index, value, true);
  }

  private float(array: number, index: number): number {
    return this.memory.view.getFloat32(array + 4 * index, true);
  }

  private setFloat(array: number, index: number, value: number): void {
    this.memory.view.setFloat32(array + 4 * index, value, true);
  }

  private word(address: number): number {
    return this.memory.view.getUint32(address, true);
  }
}
