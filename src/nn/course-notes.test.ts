/** The Elman network of the course notes, all of size 1, against values worked out by hand: output, loss, gradients. */
import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import { elmanTanh } from "../cell/index.js";
import { add, keep, RandomStream, scale, setDefaultBackend, slice, square, step, sub, sum, tensor, type Tensor } from "../tensor/index.js";
import { expectClose } from "../tensor/testing.js";
import { Linear } from "./linear.js";
import { Recurrent, type States } from "./recurrent.js";

setDefaultBackend(createReferenceBackend());

/** h_t = tanh(0.5 x_t + 0.8 h_{t-1} + 0.1), y_t = 1.5 h_t - 0.2 */
function network() {
  const random = new RandomStream(0);
  const hidden = new Recurrent(elmanTanh, { inputSize: 1, hiddenSize: 1, random });
  const output = new Linear(1, 1, { random });
  const parameters = [...hidden.parameters(), ...output.parameters()];
  [0.5, 0.8, 0.1, 1.5, -0.2].forEach((value, i) => parameters[i]!.set([value]));
  return { hidden, output, parameters };
}

const x = tensor([1, -1, 0.5], [3, 1, 1]);
const targets = tensor([0.2, -0.1, 0.4], [3, 1, 1]);
const loss = (y: Tensor, t: Tensor) => scale(sum(square(sub(y, t))), 0.5);
const gradients = (parameters: readonly Tensor[]) => parameters.map((parameter) => parameter.grad!.dataSync()[0]!);

describe("the Elman network of the course notes", () => {
  it("full backpropagation through time", () => {
    const { hidden, output, parameters } = network();
    step(() => {
      const h = hidden.forward(x).output;
      const y = output.forward(h);
      expectClose(h.dataSync(), [0.537049567, 0.0296309771, 0.3572279884], 1e-9);
      expectClose(y.dataSync(), [0.6055743505, -0.1555535344, 0.3358419826], 1e-9);
      const total = loss(y, targets);
      expect(total.item()).toBeCloseTo(0.0858465001, 9);
      total.backward();
    });
    expectClose(gradients(parameters), [0.45568554, -0.08324008, 0.11298151, 0.19324838, 0.2858628], 1e-7);
  });

  it("truncated to one step: no gradient through the state, the same through the output", () => {
    const { hidden, output, parameters } = network();
    let states: States | undefined;
    for (let t = 0; t < 3; t++) {
      states = step(() => {
        const { output: h, final } = hidden.forward(slice(x, 0, t, t + 1), states ? { initial: states } : {});
        loss(output.forward(h), slice(targets, 0, t, t + 1)).backward();
        return final.map((layer) => ({ h: keep(layer["h"]!) }));
      });
    }
    expectClose(gradients(parameters), [0.4741756501, -0.0472009095, 0.2656833528, 0.19324838, 0.2858628], 1e-7);
  });

  it("a gradient vanishes as the product of the steps' slopes", () => {
    const { hidden } = network();
    const first = tensor([0.537049567], [1, 1], { requiresGrad: true });
    step(() => {
      const { final } = hidden.forward(slice(x, 0, 1, 3), { initial: [{ h: first }] });
      add(sum(final[0]!["h"]!), 0).backward();
    });
    expect(first.grad!.dataSync()[0]).toBeCloseTo(0.5578382157, 8);
  });
});
