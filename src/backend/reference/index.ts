/**
 * The reference backend: every kernel of `kernels/kernels.h` in plain TypeScript over float64. Slow, short and obviously
 * right; it is the definition of each kernel, the judge of the conformance suite, and where gradients are checked by
 * finite differences.
 */
import type { Backend, Kernels } from "../backend.js";
import { ctcKernels } from "./ctc.js";
import { embeddingKernels } from "./embedding.js";
import { libraryKernels } from "./library.js";
import { matrixKernels } from "./matrix.js";
import { ReferenceMemory } from "./memory.js";
import { mixtureDensityKernels } from "./mixture-density.js";
import { optimKernels } from "./optim.js";
import { pointwiseKernels } from "./pointwise.js";
import { quantizedKernels } from "./quantized.js";
import { randomKernels } from "./random.js";
import { reduceKernels } from "./reduce.js";
import { rowKernels } from "./rows.js";
import { sequenceKernels } from "./sequence.js";
import { wordVectorKernels } from "./word-vectors.js";

export function createReferenceBackend(): Backend {
  const memory = new ReferenceMemory();
  const kernels: Kernels = {
    ...libraryKernels(memory),
    ...pointwiseKernels(memory),
    ...reduceKernels(memory),
    ...rowKernels(memory),
    ...mixtureDensityKernels(memory),
    ...ctcKernels(memory),
    ...embeddingKernels(memory),
    ...matrixKernels(memory),
    ...quantizedKernels(memory),
    ...randomKernels(memory),
    ...optimKernels(memory),
    ...sequenceKernels(memory),
    ...wordVectorKernels(memory),
  };
  return {
    name: "reference",
    kernels,
    memory,
    isa: "float64",
    threads: 1,
    setThreads: () => {},
    reasons: ["reference: every kernel in float64 TypeScript, slow and exact, for checking the others"],
    asynchronous: false,
    finish: () => Promise.resolve(),
  };
}
