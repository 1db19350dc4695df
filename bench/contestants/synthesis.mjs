/** Unrolled on the network of handwriting synthesis: the cell with the window is compiled from its equations, like any. */
import { gravesWindow, peepholeLstm } from "../../dist/cell/index.js";
import { initialisers, ReadingRecurrent } from "../../dist/nn/index.js";
import { noGrad, RandomStream, step, tensor } from "../../dist/tensor/index.js";
import { synthesisShapes, textLengths } from "../synthesis.mjs";

export function prepareSynthesis(backend, testCase, arrays) {
  const { timeSteps, batch, inputSize, hiddenSize, layers, gaussians, positions, features } = testCase;
  // The case brings its own weights.
  const nothing = initialisers.constant(0);
  const network = new ReadingRecurrent({
    reader: gravesWindow(gaussians), above: peepholeLstm, inputSize, hiddenSize, memorySize: features, layers, random: new RandomStream(1),
    initialInput: nothing, initialRecurrent: nothing,
  });
  const parameters = Object.fromEntries(network.namedParameters());
  const places = placesOf(testCase);
  for (const [name, parts] of Object.entries(places)) {
    parameters[name].set(Float32Array.from(parts.flatMap(([array, from, to]) => [...arrays[array].subarray(from, to)])));
  }
  const x = tensor(arrays.x, [timeSteps, batch, inputSize], { requiresGrad: true });
  const dy = tensor(arrays.dy, [timeSteps, batch, layers * hiddenSize]);
  const memory = { values: tensor(arrays.text, [positions, batch, features]), lengths: textLengths(testCase) };
  const train = () => {
    network.zeroGrad();
    x.zeroGrad();
    step(() => network.forward(x, { memory }).output.backward(dy));
  };
  return {
    train: () => (train(), backend.finish()),
    forward: () => (step(() => noGrad(() => void network.forward(x, { memory }))), backend.finish()),
    async results(mode) {
      if (mode === "forward") return { output: step(() => noGrad(() => network.forward(x, { memory }).output.dataSync())) };
      train();
      const found = { dx: await x.grad.data() };
      for (const [name, shape] of Object.entries(synthesisShapes(testCase))) found[`d${name}`] = new Float32Array(shape.reduce((a, b) => a * b));
      for (const [name, parts] of Object.entries(places)) {
        const gradient = await parameters[name].grad.data();
        let at = 0;
        for (const [array, from, to] of parts) {
          found[`d${array}`].set(gradient.slice(at, at + to - from), from);
          at += to - from;
        }
      }
      return found;
    },
    release() {},
  };
}

/** Which parts [from, to) of which arrays each parameter is made of. */
function placesOf(testCase) {
  const { hiddenSize: h, layers } = testCase;
  const shapes = synthesisShapes(testCase);
  const all = (array) => [array, 0, shapes[array].reduce((a, b) => a * b)];
  const places = { "layer0.w": [all("wW0")], "layer0.alpha_hat_inner": [all("wP")] };
  for (let layer = 0; layer < layers; layer++) {
    places[`layer${layer}.x`] = [all(`wX${layer}`)];
    places[`layer${layer}.h`] = [all(`wH${layer}`)];
    places[`layer${layer}.bias`] = layer === 0 ? [all("b0"), all("bP")] : [all(`b${layer}`)];
    ["input", "forget", "output"].forEach((gate, i) => (places[`layer${layer}.peephole_${gate}`] = [[`p${layer}`, i * h, (i + 1) * h]]));
  }
  return places;
}
