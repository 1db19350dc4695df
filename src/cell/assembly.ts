/** Programs as stages of instructions: written by hand, changed, and put one after the other as one. */
import * as K from "../backend/generated/kernels.js";
import type { Binding } from "./binding.js";
import type { BufferName } from "./graph.js";
import type { Instruction } from "./schedule.js";

export interface Stage {
  /** Columns. */
  readonly width: number;
  readonly instructions: readonly Instruction[];
}

/** What a program says, whatever its buffers are bound to. */
export interface Code {
  /** Instructions, SEQUENCE_INSTRUCTION_WORDS words each. */
  readonly words: ArrayLike<number>;
  readonly constants: readonly number[];
  readonly buffers: readonly BufferName[];
}

/** Operands that are the index of a buffer. */
const BUFFER_OPERANDS: { readonly [opcode: number]: readonly ("dst" | "a" | "b")[] } = {
  [K.SEQ_LOAD]: ["a"],
  [K.SEQ_LOAD_PREVIOUS]: ["a"],
  [K.SEQ_STORE]: ["dst"],
  [K.SEQ_VECTOR]: ["a"],
  [K.SEQ_LOAD_ROW]: ["a"],
  [K.SEQ_STORE_ROW]: ["dst"],
  [K.SEQ_PRODUCT]: ["a", "b"],
  [K.SEQ_PRODUCT_PREVIOUS]: ["a", "b"],
  [K.SEQ_QUANTIZE]: ["dst", "a"],
  [K.SEQ_PRODUCT_QUANTIZED]: ["a", "b"],
  [K.SEQ_ROUND]: ["dst", "a"],
  [K.SEQ_PRODUCT_ROUNDED]: ["a", "b"],
  [K.SEQ_DOT_SCORES]: ["dst", "a"],
  [K.SEQ_ADDITIVE_SCORES]: ["dst", "a", "b"],
  [K.SEQ_WINDOW]: ["dst", "a", "b"],
  [K.SEQ_READ]: ["dst", "a"],
  [K.SEQ_POSITION_SOFTMAX]: ["dst", "a"],
  [K.SEQ_POSITION_ADD]: ["dst", "a", "b"],
  [K.SEQ_POSITION_SOFTMAX_GRADIENT]: ["dst", "a", "b"],
  [K.SEQ_ADDITIVE_SLOPE]: ["dst", "a", "b"],
  [K.SEQ_WINDOW_MOMENT]: ["dst", "a", "b"],
  [K.SEQ_MORE]: ["dst", "a", "b"],
};

/** Whether an instruction writes the buffer that its first operand names. */
export function writesBuffer(opcode: number): boolean {
  return opcode !== K.SEQ_MORE && (BUFFER_OPERANDS[opcode]?.includes("dst") ?? false);
}

/** Whose last operand is the index of a constant. */
const WITH_CONSTANT: readonly number[] = [K.SEQ_CONST, K.SEQ_CLIP, K.SEQ_SCALE, K.SEQ_OFFSET];

export function stagesOf(words: ArrayLike<number>): Stage[] {
  const stages: Stage[] = [];
  let instructions: Instruction[] = [];
  for (let at = 0; at < words.length; at += K.SEQUENCE_INSTRUCTION_WORDS) {
    const [opcode = 0, dst = 0, a = 0, b = 0, n = 0] = Array.from({ length: K.SEQUENCE_INSTRUCTION_WORDS }, (_, i) => words[at + i]!);
    if (opcode === K.SEQ_STAGE) stages.push({ width: dst, instructions: (instructions = []) });
    else instructions.push({ opcode, dst, a, b, n });
  }
  return stages;
}

export function wordsOf(stages: readonly Stage[]): number[] {
  return stages.flatMap(({ width, instructions }) => [
    K.SEQ_STAGE, width, instructions.length, 0, 0,
    ...instructions.flatMap(({ opcode, dst, a, b, n }) => [opcode, dst, a, b, n]),
  ]);
}

/** One stage, of instructions whose missing operands are 0. */
export function codeOf(width: number, instructions: readonly ({ readonly opcode: number } & Partial<Instruction>)[]): Pick<Code, "words" | "constants"> {
  const complete = instructions.map((instruction) => ({ dst: 0, a: 0, b: 0, n: 0, ...instruction }));
  return { words: wordsOf([{ width, instructions: complete }]), constants: [0] };
}

/** Programs one after the other, and what their buffers are bound to. */
export class Assembly {
  readonly words: number[] = [];
  readonly constants: number[] = [];
  readonly bindings: Binding[] = [];

  /** @param bindings of the program's buffers, in their order */
  append({ words, constants }: Code, bindings: readonly Binding[]): void {
    const moved = (instruction: Instruction): Instruction => {
      const changed: { -readonly [operand in keyof Instruction]: number } = { ...instruction };
      for (const operand of BUFFER_OPERANDS[instruction.opcode] ?? []) changed[operand] += this.bindings.length;
      if (WITH_CONSTANT.includes(instruction.opcode)) changed.n += this.constants.length;
      return changed;
    };
    const stages = stagesOf(words).map(({ width, instructions }) => ({ width, instructions: instructions.map(moved) }));
    this.words.push(...wordsOf(stages));
    this.constants.push(...constants);
    this.bindings.push(...bindings);
  }
}
