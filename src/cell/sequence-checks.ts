/** Whether what is given for a sequence fits the cell and each other. */
import { type Tensor, shapeError } from "../tensor/index.js";
import { formatShape } from "../tensor/errors.js";
import { splitName } from "./binding.js";
import type { CompiledCell } from "./compile.js";
import { checkMemory } from "./memory.js";
import { checkOneHot } from "./one-hot.js";
import { checkLengths } from "./row-order.js";
import type { SequenceOptions } from "./sequence.js";

/** @throws ShapeError naming the argument */
export function checkSequence(compiled: CompiledCell, x: Tensor, options: SequenceOptions): void {
  const { cell, sizes, stateColumns } = compiled;
  const { initial = {}, given = {}, lengths, memory, oneHot, recompute } = options;
  const operation = `cell "${cell.name}"`;
  const [time = 0, batch = 0, features] = x.shape;
  const expected = sizes.inputSize - (oneHot?.size ?? 0);
  if (x.shape.length !== 3 || features !== expected) throw shapeError(operation, "x", `[time, batch, ${expected}]`, formatShape(x.shape));
  if (oneHot) checkOneHot(compiled, x, oneHot);
  checkMemory(compiled, batch, memory);
  for (const [state, tensor] of Object.entries(initial)) {
    if (!cell.states.includes(state)) throw shapeError(operation, `initial.${state}`, `one of the states ${cell.states.join(", ")}`, state);
    const wanted = formatShape([batch, stateColumns[state]!]);
    if (tensor && formatShape(tensor.shape) !== wanted) throw shapeError(operation, `initial.${state}`, wanted, formatShape(tensor.shape));
  }
  for (const [name, tensor] of Object.entries(given)) {
    const columns = stateColumns[splitName(name)[1] ?? ""] ?? sizes.hiddenSize;
    const constant = formatShape([batch, columns]);
    const varying = formatShape([time, batch, columns]);
    const shape = formatShape(tensor.shape);
    if (shape !== constant && shape !== varying) throw shapeError(operation, `given ${name}`, `${varying} or ${constant}`, shape);
  }
  checkLengths(operation, time, batch, lengths);
  if (typeof recompute === "number" && !(Number.isInteger(recompute) && recompute > 0)) {
    throw shapeError(operation, "recompute", `a whole number of steps from 1 on, or "sqrt"`, String(recompute));
  }
}
