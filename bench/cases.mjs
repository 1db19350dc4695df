/** What is measured: the cases, how much arithmetic each is, and their weights and inputs, the same for every contestant. */

/**
 * @typedef {object} Case one recurrent layer over whole sequences, all rows of full length
 * @property {"lstm" | "gru" | "elman"} cell LSTM without peepholes, GRU as PyTorch and cuDNN define it, Elman with tanh
 * @property {number} timeSteps
 * @property {number} batch
 * @property {number} inputSize
 * @property {number} hiddenSize
 *
 * @typedef {"forward" | "train"} Mode
 * forward: the outputs of all steps, with nothing kept for a backward pass where the contestant can say so.
 * train: forward, then the gradients of sum(output * dy) with respect to the input, both weight matrices and the biases.
 */

/** Gates per cell: rows of the weight matrices in units of the hidden size. */
export const GATES = { lstm: 4, gru: 3, elman: 1 };

/** @type {readonly Mode[]} */
export const MODES = ["forward", "train"];

const SIZES = [
  { batch: 1, hiddenSize: 128 },
  { batch: 32, hiddenSize: 128 },
  { batch: 32, hiddenSize: 256 },
  { batch: 64, hiddenSize: 512 },
];

/** @type {readonly Case[]} */
export const CASES = Object.keys(GATES).flatMap((cell) =>
  SIZES.map(({ batch, hiddenSize }) => ({ cell, timeSteps: 64, batch, inputSize: hiddenSize, hiddenSize })),
);

/** The name of a case in tables and for `--rows`, for example "lstm-B32-H128". */
export function caseName({ cell, timeSteps, batch, hiddenSize }) {
  return `${cell}-B${batch}-H${hiddenSize}${timeSteps === 64 ? "" : `-T${timeSteps}`}`;
}

/** One row of the table, for example "lstm-B32-H128-train". */
export function rowName(testCase, mode) {
  return `${caseName(testCase)}-${mode}`;
}

/**
 * Floating-point operations inside matrix products, two per multiply-add: the one thing every implementation has to do.
 * The backward pass has twice the products of the forward pass (gradients of the operands on either side).
 */
export function flops({ cell, timeSteps, batch, inputSize, hiddenSize }, mode) {
  const forward = 2 * timeSteps * batch * (inputSize + hiddenSize) * GATES[cell] * hiddenSize;
  return mode === "train" ? 3 * forward : forward;
}

/**
 * The numbers of a case, all row-major float32. Weights are in PyTorch's layout and gate order (LSTM: input, forget, candidate,
 * output; GRU: reset, update, candidate); contestants convert them to theirs.
 * @returns {Record<string, { shape: number[], values: Float32Array }>}
 */
export function makeArrays({ cell, timeSteps, batch, inputSize, hiddenSize }) {
  const rows = GATES[cell] * hiddenSize;
  const bound = 1 / Math.sqrt(hiddenSize);
  const random = uniformStream(0x5eed + rows + batch);
  const array = (shape, limit) => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => limit * random()),
  });
  return {
    wIh: array([rows, inputSize], bound),
    wHh: array([rows, hiddenSize], bound),
    bIh: array([rows], bound),
    bHh: array([rows], bound),
    x: array([timeSteps, batch, inputSize], 1),
    /** The gradient that arrives at the output. */
    dy: array([timeSteps, batch, hiddenSize], 1),
  };
}

/** What a contestant hands back to be checked, in the layout of the arrays above. */
export const RESULTS = { forward: ["output"], train: ["dx", "dwIh", "dwHh", "dbIh", "dbHh"] };

/** Uniform numbers in [-1, 1) (mulberry32): quality is beside the point, the same on every run is not. */
function uniformStream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
