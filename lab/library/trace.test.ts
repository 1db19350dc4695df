/** What Unroll draws: values against the textbook, gradients against finite differences of the library's own values. */
import { createReferenceBackend, setDefaultBackend } from "unrolled";
import { describe, expect, it } from "vitest";
import { ACTIVATIONS, CELLS, type NetworkSpec } from "./network.js";
import { textbook } from "./textbook.js";
import { traceNetwork, type Trace } from "./trace.js";

setDefaultBackend(createReferenceBackend());

const WEIGHTS: Readonly<Record<NetworkSpec["cell"], NetworkSpec["weights"]>> = {
  elman: { hidden: [0.7, -0.9, 0.2] },
  lstm: { forget: [0.4, -0.2, 1], input: [0.9, 0.3, 0], candidate: [1.2, -0.6, 0.1], output: [-0.5, 0.7, 0.4] },
  gru: { candidate_h: [1.1, 0.3], reset: [0.7, -0.4, 0.2], candidate_x: [0.8, 0.1], update: [0.6, 0.3, -0.2] },
};

function networkOf(cell: NetworkSpec["cell"], rest: Partial<NetworkSpec> = {}): NetworkSpec {
  return { cell, hidden: "tanh", output: "sigmoid", inputs: [1, -0.5, 0.8], weights: WEIGHTS[cell], initial: cell === "lstm" ? { h: 0.3, c: -0.4 } : { h: 0.3 }, readout: [1.5, -0.2], ...rest };
}

const node = (trace: Trace, key: string) => trace.nodes.find((each) => each.key === key)!;

/** The slope of what is asked for, by a change of the network. */
function difference(at: (epsilon: number) => NetworkSpec, of: { node: string; step: number }): number {
  const value = (epsilon: number) => node(traceNetwork({ network: at(epsilon) }), of.node).values[of.step]!;
  return (value(1e-5) - value(-1e-5)) / 2e-5;
}

describe.each(CELLS)("%s", (cell) => {
  it("has the textbook's values", () => {
    for (const output of ACTIVATIONS) {
      const network = networkOf(cell, { output });
      const [trace, expected] = [traceNetwork({ network }), textbook(network)];
      for (const key of cell === "lstm" ? ["h", "c", "y"] : ["h", "y"]) {
        node(trace, key).values.forEach((value, t) => expect(value).toBeCloseTo(expected[key]![t]!, 10));
      }
    }
  });

  it.each([{ node: "y", step: 2 }, { node: "y", step: 1 }, { node: "h", step: 1 }])("has the gradients of $node at step $step", (of) => {
    const network = networkOf(cell);
    const trace = traceNetwork({ network, of });
    network.inputs.forEach((x, t) => {
      const slope = difference((epsilon) => ({ ...network, inputs: network.inputs.with(t, x + epsilon) }), of);
      expect(node(trace, "x").gradients[t]).toBeCloseTo(slope, 8);
    });
    for (const [name, values] of Object.entries({ ...network.weights, y: network.readout })) {
      values.forEach((value, i) => {
        const changed = (epsilon: number): NetworkSpec => {
          const all = { ...network.weights, y: network.readout, [name]: values.with(i, value + epsilon) };
          return { ...network, weights: all, readout: all.y };
        };
        expect(trace.weightGradients[name]![i], `${name} ${i}`).toBeCloseTo(difference(changed, of), 8);
      });
    }
    const first = node(trace, "h'").gradients[0];
    expect(first).toBeCloseTo(difference((epsilon) => ({ ...network, initial: { ...network.initial, h: 0.3 + epsilon } }), of), 8);
  });

  it("what flows along a value's edges adds up to its gradient", () => {
    const network = networkOf(cell);
    const trace = traceNetwork({ network, of: { node: "y", step: 2 } });
    for (const { key } of trace.nodes) {
      for (let t = 0; t < 3; t++) {
        let total = key === "y" && t === 2 ? 1 : 0;
        for (const user of trace.nodes) user.inputs.forEach((input, i) => (total += input === key ? user.edges[i]![t]! : 0));
        const state = Object.entries(trace.states).find(([, each]) => each === key)?.[0];
        if (state !== undefined && t < 2) total += node(trace, `${state}'`).gradients[t + 1]!;
        expect(node(trace, key).gradients[t], `${key} at ${t}`).toBeCloseTo(total, 10);
      }
    }
  });
});

it("the gradient of an LSTM's cell state is the product of its forget gates, and what comes by the gates", () => {
  const trace = traceNetwork({ network: networkOf("lstm", { weights: { ...WEIGHTS.lstm, forget: [0, 0, 2], input: [0, 0, 0], candidate: [1, 0, 0], output: [0, 0, 0] } }), of: { node: "c", step: 2 } });
  const forget = node(trace, "forget").values;
  expect(node(trace, "c").gradients[0]).toBeCloseTo(forget[1]! * forget[2]!, 10);
});
