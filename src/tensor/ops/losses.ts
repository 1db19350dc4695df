/** Losses that deserve a fused kernel. */
import { ZIP_MUL } from "../../backend/generated/kernels.js";
import { formatShape, shapeError } from "../errors.js";
import { zipInto } from "../launch.js";
import { sameShape } from "../shape.js";
import { record } from "../tape.js";
import { uncleared, viewOf, type Tensor } from "../tensor.js";
import { requireSameBackend, requireType } from "./check.js";
import { gather } from "./gather.js";
import { div, maximum } from "./pointwise.js";
import { sum } from "./reduce.js";
import { matrixOf } from "./rows.js";

export interface CrossEntropyOptions {
  /** Target that marks a position to be left out: no loss, no gradient, not counted. @default -1 */
  readonly ignore?: number;
  /** Share of the target's probability that is spread evenly over all classes (Szegedy et al. 2016). @default 0 */
  readonly labelSmoothing?: number;
  /** "mean" over the positions that count (0 if none does), "sum", or "none" for one loss per position. @default "mean" */
  readonly reduction?: "mean" | "sum" | "none";
}

/**
 * Cross-entropy, in nats, between softmax(logits) and target classes.
 *
 * @param logits [..., classes]
 * @param targets int32 [...]; targets outside 0..classes-1 are left out like `ignore`
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { ignore = -1, labelSmoothing = 0, reduction = "mean" } = options;
  const op = "crossEntropy";
  requireType(op, "logits", logits, "float32");
  requireType(op, "targets", targets, "int32");
  requireSameBackend(op, logits, targets);
  const { columns } = matrixOf(op, "logits", logits);
  if (!sameShape(targets.shape, logits.shape.slice(0, -1))) {
    const expected = `${formatShape(logits.shape.slice(0, -1))} for logits ${formatShape(logits.shape)}`;
    throw shapeError(op, "targets", expected, formatShape(targets.shape));
  }
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
    throw shapeError(op, "labelSmoothing", "0 to 1", String(labelSmoothing));
  }
  const losses = crossEntropyPerRow(logits, targets, ignore, labelSmoothing);
  if (reduction === "none") return losses;
  const total = sum(losses);
  return reduction === "sum" ? total : div(total, maximum(countTargets(targets, columns, ignore), 1));
}

function crossEntropyPerRow(logits: Tensor, targets: Tensor, ignore: number, smoothing: number): Tensor {
  const { backend } = logits;
  const { rows, columns } = matrixOf("crossEntropy", "logits", logits);
  const launch = (loss: Tensor, gradient: Tensor | undefined) =>
    backend.kernels.crossEntropy(
      loss.pointer, gradient?.pointer ?? 0, logits.pointer, targets.pointer, rows, columns, ignore, smoothing,
    );

  const losses = uncleared("crossEntropy", backend, targets.shape);
  // The gradient comes almost for free with the loss. A second `backward` through here computes it again, because the
  // first one scales it in place.
  let ready = logits.requiresGrad ? uncleared("crossEntropy", backend, logits.shape) : undefined;
  launch(losses, ready);
  record("crossEntropy", [logits], [losses], (g) => {
    const gradient = ready ?? uncleared("crossEntropy", backend, logits.shape);
    if (ready === undefined) launch(uncleared("crossEntropy", backend, targets.shape), gradient);
    ready = undefined;
    zipInto(ZIP_MUL, gradient, gradient, viewOf(g.output(0)!, [...targets.shape, 1]));
    g.add(0, gradient);
  });
  return losses;
}

/** How many targets are classes and not `ignore`, without looking at them on the host: a table of ones, gathered. */
function countTargets(targets: Tensor, classes: number, ignore: number): Tensor {
  const { kernels } = targets.backend;
  const counts = uncleared("crossEntropy", targets.backend, [classes, 1]);
  kernels.fill(counts.pointer, 1, classes);
  if (ignore >= 0 && ignore < classes) kernels.fill(counts.pointer + 4 * ignore, 0, 1);
  return sum(gather(counts, targets));
}
