/**
 * The contract between everything above and whoever executes the kernels.
 *
 * A backend is a memory and the list of kernels that work on it (`kernels/kernels.h`). It is not a place for shapes,
 * gradients or lifetimes: those belong to `src/tensor`. Kernels take plain numbers and pointers, return nothing that depends on data,
 * and may run later than they were called: whoever wants to look at memory awaits `finish()` first.
 */
import type { Kernels } from "./generated/kernels.js";

export type { Kernels };

/** A byte address in a backend's memory. 0 is the null pointer. One float or int32 takes 4 bytes on every backend. */
export type Pointer = number;

/** Floats as a backend holds them: Float32Array, or Float64Array on the reference backend. */
export type FloatArray = Float32Array | Float64Array;
/** 32-bit integers as a backend holds them (the reference backend keeps them in float64 too). */
export type IntArray = Int32Array | Float64Array;

export interface Memory {
  /** Memory for `bytes` bytes (not cleared), aligned to 64. Throws `OutOfMemoryError` naming the size asked for. */
  allocate(bytes: number): Pointer;
  free(pointer: Pointer): void;
  /**
   * A window on memory, once every kernel called so far has run: where kernels run later, this waits for them. Valid until the next
   * `allocate` (WebAssembly memory may move when it grows) and the next kernel that works on what it shows. `settled`: nothing called
   * since the last awaited `finish()` writes there, so there is nothing to wait for.
   */
  floats(pointer: Pointer, length: number, settled?: boolean): FloatArray;
  ints(pointer: Pointer, length: number, settled?: boolean): IntArray;
  /**
   * Overwrites floats, without waiting: kernels called before still see what was there, kernels called later see these. The values are
   * copied at once.
   */
  writeFloats(at: Pointer, values: ArrayLike<number>): void;
  /** The same for integers. */
  writeInts(at: Pointer, values: ArrayLike<number>): void;
  /** The same for a table of addresses, 8 bytes each (`address_t` in kernels.h). */
  writePointers(at: Pointer, pointers: ArrayLike<Pointer>): void;
  /** Bytes handed out and not yet freed. */
  readonly bytesInUse: number;
}

export type BackendName = "reference" | "wasm" | "native";

export interface Backend {
  readonly name: BackendName;
  readonly kernels: Kernels;
  readonly memory: Memory;
  /** Instruction set in use ("avx2", "avx512", "avx512-bf16", "neon", "neon-dot", "baseline", "simd128", "float64"). */
  readonly isa: string;
  /** Threads kernels may use now. */
  readonly threads: number;
  setThreads(count: number): void;
  /** Whether kernels run beside JavaScript, which then waits only where it looks at memory; else a call returns when it has run. */
  readonly asynchronous: boolean;
  /** Why this backend, ISA and thread count were chosen, a sentence each, for `unrolled info backends`. */
  readonly reasons: readonly string[];
  /** Resolves when every kernel called so far has run; where they run beside JavaScript, in a later turn of the event loop. */
  finish(): Promise<void>;
}
