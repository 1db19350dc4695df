/** What training keeps for the backward pass. */
import { columnCount, type CompiledCell, type Extent } from "./compile.js";

/**
 * How many values as wide as the state, how many as wide as the input, how many single numbers; and of values of other widths how many
 * numbers, and how many with a number for each position of the memory.
 */
export interface KeptValues {
  readonly hidden: number;
  readonly input: number;
  readonly row: number;
  readonly other: number;
  readonly positions: number;
}

/** What is kept per token from the forward to the backward pass: slots, states (the output among them), and what else is saved. */
export function keptForBackward({ slotOffsets, saved, stateColumns, sizes }: CompiledCell): KeptValues {
  const slots = slotOffsets.slice(1).map((end, i) => end - slotOffsets[i]!);
  const all: Extent[] = [...slots, ...Object.values(stateColumns), ...saved.values()];
  const { hiddenSize, inputSize } = sizes;
  const count = (extent: Extent) => all.filter((other) => other === extent).length;
  const others = all.filter((extent) => typeof extent === "number" && extent !== hiddenSize && extent !== inputSize) as number[];
  return {
    hidden: count(hiddenSize),
    input: inputSize === hiddenSize ? 0 : count(inputSize),
    row: count("row"),
    other: others.reduce((sum, columns) => sum + columns, 0),
    positions: count("positions"),
  };
}

/** The same in floats. @param positions of the padded memory */
export function keptFloats(compiled: CompiledCell, positions = 0): number {
  const kept = keptForBackward(compiled);
  const { hiddenSize, inputSize } = compiled.sizes;
  return kept.hidden * hiddenSize + kept.input * inputSize + kept.row + kept.other + kept.positions * columnCount("positions", positions);
}
