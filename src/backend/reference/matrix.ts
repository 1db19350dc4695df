/** Matrix products. */
import type { Kernels } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

export function matrixKernels(memory: ReferenceMemory) {
  const gemm: Kernels["gemm"] = (transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum +=
            memory.read(a, transposeA ? l * lda + i : i * lda + l) *
            memory.read(b, transposeB ? j * ldb + l : l * ldb + j);
        }
        const kept = beta === 0 ? 0 : beta * memory.read(c, i * ldc + j);
        memory.write(c, i * ldc + j, alpha * sum + kept);
      }
    }
  };

  return {
    gemm,

    gemmBatched(count, transposeA, transposeB, m, n, k, alpha, a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC) {
      for (let i = 0; i < count; i++) {
        gemm(
          transposeA, transposeB, m, n, k, alpha, a + 4 * i * strideA, lda, b + 4 * i * strideB, ldb, beta,
          c + 4 * i * strideC, ldc,
        );
      }
    },
  } satisfies Partial<Kernels>;
}
