/**
 * TensorFlow.js on its WebAssembly backend.
 *
 * The layer is written with TensorFlow.js operations in the fastest form that was found, not with tf.layers: tf.layers has no
 * GRU of PyTorch's form and trains three to four times slower, because the gradient of tf.matMul asks for transposed products,
 * which this backend runs on its slow path (`product` below transposes first instead). Sequences are lists of steps, because
 * slicing a large tensor copies the whole of it. The backend has no threads under Node.
 */
import * as tf from "@tensorflow/tfjs-core";
import { CELLS as BLOCKS } from "../cases.mjs";
import { transpose } from "../transpose.mjs";

/** @type {import("../serve.mjs").Contestant} */
export default {
  async start() {
    await import("@tensorflow/tfjs-layers"); // registers the gradients, which the Node bundle of tfjs-core leaves out
    await import("@tensorflow/tfjs-backend-wasm");
    await tf.setBackend("wasm");
    await tf.ready();
    return { version: tf.version_core, prepare };
  },
};

const product = tf.customGrad((a, b, save) => {
  save([a, b]);
  return {
    value: tf.matMul(a, b),
    gradFunc: (dy, [a, b]) => [tf.matMul(dy, tf.transpose(b)), tf.matMul(tf.transpose(a), dy)],
  };
});

const CELLS = {
  lstm({ x, state: { h, c }, wIh, wHh, bIh }) {
    const sums = tf.add(tf.add(product(x, wIh), product(h, wHh)), bIh);
    const [i, f, g, o] = tf.split(sums, 4, 1);
    const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    return { h: tf.mul(tf.sigmoid(o), tf.tanh(next)), c: next };
  },
  gru({ x, state: { h }, wIh, wHh, bIh, bHh }) {
    const [xr, xz, xn] = tf.split(tf.add(product(x, wIh), bIh), 3, 1);
    const [hr, hz, hn] = tf.split(tf.add(product(h, wHh), bHh), 3, 1);
    const z = tf.sigmoid(tf.add(xz, hz));
    const n = tf.tanh(tf.add(xn, tf.mul(tf.sigmoid(tf.add(xr, hr)), hn)));
    return { h: tf.add(n, tf.mul(z, tf.sub(h, n))) };
  },
  elman({ x, state: { h }, wIh, wHh, bIh }) {
    return { h: tf.tanh(tf.add(tf.add(product(x, wIh), product(h, wHh)), bIh)) };
  },
};

function prepare(testCase, arrays) {
  const { cell, timeSteps, batch, inputSize, hiddenSize } = testCase;
  const rows = BLOCKS[cell].wIh * hiddenSize;
  // One bias does the work of two, except in the GRU.
  const bIh = cell === "gru" ? arrays.bIh : arrays.bIh.map((value, i) => value + arrays.bHh[i]);
  const weights = [
    tf.tensor2d(transpose(arrays.wIh, rows, inputSize), [inputSize, rows]),
    tf.tensor2d(transpose(arrays.wHh, rows, hiddenSize), [hiddenSize, rows]),
    tf.tensor1d(bIh),
    ...(cell === "gru" ? [tf.tensor1d(arrays.bHh)] : []),
  ];
  const steps = (values, width) =>
    Array.from({ length: timeSteps }, (_, t) => tf.tensor2d(values.subarray(t * batch * width, (t + 1) * batch * width), [batch, width]));
  const xs = steps(arrays.x, inputSize);
  const dys = steps(arrays.dy, hiddenSize);

  const run = (xs, wIh, wHh, bIh, bHh) => {
    let state = { h: tf.zeros([batch, hiddenSize]), c: tf.zeros([batch, hiddenSize]) };
    return xs.map((x) => (state = CELLS[cell]({ x, state, wIh, wHh, bIh, bHh })).h);
  };
  const gradients = tf.grads((...inputs) => {
    const [weights, xs] = [inputs.slice(0, inputs.length - timeSteps), inputs.slice(-timeSteps)];
    return tf.sum(tf.addN(run(xs, ...weights).map((h, t) => tf.mul(h, dys[t]))));
  });
  const join = (tensors) => tf.concat(tensors, 0).dataSync();

  return {
    forward: () => tf.tidy(() => void run(xs, ...weights)),
    train: () => tf.tidy(() => void gradients([...weights, ...xs])),
    results: async (mode) =>
      tf.tidy(() => {
        if (mode === "forward") return { output: join(run(xs, ...weights)) };
        const all = gradients([...weights, ...xs]);
        const [dwIh, dwHh, dbIh, dbHh = dbIh] = all.slice(0, weights.length).map((gradient) => gradient.dataSync());
        return {
          dx: join(all.slice(weights.length)),
          dwIh: transpose(dwIh, inputSize, rows),
          dwHh: transpose(dwHh, hiddenSize, rows),
          dbIh,
          dbHh,
        };
      }),
    release: () => tf.dispose([...weights, ...xs, ...dys]),
  };
}
