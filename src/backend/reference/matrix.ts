/** Matrix products. */
import type { Kernels } from "../backend.js";
import { FORM_BFLOAT16 } from "../generated/kernels.js";
import type { ReferenceMemory } from "./memory.js";

const word = new DataView(new ArrayBuffer(4));

/** The nearest bfloat16, ties to even; a number too large becomes infinite. */
export function toBfloat16(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  if (Number.isNaN(value)) return NaN;
  const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  word.setUint32(0, rounded >>> 0);
  return word.getFloat32(0);
}

function inForm(form: number, value: number): number {
  return form === FORM_BFLOAT16 ? toBfloat16(value) : value;
}

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

    // Packed here means [k, n], row-major.
    packedFloats: (k, n) => k * n,

    roundedRowFloats: (k) => k,

    packMatrix(packed, b, transpose, k, n, ldb, form) {
      for (let l = 0; l < k; l++) {
        for (let j = 0; j < n; j++) {
          memory.write(packed, l * n + j, inForm(form, memory.read(b, transpose ? j * ldb + l : l * ldb + j)));
        }
      }
    },

    gemmRows(count, rows, n, k, a, lda, packed, bias, accumulate, c, ldc, form) {
      for (let i = 0; i < count; i++) {
        const row = rows === 0 ? i : memory.read(rows, i);
        for (let j = 0; j < n; j++) {
          let sum = accumulate ? memory.read(c, row * ldc + j) : bias === 0 ? 0 : memory.read(bias, j);
          for (let l = 0; l < k; l++) sum += inForm(form, memory.read(a, row * lda + l)) * memory.read(packed, l * n + j);
          memory.write(c, row * ldc + j, sum);
        }
      }
    },

    gemmTokensAdd(count, m, n, a, aRows, lda, b, bRows, ldb, c, ldc, form) {
      for (let token = 0; token < count; token++) {
        const aRow = aRows === 0 ? token : memory.read(aRows, token);
        const bRow = bRows === 0 ? token : memory.read(bRows, token);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            memory.add(c, i * ldc + j, inForm(form, memory.read(a, aRow * lda + i)) * inForm(form, memory.read(b, bRow * ldb + j)));
          }
        }
      }
    },
  } satisfies Partial<Kernels>;
}
