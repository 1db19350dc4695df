/** onnxruntime-node: its LSTM, GRU and RNN operators, forward only (the Node package cannot train). */
import { readFileSync } from "node:fs";
import ort from "onnxruntime-node";
import { onnxModel } from "../onnx-model.mjs";

/** @type {import("../serve.mjs").Contestant} */
export default {
  async start({ threads }) {
    const { version } = JSON.parse(readFileSync(new URL("../node_modules/onnxruntime-node/package.json", import.meta.url)));
    return {
      version,
      async prepare(testCase, arrays) {
        const session = await ort.InferenceSession.create(onnxModel(testCase, arrays), {
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionMode: "sequential",
          graphOptimizationLevel: "all",
        });
        return testCase.kind === "stream" ? prepareStream(session, testCase, arrays) : prepareLayer(session, testCase, arrays);
      },
    };
  },
};

function prepareLayer(session, { timeSteps, batch, inputSize, hiddenSize }, arrays) {
  const feeds = { X: new ort.Tensor("float32", arrays.x, [timeSteps, batch, inputSize]) };
  // A preallocated output saves an allocation per run.
  const output = new Float32Array(timeSteps * batch * hiddenSize);
  const fetches = { Y: new ort.Tensor("float32", output, [timeSteps, 1, batch, hiddenSize]) };
  return {
    forward: () => session.run(feeds, fetches),
    results: async () => (await session.run(feeds, fetches), { output }),
    release: () => session.release(),
  };
}

function prepareStream(session, { cell, timeSteps, batch, inputSize, hiddenSize }, arrays) {
  const inputs = Array.from({ length: timeSteps }, (_, t) =>
    new ort.Tensor("float32", arrays.x.slice(t * batch * inputSize, (t + 1) * batch * inputSize), [1, batch, inputSize]),
  );
  const names = cell === "lstm" ? ["h", "c"] : ["h"];
  // Two sets of states that change places, so that nothing is allocated per step here.
  const states = [0, 1].map(() => names.map(() => new ort.Tensor("float32", new Float32Array(batch * hiddenSize), [1, batch, hiddenSize])));
  const bound = [0, 1].map((now) => ({
    feeds: Object.fromEntries(names.map((name, i) => [name.toUpperCase(), states[now][i]])),
    fetches: Object.fromEntries(names.map((name, i) => [`Y_${name}`, states[1 - now][i]])),
  }));
  const run = async (look) => {
    for (const state of states[0]) state.data.fill(0);
    for (const [t, X] of inputs.entries()) {
      const { feeds, fetches } = bound[t % 2];
      feeds.X = X;
      await session.run(feeds, fetches);
      look?.(t, states[1 - (t % 2)][0].data);
    }
  };
  return {
    step: () => run(),
    async results() {
      const output = new Float32Array(timeSteps * batch * hiddenSize);
      await run((t, h) => output.set(h, t * batch * hiddenSize));
      return { output };
    },
    release: () => session.release(),
  };
}
