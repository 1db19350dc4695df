import { describe, expect, it } from "vitest";
import { attentionLstm, gravesWindow, peepholeLstm } from "../cell/index.js";
import { createReferenceBackend } from "../backend/index.js";
import { concat, gradCheck, RandomStream, setDefaultBackend, slice, sum, withBackend, zeros } from "../tensor/index.js";
import { availableBackends, expectClose, sampleTensor } from "../tensor/testing.js";
import { Linear } from "./linear.js";
import { ReadingRecurrent, type ReadingRecurrentOptions } from "./reading-recurrent.js";
import { Recurrent } from "./recurrent.js";

const backends = await availableBackends();
setDefaultBackend(createReferenceBackend());

const network = (options: Partial<ReadingRecurrentOptions> = {}) =>
  new ReadingRecurrent({
    reader: gravesWindow(2, { step: -1 }), above: peepholeLstm, inputSize: 3, hiddenSize: 5, memorySize: 4, layers: 3,
    random: new RandomStream(5), ...options,
  });
const memory = (positions = 6, batch = 2, lengths = [6, 3]) => ({ values: sampleTensor([positions, batch, 4], { seed: 9 }), lengths });
const x = () => sampleTensor([7, 2, 3]);

it("has the weights of the synthesis network in Graves 2013, 3x400 with a window of 10 over 57 characters", () => {
  const initialInput = (shape: readonly number[]) => zeros(shape);
  const net = network({ reader: gravesWindow(10), hiddenSize: 400, memorySize: 57, initialInput, initialRecurrent: initialInput });
  const output = new Linear(net.outputSize, 121, { random: new RandomStream(1), initialWeight: initialInput });
  expect(net.parameterCount + output.parameterCount).toBe(3_653_751);
  expect(String(net).split("\n")[0]).toContain("ReadingRecurrent graves-window {input: 3, hidden: 400, memory: 57, layers: 3");
});

it("gradients by finite differences, through all layers and both recursions", () => {
  const net = network({ layers: 2, hiddenSize: 3 });
  const values = sampleTensor([4, 2, 4], { seed: 3, requiresGrad: true });
  const steps = sampleTensor([3, 2, 3], { requiresGrad: true });
  gradCheck(() => {
    const { output, read } = net.forward(steps, { memory: { values, lengths: [4, 2] }, lengths: [3, 2] });
    return concat([output, read], 2);
  }, [steps, values, ...net.parameters()], { sample: 6 });
});

it("the places of the window only move forward", () => {
  const { inspected } = network({ inspect: ["kappa"] }).forward(x(), { memory: memory() });
  const kappa = inspected["kappa"]!.dataSync();
  for (let i = 4; i < kappa.length; i++) expect(kappa[i]!).toBeGreaterThan(kappa[i - 4]!);
});

describe.each(backends)("$name $isa", (backend) => {
  it("windows of a long sequence, the states carried on, are the long sequence", () => {
    withBackend(backend, () => {
      const net = network();
      const whole = net.forward(x(), { memory: memory() });
      const first = net.forward(slice(x(), 0, 0, 4), { memory: memory() });
      const second = net.forward(slice(x(), 0, 4, 7), { memory: memory(), initial: first.final });
      expectClose([...first.output.dataSync(), ...second.output.dataSync()], whole.output.dataSync(), 1e-5);
      expectClose([...first.read.dataSync(), ...second.read.dataSync()], whole.read.dataSync(), 1e-5);
      expectClose(second.final[0]!["kappa"]!.dataSync(), whole.final[0]!["kappa"]!.dataSync(), 1e-5);
    });
  });

  it("a position of zeros behind the text changes nothing but shows the window there", () => {
    withBackend(backend, () => {
      const net = network({ outputs: ["window"] });
      const { values, lengths } = memory();
      const longer = { values: concat([values, zeros([1, 2, 4])], 0), lengths: [7, 3] };
      const [one, other] = [{ values, lengths }, longer].map((given) => net.forward(x(), { memory: given }));
      expectClose(other!.output.dataSync(), one!.output.dataSync(), 1e-6);
      const seen = slice(other!.outputs["window"]!, 2, 6, 7).dataSync();
      expect([seen[0]! > 0, seen[1]]).toEqual([true, 0]);
    });
  });

  it("step by step is the whole pass", () => {
    withBackend(backend, () => {
      const net = network({ outputs: ["window"] });
      const whole = net.forward(x(), { memory: memory() });
      const stream = net.stream(2, { memory: memory() });
      for (let run = 0; run < 2; run++) {
        for (let t = 0; t < 7; t++) {
          const at = (tensor: typeof whole.output) => slice(tensor, 0, t, t + 1).dataSync();
          expectClose(stream.step(x().at(t)).dataSync(), at(whole.output), 1e-5, `step ${t}`);
          expectClose(stream.outputs["window"]!.dataSync(), at(whole.outputs["window"]!), 1e-5, `window ${t}`);
          expectClose(stream.outputs["w"]!.dataSync(), at(whole.read), 1e-5, `read ${t}`);
        }
        stream.reset();
      }
    });
  });

  it.each(["additive", "dot", "general"] as const)("%s attention, step by step and in the whole", (kind) => {
    withBackend(backend, () => {
      const net = new Recurrent(attentionLstm(kind), {
        inputSize: 3, hiddenSize: 4, memorySize: 4, layers: 2, random: new RandomStream(2), outputs: ["attention"],
      });
      const { output, outputs } = net.forward(x(), { memory: memory() });
      const shares = sum(outputs[1]!["attention"]!, [2]).dataSync();
      shares.forEach((total) => expect(total).toBeCloseTo(1, 5));
      const stream = net.stream(2, { memory: memory() });
      for (let t = 0; t < 7; t++) expectClose(stream.step(x().at(t)).dataSync(), slice(output, 0, t, t + 1).dataSync(), 1e-5, `step ${t}`);
    });
  });
});

it("says what is missing", () => {
  expect(() => network({ above: undefined as never })).toThrow("above: expected the cell of the layers above the first, got none");
  expect(() => network().forward(sampleTensor([2, 2, 4]), { memory: memory() })).toThrow("ReadingRecurrent: x: expected [time, batch, 3], got [2, 2, 4]");
});
