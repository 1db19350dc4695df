/** One unit of each cell, step by step, as textbooks write it and float64 computes it: what the library's answers are checked against. */
import type { Activation, NetworkSpec } from "./network.js";

const sigmoid = (a: number) => 1 / (1 + Math.exp(-a));

const FUNCTIONS: Readonly<Record<Activation, (a: number) => number>> = {
  relu: (a) => Math.max(0, a), tanh: Math.tanh, sigmoid, identity: (a) => a,
};

/** States and outputs by name and step: `textbook(network)["h"][0]` is h₁. */
export function textbook(network: NetworkSpec): Readonly<Record<string, readonly number[]>> {
  const { cell, hidden, output, inputs, weights, initial, readout } = network;
  let h = initial["h"] ?? 0;
  let c = initial["c"] ?? 0;
  const states: { h: number[]; c: number[]; y: number[] } = { h: [], c: [], y: [] };
  for (const x of inputs) {
    const map = (name: string) => {
      const [w = 0, u = 0, b = 0] = weights[name]!;
      return w * x + u * h + b;
    };
    if (cell === "elman") {
      h = FUNCTIONS[hidden](map("hidden"));
    } else if (cell === "lstm") {
      const [i, f, g, o] = [sigmoid(map("input")), sigmoid(map("forget")), Math.tanh(map("candidate")), sigmoid(map("output"))];
      c = f * c + i * g;
      h = o * Math.tanh(c);
    } else {
      const [r, z] = [sigmoid(map("reset")), sigmoid(map("update"))];
      const [w = 0, b = 0] = weights["candidate_x"]!;
      const [u = 0, d = 0] = weights["candidate_h"]!;
      const n = Math.tanh(w * x + b + r * (u * h + d));
      h = (1 - z) * n + z * h;
    }
    states.h.push(h);
    states.c.push(c);
    states.y.push(FUNCTIONS[output](readout[0]! * h + readout[1]!));
  }
  return states;
}

/** What a step multiplies the gradient of an Elman network's state by, from the last step back to the first: the product of all. */
export function textbookSlope(network: NetworkSpec): number {
  const { hidden, weights } = network;
  const states = textbook(network)["h"]!;
  const slope = (h: number) => (hidden === "relu" ? Number(h > 0) : hidden === "tanh" ? 1 - h * h : hidden === "sigmoid" ? h * (1 - h) : 1);
  return states.slice(1).reduce((product, h) => product * weights["hidden"]![1]! * slope(h), 1);
}
