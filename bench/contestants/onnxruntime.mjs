/** onnxruntime-node: its LSTM, GRU and RNN operators, forward only (the Node package cannot train). */
import { readFileSync } from "node:fs";
import ort from "onnxruntime-node";
import { onnxModel } from "../onnx-model.mjs";

/** @type {import("../serve.mjs").Contestant} */
export default {
  modes: ["forward"],

  async start({ threads }) {
    const { version } = JSON.parse(readFileSync(new URL("../node_modules/onnxruntime-node/package.json", import.meta.url)));
    return {
      version,
      async prepare(testCase, arrays) {
        const { timeSteps, batch, inputSize, hiddenSize } = testCase;
        const session = await ort.InferenceSession.create(onnxModel(testCase, arrays), {
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionMode: "sequential",
          graphOptimizationLevel: "all",
        });
        const feeds = { X: new ort.Tensor("float32", arrays.x, [timeSteps, batch, inputSize]) };
        // A preallocated output saves an allocation per run.
        const output = new Float32Array(timeSteps * batch * hiddenSize);
        const fetches = { Y: new ort.Tensor("float32", output, [timeSteps, 1, batch, hiddenSize]) };
        return {
          forward: () => session.run(feeds, fetches),
          results: async () => (await session.run(feeds, fetches), { output }),
          release: () => session.release(),
        };
      },
    };
  },
};
