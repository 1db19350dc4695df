/** Unrolled, through its public library as it lies in dist/: the cells are compiled from their equations, like anyone's. */
import { readFileSync } from "node:fs";
import { loadBackend } from "../../dist/backend/index.js";
import { elmanTanh, gru, lstm } from "../../dist/cell/index.js";
import { Recurrent } from "../../dist/nn/index.js";
import { noGrad, RandomStream, setDefaultBackend, step, tensor } from "../../dist/tensor/index.js";

const CELLS = { lstm, gru, elman: elmanTanh };

/** @type {import("../serve.mjs").Contestant} */
export default {
  modes: ["forward", "train"],

  async start({ threads, backend: name }) {
    const backend = await loadBackend({ backend: name, threads });
    if (backend.threads !== threads) throw new Error(`${threads} threads asked for, ${backend.threads} given`);
    setDefaultBackend(backend);
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url)));
    return {
      version: `${version} (${backend.isa})`,
      prepare: (testCase, arrays) => prepare(backend, testCase, arrays),
      peak: (seconds) => measurePeak(backend, seconds),
    };
  },
};

function prepare(backend, { cell, timeSteps, batch, inputSize, hiddenSize }, arrays) {
  const network = new Recurrent(CELLS[cell], { inputSize, hiddenSize, random: new RandomStream(1) });
  const parameters = network.namedParameters();
  const [wIh, wHh, bias] = ["x", "h", "bias"].map((name) => parameters.get(`layer0.forward.${name}`));
  wIh.set(arrays.wIh);
  wHh.set(arrays.wHh);
  bias.set(mergeBiases(cell, hiddenSize, arrays));
  const x = tensor(arrays.x, [timeSteps, batch, inputSize], { requiresGrad: true });
  const dy = tensor(arrays.dy, [timeSteps, batch, hiddenSize]);

  const forward = () => step(() => noGrad(() => void network.forward(x)));
  const train = () => {
    network.zeroGrad();
    x.zeroGrad();
    step(() => network.forward(x).output.backward(dy));
  };
  return {
    forward: () => (forward(), backend.finish()),
    train: () => (train(), backend.finish()),
    async results(mode) {
      if (mode === "forward") return { output: step(() => noGrad(() => network.forward(x).output.dataSync())) };
      train();
      const [dx, dwIh, dwHh, db] = await Promise.all([x, wIh, wHh, bias].map(({ grad }) => grad.data()));
      return { dx, dwIh, dwHh, ...splitBiasGradient(cell, hiddenSize, db) };
    },
    release() {},
  };
}

/** One bias per linear map: PyTorch's two are their sum, except where the GRU keeps the two products of its candidate apart. */
function mergeBiases(cell, hiddenSize, { bIh, bHh }) {
  const sum = bIh.map((value, i) => value + bHh[i]);
  if (cell !== "gru") return sum;
  const gates = 2 * hiddenSize;
  return Float32Array.of(...sum.subarray(0, gates), ...bIh.subarray(gates), ...bHh.subarray(gates));
}

function splitBiasGradient(cell, hiddenSize, db) {
  if (cell !== "gru") return { dbIh: db, dbHh: db };
  const gates = 2 * hiddenSize;
  return {
    dbIh: db.slice(0, gates + hiddenSize),
    dbHh: Float32Array.of(...db.subarray(0, gates), ...db.subarray(gates + hiddenSize)),
  };
}

/** Floating-point operations per second of independent multiply-adds in registers, on all threads together. */
async function measurePeak(backend, seconds) {
  const { kernels, memory, threads } = backend;
  const sink = memory.allocate(4 * 64);
  const timed = async (rounds) => {
    const start = performance.now();
    kernels.multiplyAddPeak(sink, rounds);
    await backend.finish();
    return (performance.now() - start) / 1000;
  };
  let rounds = 1000;
  let elapsed = await timed(rounds);
  // The first guess is too short to be trusted: lengthen it until it fills a good part of the time, then measure.
  for (; elapsed < seconds / 8; elapsed = await timed(rounds)) rounds *= 4;
  rounds = Math.ceil((rounds * seconds) / elapsed);
  elapsed = await timed(rounds);
  memory.free(sink);
  return (2 * kernels.multiplyAddsPerRound() * rounds * threads) / elapsed;
}
