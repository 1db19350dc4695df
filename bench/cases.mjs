/** What is measured: the cases, how much arithmetic each is, and their weights and inputs, the same for every contestant. */

import { synthesisArrays, synthesisFlops, synthesisShapes } from "./synthesis.mjs";

/**
 * @typedef {object} Case
 * @property {"layers" | "stream" | "text" | "synthesis"} kind
 * layers: recurrent layers over whole sequences. stream: the same, fed step by step, states carried along.
 * text: a language model of tokens: embedding, recurrent layers, a score for every token. synthesis: see synthesis.mjs.
 * @property {keyof typeof CELLS} cell
 * @property {number} timeSteps of a stream: how many steps are compared
 * @property {number} batch
 * @property {number} inputSize of text: the width of the embedding
 * @property {number} hiddenSize
 * @property {number} [layers] one where missing
 * @property {readonly number[]} [lengths] tokens of each row; all of them where missing
 * @property {number} [vocabulary] of text
 *
 * @typedef {"forward" | "train" | "step" | "update"} Mode
 * forward: the outputs of all steps, with nothing kept for a backward pass where the contestant can say so.
 * train: forward, then the gradients of sum(output * dy) with respect to the input and all weights. No optimiser.
 * step: one step of a stream; times are per step.
 * update: a whole training step: loss, gradients, clipping of their norm, Adam.
 */

/**
 * Rows of each parameter of a layer in units of the hidden size; `wIh` is as wide as the input, `wHh` as the state, others are
 * vectors. Blocks of lstm, gru and elman are in PyTorch's order (LSTM: input, forget, candidate, output; GRU: reset, update,
 * candidate). The peephole LSTM with layer normalisation and MUT1 are in no library; own-cells.mjs has their equations.
 */
export const CELLS = {
  lstm: { wIh: 4, wHh: 4, bIh: 4, bHh: 4 },
  /** As PyTorch and cuDNN have it: the reset gate acts after the recurrent product. */
  gru: { wIh: 3, wHh: 3, bIh: 3, bHh: 3 },
  /** With tanh. */
  elman: { wIh: 1, wHh: 1, bIh: 1, bHh: 1 },
  /** Gates as lstm; peepholes of input, forget and output. */
  "peephole-ln-lstm": { wIh: 4, wHh: 4, gain: 4, shift: 4, peephole: 3, memoryGain: 1, memoryShift: 1 },
  /** wIh: update, reset; wHh: reset, candidate; bias: update, reset, candidate. */
  mut1: { wIh: 2, wHh: 2, bias: 3 },
};

/** @type {readonly Mode[]} */
export const MODES = ["train", "forward", "step", "update"];

/** What clipping by norm allows in mode update, and Adam's learning rate. */
export const CLIP = 1;
export const LEARNING_RATE = 2e-3;
/** Losses that are compared in mode update, the first before any weight has changed. */
export const COMPARED_UPDATES = 3;

/** The name of a case in tables and for `--rows`, for example "lstm-B32-H128". */
export function caseName({ kind, cell, timeSteps, batch, hiddenSize, layers = 1, lengths, vocabulary }) {
  const parts = [kind === "text" ? `text-${cell}` : kind === "synthesis" ? kind : cell, `B${batch}`, `H${hiddenSize}`];
  if (layers > 1) parts.push(`L${layers}`);
  if (kind !== "stream" && (timeSteps !== 64 || lengths)) parts.push(`T${timeSteps}`);
  if (vocabulary) parts.push(`V${vocabulary}`);
  if (lengths) parts.push("ragged");
  return parts.join("-");
}

/** One row of a table, for example "lstm-B32-H128-train". */
export function rowName(testCase, mode) {
  return `${caseName(testCase)}-${mode}`;
}

/** Tokens that are read in one iteration. */
export function tokens({ timeSteps, batch, lengths }) {
  return lengths ? lengths.reduce((a, b) => a + b, 0) : timeSteps * batch;
}

/** What a time is divided by: an iteration of mode step is a run over all steps. */
export function unitsPerIteration({ timeSteps }, mode) {
  return mode === "step" ? timeSteps : 1;
}

/**
 * Floating-point operations inside matrix products, two per multiply-add: the one thing every implementation has to do.
 * The backward pass has twice the products of the forward pass (gradients of the operands on either side).
 */
export function flops(testCase, mode) {
  if (testCase.kind === "synthesis") return (mode === "train" ? 3 : 1) * synthesisFlops(testCase);
  const { cell, hiddenSize, layers = 1, vocabulary = 0 } = testCase;
  const { wIh, wHh } = CELLS[cell];
  const perToken = Array.from({ length: layers }, (_, layer) => hiddenSize * (wIh * widthOf(testCase, layer) + wHh * hiddenSize));
  const forward = 2 * (perToken.reduce((a, b) => a + b, 0) + hiddenSize * vocabulary) * tokens(testCase);
  return mode === "train" || mode === "update" ? 3 * forward : forward / unitsPerIteration(testCase, mode);
}

/** What a layer takes in at each step. */
export function widthOf({ inputSize, hiddenSize }, layer) {
  return layer === 0 ? inputSize : hiddenSize;
}

/** A layer's parameter has the layer's number behind its name, from the second layer on: wIh, wHh, …, wIh1, wHh1, … */
export function parameterNames({ cell, layers = 1 }) {
  return Array.from({ length: layers }, (_, layer) => Object.keys(CELLS[cell]).map((name) => `${name}${layer || ""}`)).flat();
}

/**
 * The numbers of a case, all row-major float32. Parameters as in CELLS, per layer; and
 * layers, stream: x [timeSteps, batch, inputSize], dy [timeSteps, batch, hiddenSize], the gradient that arrives at the output, both zero
 * past the end of a row. text: embedding [vocabulary, inputSize], wOut [vocabulary, hiddenSize], bOut [vocabulary], and the whole
 * numbers tokens and targets [timeSteps, batch].
 * @returns {Record<string, { shape: number[], values: Float32Array }>}
 */
export function makeArrays(testCase) {
  if (testCase.kind === "synthesis") return synthesisArrays(testCase);
  const { kind, cell, timeSteps, batch, inputSize, hiddenSize, layers = 1, lengths, vocabulary } = testCase;
  const bound = 1 / Math.sqrt(hiddenSize);
  const random = uniformStream(0x5eed + CELLS[cell].wIh * hiddenSize + batch);
  const array = (shape, limit, middle = 0) => ({
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => middle + limit * random()),
  });
  const arrays = {};
  for (let layer = 0; layer < layers; layer++) {
    const width = { wIh: [widthOf(testCase, layer)], wHh: [hiddenSize] };
    for (const [name, blocks] of Object.entries(CELLS[cell])) {
      const middle = /gain$/i.test(name) ? 1 : 0;
      arrays[`${name}${layer || ""}`] = array([blocks * hiddenSize, ...(width[name] ?? [])], bound, middle);
    }
  }
  if (kind === "text") {
    const ids = () => ({
      shape: [timeSteps, batch],
      values: Float32Array.from({ length: timeSteps * batch }, () => Math.floor(((random() + 1) / 2) * vocabulary)),
    });
    return {
      ...arrays,
      embedding: array([vocabulary, inputSize], 1),
      wOut: array([vocabulary, hiddenSize], bound),
      bOut: array([vocabulary], bound),
      tokens: ids(),
      targets: ids(),
    };
  }
  const x = array([timeSteps, batch, inputSize], 1);
  const dy = array([timeSteps, batch, hiddenSize], 1);
  for (const each of lengths ? [x, dy] : []) clearPadding(each, lengths);
  return { ...arrays, x, dy };
}

function clearPadding({ shape: [timeSteps, batch, width], values }, lengths) {
  for (let t = 0; t < timeSteps; t++) {
    for (let row = 0; row < batch; row++) if (t >= lengths[row]) values.fill(0, (t * batch + row) * width, (t * batch + row + 1) * width);
  }
}

/**
 * What a contestant hands back to be compared, in the layout of the arrays above: `output` [timeSteps, batch, hiddenSize], zero past
 * the end of a row; gradients, named after what they are of; in mode update `losses` [COMPARED_UPDATES], and the clipped gradients
 * of the first update.
 */
export function resultNames(testCase, mode) {
  if (mode === "forward" || mode === "step") return ["output"];
  if (testCase.kind === "synthesis") return ["dx", ...Object.keys(synthesisShapes(testCase)).map((name) => `d${name}`)];
  const parameters = parameterNames(testCase).map((name) => `d${name}`);
  if (mode === "train") return ["dx", ...parameters];
  // Only one of the two biases learns: with both, Adam would move their sum twice as far.
  return ["losses", ...parameters.filter((name) => !name.startsWith("dbHh")), "dembedding", "dwOut", "dbOut"];
}

/** Lengths drawn uniformly from 1 to `longest`, one of them `longest`. */
export function raggedLengths(batch, longest) {
  const random = uniformStream(batch + longest);
  const lengths = Array.from({ length: batch }, () => 1 + Math.floor(((random() + 1) / 2) * longest));
  lengths[batch >> 1] = longest;
  return lengths;
}

/** Uniform numbers in [-1, 1) (mulberry32): quality is beside the point, the same on every run is not. */
export function uniformStream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}
