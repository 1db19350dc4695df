/** GloVe's weights f(x), its loss J, and that a step goes down J's gradient. */
import { describe, expect, it } from "vitest";
import { createReferenceBackend, loadBackend, type Backend } from "../../backend/index.js";
import { GLOVE_UNSCALED_BIAS } from "../../backend/generated/kernels.js";

const WIDTH = 16;
const reference = createReferenceBackend();
const backends: readonly [string, Backend][] = [
  ["reference", reference], ["the fastest", await loadBackend({ threads: 1 })], ["WebAssembly", await loadBackend({ backend: "wasm", threads: 1 })],
];

interface Records {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly values: readonly number[];
}

/** Trains a copy of parameters, [.., 2, WIDTH] each; what becomes of them, and the loss before. */
function train({ kernels, memory }: Backend, parameters: readonly [ArrayLike<number>, ArrayLike<number>], records: Records, settings: { dimensions: number; lr: number; flags?: number }) {
  const place = (values: ArrayLike<number>, kind: "floats" | "ints" = "floats") => {
    const at = memory.allocate(4 * values.length);
    memory[kind](at, values.length).set(values);
    return at;
  };
  const { rows, columns, values } = records;
  const [words, contexts] = parameters.map((each) => place(each)) as [number, number];
  const statistics = place([0]);
  kernels.gloveTrain(
    words, contexts, WIDTH, settings.dimensions, place(rows, "ints"), place(columns, "ints"), place(values), values.length, settings.lr, 100,
    0.75, settings.flags ?? 0, statistics,
  );
  return {
    loss: memory.floats(statistics, 1)[0]!,
    words: [...memory.floats(words, parameters[0].length)],
    contexts: [...memory.floats(contexts, parameters[1].length)],
  };
}

/** A row: parameters, zeros, and sums of squares of 1. */
const row = (...parameters: number[]) => [...parameters, ...new Array<number>(WIDTH - parameters.length).fill(0), ...new Array<number>(WIDTH).fill(1)];

describe.each(backends)("%s", (_, backend) => {
  it.each([[1, 0.0316227766], [10, 0.177827941], [50, 0.5946035576], [100, 1], [200, 1]])("a count of %d weighs %d", (x, weight) => {
    // A bias of log x + 1 leaves an error of 1: the loss is the weight.
    const records = { rows: [0], columns: [0], values: [x] };
    const { loss } = train(backend, [row(Math.log(x) + 1), row(0)], records, { dimensions: 0, lr: 0 });
    expect(Math.abs(loss - weight)).toBeLessThan(3e-6 * weight);
  });
});

it("makes the golden step: vectors, biases, sums of squares, with the bias's rate and without", () => {
  const records = { rows: [0], columns: [0], values: [4] };
  const step = (flags: number) => train(reference, [row(0.5, 0.1), row(-0.4, 0.2)], records, { dimensions: 1, lr: 0.05, flags });
  const slope = -0.1150496652;
  const { loss, words, contexts } = step(0);
  expect(loss / 2).toBeCloseTo(0.0739938678, 9);
  expect(words[WIDTH]).toBeCloseTo(1 + (0.05 * slope * -0.4) ** 2, 12);
  expect(contexts[WIDTH]).toBeCloseTo(1 + (0.05 * slope * 0.5) ** 2, 12);
  expect(words[WIDTH + 1]).toBeCloseTo(1 + (0.05 * slope) ** 2, 12);
  const unscaled = step(GLOVE_UNSCALED_BIAS);
  expect([unscaled.words[1], unscaled.contexts[1]]).toEqual([expect.closeTo(0.1 - slope, 9), expect.closeTo(0.2 - slope, 9)]);
  expect(unscaled.words[WIDTH + 1]).toBeCloseTo(1 + slope ** 2, 9);
  expect(unscaled.words[0]).toBe(words[0]);
});

it("goes down the gradient of J / 2, by finite differences", () => {
  const [size, dimensions] = [3, 4];
  const initial = (phase: number) => Array.from({ length: size }, (_, i) => row(...Array.from({ length: dimensions + 1 }, (_, q) => Math.sin(7 * i + 3 * q + phase)))).flat();
  const parameters = [initial(1), initial(2)] as const;
  const all: Records = { rows: [0, 0, 1, 2, 2], columns: [0, 2, 1, 0, 2], values: [3, 250, 0.5, 40, 99] };
  // With a rate of 0 nothing moves and the loss is J; record by record from the same start, so is the step a sum of gradients.
  const lossAt = (words: readonly number[], contexts: readonly number[]) => train(reference, [words, contexts], all, { dimensions, lr: 0 }).loss;
  const lr = 1e-7;
  const steps = all.values.map((_, r) => {
    const one = { rows: [all.rows[r]!], columns: [all.columns[r]!], values: [all.values[r]!] };
    return train(reference, parameters, one, { dimensions, lr });
  });
  const isParameter = (i: number) => i % (2 * WIDTH) <= dimensions;
  for (const side of [0, 1] as const) {
    for (let i = 0; i < parameters[side].length; i++) {
      if (!isParameter(i)) continue;
      const moved = (change: number) => parameters.map((each, s) => each.map((x, j) => (s === side && j === i ? x + change : x))) as [number[], number[]];
      const numeric = (lossAt(...moved(1e-5)) - lossAt(...moved(-1e-5))) / 2e-5 / 2;
      const analytic = steps.reduce((sum, step) => sum + (parameters[side][i]! - (side === 0 ? step.words : step.contexts)[i]!) / lr, 0);
      expect(Math.abs(analytic - numeric)).toBeLessThan(1e-6 * (1 + Math.abs(numeric)));
    }
  }
});
