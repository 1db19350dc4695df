/** Dropout. */
import { shapeError } from "../errors.js";
import type { RandomStream } from "../random.js";
import type { Tensor } from "../tensor.js";
import { mul } from "./pointwise.js";

/**
 * x with each element set to 0 with probability `rate` and the others divided by 1 - rate, so that the mean stays
 * (Srivastava et al. 2014).
 */
export function dropout(x: Tensor, rate: number, random: RandomStream): Tensor {
  if (!(rate >= 0 && rate < 1)) throw shapeError("dropout", "rate", "0 up to, not including, 1", String(rate));
  if (rate === 0) return x;
  return mul(x, random.mask(x.shape, 1 - rate, { backend: x.backend }));
}
