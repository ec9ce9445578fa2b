/** A linear memory that threads can share. */
export interface WasmMemory {
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of 64 KiB; throws RangeError at the maximum. */
  grow(pages: number): number;
}

/** A compiled module; opaque. */
export interface WasmModule {
  readonly wasmModule?: never;
}

/** What is used of the WebAssembly of the JavaScript engine; its types are those of browsers, which are not loaded. */
export interface WasmEngine {
  readonly Memory: new (descriptor: { initial: number; maximum: number; shared: true }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array): boolean;
}

/** The engine's WebAssembly, or null where it has none (`node --jitless`). */
export function wasmEngine(): WasmEngine | null {
  return (globalThis as { readonly WebAssembly?: WasmEngine }).WebAssembly ?? null;
}
