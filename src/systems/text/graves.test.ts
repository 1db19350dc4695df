/** The text networks of Graves 2013: their wiring, their loss, their clipping, their chunks. */
import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/reference/index.js";
import { peepholeLstm } from "../../cell/index.js";
import { encodeDocuments, buildVocabulary } from "../../data/index.js";
import { crossEntropy, fromInts, RandomStream, setDefaultBackend, step } from "../../tensor/index.js";
import { gradCheck } from "../../tensor/grad-check.js";
import { createTextModel, TEXT_DEFAULTS, type TextConfig } from "./config.js";
import { TextLearner } from "./learner.js";
import { TextModel } from "./model.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const graves: TextConfig = { ...TEXT_DEFAULTS, cell: "peephole-lstm", skip: true, embedding: 0, layers: 2, hidden: 5 };

/** Weights without making them: each tensor's shape is asked of a network too small to matter. */
function weights({ layers, hidden, vocabulary }: { layers: number; hidden: number; vocabulary: number }): number {
  const make = (h: number, v: number) =>
    new TextModel({ vocabularySize: v, cell: peepholeLstm, hiddenSize: h, layers, embeddingSize: 0, skip: true, random: new RandomStream(1) }).parameterCount;
  // A polynomial in both sizes: h^2, h v, h, v and 1, with the coefficients of the network at hand.
  const basis = (h: number, v: number) => [h * h, h * v, h, v, 1];
  const points = [[2, 3], [3, 2], [2, 5], [5, 2], [4, 7]] as const;
  const coefficients = solve(points.map(([h, v]) => basis(h, v)), points.map(([h, v]) => make(h, v)));
  return Math.round(basis(hidden, vocabulary).reduce((sum, each, i) => sum + each * coefficients[i]!, 0));
}

/** Gauss and Jordan, on a few equations. */
function solve(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const m = rows.map((row, i) => [...row, right[i]!]);
  for (let c = 0; c < m.length; c++) {
    const pivot = m.findIndex((row, i) => i >= c && Math.abs(row[c]!) > 1e-9);
    [m[c], m[pivot]] = [m[pivot]!, m[c]!];
    m[c] = m[c]!.map((each) => each / m[c]![c]!);
    for (const [i, row] of m.entries()) if (i !== c) m[i] = row.map((each, j) => each - row[c]! * m[c]![j]!);
  }
  return m.map((row) => row.at(-1)!);
}

describe("the network", () => {
  it.each([
    ["Penn Treebank by characters", { layers: 1, hidden: 1000, vocabulary: 49 }, 4_252_049],
    ["Penn Treebank by words", { layers: 1, hidden: 1000, vocabulary: 10_000 }, 54_017_000],
    ["Wikipedia, five layers, as its weights say", { layers: 5, hidden: 700, vocabulary: 205 }, 21_252_205],
    ["Wikipedia, seven layers, as the text says", { layers: 7, hidden: 700, vocabulary: 205 }, 30_537_005],
  ])("of %s has the paper's weights", (_, sizes, expected) => {
    expect(weights(sizes)).toBe(expected);
  });

  it("really has as many, where it is small enough to be made", () => {
    const random = new RandomStream(1);
    const model = new TextModel({ vocabularySize: 49, cell: peepholeLstm, hiddenSize: 64, layers: 3, embeddingSize: 0, skip: true, random });
    expect(model.parameterCount).toBe(weights({ layers: 3, hidden: 64, vocabulary: 49 }));
  });

  it("differentiates through skips and peepholes: finite differences, two layers, four steps", () => {
    const model = createTextModel(graves, 4, new RandomStream(3));
    for (const [name, each] of model.namedParameters()) if (name.includes("peephole")) each.set(each.dataSync().map((_, i) => 0.3 - 0.1 * i));
    const [tokens, targets] = [fromInts([1, 3, 0, 2, 2, 1, 3, 3], [4, 2]), fromInts([3, 0, 2, 1, 1, 2, 0, 3], [4, 2])];
    const loss = () => crossEntropy(model.logits(model.run(tokens).output), targets, { reduction: "sum" });
    gradCheck(loss, [...model.namedParameters().values()], { sample: 12, names: [...model.namedParameters().keys()] });
  });
});

describe("the loss as a sum", () => {
  const documents = [{ name: "a", content: "a rose is a rose is a rose, and a daisy is not" }];
  const vocabulary = buildVocabulary("characters", documents);
  const training = encodeDocuments(documents, vocabulary);
  function gradients(config: TextConfig) {
    const random = new RandomStream(5);
    const model = createTextModel(config, vocabulary.size, random);
    const learner = new TextLearner({ model, random, training, validation: undefined, config });
    return step(() => {
      const { loss, weight, predictions } = learner.loss();
      loss.backward();
      const found = Object.fromEntries([...model.namedParameters()].map(([name, { grad }]) => [name, [...grad!.dataSync()]]));
      return { found, total: loss.item() * (weight ?? predictions), weight };
    });
  }

  it("is that of a row, averaged over the rows", () => {
    const config = { ...graves, batch: 2, window: 8, back: 8 };
    const mean = gradients({ ...config, loss: "mean" });
    const sum = gradients({ ...config, loss: "sum" });
    expect(sum.weight).toBe(2);
    expect(sum.total).toBeCloseTo(mean.total, 10);
    for (const [name, values] of Object.entries(mean.found)) values.forEach((each, i) => expect(sum.found[name]![i]).toBeCloseTo(8 * each, 10));
  });

  it("is clipped at the gates as a row's sum, whichever form the loss has", () => {
    const config = { ...graves, batch: 2, window: 8, back: 8, clipPreactivations: 0.01 };
    const mean = gradients({ ...config, loss: "mean" });
    const sum = gradients({ ...config, loss: "sum" });
    const free = gradients({ ...config, loss: "sum", clipPreactivations: 0 });
    const name = "recurrent.layer0.forward.bias";
    for (const [i, each] of mean.found[name]!.entries()) expect(sum.found[name]![i]).toBeCloseTo(8 * each, 10);
    // Each of 8 steps adds at most the limit.
    expect(Math.max(...sum.found[name]!.map(Math.abs))).toBeLessThanOrEqual(8 * 0.01 + 1e-12);
    expect(Math.max(...free.found[name]!.map(Math.abs))).toBeGreaterThan(8 * 0.02);
  });
});
