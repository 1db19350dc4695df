/** The WebAssembly backend, for Node and browsers, in a page or in a Worker. */
import type { Backend, Kernels, Memory, Pointer } from "./backend.js";
import { KERNEL_SIGNATURES, type KernelName } from "./generated/kernels.js";
import { ALIGNMENT, Heap, type Chunk } from "./heap.js";
import type { Explained, Platform, RunningThread } from "./platform.js";
import { pointerWords } from "./pointer-table.js";
import { ThreadCount } from "./thread-count.js";
import { makeReports, readReport } from "./wasm-thread.js";

/** By instruction set. Made by scripts/build.mjs. The same files seen from src/backend and from dist/backend; bundlers follow this form. */
const MODULES = {
  simd128: {
    single: new URL("../../dist/backend/wasm/unrolled.wasm", import.meta.url),
    threaded: new URL("../../dist/backend/wasm/unrolled-threads.wasm", import.meta.url),
    why: "the vectors of WebAssembly",
  },
  "relaxed-simd": {
    single: new URL("../../dist/backend/wasm/unrolled-relaxed.wasm", import.meta.url),
    threaded: new URL("../../dist/backend/wasm/unrolled-relaxed-threads.wasm", import.meta.url),
    why: "the vectors of WebAssembly, multiplying and adding in one instruction where the processor can",
  },
};
export type WasmIsa = keyof typeof MODULES;
export const WASM_ISAS = Object.keys(MODULES) as readonly WasmIsa[];

/** A module of one function that uses f32x4.relaxed_madd. */
const RELAXED = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0,
  10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 0x0b,
);

const PAGE = 65536;
/** What the modules declare (scripts/build-wasm.mjs). */
const INITIAL_PAGES = 256;
/** Four gigabytes first; where that much address space cannot be shared, less. */
const MAXIMUM_PAGES = [65536, 32768, 16384];
const THREAD_STACK_BYTES = 1 << 20;
/** MAX_THREADS of kernels/threads.h for this target. */
const MOST_THREADS = 16;

/**
 * Loads the threaded build where memory can be shared and more than one thread is wanted, else the single-threaded one.
 * @param isa "simd128", which gives the same bits on every machine, or "relaxed-simd", which is faster
 * @throws Error where the module cannot be read or compiled, or the host does not know the instructions
 */
export async function loadWasm(platform: Platform, threads: Explained<number>, isa: WasmIsa = "simd128"): Promise<Backend> {
  if (isa === "relaxed-simd") {
    platform.enableRelaxedSimd();
    if (!WebAssembly.validate(RELAXED)) throw new Error("relaxed-simd: WebAssembly has no relaxed SIMD here; Node 20, Chrome 114 and newer ones have it");
  }
  if (threads.value === 1) return loadSingle(platform, isa, `1 thread: ${threads.why}`);
  const obstacle = platform.noThreadsBecause();
  if (obstacle !== undefined) return loadSingle(platform, isa, `1 thread: ${obstacle}`);
  try {
    return await loadThreaded(platform, isa, threads);
  } catch (error) {
    return loadSingle(platform, isa, `1 thread: others could not be started (${error instanceof Error ? error.message : String(error)})`);
  }
}

async function loadSingle(platform: Platform, isa: WasmIsa, why: string): Promise<Backend> {
  const module = await platform.readWasm(MODULES[isa].single);
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES[0]! });
  return backendOf(new WebAssembly.Instance(module, { env: { memory } }), memory, isa, why);
}

async function loadThreaded(platform: Platform, isa: WasmIsa, { value, why }: Explained<number>): Promise<Backend> {
  const module = await platform.readWasm(MODULES[isa].threaded);
  const memory = sharedMemory();
  const workers = Math.min(value, MOST_THREADS) - 1;
  const reports = makeReports(workers);
  const worker_trapped = (thread: number) => {
    throw new WebAssembly.RuntimeError(`${readReport(reports, thread)} (in thread ${thread} of a kernel)`);
  };
  const instance = new WebAssembly.Instance(module, { env: { memory, worker_trapped } });
  const backend = backendOf(instance, memory, isa, `${workers + 1} threads: ${why}`);
  if (!callerMaySleep()) (instance.exports.caller_cannot_sleep as () => void)();
  const starting = Array.from({ length: workers }, () => {
    const stack = backend.memory.allocate(THREAD_STACK_BYTES);
    return platform.startThread({ module, memory, stackEnd: stack + THREAD_STACK_BYTES, reports });
  });
  const started = await Promise.allSettled(starting);
  const threads = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failed = started.find((result) => result.status === "rejected");
  if (failed) {
    for (const thread of threads) thread.terminate();
    throw failed.reason;
  }
  idleThreads.register(instance, threads);
  backend.setThreads(value);
  return backend;
}

/** Ends the threads of an instance that nobody can call any more: every one of its functions keeps it, the backend need not. */
const idleThreads = new FinalizationRegistry((threads: readonly RunningThread[]) => {
  for (const thread of threads) thread.terminate();
});

function backendOf(instance: WebAssembly.Instance, memory: WebAssembly.Memory, isa: WasmIsa, why: string): Backend {
  const kernels = kernelsOf(instance);
  const count = new ThreadCount(kernels, 1);
  return {
    name: "wasm",
    isa,
    kernels,
    memory: new WasmMemory(memory, (instance.exports.__heap_base as WebAssembly.Global).value as number),
    get threads() {
      return count.inForce;
    },
    setThreads: (wanted) => count.set(wanted),
    reasons: [`${isa}: ${MODULES[isa].why}`, why],
    asynchronous: false,
    finish: () => Promise.resolve(),
  };
}

/** The exports under their names in TypeScript. */
function kernelsOf(instance: WebAssembly.Instance): Kernels {
  const names = Object.keys(KERNEL_SIGNATURES) as KernelName[];
  return Object.fromEntries(names.map((name) => [name, instance.exports[KERNEL_SIGNATURES[name].symbol]])) as unknown as Kernels;
}

function sharedMemory(): WebAssembly.Memory {
  for (const maximum of MAXIMUM_PAGES) {
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared: true });
    } catch (error) {
      if (maximum === MAXIMUM_PAGES.at(-1)) throw error;
    }
  }
  throw new Error("unreachable");
}

/** False on the main thread of a page. */
function callerMaySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

class WasmMemory implements Memory {
  readonly #memory: WebAssembly.Memory;
  #floats: Float32Array;
  /** End of what the heap has been given. */
  #end: number;
  readonly #heap = new Heap((bytes) => this.#grow(bytes));

  constructor(memory: WebAssembly.Memory, heapBase: number) {
    this.#memory = memory;
    this.#floats = new Float32Array(memory.buffer);
    this.#end = Math.ceil(heapBase / ALIGNMENT) * ALIGNMENT;
  }

  get bytesInUse(): number {
    return this.#heap.bytesInUse;
  }

  allocate(bytes: number): Pointer {
    return this.#heap.allocate(bytes);
  }

  free(pointer: Pointer): void {
    this.#heap.free(pointer);
  }

  floats(pointer: Pointer, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, pointer, length);
  }

  ints(pointer: Pointer, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, pointer, length);
  }

  writeFloats(at: Pointer, values: ArrayLike<number>): void {
    // Through a window that is there already: a stream writes its input at every step.
    if (this.#floats.buffer !== this.#memory.buffer) this.#floats = new Float32Array(this.#memory.buffer);
    this.#floats.set(values, at / 4);
  }

  writeInts(at: Pointer, values: ArrayLike<number>): void {
    this.ints(at, values.length).set(values);
  }

  writePointers(at: Pointer, pointers: ArrayLike<Pointer>): void {
    this.writeInts(at, pointerWords(pointers));
  }

  #grow(bytes: number): Chunk | undefined {
    const missing = this.#end + bytes - this.#memory.buffer.byteLength;
    try {
      if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    } catch {
      return undefined;
    }
    const chunk = { pointer: this.#end, bytes: this.#memory.buffer.byteLength - this.#end };
    this.#end += chunk.bytes;
    return chunk;
  }
}
