/**
 * What the backends need from where they run. `#platform` (see "imports" in package.json) is `node-platform.ts` under Node and
 * `browser-platform.ts` everywhere else, so that a bundle for the browser holds nothing of Node's.
 */
import type { Backend } from "./backend.js";

/** A value together with where it came from, for `Backend.reasons`. */
export interface Explained<T> {
  readonly value: T;
  readonly why: string;
}

/** What a thread of the WebAssembly backend starts from. */
export interface ThreadStart {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** End of the thread's stack; it grows down. */
  readonly stackEnd: number;
  /** Shared by all threads: where each leaves the message of an error of its kernels (`readReport`). */
  readonly reports: Uint16Array;
}

export interface RunningThread {
  terminate(): void;
}

/** The choice of a native addon: `isa` undefined means the best one. */
export interface NativeRequest {
  readonly isa: string | undefined;
  readonly threads: Explained<number>;
  /** Whether kernels may run later than they are called. */
  readonly asynchronous: boolean;
}

export interface Platform {
  /** A setting of the environment (UNROLLED_BACKEND and the like); undefined where there are none. */
  setting(name: string): string | undefined;
  /** How many threads to use when nobody says: one per physical core. */
  defaultThreads(): Explained<number>;
  /** Whether falling back from native to WebAssembly is worth a word. */
  readonly expectsNative: boolean;
  /** The native backend; throws an Error that says why where there is none. */
  loadNative(request: NativeRequest): Backend;
  /** Turns relaxed SIMD of WebAssembly on where it waits behind a flag. */
  enableRelaxedSimd(): void;
  readWasm(url: URL): Promise<WebAssembly.Module>;
  /** Why there can be no threads of WebAssembly here, or undefined where there can. */
  noThreadsBecause(): string | undefined;
  /** Starts a thread and resolves when it serves. */
  startThread(start: ThreadStart): Promise<RunningThread>;
}
