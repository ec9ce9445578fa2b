import type { GraphMemory } from '../graph/segment/graph-memory.ts';
import type { GraphKernels } from './graph-kernels.ts';
import { referenceKernels } from './reference-kernels.ts';
import { type WasmModule, wasmEngine } from './wasm-engine.ts';

/** A vector instruction in the smallest module: engines without SIMD refuse it. */
const SIMD_PROBE = Uint8Array.of(
  ...[
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98,
    11,
  ],
);

/** Compiles the kernels' module; null where the engine has no WASM or no SIMD. */
export function compileKernels(bytes: Uint8Array): WasmModule | null {
  const engine = wasmEngine();
  if (engine === null || !engine.validate(SIMD_PROBE)) return null;
  return new engine.Module(bytes);
}

/** The kernels for a memory: compiled ones where there is a module, else those in TypeScript. */
export function createKernels(memory: GraphMemory, module: WasmModule | null): GraphKernels {
  const engine = wasmEngine();
  if (module === null || engine === null || memory.memory === null) return referenceKernels(memory);
  const { exports } = new engine.Instance(module, { env: { memory: memory.memory } });
  const { firstEntry, ...functions } = exports as unknown as Omit<GraphKernels, 'kind' | 'firstEntry'> & {
    readonly firstEntry: { readonly value: number };
  };
  return { ...functions, kind: 'wasm', firstEntry: () => firstEntry.value >>> 0 };
}
