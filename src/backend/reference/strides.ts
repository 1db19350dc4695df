import type { Pointer } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

/** Reads an int32 array such as a shape. */
export function readInts(memory: ReferenceMemory, pointer: Pointer, length: number): number[] {
  return Array.from({ length }, (_, i) => memory.read(pointer, i));
}

/** The offsets visited when `shape` is walked in row-major order with `strides` (in elements; 0 broadcasts). */
export function stridedOffsets(shape: readonly number[], strides: readonly number[]): number[] {
  let offsets = [0];
  shape.forEach((length, axis) => {
    const outer = offsets;
    offsets = [];
    for (const offset of outer) {
      for (let i = 0; i < length; i++) offsets.push(offset + i * strides[axis]!);
    }
  });
  return offsets;
}
