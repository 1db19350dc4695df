/** The small networks that pages 1 and 2 speak of: one input, one unit, one output. */
import { cellNamed, elman, type Cell } from "unrolled";
import { relu, sigmoid, tanh, type Expression } from "unrolled/cell";

export const ACTIVATIONS = ["relu", "tanh", "sigmoid", "identity"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

export const CELLS = ["elman", "lstm", "gru"] as const;
export type CellName = (typeof CELLS)[number];

export interface NetworkSpec {
  readonly cell: CellName;
  /** Of an Elman network's unit; LSTM and GRU have their own. */
  readonly hidden: Activation;
  readonly output: Activation;
  /** By step. */
  readonly inputs: readonly number[];
  /** By linear map of the cell: the weight of each of its inputs, in order, then its bias. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** States before the first step, by name. */
  readonly initial: Readonly<Record<string, number>>;
  /** W_y and b_y. */
  readonly readout: readonly number[];
}

const FUNCTIONS: Readonly<Record<Activation, (a: Expression) => Expression>> = { relu, tanh, sigmoid, identity: (a) => a };

export function cellOf({ cell, hidden }: Pick<NetworkSpec, "cell" | "hidden">): Cell {
  return cell === "elman" ? elman(FUNCTIONS[hidden], `elman-${hidden}`) : cellNamed(cell)!;
}
