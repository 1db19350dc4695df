/**
 * Programs whose weights are quantised: 8-bit whole numbers with a scale for each row of the matrix, multiplied with inputs and states that
 * are quantised as they come. Sums of whole numbers are exact; everything between products stays in float32.
 */
import * as K from "../backend/generated/kernels.js";
import type { Tensor } from "../tensor/index.js";
import { type Code, stagesOf, wordsOf } from "./assembly.js";
import type { BufferName } from "./graph.js";
import type { Instruction } from "./schedule.js";

export interface QuantizedCode extends Code {
  /** Buffers of quantised rows, with the number of elements of a row. */
  readonly rows: ReadonlyMap<BufferName, number>;
}

/**
 * The same program with quantised products: the buffers of its packed matrices are then quantised weights.
 * @param isBounded whether the rows that a matrix multiplies lie in [-1, 1], so that their scale can be the same at every step
 */
export function quantized({ words, constants, buffers: named }: Code, isBounded: (weights: BufferName) => boolean): QuantizedCode {
  const buffers = [...named];
  const rows = new Map<BufferName, number>();
  const stages = stagesOf(words).map(({ width, instructions }) => {
    // A row is quantised in the first stage that multiplies it, before anything else happens there.
    const first: Instruction[] = [];
    const rest = instructions.map((instruction): Instruction => {
      const { opcode, dst, a, b, n } = instruction;
      const previous = opcode === K.SEQ_PRODUCT_PREVIOUS;
      if (opcode !== K.SEQ_PRODUCT && !previous) return instruction;
      const row = `quantized:${previous ? "previous " : ""}${buffers[a]}`;
      if (!rows.has(row)) {
        rows.set(row, n);
        const flags = (previous ? K.QUANTIZE_PREVIOUS : 0) + (isBounded(buffers[b]!) ? K.QUANTIZE_BOUNDED : 0);
        first.push({ opcode: K.SEQ_QUANTIZE, dst: buffers.push(row) - 1, a, b: flags, n });
      }
      return { opcode: K.SEQ_PRODUCT_QUANTIZED, dst, a: buffers.indexOf(row), b, n };
    });
    return { width, instructions: [...first, ...rest] };
  });
  return { words: wordsOf(stages), constants, buffers, rows };
}

/** Rows [from, to) of a matrix, quantised, to be multiplied with. */
export function packRowsQuantized(matrix: Tensor, from: number, to: number, allocate: (floats: number) => Tensor): Tensor {
  const { kernels } = matrix.backend;
  const columns = matrix.shape[1]!;
  const packed = allocate(kernels.quantizedFloats(columns, to - from));
  kernels.packQuantized(packed.pointer, matrix.pointer + 4 * from * columns, columns, to - from, columns);
  return packed;
}
