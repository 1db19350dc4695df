/**
 * jax-js on its WebAssembly backend: the steps unrolled, compiled by `jit` (it has no scan). The first call traces and compiles
 * for seconds; only later calls are timed. Under Node the backend runs on one thread (its workers are Web Workers).
 */
import { readFileSync } from "node:fs";
import { blockUntilReady, grad, init, defaultDevice, jit, nn, numpy as np } from "@jax-js/jax";
import { CELLS as BLOCKS } from "../cases.mjs";
import { transpose } from "../transpose.mjs";

/** @type {import("../serve.mjs").Contestant} */
export default {
  async start() {
    await init("wasm");
    defaultDevice("wasm");
    const { version } = JSON.parse(readFileSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url)));
    return { version, prepare };
  },
};

// Arrays are moved into the operation that uses them; `.ref` keeps one for a further use.
const column = (array, gate, hiddenSize) => array.slice([], [gate * hiddenSize, (gate + 1) * hiddenSize]);

/** One step per cell: takes the step's input product and the state, gives the next state. */
const CELLS = {
  lstm({ xw, h, c, wHh, hiddenSize }) {
    const sums = xw.add(np.dot(h, wHh));
    const [i, f, g] = [0, 1, 2].map((gate) => column(sums.ref, gate, hiddenSize));
    const o = column(sums, 3, hiddenSize);
    const next = nn.sigmoid(f).mul(c).add(nn.sigmoid(i).mul(np.tanh(g)));
    return { h: nn.sigmoid(o).mul(np.tanh(next.ref)), c: next };
  },
  gru({ xw, h, wHh, bHh, hiddenSize }) {
    const hw = np.dot(h.ref, wHh).add(bHh.ref);
    const r = nn.sigmoid(column(xw.ref, 0, hiddenSize).add(column(hw.ref, 0, hiddenSize)));
    const z = nn.sigmoid(column(xw.ref, 1, hiddenSize).add(column(hw.ref, 1, hiddenSize)));
    const n = np.tanh(column(xw, 2, hiddenSize).add(r.mul(column(hw, 2, hiddenSize))));
    return { h: n.ref.add(z.mul(h.sub(n))) };
  },
  elman({ xw, h, wHh }) {
    return { h: np.tanh(xw.add(np.dot(h, wHh))) };
  },
};

function prepare(testCase, arrays) {
  const { cell, timeSteps, batch, inputSize, hiddenSize } = testCase;
  const rows = BLOCKS[cell].wIh * hiddenSize;
  // One bias does the work of two, except in the GRU.
  const bIh = cell === "gru" ? arrays.bIh : arrays.bIh.map((value, i) => value + arrays.bHh[i]);
  const array = (values, ...shape) => np.array(values, { shape });
  const inputs = [
    array(arrays.x, timeSteps, batch, inputSize),
    array(transpose(arrays.wIh, rows, inputSize), inputSize, rows),
    array(transpose(arrays.wHh, rows, hiddenSize), hiddenSize, rows),
    array(bIh, rows),
    ...(cell === "gru" ? [array(arrays.bHh, rows)] : []),
  ];
  const dy = array(arrays.dy, timeSteps, batch, hiddenSize);

  const layer = (x, wIh, wHh, bIh, bHh) => {
    const products = np.dot(x.reshape([timeSteps * batch, inputSize]), wIh).add(bIh).reshape([timeSteps, batch, rows]);
    const outputs = [];
    let state = { h: np.zeros([batch, hiddenSize]), c: np.zeros([batch, hiddenSize]) };
    for (let t = 0; t < timeSteps; t++) {
      if (cell !== "lstm") state.c?.dispose();
      state = CELLS[cell]({ ...state, xw: products.ref.slice(t), wHh: wHh.ref, bHh, hiddenSize });
      outputs.push(state.h.ref);
    }
    for (const left of [products, wHh, bHh, state.h, state.c]) left?.dispose();
    return np.stack(outputs);
  };
  const forward = jit(layer);
  const loss = (dy, ...inputs) => np.sum(layer(...inputs).mul(dy));
  const gradients = jit(grad(loss, { argnums: inputs.map((_, i) => i + 1) }));

  const runForward = () => forward(...inputs.map((input) => input.ref));
  const runTrain = () => gradients(dy.ref, ...inputs.map((input) => input.ref));
  const finish = async (arrays) => {
    await blockUntilReady(arrays);
    for (const array of [arrays].flat()) array.dispose();
  };
  return {
    forward: () => finish(runForward()),
    train: () => finish(runTrain()),
    async results(mode) {
      if (mode === "forward") return { output: await runForward().data() };
      const [dx, dwIh, dwHh, dbIh, dbHh = dbIh] = await Promise.all(runTrain().map((gradient) => gradient.data()));
      return { dx, dwIh: transpose(dwIh, inputSize, rows), dwHh: transpose(dwHh, hiddenSize, rows), dbIh, dbHh };
    },
    release() {
      forward.dispose();
      gradients.dispose();
      for (const input of [...inputs, dy]) input.dispose();
    },
  };
}
