import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { lstm } from "../cell/index.js";
import { crossEntropy, Embedding, Linear, Module, Recurrent, type States } from "../nn/index.js";
import { fromInts, RandomStream, setDefaultBackend, step, type Tensor } from "../tensor/index.js";
import { CarriedStates, windowLoss, type TokenNetwork } from "./truncated.js";
import { IGNORED, type Window, type WindowPiece } from "./window.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const VOCABULARY = 12;

class Network extends Module implements TokenNetwork {
  readonly #random = new RandomStream(3);
  readonly embedding = new Embedding(VOCABULARY, 3, { random: this.#random });
  readonly recurrent = new Recurrent(lstm, { inputSize: 3, hiddenSize: 4, layers: 2, random: this.#random });
  readonly output = new Linear(4, VOCABULARY, { random: this.#random });

  run(tokens: Tensor, options: { initial?: States; lengths?: readonly number[] }) {
    return this.recurrent.forward(this.embedding.forward(tokens), options);
  }
  logits(output: Tensor) {
    return this.output.forward(output);
  }
}

/** A piece that reads text[from..to) in one row, counting the predictions from `fresh` on. */
function piece(text: readonly number[], from: number, to: number, fresh = from, learns = true): WindowPiece {
  const inputs = Int32Array.from(text.slice(from, to));
  const targets = Int32Array.from(text.slice(from + 1, to + 1), (token, i) => (from + i < fresh ? IGNORED : token));
  return { timeSteps: to - from, inputs, targets, lengths: undefined, learns, predictions: Math.max(0, to - Math.max(from, fresh)) };
}
function window(pieces: readonly WindowPiece[], rest: Partial<Window> = {}): Window {
  const predictions = pieces.reduce((sum, each) => sum + each.predictions, 0);
  return { resets: undefined, pieces, carryAfter: pieces.length - 1, predictions, units: predictions, ...rest };
}

/** Loss and gradients of a window, by parameter. */
function learn(network: Network, each: Window, carried: CarriedStates) {
  network.zeroGrad();
  return step(() => {
    const loss = windowLoss(network, each, carried);
    loss.backward();
    return { loss: loss.item(), gradients: gradients(network) };
  });
}
function gradients(network: Network): Record<string, number[]> {
  return Object.fromEntries([...network.namedParameters()].map(([name, { grad }]) => [name, [...(grad?.dataSync() ?? [])]]));
}
function expectClose(actual: Record<string, number[]>, expected: Record<string, number[]>) {
  for (const [name, values] of Object.entries(expected)) {
    values.forEach((value, i) => expect(actual[name]![i], `${name}[${i}]`).toBeCloseTo(value, 12));
  }
}

const text = [0, 5, 3, 7, 1, 2, 9, 4, 6, 8, 10];

describe("windows end to end", () => {
  it("lose as much as one long pass does", () => {
    const network = new Network();
    const long = learn(network, window([piece(text, 0, 9)]), new CarriedStates());
    const carried = new CarriedStates();
    const parts = [[0, 4], [4, 6], [6, 9]].map(([from, to]) => learn(network, window([piece(text, from!, to!)]), carried).loss * (to! - from!));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(long.loss * 9, 12);
  });

  it("pass no gradient from one to the next", () => {
    const network = new Network();
    const carried = new CarriedStates();
    learn(network, window([piece(text, 0, 4)]), carried);
    const { gradients } = learn(network, window([piece(text, 4, 8)]), carried);
    const rows = Array.from({ length: VOCABULARY }, (_, token) => gradients["embedding.weight"]!.slice(3 * token, 3 * token + 3));
    const touched = rows.flatMap((row, token) => (row.some((value) => value !== 0) ? [token] : []));
    expect(touched).toEqual([1, 2, 4, 9]); // what the second window reads, nothing of the first
  });

  it("start where the last one ended, also when the states are kept between steps", () => {
    const network = new Network();
    const carried = new CarriedStates();
    learn(network, window([piece(text, 0, 4)]), carried);
    const saved = new Map([...carried.tensors()].map(([name, state]) => [name, [...state.dataSync()]]));
    expect([...saved.keys()]).toEqual(["0.h", "0.c", "1.h", "1.c"]);
    const first = learn(network, window([piece(text, 4, 8)]), carried);
    const again = new CarriedStates();
    learn(network, window([piece(text, 0, 4)]), again);
    expect(learn(network, window([piece(text, 4, 8)]), again)).toEqual(first);
  });
});

describe("resets", () => {
  it("clear exactly the rows that begin a document", () => {
    const network = new Network();
    const interleave = (a: WindowPiece, b: WindowPiece): WindowPiece => {
      const mixed = (name: "inputs" | "targets") => Int32Array.from([...a[name]].flatMap((value, t) => [value, b[name][t]!]));
      return { ...a, inputs: mixed("inputs"), targets: mixed("targets"), predictions: a.predictions + b.predictions };
    };
    const both = new CarriedStates();
    learn(network, window([interleave(piece(text, 0, 4), piece(text, 2, 6))]), both);
    const together = learn(network, window([interleave(piece(text, 4, 8), piece(text, 1, 5))], { resets: [false, true] }), both);

    const alone = new CarriedStates();
    learn(network, window([piece(text, 0, 4)]), alone);
    const goesOn = learn(network, window([piece(text, 4, 8)]), alone);
    const fresh = learn(network, window([piece(text, 1, 5)]), new CarriedStates());
    expect(together.loss).toBeCloseTo((goesOn.loss + fresh.loss) / 2, 12);
  });

  it("of all rows make the states empty", () => {
    const network = new Network();
    const carried = new CarriedStates();
    learn(network, window([piece(text, 0, 4)]), carried);
    const after = learn(network, window([piece(text, 4, 8)], { resets: [true] }), carried);
    expect(after).toEqual(learn(network, window([piece(text, 4, 8)]), new CarriedStates()));
  });
});

describe("a gradient that reaches further back than the window moves on", () => {
  it("is that of the whole reach, with the loss of the new tokens", () => {
    const network = new Network();
    // k1 = 2, k2 = 5: reads 2..7 again from the state before 2, learns to predict after 5 and 6, keeps the state before 4.
    const carried = new CarriedStates();
    learn(network, window([piece(text, 0, 2)]), carried);
    const overlapping = window([piece(text, 2, 4, 5), piece(text, 4, 7, 5)], { carryAfter: 0 });
    expect(overlapping.predictions).toBe(2);
    const { gradients: actual } = learn(network, overlapping, carried);
    const kept = [...carried.tensors().get("1.c")!.dataSync()];

    const before = new CarriedStates();
    learn(network, window([piece(text, 0, 2)]), before);
    const direct = learn(network, window([piece(text, 2, 7, 5)]), before);
    expectClose(actual, direct.gradients);

    const until = new CarriedStates();
    learn(network, window([piece(text, 0, 4)]), until);
    kept.forEach((value, i) => expect(value).toBeCloseTo(until.tensors().get("1.c")!.dataSync()[i]!, 12));
  });

  it("keeps the state from before a window whose first piece is empty", () => {
    const network = new Network();
    const carried = new CarriedStates();
    learn(network, window([piece(text, 0, 2)]), carried);
    const before = [...carried.tensors().get("0.h")!.dataSync()];
    learn(network, window([piece(text, 2, 4)], { carryAfter: -1 }), carried);
    expect([...carried.tensors().get("0.h")!.dataSync()]).toEqual(before);
  });
});

it("a piece that does not learn only brings the state along", () => {
  const network = new Network();
  const { gradients: actual } = learn(network, window([piece(text, 0, 3, 3, false), piece(text, 3, 5)]), new CarriedStates());
  const carried = new CarriedStates();
  learn(network, window([piece(text, 0, 3)]), carried);
  expectClose(actual, learn(network, window([piece(text, 3, 5)]), carried).gradients);
});

it("rows of their own lengths lose what they would alone", () => {
  const network = new Network();
  const short = piece(text, 0, 2);
  const long = piece(text, 3, 7);
  const pad = (values: Int32Array, filler: number) => (t: number) => values[t] ?? filler;
  const mixed: WindowPiece = {
    timeSteps: 4,
    inputs: Int32Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? pad(short.inputs, 0) : pad(long.inputs, 0))(i >> 1)),
    targets: Int32Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? pad(short.targets, IGNORED) : pad(long.targets, IGNORED))(i >> 1)),
    lengths: [2, 4],
    predictions: 6,
    learns: true,
  };
  const together = learn(network, window([mixed]), new CarriedStates());
  const apart = [short, long].map((each) => learn(network, window([each]), new CarriedStates()).loss * each.predictions);
  expect(together.loss).toBeCloseTo((apart[0]! + apart[1]!) / 6, 12);
});

it("the loss is the cross-entropy in nats, averaged over predictions", () => {
  const network = new Network();
  const { loss } = learn(network, window([piece(text, 0, 5)]), new CarriedStates());
  const direct = step(() => {
    const { output } = network.run(fromInts(text.slice(0, 5), [5, 1]), {});
    return crossEntropy(network.logits(output), fromInts(text.slice(1, 6), [5, 1])).item();
  });
  expect(loss).toBeCloseTo(direct, 14);
});
