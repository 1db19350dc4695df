/**
 * Cells for the bench: which of the library's, or defined here, and where a case's arrays (CELLS in ../cases.mjs) lie in a layer's
 * parameters.
 */
import { add, defineCell, elmanTanh, gru, lstm, mul, mut1, sigmoid, tanh } from "../../dist/cell/index.js";

/**
 * A cell that is in no library: an LSTM with peepholes (Gers & Schmidhuber 2000) whose gates and memory are layer-normalised (Ba et al. 2016),
 * the sums of input and recurrent products together.
 */
export const peepholeLnLstm = defineCell("peephole-ln-lstm", ({ x, h, c }, { linear, layerNorm, parameter }) => {
  const gate = (name) => layerNorm(`${name}_norm`, linear(name, x, h, { bias: false }));
  const peep = (name, memory) => mul(parameter(`${name}_peephole`), memory);
  const i = sigmoid(add(gate("input"), peep("input", c)));
  const f = sigmoid(add(gate("forget"), peep("forget", c)));
  const g = tanh(gate("candidate"));
  const next = add(mul(f, c), mul(i, g));
  const o = sigmoid(add(gate("output"), peep("output", next)));
  return { h: mul(o, tanh(layerNorm("memory_norm", next))), c: next };
});

/**
 * @typedef {object} Placement
 * @property {import("../../dist/cell/index.js").Cell} cell
 * @property {(arrays: Record<string, Float32Array>, hiddenSize: number) => Record<string, Float32Array>} fill from the arrays of one layer,
 * named without the layer's number, to parameters of a RecurrentLayer by name
 * @property {(parameters: Record<string, Float32Array>, hiddenSize: number) => Record<string, Float32Array>} read the way back
 */

const merged = (cell) => ({
  cell,
  // One bias per linear map: PyTorch's two are their sum.
  fill: ({ wIh, wHh, bIh, bHh }) => ({ x: wIh, h: wHh, bias: bIh.map((value, i) => value + bHh[i]) }),
  read: ({ x, h, bias }) => ({ wIh: x, wHh: h, bIh: bias, bHh: bias }),
});

const GATES = ["input", "forget", "candidate", "output"];
const PEEPHOLES = ["input", "forget", "output"];
const part = (values, index, size) => values.subarray(index * size, (index + 1) * size);
const parts = (names, suffix, values, size) => Object.fromEntries(names.map((name, i) => [`${name}_${suffix}`, part(values, i, size)]));

function join(...arrays) {
  const result = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    result.set(array, at);
    at += array.length;
  }
  return result;
}

/** @type {Record<keyof typeof import("../cases.mjs").CELLS, Placement>} */
export const PLACEMENTS = {
  lstm: merged(lstm),
  elman: merged(elmanTanh),
  gru: {
    cell: gru,
    // The two products of the candidate keep a bias each.
    fill: ({ wIh, wHh, bIh, bHh }, size) => ({
      x: wIh,
      h: wHh,
      bias: join(bIh.subarray(0, 2 * size).map((value, i) => value + bHh[i]), part(bIh, 2, size), part(bHh, 2, size)),
    }),
    read: ({ x, h, bias }, size) => ({
      wIh: x,
      wHh: h,
      bIh: bias.slice(0, 3 * size),
      bHh: join(bias.subarray(0, 2 * size), part(bias, 3, size)),
    }),
  },
  "peephole-ln-lstm": {
    cell: peepholeLnLstm,
    fill: ({ wIh, wHh, gain, shift, peephole, memoryGain, memoryShift }, size) => ({
      x: wIh,
      h: wHh,
      ...parts(GATES, "norm_gain", gain, size),
      ...parts(GATES, "norm_bias", shift, size),
      ...parts(PEEPHOLES, "peephole", peephole, size),
      memory_norm_gain: memoryGain,
      memory_norm_bias: memoryShift,
    }),
    read: (parameters) => ({
      wIh: parameters.x,
      wHh: parameters.h,
      gain: join(...GATES.map((gate) => parameters[`${gate}_norm_gain`])),
      shift: join(...GATES.map((gate) => parameters[`${gate}_norm_bias`])),
      peephole: join(...PEEPHOLES.map((gate) => parameters[`${gate}_peephole`])),
      memoryGain: parameters.memory_norm_gain,
      memoryShift: parameters.memory_norm_bias,
    }),
  },
  mut1: {
    cell: mut1,
    fill: ({ wIh, wHh, bias }, size) => ({
      x: wIh,
      h: wHh.subarray(0, size * size),
      candidate_inner: wHh.subarray(size * size),
      bias,
    }),
    read: ({ x, h, candidate_inner: candidate, bias }) => ({ wIh: x, wHh: join(h, candidate), bias }),
  },
};
