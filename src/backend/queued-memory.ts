/** Memory of a backend whose kernels run later than they are called: shown after them, written in order with them. */
import type { FloatArray, IntArray, Kernels, Memory, Pointer } from "./backend.js";
import { pointerWords } from "./pointer-table.js";

/** Kernels that run later, and their order (kernels/queue.c). */
export interface Queue {
  readonly kernels: Kernels;
  /** Resolves, in a later turn of the event loop, when every call so far has run. */
  finish(): Promise<void>;
  /** Returns when every call so far has run. */
  wait(): void;
  isIdle(): boolean;
  /** Copies the values now, and to the address when every call so far has run. */
  write(to: Pointer, values: Float32Array | Int32Array): void;
}

export class QueuedMemory implements Memory {
  readonly #memory: Memory;
  readonly #queue: Queue;

  constructor(memory: Memory, queue: Queue) {
    this.#memory = memory;
    this.#queue = queue;
  }

  get bytesInUse(): number {
    return this.#memory.bytesInUse;
  }

  /** What calls that have not run yet work on may be handed out again: whoever gets it comes after them. */
  allocate(bytes: number): Pointer {
    return this.#memory.allocate(bytes);
  }

  free(pointer: Pointer): void {
    this.#memory.free(pointer);
  }

  floats(pointer: Pointer, length: number, settled = false): FloatArray {
    if (!settled) this.#queue.wait();
    return this.#memory.floats(pointer, length);
  }

  ints(pointer: Pointer, length: number, settled = false): IntArray {
    if (!settled) this.#queue.wait();
    return this.#memory.ints(pointer, length);
  }

  writeFloats(at: Pointer, values: ArrayLike<number>): void {
    // The window also checks the address.
    const window = this.#memory.floats(at, values.length);
    if (this.#queue.isIdle()) window.set(values);
    else this.#queue.write(at, values instanceof Float32Array ? values : Float32Array.from(values));
  }

  writeInts(at: Pointer, values: ArrayLike<number>): void {
    const window = this.#memory.ints(at, values.length);
    if (this.#queue.isIdle()) window.set(values);
    else this.#queue.write(at, values instanceof Int32Array ? values : Int32Array.from(values));
  }

  writePointers(at: Pointer, pointers: ArrayLike<Pointer>): void {
    this.writeInts(at, pointerWords(pointers));
  }
}
