// The module that is compiled to WASM: what it exports is what engine/kernels/graph-kernels.ts names.
import { bisect } from './bisection.ts';
import { columnCode } from './columns.ts';
import { decodeEdges, decodeList, firstEntry, openList, ownerOf, packedValue, sumLists } from './lists.ts';
import { begin, expand, finish, induce } from './neighbourhood.ts';
import { entriesAtMost, readVisible } from './sources.ts';

export {
  begin,
  bisect,
  columnCode,
  decodeEdges,
  decodeList,
  entriesAtMost,
  expand,
  finish,
  firstEntry,
  induce,
  openList,
  ownerOf,
  packedValue,
  readVisible,
  sumLists,
};
