/** Gradients against finite differences. */
import { withBackend } from "./default-backend.js";
import { shapeError } from "./errors.js";
import { mul } from "./ops/pointwise.js";
import { sum } from "./ops/reduce.js";
import { RandomStream } from "./random.js";
import { noGrad, step } from "./step.js";
import type { Tensor } from "./tensor.js";

export interface GradCheckOptions {
  /** Check only so many randomly chosen elements of each input. @default all */
  readonly sample?: number;
  /** Relative difference that is accepted. @default 1e-5 */
  readonly tolerance?: number;
  /** Names of the inputs for messages. */
  readonly names?: readonly string[];
  /** Seed of the choice of elements and of the weights that make a scalar of a larger result. @default 0 */
  readonly seed?: number;
}

interface Finding {
  readonly input: number;
  readonly element: number;
  readonly analytic: number;
  readonly numeric: number;
  readonly error: number;
}

/**
 * Compares the gradient of f with central differences in float64, for every element of every input (float32 tensors on
 * the reference backend). A result that is not a scalar is multiplied by fixed random weights and summed. f may ignore its
 * arguments and use the same tensors otherwise, as a module uses its parameters; it must be deterministic and away from
 * kinks.
 *
 * An element passes when |ga - gn| / max(1e-8, |ga| + |gn|) < 1e-5, the difference taken with h = 1e-6 max(1, |θ|). Where
 * rounding drowns that difference, a stencil of fourth order with h = 1e-3 max(1, |θ|) decides, by the same rule or down
 * to its own rounding error.
 *
 * @throws Error naming the worst element.
 */
export function gradCheck(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradCheckOptions = {},
): void {
  const { sample = Infinity, tolerance = 1e-5, names = [], seed = 0 } = options;
  const [first] = inputs;
  if (first === undefined) return;
  for (const [i, input] of inputs.entries()) {
    if (input.backend.name !== "reference" || input.backend !== first.backend) {
      throw shapeError("gradCheck", `inputs[${i}]`, "a tensor on the one reference backend", `one on ${input.backend.name}`);
    }
  }
  const random = new RandomStream(seed);
  withBackend(first.backend, () => {
    const objective = () => {
      const y = f(...inputs);
      return y.size === 1 ? y : sum(mul(y, new RandomStream(seed).uniform(y.shape, -1, 1)));
    };
    const gradients = gradientsOf(objective, inputs);
    const evaluate = () => step(() => noGrad(() => objective().item()));
    let worst: Finding | undefined;
    inputs.forEach((input, i) => {
      for (const element of chooseElements(input.size, sample, random)) {
        const analytic = gradients[i]![element]!;
        const { numeric, error } = compare(analytic, input, element, evaluate, tolerance);
        if (!(error < tolerance) && !(worst !== undefined && worst.error >= error)) {
          worst = { input: i, element, analytic, numeric, error };
        }
      }
    });
    if (worst === undefined) return;
    const { input, element, analytic, numeric, error } = worst;
    throw new Error(
      `gradCheck: ${names[input] ?? `inputs[${input}]`}[${place(element, inputs[input]!.shape)}]: gradient ${analytic}, ` +
        `finite differences give ${numeric} (relative difference ${error.toExponential(1)})`,
    );
  });
}

function gradientsOf(objective: () => Tensor, inputs: readonly Tensor[]): ArrayLike<number>[] {
  const before = inputs.map((input) => input.slot);
  try {
    for (const input of inputs) {
      input.requiresGrad = false;
      input.requiresGrad = true;
    }
    return step(() => {
      objective().backward();
      return inputs.map((input) => input.grad?.dataSync() ?? new Float64Array(input.size));
    });
  } finally {
    inputs.forEach((input, i) => (input.slot = before[i]));
  }
}

function compare(analytic: number, input: Tensor, element: number, evaluate: () => number, tolerance: number) {
  const { memory } = input.backend;
  const value = memory.floats(input.pointer, input.size)[element]!;
  const at = (moved: number): number => {
    const write = (v: number) => (memory.floats(input.pointer, input.size)[element] = v);
    write(moved);
    try {
      return evaluate();
    } finally {
      write(value);
    }
  };
  const relative = (numeric: number) =>
    Math.abs(analytic - numeric) / Math.max(1e-8, Math.abs(analytic) + Math.abs(numeric));

  const size = Math.max(1, Math.abs(value));
  const h = 1e-6 * size;
  const numeric = (at(value + h) - at(value - h)) / (2 * h);
  const error = relative(numeric);
  if (error < tolerance) return { numeric, error };

  const wide = 1e-3 * size;
  const [a, b, c, d] = [at(value - 2 * wide), at(value - wide), at(value + wide), at(value + 2 * wide)] as const;
  const finer = (a - 8 * b + 8 * c - d) / (12 * wide);
  const rounding = (8 * Number.EPSILON * Math.max(1, Math.abs(a), Math.abs(d))) / wide;
  return { numeric: finer, error: Math.abs(analytic - finer) <= rounding ? 0 : relative(finer) };
}

function chooseElements(size: number, sample: number, random: RandomStream): Iterable<number> {
  if (sample >= size) return Array.from({ length: size }, (_, i) => i);
  return random.permutation(size).slice(0, sample);
}

/** The row-major index `element` as one number per axis. */
function place(element: number, shape: readonly number[]): string {
  let rest = element;
  const axes: number[] = [];
  for (const length of [...shape].reverse()) {
    axes.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return axes.join(", ");
}
