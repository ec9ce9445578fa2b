// The module that is compiled to WASM: what it exports is what engine/kernels/graph-kernels.ts names.
import { bisect } from './bisection.ts';
import { pathsBetween } from './bounded-paths.ts';
import { columnCode } from './columns.ts';
import { intersect } from './intersection.ts';
import { decodeEdges, decodeList, firstEntry, openList, ownerOf, packedValue, sumLists } from './lists.ts';
import { begin, expand, finish, induce } from './neighbourhood.ts';
import { edgeTime, entriesAtMost, readVisible } from './sources.ts';
import { pathsBack } from './temporal-paths.ts';

export {
  begin,
  bisect,
  columnCode,
  decodeEdges,
  decodeList,
  edgeTime,
  entriesAtMost,
  expand,
  finish,
  firstEntry,
  induce,
  intersect,
  openList,
  ownerOf,
  packedValue,
  pathsBack,
  pathsBetween,
  readVisible,
  sumLists,
};
