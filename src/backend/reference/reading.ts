/** The instructions of sequence programs that read a memory, defined: one row of the batch at one token. */
import type { Pointer } from "../backend.js";
import * as K from "../generated/kernels.js";
import type { ReferenceMemory } from "./memory.js";

/** The operands of an instruction, for one row. */
export interface Reading {
  readonly to: Pointer;
  readonly a: Pointer;
  readonly b: Pointer;
  readonly third: Pointer;
  /** The first position of the row's memory, and of its gradient; others lie `stride` elements apart. */
  readonly memory: Pointer;
  readonly gradient: Pointer;
  readonly stride: number;
  /** Column totals from the instruction's number on. */
  readonly totals: Pointer;
  readonly columns: number;
  readonly number: number;
  /** Positions of the row, and of the padded memory. */
  readonly length: number;
  readonly positions: number;
}

export const READS: ReadonlySet<number> = new Set([
  K.SEQ_DOT_SCORES, K.SEQ_ADDITIVE_SCORES, K.SEQ_WINDOW, K.SEQ_READ, K.SEQ_POSITION_SOFTMAX, K.SEQ_POSITION_ADD,
  K.SEQ_POSITION_SOFTMAX_GRADIENT, K.SEQ_ADDITIVE_SLOPE, K.SEQ_WINDOW_MOMENT,
]);

export function readMemory(heap: ReferenceMemory, opcode: number, r: Reading): void {
  const a = (i: number) => heap.read(r.a, i);
  const b = (i: number) => heap.read(r.b, i);
  const third = (i: number) => heap.read(r.third, i);
  const memory = (u: number, column: number) => heap.read(r.memory, u * r.stride + column);
  const over = (count: number, term: (i: number) => number) => Array.from({ length: count }, (_, i) => term(i)).reduce((x, y) => x + y, 0);
  const overColumns = (term: (column: number) => number) => over(r.columns, term);
  const overPositions = (term: (u: number) => number) => over(r.length, term);
  const eachPosition = (value: (u: number) => number) => {
    for (let u = 0; u < r.positions; u++) heap.write(r.to, u, u < r.length ? value(u) : 0);
  };
  const eachColumn = (value: (column: number) => number) => {
    for (let column = 0; column < r.columns; column++) heap.write(r.to, column, value(column));
  };
  const tanh = (u: number, column: number) => Math.tanh(memory(u, column) + a(column));
  switch (opcode) {
    case K.SEQ_DOT_SCORES:
      return eachPosition((u) => overColumns((column) => memory(u, column) * a(column)));
    case K.SEQ_ADDITIVE_SCORES:
      return eachPosition((u) => overColumns((column) => b(column) * tanh(u, column)));
    case K.SEQ_WINDOW:
      return eachPosition((u) => overColumns((k) => a(k) * Math.exp(-b(k) * (third(k) - (u + 1)) ** 2)));
    case K.SEQ_READ:
      return eachColumn((column) => overPositions((u) => a(u) * memory(u, column)));
    case K.SEQ_POSITION_SOFTMAX: {
      const scores = Array.from({ length: r.length }, (_, u) => a(u));
      const largest = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - largest), 0);
      return eachPosition((u) => Math.exp(scores[u]! - largest) / total);
    }
    case K.SEQ_POSITION_ADD:
      return eachPosition((u) => a(u) + b(u));
    case K.SEQ_POSITION_SOFTMAX_GRADIENT: {
      const mean = overPositions((u) => a(u) * b(u));
      return eachPosition((u) => a(u) * (b(u) - mean));
    }
    case K.SEQ_ADDITIVE_SLOPE:
      for (let column = 0; column < r.columns; column++) {
        heap.write(r.to, column, overPositions((u) => b(u) * (1 - tanh(u, column) ** 2)));
        heap.add(r.totals, column, overPositions((u) => b(u) * tanh(u, column)));
        for (let u = 0; u < r.length; u++) {
          heap.add(r.gradient, u * r.stride + column, third(column) * b(u) * (1 - tanh(u, column) ** 2));
        }
      }
      return;
    case K.SEQ_WINDOW_MOMENT:
      return eachColumn((k) => overPositions((u) => {
        const distance = b(k) - (u + 1);
        return third(u) * Math.exp(-a(k) * distance ** 2) * distance ** r.number;
      }));
  }
}
