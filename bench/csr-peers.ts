import asc from 'assemblyscript/asc';

/** A graph as offsets and neighbours, uncompressed: the entries of v are offsets[v] to offsets[v + 1] - 1. */
export interface Csr {
  readonly vertices: number;
  readonly offsets: Uint32Array;
  readonly neighbours: Uint32Array;
}

/** What a search found: how many vertices, and how many edges between them (0 where they were not asked for). */
export interface HopAnswer {
  readonly vertices: number;
  readonly edges: number;
}

/** Searches neighbourhoods in this process. */
export interface HopSearch {
  /** Vertices within `hops` hops of `start`, and with `induced` the edges between them, all as arrays that may be read. */
  run(start: number, hops: number, induced: boolean): HopAnswer;
}

/** Puts edges in order of their source; within a source in order of their destination. */
export function csrOf(vertices: number, sources: Uint32Array, destinations: Uint32Array): Csr {
  const offsets = new Uint32Array(vertices + 1);
  for (const source of sources) offsets[source + 1] = (offsets[source + 1] as number) + 1;
  for (let vertex = 0; vertex < vertices; vertex++)
    offsets[vertex + 1] = (offsets[vertex + 1] as number) + (offsets[vertex] as number);
  const places = offsets.slice();
  const neighbours = new Uint32Array(sources.length);
  for (let edge = 0; edge < sources.length; edge++) {
    const source = sources[edge] as number;
    const place = places[source] as number;
    places[source] = place + 1;
    neighbours[place] = destinations[edge] as number;
  }
  for (let vertex = 0; vertex < vertices; vertex++)
    neighbours.subarray(offsets[vertex], offsets[vertex + 1]).sort();
  return { vertices, offsets, neighbours };
}

/** The plain TypeScript that an engineer would write: typed arrays, nothing allocated in a search. */
export class PlainSearch implements HopSearch {
  private readonly graph: Csr;
  private readonly seen: Uint8Array;
  private readonly reached: Uint32Array;
  private readonly kept: Uint32Array;

  constructor(graph: Csr) {
    this.graph = graph;
    this.seen = new Uint8Array(graph.vertices);
    this.reached = new Uint32Array(graph.vertices);
    this.kept = new Uint32Array(graph.neighbours.length);
  }

  run(start: number, hops: number, induced: boolean): HopAnswer {
    const { seen, reached } = this;
    const { offsets, neighbours } = this.graph;
    let count = 1;
    reached[0] = start;
    seen[start] = 1;
    for (let hop = 0, from = 0; hop < hops; hop++) {
      for (const hopEnd = count; from < hopEnd; from++) {
        const vertex = reached[from] as number;
        const end = offsets[vertex + 1] as number;
        for (let at = offsets[vertex] as number; at < end; at++) {
          const neighbour = neighbours[at] as number;
          if (seen[neighbour] === 1) continue;
          seen[neighbour] = 1;
          reached[count++] = neighbour;
        }
      }
    }
    const edges = induced ? this.induce(count) : 0;
    for (let n = 0; n < count; n++) seen[reached[n] as number] = 0;
    return { vertices: count, edges };
  }

  private induce(count: number): number {
    const { seen, reached, kept } = this;
    const { offsets, neighbours } = this.graph;
    let edges = 0;
    for (let n = 0; n < count; n++) {
      const vertex = reached[n] as number;
      const end = offsets[vertex + 1] as number;
      for (let at = offsets[vertex] as number; at < end; at++) {
        const neighbour = neighbours[at] as number;
        if (seen[neighbour] === 1) kept[edges++] = neighbour;
      }
    }
    return edges;
  }
}

interface CsrModule {
  place(offsets: number, neighbours: number, seen: number, reached: number, kept: number): void;
  find(start: number, hops: number): number;
  induce(count: number): number;
  finish(count: number): void;
  sumLists(vertices: number): number;
}

interface Engine {
  readonly Memory: new (descriptor: {
    initial: number;
    maximum: number;
    shared: true;
  }) => {
    readonly buffer: SharedArrayBuffer;
  };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** The same loops in WASM (bench/assembly/csr.ts), over a memory as the product's is. */
export class WasmSearch implements HopSearch {
  private readonly vertices: number;
  private readonly edges: number;
  private readonly module: CsrModule;

  private constructor(graph: Csr, module: object, engine: Engine) {
    this.vertices = graph.vertices;
    this.edges = graph.neighbours.length;
    const sizes = [
      4 * (graph.vertices + 1),
      4 * this.edges,
      graph.vertices + 1,
      4 * graph.vertices + 4,
      4 * this.edges + 4,
    ];
    let end = 1024;
    const places = sizes.map((size) => {
      const place = end;
      end = Math.ceil((end + size + 64) / 64) * 64;
      return place;
    }) as [number, number, number, number, number];
    const memory = new engine.Memory({ initial: Math.ceil(end / 65_536), maximum: 65_536, shared: true });
    const words = new Uint32Array(memory.buffer);
    words.set(graph.offsets, places[0] / 4);
    words.set(graph.neighbours, places[1] / 4);
    this.module = new engine.Instance(module, { env: { memory } }).exports as CsrModule;
    this.module.place(...places);
  }

  static async of(graph: Csr): Promise<WasmSearch> {
    const engine = (globalThis as unknown as { readonly WebAssembly: Engine }).WebAssembly;
    return new WasmSearch(graph, new engine.Module(await compileCsr()), engine);
  }

  run(start: number, hops: number, induced: boolean): HopAnswer {
    const vertices = this.module.find(start, hops);
    const edges = induced ? this.module.induce(vertices) : 0;
    this.module.finish(vertices);
    return { vertices, edges };
  }

  /** Nanoseconds an edge of reading every list, the least of some scans. */
  scanNs(): number {
    let least = Number.POSITIVE_INFINITY;
    for (let scan = 0; scan < 5; scan++) {
      const began = performance.now();
      this.module.sumLists(this.vertices);
      least = Math.min(least, performance.now() - began);
    }
    return (least / this.edges) * 1e6;
  }
}

let compiled: Uint8Array | null = null;

async function compileCsr(): Promise<Uint8Array> {
  if (compiled !== null) return compiled;
  const { error, stderr } = await asc.main(
    [
      ...['bench/assembly/csr.ts', '--outFile', 'csr.wasm', '--runtime', 'stub', '--noAssert'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '0', '--converge'],
      ...['--enable', 'simd', '--enable', 'threads', '--sharedMemory', '--importMemory', '--noExportMemory'],
      ...['--initialMemory', '1', '--maximumMemory', '65536'],
    ],
    {
      writeFile: (_: string, contents: string | Uint8Array) => {
        compiled = contents as Uint8Array;
      },
    },
  );
  if (error !== null || compiled === null)
    throw new Error(`bench/assembly/csr.ts does not compile:\n${stderr.toString()}`);
  return compiled;
}
