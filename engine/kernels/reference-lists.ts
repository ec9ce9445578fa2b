import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import { readField } from '../graph/segment/bit-fields.ts';
import {
  BLOCK_BYTES,
  BLOCK_VERTICES,
  BLOCK_WIDE,
  CHUNK_BYTES,
  CHUNK_GROUPS,
  FORM_PACKED,
  LISTS_DATA,
  LISTS_DEGREES,
  LISTS_DIRECTORY,
  LISTS_FORM,
  LISTS_GAP_BASE,
  LISTS_NUMBERED_BY,
  LISTS_OWNERS,
  LISTS_TABLES,
  LISTS_VALUES,
  LISTS_WIDE,
  LISTS_WIDTH,
  OWNERS_LOG2,
  VALUES_EDGES,
} from './memory-layout.ts';

/** Neighbour lists in plain TypeScript: the reference of engine/kernels/assembly/lists.ts. */
export class ReferenceLists {
  private readonly memory: GraphMemory;
  private first = 0;

  constructor(memory: GraphMemory) {
    this.memory = memory;
  }

  firstEntry(): number {
    return this.first;
  }

  openList(lists: number, vertex: number): number {
    const block = Math.floor(vertex / BLOCK_VERTICES);
    const row = vertex - block * BLOCK_VERTICES;
    const place = this.word(lists + LISTS_DEGREES) + block * BLOCK_BYTES;
    const before = this.word(place);
    if (before >= BLOCK_WIDE) {
      const wide = this.word(lists + LISTS_WIDE) + 4 * ((before - BLOCK_WIDE) * (BLOCK_VERTICES + 1) + row);
      this.first = this.word(wide);
      return this.word(wide + 4) - this.first;
    }
    const { u8 } = this.memory;
    this.first = before;
    for (let n = 0; n < row; n++) this.first += u8[place + 4 + n] as number;
    return u8[place + 4 + row] as number;
  }

  decodeList(lists: number, vertex: number, target: number): number {
    const count = this.openList(lists, vertex);
    if (this.word(lists + LISTS_FORM) === FORM_PACKED) {
      for (let n = 0; n < count; n++) this.set(target + 4 * n, this.packedValue(lists, this.first + n));
    } else if (count > 0) {
      this.decodeGroups(lists, vertex, this.first, count, target);
    }
    return count;
  }

  decodeEdges(lists: number, vertex: number, target: number, edges: number): number {
    if (this.word(lists + LISTS_VALUES) === VALUES_EDGES) {
      const count = this.decodeList(lists, vertex, edges);
      const numbering = this.word(lists + LISTS_NUMBERED_BY);
      for (let n = 0; n < count; n++)
        this.set(target + 4 * n, this.ownerOf(numbering, this.word(edges + 4 * n)));
      return count;
    }
    const count = this.decodeList(lists, vertex, target);
    for (let n = 0; n < count; n++) this.set(edges + 4 * n, this.first + n);
    return count;
  }

  ownerOf(lists: number, entry: number): number {
    const sample = this.word(lists + LISTS_OWNERS) + 4 * (entry >>> OWNERS_LOG2);
    let vertex = this.word(sample) * BLOCK_VERTICES;
    for (;;) {
      const count = this.openList(lists, vertex);
      if (this.first + count > entry) return vertex;
      vertex++;
    }
  }

  packedValue(lists: number, entry: number): number {
    const width = this.word(lists + LISTS_WIDTH);
    const data = this.word(lists + LISTS_DATA);
    return readField(this.memory.u8, 8 * data + entry * width, width);
  }

  sumLists(lists: number, first: number, last: number, target: number): number {
    let sum = 0;
    for (let vertex = first; vertex < last; vertex++) {
      const count = this.decodeList(lists, vertex, target);
      for (let n = 0; n < count; n++) sum += this.word(target + 4 * n);
    }
    return sum;
  }

  private decodeGroups(lists: number, vertex: number, first: number, count: number, target: number): void {
    const { u8 } = this.memory;
    const widths = this.word(lists + LISTS_TABLES);
    const directory = this.word(lists + LISTS_DIRECTORY);
    const data = this.word(lists + LISTS_DATA);
    const gapBase = this.word(lists + LISTS_GAP_BASE);
    const group = first >>> 2;
    const codeOf = (chunk: number, row: number): number => {
      const byte = u8[directory + chunk * CHUNK_BYTES + 4 + (row >> 1)] as number;
      return (row & 1) === 0 ? byte & 15 : byte >> 4;
    };
    let chunk = Math.floor(group / CHUNK_GROUPS);
    let row = group - chunk * CHUNK_GROUPS;
    let bit = 8 * (data + this.word(directory + chunk * CHUNK_BYTES));
    for (let before = 0; before < row; before++) bit += 4 * (u8[widths + codeOf(chunk, before)] as number);
    let width = u8[widths + codeOf(chunk, row)] as number;
    let lane = first & 3;
    let value = vertex;
    for (let n = 0; n < count; n++) {
      const code = readField(u8, bit + lane * width, width);
      if (n > 0) value += code + gapBase;
      else value += (code & 1) === 0 ? code / 2 : -(code + 1) / 2;
      this.set(target + 4 * n, value);
      if (++lane < 4) continue;
      lane = 0;
      bit += 4 * width;
      if (++row === CHUNK_GROUPS) {
        row = 0;
        chunk++;
        if (n + 1 < count) bit = 8 * (data + this.word(directory + chunk * CHUNK_BYTES));
      }
      if (n + 1 < count) width = u8[widths + codeOf(chunk, row)] as number;
    }
  }

  private word(address: number): number {
    return this.memory.view.getUint32(address, true);
  }

  private set(address: number, value: number): void {
    this.memory.view.setUint32(address, value, true);
  }
}
