/** Kernels on tables of rows, and on columns taken like them. */
import type { Kernels } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

export function embeddingKernels(memory: ReferenceMemory) {
  return {
    gatherRows(y, table, index, rows, columns, tableRows) {
      for (let r = 0; r < rows; r++) {
        const from = memory.read(index, r);
        const inside = from >= 0 && from < tableRows;
        for (let c = 0; c < columns; c++) {
          memory.write(y, r * columns + c, inside ? memory.read(table, from * columns + c) : 0);
        }
      }
    },

    scatterAddRows(table, x, index, rows, columns, tableRows) {
      for (let r = 0; r < rows; r++) {
        const to = memory.read(index, r);
        if (to < 0 || to >= tableRows) continue;
        for (let c = 0; c < columns; c++) memory.add(table, to * columns + c, memory.read(x, r * columns + c));
      }
    },

    gatherColumns(y, ldy, matrix, ldm, bias, index, scale, rows, count, n, columns) {
      for (let t = 0; t < count; t++) {
        const r = rows ? memory.read(rows, t) : t;
        const column = memory.read(index, r);
        const inside = column >= 0 && column < columns;
        for (let i = 0; i < n; i++) {
          const product = inside ? (scale ? memory.read(scale, r) : 1) * memory.read(matrix, i * ldm + column) : 0;
          memory.write(y, r * ldy + i, (bias ? memory.read(bias, i) : 0) + product);
        }
      }
    },

    scatterAddColumns(matrix, ldm, x, ldx, index, scale, rows, count, n, columns) {
      for (let t = 0; t < count; t++) {
        const r = rows ? memory.read(rows, t) : t;
        const column = memory.read(index, r);
        if (column < 0 || column >= columns) continue;
        for (let i = 0; i < n; i++) memory.add(matrix, i * ldm + column, (scale ? memory.read(scale, r) : 1) * memory.read(x, r * ldx + i));
      }
    },
  } satisfies Partial<Kernels>;
}
