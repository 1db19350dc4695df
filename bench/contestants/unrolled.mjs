/** Unrolled, through its public library as it lies in dist/: the cells are compiled from their equations, like anyone's. */
import { readFileSync } from "node:fs";
import { loadBackend } from "../../dist/backend/index.js";
import { crossEntropy, Embedding, initialisers, Linear, Recurrent } from "../../dist/nn/index.js";
import { Adam, clipGradientNorm } from "../../dist/optim/index.js";
import { fromInts, noGrad, RandomStream, setDefaultBackend, step, tensor } from "../../dist/tensor/index.js";
import { CELLS, CLIP, COMPARED_UPDATES, LEARNING_RATE } from "../cases.mjs";
import { bytesPerCall, measurePeak, timeByKernel } from "./instruments.mjs";
import { PLACEMENTS } from "./own-cells.mjs";
import { prepareSynthesis } from "./synthesis.mjs";

/** @type {import("../serve.mjs").Contestant} */
export default {
  async start({ threads, backend: name, isa }) {
    const backend = await loadUnrolled(name, threads, isa);
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url)));
    return {
      version: `${version} (${backend.isa})`,
      prepare: (testCase, arrays) => PREPARE[testCase.kind](backend, testCase, arrays),
      peak: (seconds) => measurePeak(backend, seconds),
    };
  },
};

/** The default backend from here on. */
export async function loadUnrolled(name, threads, isa) {
  const backend = await loadBackend({ backend: name, threads, ...(isa !== undefined && { isa }) });
  if (backend.threads !== threads) throw new Error(`${threads} threads asked for, ${backend.threads} given`);
  setDefaultBackend(backend);
  return backend;
}

const PREPARE = { layers: prepareLayers, stream: prepareStream, text: prepareText, synthesis: prepareSynthesis };

export function prepareLayers(backend, testCase, arrays) {
  const { timeSteps, batch, inputSize, hiddenSize, lengths } = testCase;
  const network = networkOf(testCase);
  const parameters = fill(network, testCase, arrays);
  const x = tensor(arrays.x, [timeSteps, batch, inputSize], { requiresGrad: true });
  const dy = tensor(arrays.dy, [timeSteps, batch, hiddenSize]);

  const forward = () => step(() => noGrad(() => void network.forward(x, { lengths })));
  const train = () => {
    network.zeroGrad();
    x.zeroGrad();
    step(() => network.forward(x, { lengths }).output.backward(dy));
  };
  return {
    forward: () => (forward(), backend.finish()),
    train: () => (train(), backend.finish()),
    async results(mode) {
      if (mode === "forward") return { output: step(() => noGrad(() => network.forward(x, { lengths }).output.dataSync())) };
      train();
      return { dx: await x.grad.data(), ...(await gradients(testCase, parameters)) };
    },
    release() {},
  };
}

function prepareStream(backend, testCase, arrays) {
  const { timeSteps, inputSize, hiddenSize } = testCase;
  const network = networkOf(testCase);
  fill(network, testCase, arrays);
  const stream = network.stream();
  // Steps start where they were read from, so that nothing is allocated between them.
  const inputs = Array.from({ length: timeSteps }, (_, t) => arrays.x.slice(t * inputSize, (t + 1) * inputSize));
  const run = () => {
    for (let t = 0; t < timeSteps; t++) stream.step(inputs[t]);
  };
  return {
    step: run,
    results() {
      stream.reset();
      const output = new Float32Array(timeSteps * hiddenSize);
      for (const [t, x] of inputs.entries()) output.set(stream.step(x).dataSync(), t * hiddenSize);
      return { output };
    },
    details: () => ({ "JavaScript bytes per step": bytesPerCall(run) / timeSteps }),
    release() {},
  };
}

function prepareText(backend, testCase, arrays) {
  const { timeSteps, batch, inputSize, hiddenSize, vocabulary } = testCase;
  const random = new RandomStream(1);
  const embedding = new Embedding(vocabulary, inputSize, { random });
  const network = networkOf(testCase);
  const output = new Linear(hiddenSize, vocabulary, { random });
  const tokens = fromInts(arrays.tokens, [timeSteps, batch]);
  const targets = fromInts(arrays.targets, [timeSteps, batch]);
  const modules = [embedding, network, output];
  const all = modules.flatMap((module) => [...module.parameters()]);
  let optimizer;
  let recurrent;
  const begin = () => {
    recurrent = fill(network, testCase, arrays);
    embedding.weight.set(arrays.embedding);
    output.weight.set(arrays.wOut);
    output.bias.set(arrays.bOut);
    optimizer = new Adam(all, { lr: LEARNING_RATE });
  };
  const update = () =>
    step(() => {
      const loss = crossEntropy(output.forward(network.forward(embedding.forward(tokens)).output), targets);
      loss.backward();
      clipGradientNorm(all, CLIP);
      optimizer.step();
      return loss.item();
    });
  const zeroGrad = () => modules.forEach((module) => module.zeroGrad());
  const timed = () => {
    zeroGrad();
    update();
    return backend.finish();
  };
  begin();
  return {
    update: timed,
    async results() {
      begin();
      zeroGrad();
      const losses = [update()];
      const found = await gradients(testCase, recurrent);
      const rest = { dembedding: embedding.weight, dwOut: output.weight, dbOut: output.bias };
      for (const [name, { grad }] of Object.entries(rest)) found[name] = Float32Array.from(await grad.data());
      for (let i = 1; i < COMPARED_UPDATES; i++) {
        zeroGrad();
        losses.push(update());
      }
      return { ...found, losses: Float32Array.from(losses) };
    },
    details: () => timeByKernel(backend, timed),
    release() {},
  };
}

function networkOf({ cell, inputSize, hiddenSize, layers = 1 }) {
  // The case brings its own weights: orthogonal matrices would take longer to draw than everything else.
  const nothing = initialisers.constant(0);
  return new Recurrent(PLACEMENTS[cell].cell, {
    inputSize, hiddenSize, layers, random: new RandomStream(1), initialInput: nothing, initialRecurrent: nothing,
  });
}

/** Gives a network the case's weights. @returns its parameters, a record per layer */
function fill(network, { cell, hiddenSize, layers = 1 }, arrays) {
  return Array.from({ length: layers }, (_, layer) => {
    const ofLayer = Object.fromEntries(Object.keys(CELLS[cell]).map((name) => [name, arrays[`${name}${layer || ""}`]]));
    const parameters = Object.fromEntries(network.layer(layer).namedParameters());
    for (const [name, values] of Object.entries(PLACEMENTS[cell].fill(ofLayer, hiddenSize))) parameters[name].set(values);
    return parameters;
  });
}

/** Gradients of the networks' parameters under the names of the case's arrays. */
async function gradients({ cell, hiddenSize }, layers) {
  const found = {};
  for (const [layer, parameters] of layers.entries()) {
    const values = {};
    for (const [name, { grad }] of Object.entries(parameters)) values[name] = Float32Array.from(await grad.data());
    for (const [name, array] of Object.entries(PLACEMENTS[cell].read(values, hiddenSize))) found[`d${name}${layer || ""}`] = array;
  }
  return found;
}
