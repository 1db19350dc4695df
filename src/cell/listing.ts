/** Programs as text: what the compiler made of a cell, one instruction per line. For people, and for pages about them. */
import * as K from "../backend/generated/kernels.js";
import type { BufferName } from "./graph.js";
import type { Program } from "./schedule.js";

/** The words of one instruction, spelt out. Registers read r0, r1, … and n0, n1, …; buffers go by their names. */
interface Operands {
  readonly r: (word: "dst" | "a" | "b") => string;
  readonly buffer: (word: "dst" | "a" | "b") => BufferName;
  readonly word: { readonly dst: number; readonly a: number; readonly b: number; readonly n: number };
  readonly constant: () => string;
  /** Those of the instruction that follows. */
  readonly more: Pick<Operands, "buffer" | "word">;
}

/** Opcodes that do not read `destination = operation argument...`. */
const FORMS: Readonly<Record<number, (o: Operands) => string>> = {
  [K.SEQ_LOAD]: (o) => `${o.r("dst")} = ${o.buffer("a")}`,
  [K.SEQ_LOAD_PREVIOUS]: (o) => `${o.r("dst")} = previous ${o.buffer("a")}`,
  [K.SEQ_STORE]: (o) => `${o.buffer("dst")} = ${o.r("a")}`,
  [K.SEQ_VECTOR]: (o) => `${o.r("dst")} = ${o.buffer("a")}, the same for every row`,
  [K.SEQ_LOAD_ROW]: (o) => `${o.r("dst")} = ${o.buffer("a")}`,
  [K.SEQ_STORE_ROW]: (o) => `${o.buffer("dst")} = ${o.r("a")}`,
  [K.SEQ_ROW_SUM]: (o) => `row total ${o.word.dst} = sum of ${o.r("a")} over the columns`,
  [K.SEQ_ROW_MAX]: (o) => `row total ${o.word.dst} = maximum of ${o.r("a")} over the columns`,
  [K.SEQ_SPREAD]: (o) => `${o.r("dst")} = ${o.r("a")} in every column`,
  [K.SEQ_ROW]: (o) => `${o.r("dst")} = row total ${o.word.a}`,
  [K.SEQ_COLUMN_SUM]: (o) => `column totals from ${o.word.dst} += ${o.r("a")}`,
  [K.SEQ_PRODUCT]: (o) => `${o.r("dst")} += ${o.buffer("a")} × ${o.buffer("b")}, ${o.word.n} deep`,
  [K.SEQ_PRODUCT_PREVIOUS]: (o) => `${o.r("dst")} += previous ${o.buffer("a")} × ${o.buffer("b")}, ${o.word.n} deep`,
  [K.SEQ_QUANTIZE]: (o) => `${o.buffer("dst")} = ${o.word.b & K.QUANTIZE_PREVIOUS ? "previous " : ""}${o.buffer("a")}, ${o.word.n} wide, quantised${o.word.b & K.QUANTIZE_BOUNDED ? " within ±1" : ""}`,
  [K.SEQ_PRODUCT_QUANTIZED]: (o) => `${o.r("dst")} += ${o.buffer("a")} × ${o.buffer("b")}, ${o.word.n} deep, quantised`,
  [K.SEQ_DOT_SCORES]: (o) => `${o.buffer("dst")} = products of ${o.buffer("a")} and ${o.more.buffer("a")}, ${o.word.n} wide, at each position`,
  [K.SEQ_ADDITIVE_SCORES]: (o) => `${o.buffer("dst")} = ${o.buffer("b")} · tanh(${o.buffer("a")} + ${o.more.buffer("a")}), ${o.word.n} wide, at each position`,
  [K.SEQ_WINDOW]: (o) => `${o.buffer("dst")} = ${o.word.n} Gaussians ${o.buffer("a")} exp(-${o.buffer("b")} (${o.more.buffer("dst")} - u)²), at each position u`,
  [K.SEQ_READ]: (o) => `${o.buffer("dst")} = sum of ${o.more.buffer("a")} over the positions, weights ${o.buffer("a")}, ${o.word.n} wide`,
  [K.SEQ_POSITION_SOFTMAX]: (o) => `${o.buffer("dst")} = softmax ${o.buffer("a")} over the positions`,
  [K.SEQ_POSITION_ADD]: (o) => `${o.buffer("dst")} = ${o.buffer("a")} + ${o.buffer("b")} at each position`,
  [K.SEQ_POSITION_SOFTMAX_GRADIENT]: (o) => `${o.buffer("dst")} = gradient of softmax ${o.buffer("a")} for ${o.buffer("b")}`,
  [K.SEQ_ADDITIVE_SLOPE]: (o) =>
    `${o.buffer("dst")} = sum of ${o.buffer("b")} tanh'(${o.buffer("a")} + ${o.more.buffer("a")}) over the positions, ${o.word.n} wide; ` +
    `gradient of ${o.more.buffer("a")} += its shares times ${o.more.buffer("dst")}; column totals from ${o.more.word.n} += the same with tanh`,
  [K.SEQ_WINDOW_MOMENT]: (o) =>
    `${o.buffer("dst")} = sum of ${o.more.buffer("dst")} exp(-${o.buffer("a")} (${o.buffer("b")} - u)²) (${o.buffer("b")} - u)^${o.more.word.n} over the positions u, ${o.word.n} wide`,
  [K.SEQ_MORE]: (o) => `where ${o.buffer("b")} says how many positions each row has`,
  [K.SEQ_CONST]: (o) => `${o.r("dst")} = ${o.constant()}`,
  [K.SEQ_COPY]: (o) => `${o.r("dst")} = ${o.r("a")}`,
  [K.SEQ_CLIP]: (o) => `${o.r("dst")} = clip ${o.r("a")} to ±${o.constant()}`,
  [K.SEQ_SCALE]: (o) => `${o.r("dst")} = ${o.r("a")} * ${o.constant()}`,
  [K.SEQ_OFFSET]: (o) => `${o.r("dst")} = ${o.r("a")} + ${o.constant()}`,
  [K.SEQ_ADD]: (o) => `${o.r("dst")} = ${o.r("a")} + ${o.r("b")}`,
  [K.SEQ_SUB]: (o) => `${o.r("dst")} = ${o.r("a")} - ${o.r("b")}`,
  [K.SEQ_MUL]: (o) => `${o.r("dst")} = ${o.r("a")} * ${o.r("b")}`,
  [K.SEQ_DIV]: (o) => `${o.r("dst")} = ${o.r("a")} / ${o.r("b")}`,
  [K.SEQ_MIN]: (o) => `${o.r("dst")} = min ${o.r("a")} ${o.r("b")}`,
  [K.SEQ_MAX]: (o) => `${o.r("dst")} = max ${o.r("a")} ${o.r("b")}`,
  [K.SEQ_GREATER]: (o) => `${o.r("dst")} = ${o.r("a")} > ${o.r("b")}`,
  [K.SEQ_TANH_SLOPE]: (o) => `${o.r("dst")} = ${o.r("a")} * (1 - ${o.r("b")}²)`,
  [K.SEQ_SIGMOID_SLOPE]: (o) => `${o.r("dst")} = ${o.r("a")} * ${o.r("b")} * (1 - ${o.r("b")})`,
  [K.SEQ_MUL_ADD]: (o) => `${o.r("dst")} += ${o.r("a")} * ${o.r("b")}`,
};

/** r0, r1, … hold a tile; n0, n1, … a number per row. */
function registerName(index: number): string {
  return index < K.SEQUENCE_ROW_REGISTERS ? `r${index}` : `n${index - K.SEQUENCE_ROW_REGISTERS}`;
}

/** Names of the operations with one argument: sigmoid, tanh, … as kernels.h has them. */
const NAMES = new Map(
  Object.entries(K).flatMap(([name, value]) => (name.startsWith("SEQ_") ? [[value as number, name.slice(4).toLowerCase()]] : [])),
);

/**
 * A program as text: a heading per stage, then its instructions on registers r0, r1, … that hold a tile and n0, n1, … that hold a number
 * per row. `previous` is the token before in the direction of reading (or the initial state). What buffers are called is explained in
 * docs/how-the-compiler-works.md.
 *
 * @example
 * console.log(listProgram(compileCell(gru, { inputSize: 64, hiddenSize: 128 }).training));
 */
export function listProgram({ words, constants, buffers }: Program): string {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += K.SEQUENCE_INSTRUCTION_WORDS) {
    const [opcode = 0, dst = 0, a = 0, , n = 0] = words.subarray(at, at + K.SEQUENCE_INSTRUCTION_WORDS);
    if (opcode === K.SEQ_STAGE) {
      lines.push(`stage over ${dst} columns`);
      continue;
    }
    const operandsAt = (start: number) => {
      const [, dst = 0, a = 0, b = 0, n = 0] = words.subarray(start, start + K.SEQUENCE_INSTRUCTION_WORDS);
      const word = { dst, a, b, n };
      return { word, buffer: (which: "dst" | "a" | "b") => buffers[word[which]]! };
    };
    const { word, buffer } = operandsAt(at);
    const operands: Operands = {
      r: (which) => registerName(word[which]),
      buffer,
      word,
      constant: () => String(constants[n]),
      more: operandsAt(at + K.SEQUENCE_INSTRUCTION_WORDS),
    };
    lines.push(`  ${FORMS[opcode]?.(operands) ?? `${registerName(dst)} = ${NAMES.get(opcode)} ${registerName(a)}`}`);
  }
  return lines.join("\n");
}
