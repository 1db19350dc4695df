/** Connectionist temporal classification: what labels cost whose places in a sequence nobody has marked. */
import { CTC_MOST_LABELS, ZIP_MUL } from "../backend/generated/kernels.js";
import { fromInts } from "../tensor/index.js";
import { formatShape, shapeError } from "../tensor/errors.js";
import { zipInto } from "../tensor/launch.js";
import { requireType } from "../tensor/ops/check.js";
import { mean, sum } from "../tensor/ops/index.js";
import { record } from "../tensor/tape.js";
import { uncleared, viewOf, type Tensor } from "../tensor/tensor.js";

export interface CtcLossOptions {
  /** Steps of each row; all of them where missing. */
  readonly lengths?: readonly number[];
  /** The class that stands for no label. @default 0 */
  readonly blank?: number;
  /** Rows too short for their labels cost nothing and teach nothing, instead of an infinite loss. @default false */
  readonly zeroInfinity?: boolean;
  /** "mean" and "sum" over the rows, or "none" for one loss per row. @default "mean" */
  readonly reduction?: "mean" | "sum" | "none";
}

/**
 * -log p(labels | logits), in nats: the probabilities of all paths that give the labels when first repeated classes and then blanks
 * are taken out of them, under softmax(logits) at every step (Graves et al. 2006). Unlike PyTorch's, the mean over rows does not
 * divide by the number of labels.
 *
 * Equal neighbours need a step between them: a row with fewer steps than labels and pairs of equal neighbours has an infinite loss
 * and no gradient; `ctcSteps` tells which those are.
 *
 * @param logits [time, batch, classes]
 * @param labels of each row, without blanks; may be empty
 * @throws ShapeError naming row and label for one that is no class, or is the blank
 * @example
 * const { output } = network.forward(x, { lengths });
 * ctcLoss(readout.forward(output), [[3, 1, 20], [4, 15, 7]], { lengths }).backward();
 */
export function ctcLoss(logits: Tensor, labels: readonly ArrayLike<number>[], options: CtcLossOptions = {}): Tensor {
  const op = "ctcLoss";
  const { blank = 0, zeroInfinity = false, reduction = "mean" } = options;
  requireType(op, "logits", logits, "float32");
  if (logits.shape.length !== 3) throw shapeError(op, "logits", "[time, batch, classes]", formatShape(logits.shape));
  const [time = 0, batch = 0, classes = 0] = logits.shape;
  if (!(Number.isInteger(blank) && blank >= 0 && blank < classes)) throw shapeError(op, "blank", `a class, 0 to ${classes - 1}`, String(blank));
  if (labels.length !== batch) throw shapeError(op, "labels", `${batch} rows for logits ${formatShape(logits.shape)}`, String(labels.length));
  const { lengths = new Array<number>(batch).fill(time) } = options;
  if (lengths.length !== batch) throw shapeError(op, "lengths", `${batch} of them for logits ${formatShape(logits.shape)}`, String(lengths.length));
  for (const [r, length] of lengths.entries()) {
    if (!(Number.isInteger(length) && length >= 0 && length <= time)) throw shapeError(op, `lengths[${r}]`, `0 to ${time} steps`, String(length));
  }
  for (const [r, row] of labels.entries()) requireLabels(op, r, row, classes, blank);
  // Nothing in no steps is certain: a loss of 0.
  const taken = labels.map((row, r) => !zeroInfinity || ctcSteps(row) <= lengths[r]!);
  const losses = lossPerRow(logits, labels.map((row, r) => (taken[r]! ? row : [])), lengths.map((length, r) => (taken[r]! ? length : 0)), blank);
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}

/** The fewest steps in which labels can come: one each, and one between equal neighbours. */
export function ctcSteps(labels: ArrayLike<number>): number {
  let steps = labels.length;
  for (let u = 1; u < labels.length; u++) if (labels[u] === labels[u - 1]) steps++;
  return steps;
}

function requireLabels(op: string, r: number, row: ArrayLike<number>, classes: number, blank: number): void {
  if (row.length > CTC_MOST_LABELS) throw shapeError(op, `labels[${r}]`, `at most ${CTC_MOST_LABELS} labels`, String(row.length));
  for (let u = 0; u < row.length; u++) {
    const label = row[u]!;
    if (Number.isInteger(label) && label >= 0 && label < classes && label !== blank) continue;
    throw shapeError(op, `labels[${r}][${u}]`, `a class from 0 to ${classes - 1} other than the blank, ${blank}`, String(label));
  }
}

function lossPerRow(logits: Tensor, labels: readonly ArrayLike<number>[], lengths: readonly number[], blank: number): Tensor {
  const op = "ctcLoss";
  const { backend } = logits;
  const { kernels } = backend;
  const [time = 0, batch = 0, classes = 0] = logits.shape;
  const most = Math.max(0, ...labels.map(({ length }) => length));
  const targets = new Int32Array(batch * most);
  for (const [r, row] of labels.entries()) targets.set(row, r * most);
  const steps = fromInts(lengths, [batch], backend);
  const table = fromInts(targets, [batch, most], backend);
  const counts = fromInts(labels.map(({ length }) => length), [batch], backend);

  const losses = uncleared(op, backend, [batch]);
  const launch = (loss: Tensor, gradient: Tensor | undefined) => {
    // The logarithms of the probabilities become the gradient where they lie.
    const probabilities = gradient ?? uncleared(op, backend, logits.shape);
    const work = gradient && uncleared(op, backend, [batch, time, kernels.ctcWorkColumns(most)]);
    kernels.logSoftmax(probabilities.pointer, logits.pointer, time * batch, classes);
    kernels.ctc(
      loss.pointer, gradient?.pointer ?? 0, work?.pointer ?? 0, probabilities.pointer, steps.pointer, table.pointer, counts.pointer,
      time, batch, classes, most, blank,
    );
  };
  // The gradient comes in the same call as the loss. A second `backward` through here computes it again, because the first one
  // scales it in place.
  let ready = logits.requiresGrad ? uncleared(op, backend, logits.shape) : undefined;
  launch(losses, ready);
  record(op, [logits], [losses], (g) => {
    const gradient = ready ?? uncleared(op, backend, logits.shape);
    if (ready === undefined) launch(uncleared(op, backend, [batch]), gradient);
    ready = undefined;
    zipInto(ZIP_MUL, gradient, gradient, viewOf(g.output(0)!, [1, batch, 1]));
    g.add(0, gradient);
  });
  return losses;
}
