/**
 * Compiled cell programs, defined: the same instructions as `kernels/sequence.c`, one whole row at a time. Row by row, token by
 * token, stage by stage; a register is an array as wide as the stage.
 */
import type { Kernels } from "../backend.js";
import * as K from "../generated/kernels.js";
import { toBfloat16 } from "./matrix.js";
import type { ReferenceMemory } from "./memory.js";
import { quantizeRow } from "./quantized.js";
import { READS, readMemory } from "./reading.js";

/** The token a stage works on: which row of the batch, at which time, and where the token before it lies. */
interface Token {
  readonly batchRow: number;
  readonly time: number;
  readonly previousTime: number;
  /** The row's first token in the direction of processing: "previous" is the initial row. */
  readonly first: boolean;
}

type Pointwise = (a: number, b: number, constant: number, destination: number) => number;

const pointwise: { readonly [opcode: number]: Pointwise } = {
  [K.SEQ_CONST]: (_a, _b, constant) => constant,
  [K.SEQ_COPY]: (a) => a,
  // Here numbers per row have columns too.
  [K.SEQ_SPREAD]: (a) => a,
  [K.SEQ_NEG]: (a) => -a,
  [K.SEQ_ABS]: (a) => Math.abs(a),
  [K.SEQ_SQUARE]: (a) => a * a,
  [K.SEQ_SQRT]: (a) => Math.sqrt(a),
  [K.SEQ_RECIPROCAL]: (a) => 1 / a,
  [K.SEQ_EXP]: (a) => Math.exp(a),
  [K.SEQ_LOG]: (a) => Math.log(a),
  [K.SEQ_TANH]: (a) => Math.tanh(a),
  [K.SEQ_SIGMOID]: (a) => 1 / (1 + Math.exp(-a)),
  [K.SEQ_RELU]: (a) => (a <= 0 ? 0 : a),
  [K.SEQ_SOFTPLUS]: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  [K.SEQ_STEP]: (a) => (a > 0 ? 1 : 0),
  [K.SEQ_CLIP]: (a, _b, limit) => (a > limit ? limit : a < -limit ? -limit : a),
  [K.SEQ_SCALE]: (a, _b, constant) => a * constant,
  [K.SEQ_OFFSET]: (a, _b, constant) => a + constant,
  [K.SEQ_ADD]: (a, b) => a + b,
  [K.SEQ_SUB]: (a, b) => a - b,
  [K.SEQ_MUL]: (a, b) => a * b,
  [K.SEQ_DIV]: (a, b) => a / b,
  [K.SEQ_MIN]: (a, b) => Math.min(a, b),
  [K.SEQ_MAX]: (a, b) => Math.max(a, b),
  [K.SEQ_GREATER]: (a, b) => (a > b ? 1 : 0),
  [K.SEQ_TANH_SLOPE]: (a, b) => a * (1 - b * b),
  [K.SEQ_SIGMOID_SLOPE]: (a, b) => a * b * (1 - b),
  [K.SEQ_MUL_ADD]: (a, b, _constant, destination) => destination + a * b,
};

export function sequenceKernels(memory: ReferenceMemory) {
  const sequenceRun: Kernels["sequenceRun"] = (
    program, words, constants, buffers, rows, rowIndex, rowLength, reversed, backward, totals, _partial, _totalsSize,
  ) => {
    const code = Array.from({ length: words }, (_, i) => memory.read(program, i));
    const field = (buffer: number, i: number) => memory.read(buffers, 2 * (buffer * K.SEQUENCE_BUFFER_WORDS + i));

    /** Address of the row of buffer `b` that belongs to the token, 0 where the buffer is null. */
    const rowNow = (b: number, token: Token) =>
      field(b, 0) && field(b, 0) + 4 * (token.time * field(b, 1) + token.batchRow * field(b, 2));
    const rowPrevious = (b: number, token: Token) => {
      if (token.first) return field(b, 3) && field(b, 3) + 4 * token.batchRow * field(b, 4);
      return field(b, 0) + 4 * (token.previousTime * field(b, 1) + token.batchRow * field(b, 2));
    };

    const runToken = (token: Token) => {
      const rowTotals: number[] = [];
      let registers: Float64Array[] = [];
      let width = 0;
      for (let at = 0; at < words; at += K.SEQUENCE_INSTRUCTION_WORDS) {
        const [opcode, dst, a, b, n] = code.slice(at, at + K.SEQUENCE_INSTRUCTION_WORDS) as [
          number, number, number, number, number,
        ];
        const set = (value: (column: number) => number) => {
          registers[dst] = Float64Array.from({ length: width }, (_, column) => value(column));
        };
        const load = (row: number) => set((column) => (row === 0 ? 0 : memory.read(row, column)));
        const addProduct = (source: number) => {
          if (source === 0) return;
          const target = registers[dst]!;
          for (let column = 0; column < width; column++) {
            // A packed matrix of this backend is [k, n], row-major.
            for (let k = 0; k < n; k++) {
              target[column]! += memory.read(source, k) * memory.read(field(b, 0), k * width + column);
            }
          }
        };
        if (READS.has(opcode)) {
          const [, third, source, lengths, number] = code.slice(at + K.SEQUENCE_INSTRUCTION_WORDS) as [number, number, number, number, number];
          const inMemory = (pointer: number) => pointer + 4 * token.batchRow * field(source, 2);
          readMemory(memory, opcode, {
            to: rowNow(dst, token), a: rowNow(a, token), b: rowNow(b, token), third: rowNow(third, token),
            memory: inMemory(field(source, 0)), gradient: inMemory(field(source, 3)), stride: field(source, 1),
            totals: totals + 4 * number, columns: n, number,
            length: memory.read(field(lengths, 0), token.batchRow), positions: field(lengths, 1),
          });
          continue;
        }
        switch (opcode) {
          case K.SEQ_MORE:
            break;
          case K.SEQ_STAGE:
            width = dst;
            registers = [];
            break;
          case K.SEQ_LOAD:
            load(rowNow(a, token));
            break;
          case K.SEQ_LOAD_PREVIOUS:
            load(rowPrevious(a, token));
            break;
          case K.SEQ_VECTOR:
            load(field(a, 0));
            break;
          case K.SEQ_LOAD_ROW: {
            const row = rowNow(a, token);
            set(() => memory.read(row, 0));
            break;
          }
          case K.SEQ_STORE:
            registers[a]!.forEach((value, column) => memory.write(rowNow(dst, token), column, value));
            break;
          case K.SEQ_STORE_ROW:
            memory.write(rowNow(dst, token), 0, registers[a]![0]!);
            break;
          case K.SEQ_ROW_SUM:
            rowTotals[dst] = registers[a]!.reduce((sum, value) => sum + value, 0);
            break;
          case K.SEQ_ROW_MAX:
            rowTotals[dst] = registers[a]!.reduce((largest, value) => Math.max(largest, value), -Infinity);
            break;
          case K.SEQ_ROW:
            set(() => rowTotals[a]!);
            break;
          case K.SEQ_COLUMN_SUM:
            registers[a]!.forEach((value, column) => memory.add(totals, dst + column, value));
            break;
          case K.SEQ_PRODUCT:
          case K.SEQ_PRODUCT_ROUNDED:
            addProduct(rowNow(a, token));
            break;
          case K.SEQ_PRODUCT_PREVIOUS:
            addProduct(rowPrevious(a, token));
            break;
          case K.SEQ_QUANTIZE: {
            const from = b & K.QUANTIZE_PREVIOUS ? rowPrevious(a, token) : rowNow(a, token);
            const values = Array.from({ length: n }, (_, k) => (from === 0 ? 0 : memory.read(from, k)));
            const { scale, whole } = quantizeRow(values, (b & K.QUANTIZE_BOUNDED) !== 0);
            [scale, ...whole].forEach((value, k) => memory.write(rowNow(dst, token), k, value));
            break;
          }
          case K.SEQ_ROUND: {
            const from = b & K.QUANTIZE_PREVIOUS ? rowPrevious(a, token) : rowNow(a, token);
            for (let k = 0; k < n; k++) memory.write(rowNow(dst, token), k, from === 0 ? 0 : toBfloat16(memory.read(from, k)));
            break;
          }
          case K.SEQ_PRODUCT_QUANTIZED: {
            const [source, weights] = [rowNow(a, token), field(b, 0)];
            const target = registers[dst]!;
            for (let column = 0; column < width; column++) {
              const row = weights + 4 * column * (1 + n);
              let whole = 0;
              for (let k = 1; k <= n; k++) whole += memory.read(source, k) * memory.read(row, k);
              target[column]! += whole * memory.read(row, 0) * memory.read(source, 0);
            }
            break;
          }
          default: {
            const operation = pointwise[opcode]!;
            const [x, y, d] = [registers[a], registers[b], registers[dst]];
            set((column) => operation(x?.[column] ?? 0, y?.[column] ?? 0, memory.read(constants, n), d?.[column] ?? 0));
          }
        }
      }
    };

    for (let row = 0; row < rows; row++) {
      const length = memory.read(rowLength, row);
      const batchRow = memory.read(rowIndex, row);
      for (let i = 0; i < length; i++) {
        const step = backward ? length - 1 - i : i;
        const time = reversed ? length - 1 - step : step;
        runToken({ batchRow, time, previousTime: reversed ? time + 1 : time - 1, first: step === 0 });
      }
    }
  };

  return { sequenceRun } satisfies Partial<Kernels>;
}
