/** How time grows: one size at a time, all others as in BASE. */

/** @type {import("./cases.mjs").Case} */
const BASE = { kind: "layers", cell: "lstm", timeSteps: 64, batch: 32, inputSize: 128, hiddenSize: 128 };
const TEXT = { ...BASE, kind: "text", inputSize: 64, vocabulary: 32 };

/**
 * @typedef {object} Series
 * @property {string} title
 * @property {readonly (readonly [at: number, row: import("./groups.mjs").Row])[]} points
 */

/** @returns {Series} */
const series = (title, base, mode, values, change) => ({ title, points: values.map((value) => [value, { case: { ...base, ...change(value) }, mode }]) });

/** @type {readonly Series[]} */
export const SERIES = [
  series("time steps", BASE, "train", [8, 16, 32, 64, 128, 256, 512], (timeSteps) => ({ timeSteps })),
  series("batch", BASE, "train", [1, 2, 4, 8, 16, 32, 64, 128], (batch) => ({ batch })),
  series("hidden size", BASE, "train", [16, 32, 64, 128, 256, 512, 1024], (size) => ({ inputSize: size, hiddenSize: size })),
  series("layers", BASE, "train", [1, 2, 3, 4, 6, 8], (layers) => ({ layers })),
  series("vocabulary, whole step", TEXT, "update", [32, 128, 512, 2048, 8192], (vocabulary) => ({ vocabulary })),
];

/** The row whose thread counts are compared. */
export const THREADS_ROW = { case: { ...BASE, inputSize: 256, hiddenSize: 256 }, mode: "train" };

/** Every row once. */
export function growthRows(nameOf) {
  const rows = [...SERIES.flatMap(({ points }) => points.map(([, row]) => row)), THREADS_ROW];
  return [...new Map(rows.map((row) => [nameOf(row), row])).values()];
}
