/**
 * The size of gradients and the ways to limit it. Nothing here reads from the device: norms stay tensors until somebody
 * asks for their value, and the factor of clipping goes from one kernel to the next through memory.
 */
import { MAP_CLIP, MAP_SQRT } from "../backend/generated/kernels.js";
import { uncleared, type Tensor } from "../tensor/tensor.js";
import { inRange, namedParameters, type Parameters } from "./optimizer.js";

/** The gradients that there are. */
function gradients(op: string, parameters: Parameters): [Tensor, ...Tensor[]] {
  const found = [...namedParameters(parameters).values()].flatMap(({ grad }) => grad ?? []);
  if (found.length === 0) throw new Error(`${op}: parameters: expected gradients, got none; call backward() first`);
  return found as [Tensor, ...Tensor[]];
}

function sumOfSquares(op: string, all: readonly [Tensor, ...Tensor[]]): Tensor {
  const { backend } = all[0];
  const total = uncleared(op, backend, []);
  backend.kernels.fill(total.pointer, 0, 1);
  for (const gradient of all) backend.kernels.sumSquaresAdd(total.pointer, gradient.pointer, gradient.size);
  return total;
}

function root(op: string, total: Tensor): Tensor {
  const norm = uncleared(op, total.backend, []);
  total.backend.kernels.map(MAP_SQRT, norm.pointer, total.pointer, 1, 0);
  return norm;
}

/** The Euclidean norm of all gradients together, a scalar. */
export function gradientNorm(parameters: Parameters): Tensor {
  return root("gradientNorm", sumOfSquares("gradientNorm", gradients("gradientNorm", parameters)));
}

/**
 * Scales all gradients together so that their norm is at most `limit` (Pascanu et al. 2013); the direction stays.
 * @returns the norm before clipping, a scalar
 */
export function clipGradientNorm(parameters: Parameters, limit: number): Tensor {
  inRange("clipGradientNorm", "limit", limit, 0, Infinity);
  const all = gradients("clipGradientNorm", parameters);
  const { kernels } = all[0].backend;
  const total = sumOfSquares("clipGradientNorm", all);
  const scale = uncleared("clipGradientNorm", total.backend, []);
  kernels.clipScale(scale.pointer, total.pointer, limit);
  for (const gradient of all) kernels.scaleBy(gradient.pointer, scale.pointer, gradient.size);
  return root("clipGradientNorm", total);
}

/** Limits every element of every gradient to [-limit, limit]. */
export function clipGradientValue(parameters: Parameters, limit: number): void {
  inRange("clipGradientValue", "limit", limit, 0, Infinity);
  for (const { backend, pointer, size } of gradients("clipGradientValue", parameters)) {
    backend.kernels.map(MAP_CLIP, pointer, pointer, size, limit);
  }
}
