/** For tests: parameters of a compiled cell. */
import { RandomStream, type Tensor } from "../tensor/index.js";
import { columnCount, type CompiledCell } from "./compile.js";
import type { CellParameters } from "./sequence.js";

/** Parameters drawn uniformly from [-0.8, 0.8), each requiring a gradient. */
export function randomParameters(compiled: CompiledCell, random: RandomStream): CellParameters {
  const { hiddenSize } = compiled.sizes;
  const draw = (shape: number[]): Tensor => {
    const tensor = random.uniform(shape, -0.8, 0.8);
    tensor.requiresGrad = true;
    return tensor;
  };
  return {
    matrices: Object.fromEntries(
      compiled.matrices.map(({ name, linears, columns }) => [
        name,
        draw([linears.length * hiddenSize, columnCount(compiled.sizes, columns)]),
      ]),
    ),
    bias: compiled.biases.length > 0 ? draw([compiled.biases.length * hiddenSize]) : undefined,
    vectors: Object.fromEntries(compiled.cell.vectors.map(({ name }) => [name, draw([hiddenSize])])),
  };
}

export function allParameters({ matrices, bias, vectors }: CellParameters): Tensor[] {
  return [...Object.values(matrices), ...(bias ? [bias] : []), ...Object.values(vectors)];
}
