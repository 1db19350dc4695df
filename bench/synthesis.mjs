/**
 * The network of handwriting synthesis (Graves 2013, section 5) as a case: layers of LSTMs with peepholes, the first with a window of
 * Gaussians over a text; every layer takes in the pen, the layer below and what the window shows.
 *
 * @typedef {object} Synthesis fields of a case of kind "synthesis" beside those of all cases: inputSize is the pen's, hiddenSize a layer's
 * @property {number} gaussians
 * @property {number} positions characters of the longest text
 * @property {number} features of a character
 */
import { raggedLengths, uniformStream } from "./cases.mjs";

/** Shapes of the parameters: gates in the order input, forget, candidate, output; peepholes input, forget, output; the window alpha, beta, kappa. */
export function synthesisShapes({ inputSize, hiddenSize, layers, gaussians, features }) {
  const shapes = { wW0: [4 * hiddenSize, features], wP: [3 * gaussians, hiddenSize], bP: [3 * gaussians] };
  for (let layer = 0; layer < layers; layer++) {
    const width = layer === 0 ? inputSize : inputSize + hiddenSize + features;
    Object.assign(shapes, {
      [`wX${layer}`]: [4 * hiddenSize, width], [`wH${layer}`]: [4 * hiddenSize, hiddenSize], [`b${layer}`]: [4 * hiddenSize],
      [`p${layer}`]: [3 * hiddenSize],
    });
  }
  return shapes;
}

/** Two per multiply-add in matrix products. What the window takes besides is a two-hundredth of it and left out. */
export function synthesisFlops(testCase) {
  const { timeSteps, batch } = testCase;
  const weights = Object.values(synthesisShapes(testCase)).filter(({ length }) => length === 2);
  return 2 * timeSteps * batch * weights.reduce((sum, [rows, columns]) => sum + rows * columns, 0);
}

/** Characters of each row's text. */
export const textLengths = ({ batch, positions }) => raggedLengths(batch, positions);

/**
 * Parameters as above; x [timeSteps, batch, inputSize]; text [positions, batch, features], one-hot, zero past a row's last character; dy
 * [timeSteps, batch, layers * hiddenSize], which arrives at the outputs of all layers side by side.
 */
export function synthesisArrays(testCase) {
  const { timeSteps, batch, inputSize, hiddenSize, layers, gaussians, positions, features } = testCase;
  const random = uniformStream(0x9a7);
  const array = (shape, limit) => ({ shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => limit * random()) });
  const arrays = Object.fromEntries(Object.entries(synthesisShapes(testCase)).map(([name, shape]) => [name, array(shape, 1 / Math.sqrt(hiddenSize))]));
  // So slow that the window is still over the text at the last step.
  arrays.bP.values.fill(Math.log(positions / timeSteps), 2 * gaussians);
  const text = { shape: [positions, batch, features], values: new Float32Array(positions * batch * features) };
  textLengths(testCase).forEach((length, row) => {
    for (let u = 0; u < length; u++) text.values[(u * batch + row) * features + Math.floor(((random() + 1) / 2) * features)] = 1;
  });
  return { ...arrays, x: array([timeSteps, batch, inputSize], 1), text, dy: array([timeSteps, batch, layers * hiddenSize], 1) };
}
