/** What a mixture density over the movement of a pen costs, as one kernel for value and gradient. */
import { MIXTURE_MOST_COMPONENTS, ZIP_MUL } from "../backend/generated/kernels.js";
import { formatShape, shapeError } from "../tensor/errors.js";
import { zipInto } from "../tensor/launch.js";
import { requireSameBackend, requireType } from "../tensor/ops/check.js";
import { sum } from "../tensor/ops/index.js";
import { sameShape } from "../tensor/shape.js";
import { record } from "../tensor/tape.js";
import { uncleared, viewOf, type Tensor } from "../tensor/tensor.js";

export interface MixtureDensityLossOptions {
  /** Limit on every element of the gradient of a row's loss by its raw numbers; Graves took 100. @default none */
  readonly clip?: number;
  /** "sum" over all rows, as Graves has it, or "none" for one loss per row. @default "sum" */
  readonly reduction?: "sum" | "none";
}

/** Raw numbers of a mixture of `components` Gaussians: the end of the stroke, and six of each Gaussian. */
export function mixtureColumns(components: number): number {
  return 6 * components + 1;
}

/** How many Gaussians rows of so many raw numbers describe. @throws ShapeError if that is no whole number in range */
export function mixtureComponents(op: string, columns: number | undefined): number {
  const components = ((columns ?? NaN) - 1) / 6;
  if (Number.isInteger(components) && components >= 1 && components <= MIXTURE_MOST_COMPONENTS) return components;
  throw shapeError(op, "raw", `6 M + 1 columns for M from 1 to ${MIXTURE_MOST_COMPONENTS} Gaussians`, String(columns));
}

/**
 * -log p(target), in nats, for each row or all together (Graves 2013, equation 26; gradients as in equations 27 to 37). Deviations
 * stay within exp(±10) and correlations within tanh(±6), so that no density is infinite.
 *
 * @param raw [..., 6 M + 1]: ê, then M each of π̂, μ̂ in x, μ̂ in y, σ̂ in x, σ̂ in y, ρ̂
 * @param targets [..., 3]: movement in x and y, and 1 where the pen is lifted after it, else 0; a row whose third number is below 0
 *   is left out: padding
 */
export function mixtureDensityLoss(raw: Tensor, targets: Tensor, options: MixtureDensityLossOptions = {}): Tensor {
  const op = "mixtureDensityLoss";
  const { clip = Infinity, reduction = "sum" } = options;
  requireType(op, "raw", raw, "float32");
  requireType(op, "targets", targets, "float32");
  requireSameBackend(op, raw, targets);
  const components = mixtureComponents(op, raw.shape.at(-1));
  const rowShape = raw.shape.slice(0, -1);
  if (!sameShape(targets.shape, [...rowShape, 3])) {
    throw shapeError(op, "targets", `${formatShape([...rowShape, 3])} for raw ${formatShape(raw.shape)}`, formatShape(targets.shape));
  }
  if (!(clip > 0)) throw shapeError(op, "clip", "a number above 0", String(clip));
  const losses = lossPerRow(raw, targets, components, clip);
  return reduction === "none" ? losses : sum(losses);
}

function lossPerRow(raw: Tensor, targets: Tensor, components: number, clip: number): Tensor {
  const { backend } = raw;
  const op = "mixtureDensityLoss";
  const rowShape = raw.shape.slice(0, -1);
  const losses = uncleared(op, backend, rowShape);
  const launch = (loss: Tensor, gradient: Tensor | undefined) =>
    backend.kernels.mixtureDensity(loss.pointer, gradient?.pointer ?? 0, raw.pointer, targets.pointer, loss.size, components, clip);
  // The gradient comes almost for free with the loss. A second `backward` through here computes it again, because the first one
  // scales it in place.
  let ready = raw.requiresGrad ? uncleared(op, backend, raw.shape) : undefined;
  launch(losses, ready);
  record(op, [raw], [losses], (g) => {
    const gradient = ready ?? uncleared(op, backend, raw.shape);
    if (ready === undefined) launch(uncleared(op, backend, rowShape), gradient);
    ready = undefined;
    zipInto(ZIP_MUL, gradient, gradient, viewOf(g.output(0)!, [...rowShape, 1]));
    g.add(0, gradient);
  });
  return losses;
}
