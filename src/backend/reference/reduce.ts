/** Kernels that sum, compare or count over many elements. */
import type { Kernels } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";
import { readInts, stridedOffsets } from "./strides.js";

export function reduceKernels(memory: ReferenceMemory) {
  return {
    reduceAdd(y, yStrides, a, shape, rank) {
      const offsets = stridedOffsets(readInts(memory, shape, rank), readInts(memory, yStrides, rank));
      offsets.forEach((offset, i) => memory.add(y, offset, memory.read(a, i)));
    },

    rowSum(y, a, rows, columns) {
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let c = 0; c < columns; c++) sum += memory.read(a, r * columns + c);
        memory.write(y, r, sum);
      }
    },

    /** The first of equal maxima; the first NaN where there is one. Rows without columns are left alone. */
    rowMax(y, index, a, rows, columns) {
      if (columns === 0) return;
      for (let r = 0; r < rows; r++) {
        let best = 0;
        for (let c = 1; c < columns; c++) {
          const largest = memory.read(a, r * columns + best);
          const value = memory.read(a, r * columns + c);
          if (value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) best = c;
        }
        memory.write(y, r, memory.read(a, r * columns + best));
        memory.write(index, r, best);
      }
    },

    columnSumAdd(y, a, rows, columns) {
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) memory.add(y, c, memory.read(a, r * columns + c));
      }
    },

    sumSquaresAdd(total, x, n) {
      for (let i = 0; i < n; i++) memory.add(total, 0, memory.read(x, i) ** 2);
    },

    clipScale(scale, total, limit) {
      memory.write(scale, 0, Math.min(1, limit / Math.sqrt(memory.read(total, 0))));
    },

    countNonfiniteAdd(count, x, n) {
      for (let i = 0; i < n; i++) if (!Number.isFinite(memory.read(x, i))) memory.add(count, 0, 1);
    },
  } satisfies Partial<Kernels>;
}
