import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What is wrong with a data file, and the key whose value is hit, if one is known. */
export class DataFileDamage extends Error {
  override readonly name = 'DataFileDamage';
  readonly key: Buffer | null;

  constructor(reason: string, key: Buffer | null = null) {
    super(reason);
    this.key = key;
  }
}

/**
 * Checks the structure of an LMDB data file before LMDB maps it: LMDB trusts its pages, and a damaged or cut file
 * would end the process, lose the last commits unseen, or overwrite pages that are in use. Read are the meta pages,
 * every page of both trees, the heads of overflow pages, and the list of free pages; values have checksums of
 * their own. The layout is that of LMDB data version 2 as lmdb-js 3.5 writes it (mdb.c: MDB_page_header, MDB_meta, MDB_db,
 * MDB_node, MDB_ovpage; midl.c for packed lists of pages), little-endian, without sub-databases.
 * Throws DataFileDamage. A file that is not there passes.
 */
export function checkDataFile(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return;
    throw error;
  }
  try {
    new DataFileCheck(file).run();
  } finally {
    closeSync(file);
  }
}

const PAGE_HEADER = 24;
const META_BYTES = 144;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const P_BRANCH = 1;
const P_LEAF = 2;
const P_OVERFLOW = 4;
const P_META = 8;
const NODE_HEADER = 8;
const BIG_DATA = 1;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

interface Tree {
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Null: the tree is empty. */
  readonly root: number | null;
}

interface Meta {
  readonly pageSize: number;
  readonly txn: number;
  readonly lastPage: number;
  readonly free: Tree;
  readonly main: Tree;
}

interface Counts {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** Null: values are not wanted. */
type OnValue = ((value: Buffer) => void) | null;
type Compare = (a: Buffer, b: Buffer) => number;

const byBytes: Compare = (a, b) => Buffer.compare(a, b);
/** Free lists go by transaction number. */
const byTransaction: Compare = (a, b) => Number(a.readBigUInt64LE(0) - b.readBigUInt64LE(0));

class DataFileCheck {
  readonly #file: number;
  readonly #size: number;
  #pageSize = 0;
  #lastPage = 0;
  /** One bit a page: those that the trees use. */
  #used = new Uint8Array(0);

  constructor(file: number) {
    this.#file = file;
    this.#size = fstatSync(file).size;
  }

  run(): void {
    const meta = this.#newestMeta();
    this.#pageSize = meta.pageSize;
    this.#lastPage = meta.lastPage;
    this.#used = new Uint8Array((meta.lastPage >> 3) + 1);
    this.#mark(0, 2, null);
    this.#checkTree(meta.main, byBytes, null);
    const lists: Buffer[] = [];
    this.#checkTree(meta.free, byTransaction, (value) => lists.push(value));
    for (const list of lists) this.#checkFreeList(list);
  }

  #newestMeta(): Meta {
    if (this.#size < PAGE_HEADER + META_BYTES) throw new DataFileDamage(`it has only ${this.#size} bytes`);
    const first = this.#meta(0);
    const second = this.#meta(first.pageSize);
    if (second.pageSize !== first.pageSize) throw new DataFileDamage('its two meta pages disagree');
    const newest = second.txn > first.txn ? second : first;
    // Commits write the two in turn; numbers that do not follow each other would hide the last commit.
    const inTurn = Math.abs(first.txn - second.txn) === 1 && first.txn % 2 === 0;
    if (!inTurn && !(first.txn === 0 && second.txn === 0)) {
      throw new DataFileDamage(`its meta pages are of transactions ${first.txn} and ${second.txn}`);
    }
    return newest;
  }

  #meta(at: number): Meta {
    const bytes = this.#read(at, PAGE_HEADER + META_BYTES, null);
    if ((bytes.readUInt16LE(18) & P_META) === 0 || bytes.readUInt32LE(PAGE_HEADER) !== MAGIC) {
      throw new DataFileDamage(`it has no meta page at byte ${at}`);
    }
    const version = bytes.readUInt32LE(PAGE_HEADER + 4) & 0xffff;
    if (version !== DATA_VERSION) throw new DataFileDamage(`a meta page is of version ${version}`);
    const pageSize = bytes.readUInt32LE(PAGE_HEADER + 24);
    if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) {
      throw new DataFileDamage(`a meta page tells pages of ${pageSize} bytes`);
    }
    return {
      pageSize,
      txn: safeNumber(bytes, PAGE_HEADER + 128),
      lastPage: safeNumber(bytes, PAGE_HEADER + 120),
      free: treeAt(bytes, PAGE_HEADER + 24),
      main: treeAt(bytes, PAGE_HEADER + 72),
    };
  }

  #checkTree(tree: Tree, compare: Compare, onValue: OnValue): void {
    const counts: Counts = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 };
    if (tree.root !== null) this.#checkPage(tree, tree.root, 1, null, null, { compare, counts, onValue });
    for (const what of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const) {
      if (counts[what] !== tree[what]) {
        throw new DataFileDamage(`a tree has ${counts[what]} ${what} instead of ${tree[what]}`);
      }
    }
  }

  /** `low` (inclusive) and `high` (exclusive) bound the page's keys. */
  #checkPage(
    tree: Tree,
    number: number,
    depth: number,
    low: Buffer | null,
    high: Buffer | null,
    walk: { readonly compare: Compare; readonly counts: Counts; readonly onValue: OnValue },
  ): void {
    this.#mark(number, 1, low);
    const page = this.#read(number * this.#pageSize, this.#pageSize, low);
    const isLeaf = depth === tree.depth;
    if (Number(page.readBigUInt64LE(0)) !== number)
      throw new DataFileDamage(`page ${number} says it is another`, low);
    if ((page.readUInt16LE(18) & ~0x10) !== (isLeaf ? P_LEAF : P_BRANCH)) {
      throw new DataFileDamage(`page ${number} is of the wrong kind`, low);
    }
    walk.counts[isLeaf ? 'leafPages' : 'branchPages']++;
    const nodes = this.#nodes(page, number, isLeaf, low);
    let previous = low;
    nodes.forEach((node, n) => {
      // The first key of a branch page is empty and stands for the page's lower bound.
      const key = !isLeaf && n === 0 ? low : node.key;
      if (key !== null && previous !== null && (n > 0 || isLeaf)) {
        const order = walk.compare(previous, key);
        if (order > 0 || (order === 0 && n > 0))
          throw new DataFileDamage(`page ${number} is out of order`, low);
      }
      if (key !== null && high !== null && walk.compare(key, high) >= 0) {
        throw new DataFileDamage(`page ${number} is out of bounds`, low);
      }
      if (key !== null) previous = key;
      if (isLeaf) this.#checkValue(page, number, node, walk);
      else this.#checkPage(tree, node.child, depth + 1, key, nodes[n + 1]?.key ?? high, walk);
    });
  }

  #nodes(page: Buffer, number: number, isLeaf: boolean, low: Buffer | null): Node[] {
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const count = lower >> 1;
    if (count < (isLeaf ? 1 : 2) || lower % 2 !== 0 || lower > upper || PAGE_HEADER + upper > page.length) {
      throw new DataFileDamage(`page ${number} has a damaged head`, low);
    }
    return Array.from({ length: count }, (_, n) => {
      const at = page.readUInt16LE(PAGE_HEADER + 2 * n) + PAGE_HEADER;
      if (at < PAGE_HEADER + upper || at + NODE_HEADER > page.length) {
        throw new DataFileDamage(`page ${number} has a node out of its bounds`, low);
      }
      const low32 = page.readUInt16LE(at) + page.readUInt16LE(at + 2) * 65_536;
      const flags = page.readUInt16LE(at + 4);
      const keyEnd = at + NODE_HEADER + page.readUInt16LE(at + 6);
      if (keyEnd > page.length || (isLeaf && (flags & ~BIG_DATA) !== 0)) {
        throw new DataFileDamage(`page ${number} has a damaged node`, low);
      }
      return {
        key: page.subarray(at + NODE_HEADER, keyEnd),
        valueAt: keyEnd,
        child: low32 + flags * 2 ** 32,
        size: low32,
        isBig: isLeaf && flags === BIG_DATA,
      };
    });
  }

  #checkValue(
    page: Buffer,
    number: number,
    { key, valueAt, size, isBig }: Node,
    walk: { readonly counts: Counts; readonly onValue: OnValue },
  ): void {
    walk.counts.entries++;
    if (!isBig) {
      if (valueAt + size > page.length)
        throw new DataFileDamage(`page ${number} has a value out of its bounds`, key);
      walk.onValue?.(page.subarray(valueAt, valueAt + size));
      return;
    }
    if (valueAt + 24 > page.length) throw new DataFileDamage(`page ${number} has a damaged node`, key);
    const first = safeNumber(page, valueAt, key);
    const pages = safeNumber(page, valueAt + 16, key);
    // A value that took the place of a longer one keeps its pages.
    if (pages < Math.floor((PAGE_HEADER - 1 + size) / this.#pageSize) + 1) {
      throw new DataFileDamage('a value has the wrong number of pages', key);
    }
    this.#mark(first, pages, key);
    const head = this.#read(first * this.#pageSize, PAGE_HEADER, key);
    const isWhole = safeNumber(head, 0, key) === first && head.readUInt32LE(20) === pages;
    if (!isWhole || (head.readUInt16LE(18) & P_OVERFLOW) === 0) {
      throw new DataFileDamage(`page ${first} is not the value that it should be`, key);
    }
    // LMDB reads the value through its map: the file must reach to its end.
    if (first * this.#pageSize + PAGE_HEADER + size > this.#size) throw this.#cut(key);
    walk.counts.overflowPages += pages;
    walk.onValue?.(this.#read(first * this.#pageSize + PAGE_HEADER, size, key));
  }

  /**
   * Pages that LMDB may use again: none of them may be in use. A list is its length and then page numbers; a negative
   * number is the length of the run that begins at the number after it; zeros are room.
   */
  #checkFreeList(list: Buffer): void {
    const length = list.length >= 8 ? Number(list.readBigInt64LE(0)) : -1;
    if (length < 0 || (length + 1) * 8 > list.length)
      throw new DataFileDamage('a list of free pages is damaged');
    let run = 1;
    for (let n = 1; n <= length; n++) {
      const id = Number(list.readBigInt64LE(n * 8));
      if (id < 0) {
        run = -id;
        continue;
      }
      if (id > 0) this.#checkFree(id, run);
      run = 1;
    }
  }

  #checkFree(first: number, count: number): void {
    if (first < 2 || count > this.#lastPage || first + count - 1 > this.#lastPage) {
      throw new DataFileDamage(`a list of free pages names page ${first}`);
    }
    for (let page = first; page < first + count; page++) {
      if (this.#isUsed(page)) throw new DataFileDamage(`page ${page} is both free and in use`);
    }
  }

  #isUsed(page: number): boolean {
    return (((this.#used[page >> 3] as number) >> (page & 7)) & 1) === 1;
  }

  #mark(first: number, count: number, key: Buffer | null): void {
    if (first + count - 1 > this.#lastPage)
      throw new DataFileDamage(`page ${first} is beyond the last one`, key);
    for (let page = first; page < first + count; page++) {
      if (this.#isUsed(page)) throw new DataFileDamage(`page ${page} is used twice`, key);
      this.#used[page >> 3] = (this.#used[page >> 3] as number) | (1 << (page & 7));
    }
  }

  #read(at: number, count: number, key: Buffer | null): Buffer {
    if (at + count > this.#size) throw this.#cut(key);
    const bytes = Buffer.allocUnsafeSlow(count);
    let done = 0;
    while (done < count) {
      const read = readSync(this.#file, bytes, done, count - done, at + done);
      if (read === 0) throw this.#cut(key);
      done += read;
    }
    return bytes;
  }

  #cut(key: Buffer | null): DataFileDamage {
    return new DataFileDamage(`the file is cut at ${this.#size} bytes`, key);
  }
}

interface Node {
  readonly key: Buffer;
  readonly valueAt: number;
  readonly child: number;
  readonly size: number;
  readonly isBig: boolean;
}

function treeAt(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40);
  return {
    depth: bytes.readUInt16LE(at + 6),
    branchPages: safeNumber(bytes, at + 8),
    leafPages: safeNumber(bytes, at + 16),
    overflowPages: safeNumber(bytes, at + 24),
    entries: safeNumber(bytes, at + 32),
    root: root === NO_PAGE ? null : safeNumber(bytes, at + 40),
  };
}

function safeNumber(bytes: Buffer, at: number, key: Buffer | null = null): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(2 ** 40)) throw new DataFileDamage(`a number of pages is ${value}`, key);
  return Number(value);
}
