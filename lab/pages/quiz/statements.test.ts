/** The statements of the quiz, put to the library where it can tell. */
import { createReferenceBackend, elmanTanh, Linear, RandomStream, Recurrent, setDefaultBackend, step, tensor } from "unrolled";
import { expect, it } from "vitest";
import { NOTES_STATEMENTS, STATEMENTS, type StatementName } from "./statements.js";

setDefaultBackend(createReferenceBackend());

const network = new Recurrent(elmanTanh, { inputSize: 1, hiddenSize: 3, random: new RandomStream(1) });
const feedForward = new Linear(1, 3, { random: new RandomStream(2) });

/** The states of a recurrent network over inputs. */
function states(inputs: readonly number[], layer = network): number[][] {
  const flat = [...layer.forward(tensor(inputs, [inputs.length, 1, 1])).output.dataSync()];
  return inputs.map((_, t) => flat.slice(3 * t, 3 * t + 3));
}

function forgetful(): Recurrent {
  const layer = new Recurrent(elmanTanh, { inputSize: 1, hiddenSize: 3, random: new RandomStream(3) });
  const recurrent = [...layer.namedParameters()].find(([name]) => name.endsWith(".h"))![1];
  recurrent.set(new Float64Array(9));
  return layer;
}

/** Whether each holds, as the library sees it. */
const SEEN: { readonly [name in StatementName]?: () => boolean } = {
  noMemory: () => {
    const answer = () => [...feedForward.forward(tensor([0.5], [1, 1])).dataSync()].join();
    const before = answer();
    feedForward.forward(tensor([9], [1, 1]));
    return answer() === before;
  },
  context: () => states([1, 0.5])[1]!.join() !== states([-1, 0.5])[1]!.join(),
  future: () => states([1, 0.5, 2])[1]!.join() !== states([1, 0.5, -2])[1]!.join(),
  anyLength: () => [1, 2, 7].every((length) => states(Array.from({ length }, () => 0.5)).length === length),
  weightsPerStep: () => {
    const count = network.parameterCount;
    states([1, 2, 3, 4, 5]);
    return network.parameterCount !== count;
  },
  order: () => states([1, 2, 3])[2]!.join() === states([2, 1, 3])[2]!.join(),
  zeroRecurrent: () => states([1, 0.5], forgetful())[1]!.join() !== states([-1, 0.5], forgetful())[1]!.join(),
  unrolled: () => {
    // Ten calls of one step with the state handed on are one call of ten.
    const inputs = Array.from({ length: 10 }, (_, t) => Math.sin(t));
    let initial: { h: ReturnType<typeof tensor> }[] | undefined;
    let last: number[] = [];
    for (const x of inputs) {
      const { output, final } = network.forward(tensor([x], [1, 1, 1]), initial ? { initial } : {});
      last = [...output.dataSync()];
      initial = final.map((layer) => ({ h: layer["h"]! }));
    }
    return last.every((value, i) => Math.abs(value - states(inputs)[9]![i]!) < 1e-12);
  },
  sharedGradient: () => {
    const gradient = (from: number) => {
      network.zeroGrad();
      return step(() => {
        network.forward(tensor([1, 0.5, 2], [3, 1, 1])).output.at(from).sum().backward();
        return [...network.parameters()].map((parameter) => [...(parameter.grad?.dataSync() ?? [])]).flat();
      });
    };
    const parts = [0, 1, 2].map(gradient);
    network.zeroGrad();
    const whole = step(() => {
      network.forward(tensor([1, 0.5, 2], [3, 1, 1])).output.sum().backward();
      return [...network.parameters()].map((parameter) => [...parameter.grad!.dataSync()]).flat();
    });
    return whole.every((value, i) => Math.abs(value - parts.reduce((sum, part) => sum + (part[i] ?? 0), 0)) < 1e-12);
  },
};

it.each(Object.entries(SEEN))("%s", (name, seen) => {
  expect(seen()).toBe(STATEMENTS[name as StatementName].holds);
});

it("the notes' question has statements of both kinds", () => {
  expect(new Set(NOTES_STATEMENTS.map((name) => STATEMENTS[name].holds)).size).toBe(2);
});
