/**
 * Programs that multiply numbers of fewer bits. Weights are packed in the form of the products, and what they multiply is converted row by
 * row as it comes, just before the first product that takes it in; everything between products stays in float32.
 */
import * as K from "../backend/generated/kernels.js";
import type { Kernels } from "../backend/backend.js";
import type { Tensor } from "../tensor/index.js";
import { type Code, type Stage, stagesOf, wordsOf, writesBuffer } from "./assembly.js";
import type { BufferName } from "./graph.js";
import type { Instruction } from "./schedule.js";

/**
 * What weights, and what they multiply, are rounded to. bfloat16: 8 bits of significand, sums in float32; twice as many products an
 * instruction on processors with AVX512-BF16, and slower than float32 on others. int8: a byte per weight with a scale for each row of its
 * matrix, inputs and states quantised as they come, sums exact; for streams only, since it has no gradient.
 */
export type Precision = "float32" | "bfloat16" | "int8";

/** A program, and the rows that it converts. */
export interface ConvertedCode extends Code {
  /** Buffers of converted rows, with the number of elements of a row. */
  readonly rows: ReadonlyMap<BufferName, number>;
}

const INSTRUCTIONS = {
  bfloat16: { convert: K.SEQ_ROUND, multiply: K.SEQ_PRODUCT_ROUNDED },
  int8: { convert: K.SEQ_QUANTIZE, multiply: K.SEQ_PRODUCT_QUANTIZED },
} as const;

/** The form of dense products. */
export function productForm(precision: Exclude<Precision, "int8">): number {
  return precision === "bfloat16" ? K.FORM_BFLOAT16 : K.FORM_FLOAT32;
}

/** Floats of a converted row of `columns` elements. */
export function convertedRowFloats(kernels: Kernels, precision: Precision, columns: number): number {
  return precision === "int8" ? kernels.quantizedRowFloats(columns) : kernels.roundedRowFloats(columns);
}

/**
 * The same program with its products in another precision: its packed matrices are then to be packed in that.
 * @param isBounded for int8, whether the rows that a matrix multiplies lie in [-1, 1], so that their scale can be the same at every step
 */
export function inPrecision(
  { words, constants, buffers: named }: Code,
  precision: Precision,
  isBounded: (weights: BufferName) => boolean = () => false,
): ConvertedCode {
  const rows = new Map<BufferName, number>();
  if (precision === "float32") return { words, constants, buffers: named, rows };
  const { convert, multiply } = INSTRUCTIONS[precision];
  const buffers = [...named];
  /** Rows that hold what their buffers hold now, and which those are. */
  const current = new Map<BufferName, number>();
  const stages = stagesOf(words).map(({ width, instructions }): Stage => {
    // A row is converted in the first stage that multiplies it, before anything else happens there.
    const conversions: Instruction[] = [];
    const rest = instructions.map((instruction): Instruction => {
      const { opcode, dst, a, b, n } = instruction;
      const previous = opcode === K.SEQ_PRODUCT_PREVIOUS;
      if (opcode !== K.SEQ_PRODUCT && !previous) return instruction;
      const row = `converted:${previous ? "previous " : ""}${n} of ${buffers[a]}`;
      if (!rows.has(row)) {
        rows.set(row, n);
        buffers.push(row);
      }
      if (!current.has(row)) {
        current.set(row, a);
        const bounded = precision === "int8" && isBounded(buffers[b]!);
        const flags = (previous ? K.QUANTIZE_PREVIOUS : 0) + (bounded ? K.QUANTIZE_BOUNDED : 0);
        conversions.push({ opcode: convert, dst: buffers.indexOf(row), a, b: flags, n });
      }
      return { opcode: multiply, dst, a: buffers.indexOf(row), b, n };
    });
    for (const { opcode, dst } of instructions) {
      if (writesBuffer(opcode)) for (const [row, source] of current) if (source === dst) current.delete(row);
    }
    return { width, instructions: [...conversions, ...rest] };
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
