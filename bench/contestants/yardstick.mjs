/**
 * What our own time is held against, in turns with everybody else's: not a contestant, it computes nothing that could be compared.
 *
 * layers, cells of libraries: the same rows, all of them full. Other cells: our LSTM of the same size.
 * stream: reading the weights of a step once, from whatever cache holds them.
 * text: the step's matrix products alone, each layer's over all steps at once.
 */
import { FORM_FLOAT32 as FLOAT32 } from "../../dist/backend/generated/kernels.js";
import { CELLS, makeArrays, widthOf } from "../cases.mjs";
import { loadUnrolled, prepareLayers } from "./unrolled.mjs";

/** @type {import("../serve.mjs").Contestant} */
export default {
  async start({ threads }) {
    const backend = await loadUnrolled("native", threads);
    return { version: "", prepare: (testCase, arrays) => PREPARE[testCase.kind](backend, testCase, arrays) };
  },
};

const PREPARE = {
  layers(backend, testCase, arrays) {
    if (testCase.lengths) {
      const full = { ...testCase, lengths: undefined };
      return prepareLayers(backend, full, values(makeArrays(full)));
    }
    if (testCase.cell in { lstm: 1, gru: 1, elman: 1 }) return prepareLayers(backend, testCase, arrays);
    const lstm = { ...testCase, cell: "lstm" };
    return prepareLayers(backend, lstm, values(makeArrays(lstm)));
  },

  stream({ kernels, memory }, { cell, timeSteps, inputSize, hiddenSize }) {
    const floats = hiddenSize * (CELLS[cell].wIh * inputSize + CELLS[cell].wHh * hiddenSize);
    const weights = memory.allocate(4 * floats);
    const sink = memory.allocate(4 * 64);
    kernels.fill(weights, 1, floats);
    return {
      step: () => kernels.readPace(sink, weights, floats, timeSteps),
      release() {
        memory.free(weights);
        memory.free(sink);
      },
    };
  },

  text(backend, testCase) {
    const { cell, timeSteps, batch, hiddenSize, layers = 1, vocabulary } = testCase;
    const count = timeSteps * batch;
    const products = [{ n: vocabulary, k: hiddenSize }];
    for (let layer = 0; layer < layers; layer++) {
      products.push({ n: CELLS[cell].wIh * hiddenSize, k: widthOf(testCase, layer) }, { n: CELLS[cell].wHh * hiddenSize, k: hiddenSize });
    }
    const prepared = products.map((product) => prepareProduct(backend, count, product));
    return {
      update: () => prepared.forEach(({ run }) => run()),
      release: () => prepared.forEach(({ free }) => free()),
    };
  },
};

const values = (arrays) => Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.values]));

/** Y = X W, and from dY the gradients dX = dY W' and dW += dY' X, with X [count, k], Y [count, n]. */
function prepareProduct({ kernels, memory }, count, { n, k }) {
  const allocated = [];
  const floats = (size) => {
    const pointer = memory.allocate(4 * size);
    kernels.fill(pointer, 0.01, size);
    allocated.push(pointer);
    return pointer;
  };
  const [x, dx, y, w, dw] = [count * k, count * k, count * n, n * k, n * k].map(floats);
  const packed = floats(kernels.packedFloats(k, n, FLOAT32));
  const packedBack = floats(kernels.packedFloats(n, k, FLOAT32));
  kernels.packMatrix(packed, w, 1, k, n, k, FLOAT32);
  kernels.packMatrix(packedBack, w, 0, n, k, k, FLOAT32);
  return {
    run() {
      kernels.gemmRows(count, 0, n, k, x, k, packed, 0, 0, y, n, FLOAT32);
      kernels.gemmRows(count, 0, k, n, y, n, packedBack, 0, 0, dx, k, FLOAT32);
      kernels.gemmTokensAdd(count, n, k, y, 0, n, x, 0, k, dw, k, FLOAT32);
    },
    free: () => allocated.forEach((pointer) => memory.free(pointer)),
  };
}
