import { readFileSync } from 'node:fs';
import { builtFile } from '../../core/built-file.ts';
import { compileKernels } from '../../engine/kernels/create-kernels.ts';
import type { WasmModule } from '../../engine/kernels/wasm-engine.ts';

let loaded: WasmModule | null | undefined;

/** The compiled graph kernels, loaded once; null where the JavaScript engine cannot run them. */
export function kernelModule(): WasmModule | null {
  if (loaded === undefined) loaded = compileKernels(readFileSync(builtFile('engine/kernels/kernels.wasm')));
  return loaded;
}
