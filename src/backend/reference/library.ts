/** Kernels about the library itself. The reference backend has one thread and no vectors. */
import type { Kernels } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

export function libraryKernels(memory: ReferenceMemory) {
  return {
    setThreads: () => 1,
    vectorWidth: () => 1,
    multiplyAddsPerRound: () => 1,

    multiplyAddPeak(sink, rounds) {
      let value = 1;
      for (let round = 0; round < rounds; round++) value = value * 0.999 + 0.001;
      memory.write(sink, 0, value);
    },

    readPace(sink, a, n, rounds) {
      let sum = 0;
      for (let round = 0; round < rounds; round++) for (let i = 0; i < n; i++) sum += memory.read(a, i);
      memory.write(sink, 0, sum);
    },
  } satisfies Partial<Kernels>;
}
