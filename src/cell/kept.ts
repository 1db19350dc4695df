/** What training keeps for the backward pass. */
import { columnCount, type CompiledCell } from "./compile.js";
import type { ColumnWidth } from "./graph.js";

/** How many values as wide as the state, how many as wide as the input, and how many single numbers. */
export interface KeptValues {
  readonly hidden: number;
  readonly input: number;
  readonly row: number;
}

/** What is kept per token from the forward to the backward pass: slots, states (the output among them), and what else is saved. */
export function keptForBackward({ slotCount, saved, cell }: CompiledCell): KeptValues {
  const count = (width: ColumnWidth | "row") => [...saved.values()].filter((other) => other === width).length;
  return { hidden: slotCount + cell.states.length + count("hidden"), input: count("input"), row: count("row") };
}

/** The same in floats. */
export function keptFloats(compiled: CompiledCell): number {
  const { hidden, input, row } = keptForBackward(compiled);
  return hidden * columnCount(compiled.sizes, "hidden") + input * columnCount(compiled.sizes, "input") + row;
}
