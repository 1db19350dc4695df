/**
 * Quantised rows and weights, defined. A quantised row is its scale and then its whole numbers, packed weights are one such row for each
 * column of the result; on this backend every number is an element of its own.
 */
import type { Kernels } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

const LIMIT = 127;
const SMALLEST_MAGNITUDE = Math.fround(1e-30);

/**
 * Quantises values. Computed in float32, so that the whole numbers are those of every other backend.
 * @param bounded the values lie in [-1, 1], outside they are clamped: the scale does not depend on them
 */
export function quantizeRow(values: readonly number[], bounded = false): { scale: number; whole: number[] } {
  const finite = values.every((value) => Number.isFinite(value));
  const largest = bounded ? 1 : values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const factor = largest > SMALLEST_MAGNITUDE ? Math.fround((2 * LIMIT) / largest) : 0;
  const whole = values.map((value) => {
    const twice = Math.trunc(Math.fround(value * factor));
    const rounded = Math.sign(twice) * Math.floor((Math.abs(twice) + 1) / 2);
    return Math.max(-LIMIT, Math.min(LIMIT, rounded));
  });
  return { scale: finite ? Math.fround(largest / LIMIT) : NaN, whole };
}

export function quantizedKernels(memory: ReferenceMemory) {
  return {
    quantizedRowFloats: (k) => 1 + k,

    quantizedFloats: (k, n) => n * (1 + k),

    packQuantized(packed, b, k, n, ldb) {
      for (let row = 0; row < n; row++) {
        const { scale, whole } = quantizeRow(Array.from({ length: k }, (_, j) => memory.read(b, row * ldb + j)));
        [scale, ...whole].forEach((value, j) => memory.write(packed, row * (1 + k) + j, value));
      }
    },
  } satisfies Partial<Kernels>;
}
