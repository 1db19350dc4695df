/** Kernels that work along rows: softmax and its logarithm, cross-entropy, layer normalisation. */
import type { Kernels, Pointer } from "../backend.js";
import type { ReferenceMemory } from "./memory.js";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** a - log(sum(exp(a))), shifted by the largest element so that nothing overflows. */
function logSoftmax(a: readonly number[]): number[] {
  const largest = Math.max(...a);
  const logSum = largest + Math.log(sum(a.map((value) => Math.exp(value - largest))));
  return a.map((value) => value - logSum);
}

export function rowKernels(memory: ReferenceMemory) {
  const readRow = (a: Pointer, row: number, columns: number) =>
    Array.from(memory.floats(a + 4 * row * columns, columns));
  const writeRow = (y: Pointer, row: number, values: readonly number[]) =>
    values.forEach((value, c) => memory.write(y, row * values.length + c, value));
  const addRow = (y: Pointer, row: number, values: readonly number[]) =>
    values.forEach((value, c) => memory.add(y, row * values.length + c, value));

  return {
    softmax(y, a, rows, columns) {
      for (let r = 0; r < rows; r++) writeRow(y, r, logSoftmax(readRow(a, r, columns)).map(Math.exp));
    },

    softmaxBackward(da, y, dy, rows, columns) {
      for (let r = 0; r < rows; r++) {
        const value = readRow(y, r, columns);
        const gradient = readRow(dy, r, columns);
        const inner = sum(value.map((v, c) => v * gradient[c]!));
        addRow(da, r, value.map((v, c) => v * (gradient[c]! - inner)));
      }
    },

    logSoftmax(y, a, rows, columns) {
      for (let r = 0; r < rows; r++) writeRow(y, r, logSoftmax(readRow(a, r, columns)));
    },

    logSoftmaxBackward(da, y, dy, rows, columns) {
      for (let r = 0; r < rows; r++) {
        const gradient = readRow(dy, r, columns);
        const total = sum(gradient);
        addRow(da, r, readRow(y, r, columns).map((v, c) => gradient[c]! - Math.exp(v) * total));
      }
    },

    crossEntropy(loss, gradient, logits, target, rows, columns, ignore, smoothing) {
      for (let r = 0; r < rows; r++) {
        const wanted = memory.read(target, r);
        const counts = wanted !== ignore && wanted >= 0 && wanted < columns;
        const logP = logSoftmax(readRow(logits, r, columns));
        // The distribution that the row is compared with: one-hot, smoothed towards uniform.
        const truth = logP.map((_, c) => (c === wanted ? 1 - smoothing : 0) + smoothing / columns);
        memory.write(loss, r, counts ? sum(logP.map((v, c) => (truth[c] === 0 ? 0 : -truth[c]! * v))) : 0);
        if (gradient !== 0) writeRow(gradient, r, logP.map((v, c) => (counts ? Math.exp(v) - truth[c]! : 0)));
      }
    },

    layerNorm(y, mean, inverseSd, a, gain, bias, rows, columns, epsilon) {
      if (columns === 0) return;
      for (let r = 0; r < rows; r++) {
        const row = readRow(a, r, columns);
        const average = sum(row) / columns;
        const variance = sum(row.map((v) => (v - average) ** 2)) / columns;
        const factor = 1 / Math.sqrt(variance + epsilon);
        memory.write(mean, r, average);
        memory.write(inverseSd, r, factor);
        writeRow(y, r, row.map((v, c) => (v - average) * factor * memory.read(gain, c) + memory.read(bias, c)));
      }
    },

    layerNormBackward(da, dgain, dbias, a, gain, mean, inverseSd, dy, rows, columns) {
      for (let r = 0; r < rows; r++) {
        const factor = memory.read(inverseSd, r);
        const normal = readRow(a, r, columns).map((v) => (v - memory.read(mean, r)) * factor);
        const gradient = readRow(dy, r, columns);
        addRow(dgain, 0, gradient.map((g, c) => g * normal[c]!));
        addRow(dbias, 0, gradient);
        const scaled = gradient.map((g, c) => g * memory.read(gain, c));
        const average = sum(scaled) / columns;
        const slope = sum(scaled.map((g, c) => g * normal[c]!)) / columns;
        addRow(da, r, scaled.map((g, c) => factor * (g - average - normal[c]! * slope)));
      }
    },
  } satisfies Partial<Kernels>;
}
