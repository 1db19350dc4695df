/** Tables of addresses as the kernels read them (`address_t` in kernels.h). */
import type { Pointer } from "./backend.js";

/** 8 bytes each, the low half first. */
export function pointerWords(pointers: ArrayLike<Pointer>): Int32Array<ArrayBuffer> {
  const words = new Int32Array(2 * pointers.length);
  for (let i = 0; i < pointers.length; i++) {
    const pointer = pointers[i]!;
    words[2 * i] = pointer; // modulo 2^32
    words[2 * i + 1] = Math.floor(pointer / 2 ** 32);
  }
  return words;
}
