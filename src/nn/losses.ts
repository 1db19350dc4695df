/** What is minimised: scalars, or one number per element where `reduction` is "none". Nothing is read on the host. */
import { formatShape, shapeError } from "../tensor/errors.js";
import { mean, mul, neg, relu, sigmoid, softplus, square, sub, sum } from "../tensor/ops/index.js";
import { sameShape } from "../tensor/shape.js";
import { noGrad } from "../tensor/step.js";
import { record } from "../tensor/tape.js";
import type { Tensor } from "../tensor/tensor.js";

export { crossEntropy, type CrossEntropyOptions } from "../tensor/ops/index.js";

export interface LossOptions {
  /** @default "mean" */
  readonly reduction?: "mean" | "sum" | "none";
}

/** Squared differences. @param target of the prediction's shape */
export function meanSquaredError(prediction: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape("meanSquaredError", "target", target, prediction);
  return reduced(square(sub(prediction, target)), options);
}

/**
 * Cross-entropy, in nats, of independent yes-or-no targets with probability sigmoid(logits):
 * `-target log p - (1 - target) log(1 - p)`, without cancellation for large logits.
 *
 * @param targets of the logits' shape, from 0 to 1
 */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  requireSameShape("binaryCrossEntropy", "targets", targets, logits);
  // max(x, 0) - x t + log(1 + exp(-|x|)). Its gradient is written out: term by term it would be wrong where x is 0.
  const losses = noGrad(() => {
    const large = sub(relu(logits), mul(logits, targets));
    return large.add(softplus(neg(logits.abs())));
  });
  record("binaryCrossEntropy", [logits, targets], [losses], (g) => {
    const dy = g.output(0)!;
    if (g.wants(0)) g.add(0, mul(dy, sub(sigmoid(logits), targets)));
    if (g.wants(1)) g.add(1, neg(mul(dy, logits)));
  });
  return reduced(losses, options);
}

function reduced(losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}

function requireSameShape(op: string, argument: string, x: Tensor, like: Tensor): void {
  if (!sameShape(x.shape, like.shape)) throw shapeError(op, argument, formatShape(like.shape), formatShape(x.shape));
}
