/** The cells of the house; by name those that need nothing but a sequence. */
import type { Cell } from "../define.js";
import { coupledLstm } from "./coupled-lstm.js";
import { elmanRelu, elmanTanh } from "./elman.js";
import { gru, gruResetBefore } from "./gru.js";
import { layerNormLstm } from "./layer-norm-lstm.js";
import { lstm } from "./lstm.js";
import { mut1, mut2, mut3 } from "./mut.js";
import { peepholeLstm } from "./peephole-lstm.js";

export { attend, attentionLstm, type AttentionKind } from "./attention-lstm.js";
export { coupledLstm } from "./coupled-lstm.js";
export { elman, elmanRelu, elmanTanh } from "./elman.js";
export { gravesWindow } from "./graves-window.js";
export { gru, gruResetBefore } from "./gru.js";
export { layerNormLstm } from "./layer-norm-lstm.js";
export { lstm } from "./lstm.js";
export { mut1, mut2, mut3 } from "./mut.js";
export { peepholeLstm } from "./peephole-lstm.js";

const all = [elmanTanh, elmanRelu, lstm, peepholeLstm, coupledLstm, layerNormLstm, gru, gruResetBefore, mut1, mut2, mut3];

/** By name: elman, elman-relu, lstm, peephole-lstm, … */
export const cells: ReadonlyMap<string, Cell> = new Map(all.map((cell) => [cell.name, cell]));

/** The cell of that name; undefined if there is none. */
export function cellNamed(name: string): Cell | undefined {
  return cells.get(name);
}
