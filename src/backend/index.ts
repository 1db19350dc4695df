/**
 * Backends: who executes the kernels. `loadBackend` chooses one, or takes the one it is told.
 *
 * @example
 * const backend = await loadBackend({ threads: 2 });
 * console.log(backend.name, backend.isa, backend.reasons);
 */
import { platform } from "#platform";
import type { Backend, BackendName } from "./backend.js";
import type { Explained } from "./platform.js";
import { createReferenceBackend } from "./reference/index.js";
import { checkThreads } from "./thread-count.js";
import { loadWasm, WASM_ISAS, type WasmIsa } from "./wasm.js";

export type { Backend, BackendName, FloatArray, IntArray, Kernels, Memory, Pointer } from "./backend.js";
export { OutOfMemoryError } from "./heap.js";
export { createReferenceBackend };

export interface BackendOptions {
  /** Default: the environment variable UNROLLED_BACKEND, else "auto": native where there is an addon, else wasm. */
  readonly backend?: "auto" | BackendName;
  /** 1 to 64. Default: UNROLLED_THREADS, else one per physical core. */
  readonly threads?: number;
  /**
   * Instruction set: "avx512-bf16", "avx512", "avx2", "baseline", "neon-dot" or "neon" natively, "simd128" or "relaxed-simd" of WebAssembly. Default:
   * UNROLLED_ISA, else natively the best, of WebAssembly simd128: relaxed-simd is up to 1.4 times faster, but not every host has it, and its
   * results differ by rounding from one kind of processor to another.
   */
  readonly isa?: string;
  /**
   * Lets kernels run beside JavaScript, in the order of the calls: a call returns at once, what looks at results waits for them
   * (`await tensor.data()` without blocking). For long work in a program that has to stay responsive; a few microseconds dearer where every
   * result is looked at. Natively; elsewhere kernels run when called, as ever (`Backend.asynchronous` says). @default false
   */
  readonly asynchronous?: boolean;
}

export interface BackendDescription {
  readonly name: BackendName;
  readonly available: boolean;
  /** Whether `loadBackend()` without options gives this one. */
  readonly chosen: boolean;
  /** Present where it is available. */
  readonly isa?: string;
  readonly threads?: number;
  /** Why this ISA and thread count, or why it is not available; a sentence each. */
  readonly reasons: readonly string[];
}

const NAMES: readonly BackendName[] = ["native", "wasm", "reference"];
const ISAS: Readonly<Record<BackendName, readonly string[]>> = {
  native: ["avx512-bf16", "avx512", "avx2", "baseline", "neon-dot", "neon", "wide-test"],
  wasm: WASM_ISAS,
  reference: ["float64"],
};

interface Request {
  readonly backend: Explained<"auto" | BackendName>;
  readonly isa: string | undefined;
  readonly threads: Explained<number>;
  readonly asynchronous: boolean;
}

let toldAboutFallback = false;

/**
 * Loads a backend; every call makes a new one with memory of its own. The thread count holds for the JavaScript thread that calls.
 * @throws RangeError for options or environment variables that make no sense; Error where the backend asked for is not
 * available, with the reason
 */
export async function loadBackend(options: BackendOptions = {}): Promise<Backend> {
  const request = readRequest(options);
  const { value: asked, why } = request.backend;
  if (asked !== "auto") {
    const backend = await load(asked, request).catch((error: unknown) => {
      throw new Error(`backend "${asked}" (${why}) is not available: ${messageOf(error)}`, { cause: error });
    });
    return withReason(backend, `${asked}: ${why}`);
  }
  if (request.isa !== undefined) {
    const isa = request.isa;
    const owner = NAMES.find((name) => ISAS[name].includes(isa))!;
    return withReason(await load(owner, request), `${owner}: the backend of isa "${isa}"`);
  }
  try {
    return withReason(await load("native", request), "native: the fastest that runs here");
  } catch (error) {
    const reason = `no native code: ${messageOf(error)}`;
    const backend = await load("wasm", request);
    if (platform.expectsNative && !toldAboutFallback) {
      toldAboutFallback = true;
      console.warn(`unrolled: running on WebAssembly; ${reason}`);
    }
    return withReason(backend, `wasm: ${reason}`);
  }
}

/** What there is on this machine and why, by trying: for `unrolled info backends`. */
export async function describeBackends(options: BackendOptions = {}): Promise<BackendDescription[]> {
  const request = readRequest(options);
  const chosen = await loadBackend(options);
  return Promise.all(
    NAMES.map(async (name): Promise<BackendDescription> => {
      try {
        const { isa, threads, reasons } = name === chosen.name ? chosen : await load(name, request);
        return { name, available: true, chosen: name === chosen.name, isa, threads, reasons };
      } catch (error) {
        return { name, available: false, chosen: false, reasons: [messageOf(error)] };
      }
    }),
  );
}

async function load(name: BackendName, { isa, threads, asynchronous }: Request): Promise<Backend> {
  if (isa !== undefined && !ISAS[name].includes(isa)) {
    throw new Error(`isa "${isa}" does not belong to it: there are ${ISAS[name].join(", ")}`);
  }
  if (name === "native") return platform.loadNative({ isa, threads, asynchronous });
  return name === "wasm" ? loadWasm(platform, threads, isa as WasmIsa | undefined) : createReferenceBackend();
}

/** Puts the reason for the backend itself before those for its ISA and threads. */
function withReason(backend: Backend, reason: string): Backend {
  return Object.assign(backend, { reasons: [reason, ...backend.reasons] });
}

/** The options, completed from the environment and checked. */
function readRequest(options: BackendOptions): Request {
  const backend = pick(options.backend, "UNROLLED_BACKEND", "auto");
  if (backend.value !== "auto" && !(NAMES as readonly string[]).includes(backend.value)) {
    throw new RangeError(`${backend.source}: expected auto, ${NAMES.join(", ")}, got "${backend.value}"`);
  }
  const isa = pick(options.isa, "UNROLLED_ISA", undefined);
  const isas = Object.values(ISAS).flat();
  if (isa.value !== undefined && !isas.includes(isa.value)) {
    throw new RangeError(`${isa.source}: expected one of ${isas.join(", ")}, got "${isa.value}"`);
  }
  return {
    backend: { value: backend.value as Request["backend"]["value"], why: `asked for by ${backend.source}` },
    isa: isa.value,
    threads: readThreads(options.threads),
    asynchronous: options.asynchronous ?? false,
  };
}

function readThreads(option: number | undefined): Explained<number> {
  const setting = platform.setting("UNROLLED_THREADS");
  if (option !== undefined) return { value: checkThreads(option, "threads"), why: "asked for by the option threads" };
  if (setting) return { value: checkThreads(Number(setting), "UNROLLED_THREADS"), why: "asked for by UNROLLED_THREADS" };
  return platform.defaultThreads();
}

function pick<T>(option: string | undefined, variable: string, otherwise: T): { value: string | T; source: string } {
  if (option !== undefined) return { value: option, source: `the option ${variable.slice("UNROLLED_".length).toLowerCase()}` };
  return { value: platform.setting(variable) || otherwise, source: variable };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
