/** For tests: parameters of a compiled cell, and a training step of it. */
import type { Backend } from "../backend/index.js";
import { RandomStream, add, mul, step, sum, tensor, type Tensor, withBackend } from "../tensor/index.js";
import { values } from "../tensor/testing.js";
import { compileCell, type CompiledCell, type CompileOptions } from "./compile.js";
import type { Cell } from "./define.js";
import { type CellParameters, runSequence } from "./sequence.js";

/** Parameters drawn uniformly from [-0.8, 0.8), each requiring a gradient. */
export function randomParameters(compiled: CompiledCell, random: RandomStream): CellParameters {
  const draw = (shape: number[]): Tensor => {
    const tensor = random.uniform(shape, -0.8, 0.8);
    tensor.requiresGrad = true;
    return tensor;
  };
  return {
    matrices: Object.fromEntries(
      [
        ...compiled.matrices.map(({ name, offsets, columns }) => [name, draw([offsets.at(-1)!, columns])] as const),
        ...compiled.keys.map(({ name, rows, columns }) => [name, draw([rows, columns])] as const),
      ],
    ),
    bias: compiled.biases.length > 0 ? draw([compiled.biasOffsets.at(-1)!]) : undefined,
    vectors: Object.fromEntries(Object.entries(compiled.vectorColumns).map(([name, columns]) => [name, draw([columns])])),
  };
}

export function allParameters({ matrices, bias, vectors }: CellParameters): Tensor[] {
  return [...Object.values(matrices), ...(bias ? [bias] : []), ...Object.values(vectors)];
}

/** Sizes of a batch that tests train on. */
export interface Shape {
  readonly time: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly lengths?: readonly number[];
  readonly reversed?: boolean;
}

/** Everything a training step makes, as plain numbers: output, final states, and the gradients of the input, parameters and initial states. */
export function trainOnce(backend: Backend, cell: Cell, shape: Shape, options: CompileOptions = {}): Float64Array[] {
  const { time, batch, inputSize, hiddenSize, lengths, reversed } = shape;
  return withBackend(backend, () => {
    const compiled = compileCell(cell, { inputSize, hiddenSize }, options);
    // Drawn on the reference in float64 they would differ in the last bits: exact float32 values serve all.
    const parameters = randomParameters(compiled, new RandomStream(3));
    let seed = 1;
    const drawn = (dimensions: number[], limit: number) => values(dimensions, { seed: seed++, low: -limit, high: limit });
    for (const parameter of allParameters(parameters)) parameter.set(drawn([...parameter.shape], 1 / Math.sqrt(hiddenSize)));
    const made = (dimensions: number[]) => tensor(drawn(dimensions, 1), dimensions, { requiresGrad: true });
    const x = made([time, batch, inputSize]);
    const initial = Object.fromEntries(cell.states.map((state) => [state, made([batch, hiddenSize])]));
    const weights = [tensor(drawn([time, batch, hiddenSize], 1), [time, batch, hiddenSize])];
    for (const _ of cell.states) weights.push(tensor(drawn([batch, hiddenSize], 1), [batch, hiddenSize]));
    return step(() => {
      const { output, final } = runSequence(compiled, parameters, x, { initial, lengths, reversed });
      const results = [output, ...Object.values(final)];
      const loss = results.map((result, i) => sum(mul(result, weights[i]!))).reduce((total, part) => add(total, part));
      loss.backward();
      const leaves = [x, ...allParameters(parameters), ...Object.values(initial)];
      const gradients = leaves.map((leaf: Tensor) => (leaf.grad ? leaf.grad.dataSync() : new Float64Array(leaf.size)));
      return [...results.map((result) => result.dataSync()), ...gradients].map((result) => Float64Array.from(result));
    });
  });
}
