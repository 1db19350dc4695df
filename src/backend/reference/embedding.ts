/** Kernels on tables of rows. */
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
  } satisfies Partial<Kernels>;
}
