/** The native backend: the kernels compiled for this machine, as a Node addon. Node only. */
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Backend, Kernels, Memory, Pointer } from "./backend.js";
import { Heap, ALIGNMENT, type Chunk } from "./heap.js";
import type { NativeRequest } from "./platform.js";
import { QueuedMemory, type Queue } from "./queued-memory.js";
import { pointerWords } from "./pointer-table.js";
import { ThreadCount } from "./thread-count.js";

/** What kernels/addon.c exports. */
interface Addon {
  readonly kernels: Kernels;
  addressOf(buffer: ArrayBuffer): Pointer;
  startQueue(memory: Memory): Queue;
}

const TARGET = `${process.platform}-${process.arch}`;
/** Built by scripts/build.mjs; the same folder seen from src/backend and from dist/backend. */
const FOLDER = fileURLToPath(new URL(`../../dist/backend/native/${TARGET}/`, import.meta.url));
/** Runs on every machine of its architecture, so it may be opened to ask what the machine has. */
const MACHINE = "machine";
/** The widest layout on any machine, built for the conformance suite and never chosen unasked. */
const WIDE_TEST = "wide-test";

/**
 * Opens the addon of the best ISA that is built and that the machine has, or of the one asked for.
 * @throws Error with the reason where there is none
 */
export function loadNative({ isa, threads, asynchronous }: NativeRequest): Backend {
  const built = builtIsas();
  if (built.length === 0) throw new Error(`no native addon is built for ${TARGET} (npm run build makes it where there is a C compiler)`);
  const machine = machineIsas();
  const usable = machine.filter((name) => built.includes(name));
  const chosen = isa ?? usable[0];
  if (chosen === undefined) throw new Error(`this machine has ${machine.join(", ")}; what is built needs ${built.join(" or ")}`);
  if (!built.includes(chosen)) throw new Error(`isa "${chosen}" is not built for ${TARGET}: there are ${built.join(", ")}`);
  if (!usable.includes(chosen) && chosen !== WIDE_TEST) {
    throw new Error(`isa "${chosen}" is not what this machine has: ${machine.join(", ")}`);
  }
  const addon = openAddon<Addon>(chosen);
  const memory = new NativeMemory(addon);
  const queue = asynchronous ? addon.startQueue(memory) : undefined;
  const kernels = queue?.kernels ?? addon.kernels;
  const count = new ThreadCount(kernels, threads.value);
  return {
    name: "native",
    isa: chosen,
    kernels,
    memory: queue ? new QueuedMemory(memory, queue) : memory,
    get threads() {
      return count.inForce;
    },
    setThreads: (wanted) => count.set(wanted),
    reasons: [
      isa === undefined ? `${chosen}: the best this machine has of those built (${built.join(", ")})` : `${chosen}: asked for`,
      `${count.inForce} thread${count.inForce === 1 ? "" : "s"}: ${threads.why}`,
      ...(queue ? ["asynchronous: kernels run beside JavaScript, as the option asynchronous allows"] : []),
    ],
    asynchronous,
    finish: () => queue?.finish() ?? Promise.resolve(),
  };
}

/** None where there is nothing to say what the machine can run. */
function builtIsas(): string[] {
  if (!existsSync(FOLDER)) return [];
  const addons = readdirSync(FOLDER).flatMap((name) => (name.endsWith(".node") ? [name.slice(0, -".node".length)] : []));
  return addons.includes(MACHINE) ? addons.filter((name) => name !== MACHINE) : [];
}

/** What this machine can run, best first, as kernels/machine.c says. */
function machineIsas(): readonly string[] {
  return openAddon<{ machineIsas(): string[] }>(MACHINE).machineIsas();
}

function openAddon<A>(name: string): A {
  return createRequire(import.meta.url)(`${FOLDER}${name}.node`) as A;
}

/** Memory in ArrayBuffers whose addresses the addon knows: the collector moves and frees nothing that is referenced here. */
class NativeMemory implements Memory {
  readonly #addon: Addon;
  /** By address, ascending. */
  readonly #pieces: { readonly from: Pointer; readonly to: Pointer; readonly buffer: ArrayBuffer; readonly floats: Float32Array }[] = [];
  readonly #heap = new Heap((bytes) => this.#grow(bytes));

  constructor(addon: Addon) {
    this.#addon = addon;
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
    const { buffer, from } = this.#pieceAt(pointer, 4 * length);
    return new Float32Array(buffer, pointer - from, length);
  }

  ints(pointer: Pointer, length: number): Int32Array {
    const { buffer, from } = this.#pieceAt(pointer, 4 * length);
    return new Int32Array(buffer, pointer - from, length);
  }

  writeFloats(at: Pointer, values: ArrayLike<number>): void {
    // Through a window that is there already: a stream writes its input at every step.
    const { floats, from } = this.#pieceAt(at, 4 * values.length);
    floats.set(values, (at - from) / 4);
  }

  writeInts(at: Pointer, values: ArrayLike<number>): void {
    this.ints(at, values.length).set(values);
  }

  writePointers(at: Pointer, pointers: ArrayLike<Pointer>): void {
    this.writeInts(at, pointerWords(pointers));
  }

  #pieceAt(pointer: Pointer, bytes: number) {
    let low = 0;
    let high = this.#pieces.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#pieces[middle]!.to <= pointer) low = middle + 1;
      else high = middle;
    }
    const piece = this.#pieces[low];
    if (!piece || pointer < piece.from || pointer + bytes > piece.to) {
      throw new RangeError(`memory: ${bytes} bytes at address ${pointer} do not lie in this backend's memory`);
    }
    return piece;
  }

  /** A little more than asked for leaves room to align, and a gap, so that no two pieces are ever taken for one. */
  #grow(bytes: number): Chunk | undefined {
    let buffer: ArrayBuffer;
    try {
      buffer = new ArrayBuffer(bytes + ALIGNMENT);
    } catch {
      return undefined;
    }
    const from = this.#addon.addressOf(buffer);
    const pointer = Math.ceil(from / ALIGNMENT) * ALIGNMENT;
    this.#pieces.push({ from, to: from + buffer.byteLength, buffer, floats: new Float32Array(buffer) });
    this.#pieces.sort((a, b) => a.from - b.from);
    return { pointer, bytes };
  }
}
