/**
 * Where weights start. An initialiser makes a tensor of a shape from a random stream; matrices are [outputs, inputs],
 * as `Linear` and the recurrent layers hold them.
 */
import { full, zeros } from "../tensor/create.js";
import { formatShape, shapeError } from "../tensor/errors.js";
import { concat } from "../tensor/ops/index.js";
import type { RandomStream } from "../tensor/random.js";
import type { Shape } from "../tensor/shape.js";
import type { Tensor } from "../tensor/tensor.js";

export { orthogonal } from "./orthogonal.js";

export type Initialiser = (shape: Shape, random: RandomStream) => Tensor;

/** Every element `value`. */
export function constant(value: number): Initialiser {
  return (shape) => full(shape, value);
}

/** Uniform in [-limit, limit). */
export function uniform(limit: number): Initialiser {
  return (shape, random) => random.uniform(shape, -limit, limit);
}

/** Gaussian. */
export function normal(deviation: number, mean = 0): Initialiser {
  return (shape, random) => random.normal(shape, mean, deviation);
}

/** Uniform with variance `2 gain^2 / (inputs + outputs)`, for linear layers and tanh (Glorot & Bengio 2010). */
export function glorotUniform(gain = 1): Initialiser {
  return (shape, random) => {
    const { inputs, outputs } = fans(shape);
    const limit = gain * Math.sqrt(6 / (inputs + outputs));
    return random.uniform(shape, -limit, limit);
  };
}

/** Gaussian with the variance of `glorotUniform`. */
export function glorotNormal(gain = 1): Initialiser {
  return (shape, random) => {
    const { inputs, outputs } = fans(shape);
    return random.normal(shape, 0, gain * Math.sqrt(2 / (inputs + outputs)));
  };
}

/** Uniform with variance `2 / inputs`, for layers followed by ReLU (He et al. 2015). */
export function heUniform(): Initialiser {
  return (shape, random) => {
    const limit = Math.sqrt(6 / fans(shape).inputs);
    return random.uniform(shape, -limit, limit);
  };
}

/** Gaussian with variance `2 / inputs`. */
export function heNormal(): Initialiser {
  return (shape, random) => random.normal(shape, 0, Math.sqrt(2 / fans(shape).inputs));
}

/** `scale` times the identity: recurrent weights of ReLU networks (Le, Jaitly & Hinton 2015). */
export function identity(scale = 1): Initialiser {
  return (shape) => {
    if (shape.length !== 2) throw shapeError("identity", "shape", "a matrix, [rows, columns]", formatShape(shape));
    const [rows, columns] = shape as [number, number];
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < Math.min(rows, columns); i++) values[i * columns + i] = scale;
    return zeros(shape).set(values);
  };
}

/**
 * A matrix (or vector) of several of the same height on top of each other, each initialised by itself: the gates of a
 * cell, whose fan-out and orthogonality are those of one gate.
 *
 * @param blocks one initialiser for each block, from the top
 * @example stacked([constant(0), constant(1), constant(0), constant(0)]) // biases of an LSTM, its forget gate open
 */
export function stacked(blocks: readonly Initialiser[]): Initialiser {
  return (shape, random) => {
    const [rows = 0, ...rest] = shape;
    const height = rows / blocks.length;
    if (!Number.isInteger(height)) {
      throw shapeError("stacked", "shape", `a first axis divisible by ${blocks.length}`, formatShape(shape));
    }
    return concat(blocks.map((block) => block([height, ...rest], random)), 0);
  };
}

/** How many inputs an output has and the other way round; axes after the second are those of a convolution's kernel. */
function fans(shape: Shape): { inputs: number; outputs: number } {
  const [outputs = 1, inputs = outputs, ...kernel] = shape;
  const area = kernel.reduce((product, length) => product * length, 1);
  return { inputs: inputs * area, outputs: outputs * area };
}
