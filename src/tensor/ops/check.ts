import { ShapeError, shapeError } from "../errors.js";
import type { DType, Tensor } from "../tensor.js";

export function requireType(op: string, argument: string, x: Tensor, dtype: DType): void {
  if (x.dtype !== dtype) throw shapeError(op, argument, dtype, x.dtype);
}

export function requireSameBackend(op: string, a: Tensor, b: Tensor): void {
  if (a.backend !== b.backend) {
    throw new ShapeError(op, `operands live on different backends, ${a.backend.name} and ${b.backend.name}`);
  }
}
