import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend, loadBackend } from "../../backend/index.js";
import { WordVocabulary, type CooccurrenceRecords } from "../../data/index.js";
import { setDefaultBackend } from "../../tensor/index.js";
import { Glove } from "./glove.js";
import { trainVectors } from "./train.js";

const reference = createReferenceBackend();
beforeAll(async () => {
  setDefaultBackend(await loadBackend({ threads: 1 }));
});

const place = (values: ArrayLike<number>) => {
  const at = reference.memory.allocate(4 * values.length);
  reference.memory.floats(at, values.length).set(values);
  return at;
};

/** Rows of [parameters | sums of squares], 16 wide, sums at 1. */
const rows = (parameters: readonly (readonly number[])[]) =>
  parameters.flatMap((row) => [...row, ...new Array<number>(16 - row.length).fill(0), ...new Array<number>(16).fill(1)]);

it("makes the one step of the golden values", () => {
  const [words, contexts, cost] = [place(rows([[0.5, 0.1]])), place(rows([[-0.4, 0.2]])), place([0])];
  reference.kernels.gloveTrain(words, contexts, 16, 1, place([0]), place([0]), place([4]), 1, 0.05, 100, 0.75, 0, cost);
  const near = (values: ArrayLike<number>, expected: readonly number[]) =>
    expected.forEach((value, i) => expect(values[i]).toBeCloseTo(value, 9));
  near(reference.memory.floats(cost, 1), [0.1479877356]);
  near(reference.memory.floats(words, 2), [0.4976990067, 0.1057524833]);
  near(reference.memory.floats(contexts, 2), [-0.3971237584, 0.2057524833]);
});

/** Normal numbers, the same every time. */
function* normals(): Generator<number> {
  let state = 7;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (;;) yield Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

/** Passes over a whole matrix in one order that goes through all cells; the cost of the first and the last pass. */
function factorise(dimensions: number, passes: number): [first: number, last: number] {
  const [V, r] = [12, 3];
  const random = normals();
  const draw = (n: number, mean: number, deviation: number) => Array.from({ length: n }, () => mean + deviation * random.next().value);
  const [u, v, a, c] = [draw(V * r, 0, 1), draw(V * r, 0, 1), draw(V, 2, 0.3), draw(V, 1, 0.3)];
  const cells = Array.from({ length: V * V }, (_, i) => (i * 89) % (V * V));
  const values = cells.map((cell) => {
    const [i, j] = [Math.floor(cell / V), cell % V];
    let x = a[i]! + c[j]!;
    for (let q = 0; q < r; q++) x += u[i * r + q]! * v[j * r + q]!;
    return Math.exp(x);
  });
  const initial = () => rows(Array.from({ length: V }, () => Array.from({ length: dimensions + 1 }, () => random.next().value * 0.1)));
  const [words, contexts, cost] = [place(initial()), place(initial()), place([0])];
  const [i, j, x] = [place(cells.map((cell) => Math.floor(cell / V))), place(cells.map((cell) => cell % V)), place(values)];
  const costs: number[] = [];
  for (let pass = 0; pass < passes; pass++) {
    reference.memory.floats(cost, 1)[0] = 0;
    reference.kernels.gloveTrain(words, contexts, 16, dimensions, i, j, x, V * V, 0.05, 100, 0.75, 0, cost);
    costs.push(reference.memory.floats(cost, 1)[0]!);
  }
  return [costs[0]!, costs.at(-1)!];
}

describe("a matrix of rank 3", () => {
  it("is found with 3 dimensions", () => {
    const [first, last] = factorise(3, 1000);
    expect(last).toBeLessThan(1e-6 * first);
  });
  it("and not with 2", () => {
    const [first, last] = factorise(2, 1000);
    expect(last).toBeGreaterThan(1e-3 * first);
  });
});

it("without dimensions finds row means plus column means less the grand mean, where all counts weigh 1", () => {
  const V = 4;
  const logs = Array.from({ length: V * V }, (_, i) => Math.sin(5 * i) + 1);
  const order = logs.map((_, i) => (i * 5) % (V * V));
  const [words, contexts, cost] = [place(rows(Array.from({ length: V }, () => [0]))), place(rows(Array.from({ length: V }, () => [0]))), place([0])];
  const [i, j] = [place(order.map((cell) => Math.floor(cell / V))), place(order.map((cell) => cell % V))];
  const x = place(order.map((cell) => Math.exp(logs[cell]!)));
  for (const lr of [0.1, 0.01, 0.001]) {
    for (let pass = 0; pass < 1500; pass++) {
      reference.kernels.gloveTrain(words, contexts, 16, 0, i, j, x, V * V, lr, 1e-9, 0.75, 0, cost);
    }
  }
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  for (let row = 0; row < V; row++) {
    for (let column = 0; column < V; column++) {
      const expected = mean(logs.slice(row * V, row * V + V)) + mean(logs.filter((_, cell) => cell % V === column)) - mean(logs);
      const found = reference.memory.floats(words, 32 * V)[32 * row]! + reference.memory.floats(contexts, 32 * V)[32 * column]!;
      expect(Math.abs(found - expected)).toBeLessThan(5e-3);
    }
  }
});

it("trains from records, and adds word and context vectors", async () => {
  const records: CooccurrenceRecords = {
    count: 4,
    *chunks({ from = 0, length }) {
      const part = <T extends Int32Array | Float32Array>(values: T) => values.subarray(from, from + length) as T;
      yield { rows: part(Int32Array.of(0, 0, 1, 1)), columns: part(Int32Array.of(0, 1, 0, 1)), values: part(Float32Array.of(8, 2, 2, 5)) };
    },
  };
  const trainer = new Glove(new WordVocabulary(["a", "b"], [10, 7]), records, { dimensions: 3, epochs: 400, xMax: 5, stepRecords: 3 });
  const { outcome, trainingLoss } = await trainVectors(trainer);
  expect(outcome).toBe("complete");
  expect(trainingLoss).toBeLessThan(1e-3);
  const [sum, words] = [await trainer.vectors(), await trainer.vectors("words")];
  expect(sum.values.length).toBe(6);
  expect(sum.vector("a")).not.toEqual(words.vector("a"));
});
