import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import type { GraphKernels } from './graph-kernels.ts';
import { ReferenceBisection } from './reference-bisection.ts';
import { ReferenceColumns } from './reference-columns.ts';
import { intersect } from './reference-intersection.ts';
import { ReferenceLists } from './reference-lists.ts';
import { ReferencePaths } from './reference-paths.ts';
import { ReferenceSearch } from './reference-search.ts';
import { ReferenceSources } from './reference-sources.ts';

/** The kernels in plain TypeScript: what the compiled ones are held against, and what runs where there is no SIMD. */
export function referenceKernels(memory: GraphMemory): GraphKernels {
  const lists = new ReferenceLists(memory);
  const columns = new ReferenceColumns(memory);
  const sources = new ReferenceSources(memory, lists, columns);
  const paths = new ReferencePaths(memory, sources);
  const search = new ReferenceSearch(memory, lists, sources);
  const bisection = new ReferenceBisection(memory);
  return {
    kind: 'typescript',
    openList: (address, vertex) => lists.openList(address, vertex),
    firstEntry: () => lists.firstEntry(),
    decodeList: (address, vertex, target) => lists.decodeList(address, vertex, target),
    decodeEdges: (address, vertex, target, edges) => lists.decodeEdges(address, vertex, target, edges),
    ownerOf: (address, entry) => lists.ownerOf(address, entry),
    packedValue: (address, entry) => lists.packedValue(address, entry),
    sumLists: (address, first, last, target) => lists.sumLists(address, first, last, target),
    columnCode: (column, edge) => columns.columnCode(column, edge),
    entriesAtMost: (source, vertex) => sources.entriesAtMost(source, vertex),
    readVisible: (...args) => sources.readVisible(...args),
    edgeTime: (source, edge) => sources.edgeTime(source, edge),
    intersect: (...args) => intersect(memory, ...args),
    pathsBack: (record) => paths.pathsBack(record),
    pathsBetween: (record) => paths.pathsBetween(record),
    begin: (address) => search.begin(address),
    expand: (address) => search.expand(address),
    induce: (address) => search.induce(address),
    finish: (address) => search.finish(address),
    bisect: (...args) => bisection.bisect(...args),
  };
}
