/** Operations along the last axis: softmax, its logarithm, layer normalisation. */
import { formatShape, shapeError } from "../errors.js";
import { record } from "../tape.js";
import { uncleared, type Tensor } from "../tensor.js";
import { requireSameBackend, requireType } from "./check.js";

/** Probabilities along the last axis. */
export const softmax = rowwise("softmax", "softmaxBackward");
/** Logarithms of probabilities along the last axis, in nats. */
export const logSoftmax = rowwise("logSoftmax", "logSoftmaxBackward");

function rowwise(
  op: "softmax" | "logSoftmax",
  back: "softmaxBackward" | "logSoftmaxBackward",
): (x: Tensor) => Tensor {
  return (x) => {
    requireType(op, "x", x, "float32");
    const { rows, columns } = matrixOf(op, "x", x);
    const y = uncleared(op, x.backend, x.shape);
    x.backend.kernels[op](y.pointer, x.pointer, rows, columns);
    record(op, [x], [y], (g) => {
      const dx = g.into(0);
      x.backend.kernels[back](dx.pointer, y.pointer, g.output(0)!.pointer, rows, columns);
    });
    return y;
  };
}

/**
 * (x - mean) / sqrt(variance + epsilon) * gain + bias along the last axis, with gain and bias of its length
 * (Ba, Kiros & Hinton 2016, equation 4).
 */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, epsilon = 1e-5): Tensor {
  const op = "layerNorm";
  const { rows, columns } = matrixOf(op, "x", x);
  for (const [name, part] of Object.entries({ x, gain, bias })) {
    requireType(op, name, part, "float32");
    requireSameBackend(op, x, part);
    if (part !== x && !(part.shape.length === 1 && part.size === columns)) {
      throw shapeError(op, name, `[${columns}] for x ${formatShape(x.shape)}`, formatShape(part.shape));
    }
  }
  const { backend } = x;
  const y = uncleared(op, backend, x.shape);
  const mean = uncleared(op, backend, [rows]);
  const inverseSd = uncleared(op, backend, [rows]);
  backend.kernels.layerNorm(
    y.pointer, mean.pointer, inverseSd.pointer, x.pointer, gain.pointer, bias.pointer, rows, columns, epsilon,
  );
  record(op, [x, gain, bias], [y], (g) => {
    // The kernel adds all three gradients; those nobody wants go to memory nobody reads.
    const [dx, dgain, dbias] = [x, gain, bias].map((part, i) =>
      g.wants(i) ? g.into(i) : uncleared(op, backend, part.shape),
    );
    backend.kernels.layerNormBackward(
      dx!.pointer, dgain!.pointer, dbias!.pointer, x.pointer, gain.pointer, mean.pointer, inverseSd.pointer,
      g.output(0)!.pointer, rows, columns,
    );
  });
  return y;
}

/** A tensor seen as the rows that its last axis makes. */
export function matrixOf(op: string, argument: string, x: Tensor): { rows: number; columns: number } {
  const columns = x.shape.at(-1);
  if (columns === undefined) throw shapeError(op, argument, "at least one axis", "a scalar");
  let rows = 1;
  for (let i = 0; i < x.shape.length - 1; i++) rows *= x.shape[i]!;
  return { rows, columns };
}
