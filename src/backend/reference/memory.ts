/**
 * The reference backend's memory: one growable Float64Array in which byte address p is element p / 4. Floats, int32 and
 * addresses alike are held as float64 numbers, so whatever runs on a real backend runs here in double precision.
 */
import type { Memory, Pointer } from "../backend.js";
import { ALIGNMENT, Heap, type Chunk } from "../heap.js";

export class ReferenceMemory implements Memory {
  /** Replaced when memory grows: kernels look it up at every access. */
  #data = new Float64Array(0);
  /** In bytes. Starts above 0, the null pointer. */
  #end = ALIGNMENT;
  readonly #heap = new Heap((bytes) => this.#grow(bytes));

  get bytesInUse(): number {
    return this.#heap.bytesInUse;
  }

  allocate(bytes: number): Pointer {
    const pointer = this.#heap.allocate(bytes);
    // Memory is not cleared by contract; NaN makes a read of what was never written show itself.
    this.floats(pointer, Math.ceil(bytes / 4)).fill(NaN);
    return pointer;
  }

  free(pointer: Pointer): void {
    this.#heap.free(pointer);
  }

  floats(pointer: Pointer, length: number): Float64Array {
    return this.#data.subarray(pointer / 4, pointer / 4 + length);
  }

  ints(pointer: Pointer, length: number): Float64Array {
    return this.floats(pointer, length);
  }

  writeFloats(at: Pointer, values: ArrayLike<number>): void {
    this.floats(at, values.length).set(values);
  }

  writeInts(at: Pointer, values: ArrayLike<number>): void {
    this.writeFloats(at, values);
  }

  /** Address i goes to element 2 i: 8 bytes each, as on every backend. */
  writePointers(at: Pointer, pointers: ArrayLike<Pointer>): void {
    for (let i = 0; i < pointers.length; i++) this.write(at, 2 * i, pointers[i]!);
  }

  /** Element `index` of the array at `pointer`. */
  read(pointer: Pointer, index: number): number {
    return this.#data[pointer / 4 + index]!;
  }

  write(pointer: Pointer, index: number, value: number): void {
    this.#data[pointer / 4 + index] = value;
  }

  /** Adds `value` to element `index` of the array at `pointer`. */
  add(pointer: Pointer, index: number, value: number): void {
    this.#data[pointer / 4 + index]! += value;
  }

  #grow(bytes: number): Chunk | undefined {
    const chunk = { pointer: this.#end, bytes };
    try {
      const grown = new Float64Array((this.#end + bytes) / 4);
      grown.set(this.#data);
      this.#data = grown;
    } catch {
      return undefined;
    }
    this.#end += bytes;
    return chunk;
  }
}
