import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { cells } from "../../cell/index.js";
import { buildVocabulary, encodeDocuments, sampleSegments, wholeDocuments, type Document } from "../../data/index.js";
import { fromInts, RandomStream, setDefaultBackend, square, step, sum } from "../../tensor/index.js";
import { MemoryStorage, Run, train, type Checkpoint } from "../../train/index.js";
import { createNoise, createOptimizer, createTextModel, defaultLearningRate, OPTIMIZER_NAMES, TEXT_DEFAULTS, type TextConfig } from "./config.js";
import { generate } from "./generate.js";
import { TextLearner } from "./learner.js";
import { addMeasures, bitsPerUnit, measure, measureStream, perplexity, type Measure } from "./measure.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

const documents: Document[] = [
  { name: "a", content: "she sells sea shells by the sea shore. ".repeat(6) },
  { name: "b", content: "the shells she sells are sea shells, i am sure. ".repeat(5) },
  { name: "c", content: "so if she sells shells. " },
];
const small: TextConfig = { ...TEXT_DEFAULTS, hidden: 16, embedding: 8, batch: 3, window: 10, back: 10, lr: 0.02 };

function session(config: TextConfig = small) {
  const vocabulary = buildVocabulary(config.vocabulary, documents, { minimumCount: 1 });
  const random = new RandomStream(config.seed);
  const model = createTextModel(config, vocabulary.size, random);
  const training = encodeDocuments(documents, vocabulary);
  const learner = new TextLearner({ model, random, training, validation: training, vocabulary, config });
  const noise = createNoise(config, model, training.tokens.length, random.fork("noise"));
  return { vocabulary, model, training, learner, noise, optimizer: createOptimizer(config, model, noise) };
}

async function trained(config: TextConfig, steps: number, { run, checkpoint, stopAt }: { run?: Run; checkpoint?: Checkpoint; stopAt?: number } = {}) {
  const parts = session(config);
  const stop = new AbortController();
  const result = await train({
    ...parts,
    settings: { ...config, logEvery: 3, validateEvery: 4 },
    budget: { steps },
    ...(run && { run }),
    checkpoint,
    signal: stop.signal,
    onProgress: ({ step }) => step === stopAt && stop.abort(),
  });
  const parameters = Object.fromEntries([...parts.model.namedParameters()].map(([name, tensor]) => [name, tensor.dataSync()]));
  return { ...parts, result, parameters };
}

describe("the model", () => {
  it("has the parameters of its equations", () => {
    const random = new RandomStream(1);
    const model = createTextModel({ ...small, embedding: 8, layers: 2 }, 50, random);
    const layer = (input: number) => 4 * 16 * (input + 16 + 1);
    expect(model.parameterCount).toBe(50 * 8 + layer(8) + layer(16) + 50 * (16 + 1));
    const oneHot = createTextModel({ ...small, embedding: 0 }, 50, random);
    expect(oneHot.parameterCount).toBe(layer(50) + 50 * 17);
    expect(oneHot.toString()).toMatch(/^TextModel \{vocabulary: 50, parameters: \d+\}\n {2}recurrent: Recurrent lstm/);
  });

  it("takes one-hot words of a vocabulary whose square no memory could hold", () => {
    const [words, hidden] = [40_000, 2];
    const config: TextConfig = { ...small, embedding: 0, hidden, layers: 2, skip: true, dropout: 0.5 };
    const model = createTextModel(config, words, new RandomStream(1));
    const tokens = fromInts([7, 39_999, 7, 0, 7, 39_999], [3, 2]);
    const outputs = (mode: "train" | "eval") => {
      model[mode]();
      return step(() => Array.from(model.run(tokens).output.dataSync()));
    };
    expect(outputs("eval")).toEqual(outputs("eval"));
    // Every pass drops other words.
    expect(outputs("train")).not.toEqual(outputs("train"));
    step(() => {
      sum(square(model.eval().run(tokens).output)).backward();
      const gradient = model.namedParameters().get("recurrent.layer0.forward.x")!.grad!.dataSync();
      const reached = new Set(Array.from(gradient, (value, at) => (value === 0 ? -1 : at % words)));
      expect([...reached].sort((a, b) => a - b)).toEqual([-1, 0, 7, 39_999]);
    });
  });

  it.each([...cells.keys()])("learns with the cell %s", async (cell) => {
    const { learner, model, training } = session({ ...small, cell });
    const before = bitsPerUnit(addMeasures(await measure(model, training, wholeDocuments(training))));
    const after = await train({ learner, optimizer: createOptimizer(small, model), settings: small, budget: { steps: 40 } });
    expect(after.validationLoss! / Math.LN2).toBeLessThan(before - 0.5);
  });

  it.each(OPTIMIZER_NAMES)("learns with the optimiser %s at its default rate", async (optimizer) => {
    const config = { ...small, optimizer, lr: defaultLearningRate(optimizer) };
    const untrained = session(config);
    const { model, training } = await trained(config, 60);
    const bits = async (of: typeof model) => bitsPerUnit(addMeasures(await measure(of, training, wholeDocuments(training))));
    expect(await bits(model)).toBeLessThan((await bits(untrained.model)) - 0.3);
  });

  it("names a cell that there is not", () => {
    expect(() => createTextModel({ ...small, cell: "lsmt" }, 9, new RandomStream(1))).toThrow(/^cell: expected one of elman, .*, got "lsmt"$/);
  });
});

describe("a run", () => {
  const base: TextConfig = { ...small, layers: 2, dropout: 0.3, back: 14, window: 6 };
  const config = base;

  it.each<[string, Partial<TextConfig>]>([
    ["dropout, overlapping windows, carried states and all", {}],
    ["noise on the weights", { weightNoise: 0.075 }],
    ["adaptive noise, with a loss that is a sum", { adaptiveNoise: 0.075, loss: "sum", dropout: 0, resetEvery: 2, back: 6 }],
    ["skip connections, clipped at the gates, segments computed again", { skip: true, cell: "peephole-lstm", clipPreactivations: 1, recompute: "sqrt" }],
  ])("stopped and resumed ends with the bits of an unbroken one: %s", async (_, settings) => {
    const config = { ...base, ...settings };
    const unbroken = await trained(config, 12);
    const run = await Run.create(new MemoryStorage(), { version: "0", kind: "text" });
    await trained(config, 12, { run, stopAt: 5 });
    const { checkpoint } = await run.resume();
    expect(checkpoint!.step).toBe(5);
    const resumed = await trained(config, 12, { run, checkpoint: checkpoint! });
    expect(resumed.parameters).toEqual(unbroken.parameters);
  });

  it("tells the description length where the weights have one, and is validated without noise", async () => {
    const run = await Run.create(new MemoryStorage(), { version: "0", kind: "text" });
    await trained({ ...base, adaptiveNoise: 0.075, dropout: 0 }, 4, { run });
    for (const { trainingLoss, complexity, descriptionLength } of await run.metrics()) {
      expect(complexity).toBeGreaterThan(0);
      expect(descriptionLength).toBeCloseTo(trainingLoss! + complexity!, 10);
    }
    const noisy = session({ ...base, weightNoise: 5, dropout: 0 });
    const exact = session({ ...base, dropout: 0 });
    expect(await noisy.learner.validate()).toBe(await exact.learner.validate());
    expect(() => session({ ...base, weightNoise: 1, adaptiveNoise: 1 })).toThrow("weight noise: expected fixed or adaptive noise, got both");
  });

  it("gives the same bits for the same seed and others for another", async () => {
    const [first, again, other] = [await trained(config, 3), await trained(config, 3), await trained({ ...config, seed: 2 }, 3)];
    expect(again.parameters).toEqual(first.parameters);
    expect(other.parameters).not.toEqual(first.parameters);
  });

  it("writes a sample at each validation, the same when it goes on from a checkpoint, and learns the same without", async () => {
    const samples = async (storage: MemoryStorage) =>
      new TextDecoder().decode(storage.files.get("metrics.jsonl")).trim().split("\n").flatMap((line) => {
        const { step, sample, elapsed } = JSON.parse(line) as { step: number; sample?: string; elapsed: number };
        expect(elapsed).toBeGreaterThanOrEqual(0);
        return sample === undefined ? [] : [[step, sample] as const];
      });
    const written = { ...config, sampleLength: 30 };
    const storage = new MemoryStorage();
    const run = await Run.create(storage, { version: "0", kind: "text" });
    const unbroken = await trained(written, 12, { run });
    const all = await samples(storage);
    expect(all.map(([step]) => step)).toEqual([4, 8, 12]);
    for (const [, sample] of all) expect(sample).toMatch(/^[a-z., \n]{30,31}$/);
    expect(new Set(all.map(([, sample]) => sample)).size).toBe(3);

    const other = new MemoryStorage();
    const stopped = await Run.create(other, { version: "0", kind: "text" });
    await trained(written, 12, { run: stopped, stopAt: 7 });
    const { checkpoint } = await stopped.resume();
    await trained(written, 12, { run: stopped, checkpoint: checkpoint! });
    expect(await samples(other)).toEqual(all);
    expect((await trained({ ...config, sampleLength: 0 }, 12)).parameters).toEqual(unbroken.parameters);
  });

  it("is not disturbed by validation", async () => {
    const often = session(config);
    await train({ ...often, settings: { ...config, validateEvery: 1 }, budget: { steps: 6 } });
    const never = session(config);
    await train({ ...never, settings: { ...config, validateEvery: 1000 }, budget: { steps: 6 } });
    expect(often.model.output.weight.dataSync()).toEqual(never.model.output.weight.dataSync());
  });
});

describe("measure", () => {
  it("gives the same result whatever the batch and the window", async () => {
    const { model, training } = session();
    const whole = wholeDocuments(training);
    const one = await measure(model, training, whole, { batch: 1, timeSteps: 1000 });
    const many = await measure(model, training, whole, { batch: 8, timeSteps: 7 });
    one.forEach(({ nats, predictions, units }, i) => {
      expect(many[i]!.nats).toBeCloseTo(nats, 2);
      expect([many[i]!.predictions, many[i]!.units]).toEqual([predictions, units]);
      expect([predictions, units]).toEqual([documents[i]!.content.length + 1, documents[i]!.content.length]);
    });
  });

  it("of segments with context comes close to that of the whole", async () => {
    const { model, training } = await trained(small, 60);
    const whole = bitsPerUnit(addMeasures(await measure(model, training, wholeDocuments(training))));
    const segments = sampleSegments(training, { limit: 1e6, length: 20, context: 30 });
    expect(Math.abs(bitsPerUnit(addMeasures(await measure(model, training, segments))) - whole)).toBeLessThan(0.02);
  });

  it("has the definitions of bits and perplexity", () => {
    const cost = { nats: 30 * Math.LN2, predictions: 11, units: 10 };
    expect(bitsPerUnit(cost)).toBeCloseTo(3);
    expect(perplexity(cost)).toBeCloseTo(2 ** (30 / 11));
  });

  it("of an untrained model is near log2 of the vocabulary", async () => {
    const { model, training, vocabulary } = session({ ...small, hidden: 4, embedding: 2 });
    const { nats, predictions } = addMeasures(await measure(model, training, wholeDocuments(training)));
    expect(Math.abs(nats / predictions / Math.log(vocabulary.size) - 1)).toBeLessThan(0.35);
  });
});

describe("a stream", () => {
  const bits = (measures: readonly Measure[]) => bitsPerUnit(addMeasures(measures));

  it("measures what the whole pass measures", async () => {
    for (const embedding of [8, 0]) {
      const { model, training } = session({ ...small, embedding, layers: 2 });
      const streamed = measureStream(model, training);
      (await measure(model, training, wholeDocuments(training))).forEach((whole, i) => {
        expect(streamed[i]!.nats).toBeCloseTo(whole.nats, 3);
        expect(streamed[i]).toMatchObject({ predictions: whole.predictions, units: whole.units });
      });
    }
  });

  it.each(["lstm", "gru", "layer-norm-lstm", "mut3"])("in int8 drifts by less than a hundredth of a bit per character: %s", async (cell) => {
    const { model, training } = await trained({ ...small, cell, embedding: 16 }, 60);
    const exact = bits(measureStream(model, training));
    const quantized = bits(measureStream(model, training, { precision: "int8" }));
    expect(quantized).not.toBe(exact);
    expect(Math.abs(quantized - exact)).toBeLessThan(0.01);
  });
});

describe("generate", () => {
  const text = (pieces: Iterable<Uint8Array>) => new TextDecoder().decode(Uint8Array.from([...pieces].flatMap((piece) => [...piece])));

  it("writes what it has learnt by heart", async () => {
    const { model, vocabulary } = await trained({ ...small, hidden: 48, embedding: 16 }, 250);
    const written = text(generate(model, vocabulary, { length: 60, temperature: 0, prime: "she sells ", random: new RandomStream(1) }));
    expect(written).toMatch(/^(are )?(sea )?shells|^by the sea/);
  });

  it("writes the same in int8 where the model is sure", async () => {
    const { model, vocabulary } = await trained({ ...small, hidden: 48, embedding: 16 }, 250);
    const write = (precision: "float32" | "int8") =>
      text(generate(model, vocabulary, { length: 30, temperature: 0, prime: "she sells ", precision, random: new RandomStream(1) }));
    expect(write("int8")).toBe(write("float32"));
  });

  it("depends on the seed and on nothing else", () => {
    const { model, vocabulary } = session();
    const write = (seed: number, prime = "") => text(generate(model, vocabulary, { length: 40, prime, random: new RandomStream(seed) }));
    expect(write(1)).toBe(write(1));
    expect(write(1)).not.toBe(write(2));
    expect(write(1, "she")).not.toBe(write(1));
  });

  it("goes on after the end of a document with an empty line", () => {
    const { model, vocabulary } = session();
    // A model that always ends: the bias of END towers over the rest.
    model.output.bias!.set([100, ...Array.from({ length: vocabulary.size - 1 }, () => 0)]);
    expect(text(generate(model, vocabulary, { length: 2, random: new RandomStream(1) }))).toBe("\n\n\n\n");
  });

  it("never writes <unk>", () => {
    const { model, vocabulary } = session();
    model.output.bias!.set([0, 100, ...Array.from({ length: vocabulary.size - 2 }, () => 0)]);
    expect(text(generate(model, vocabulary, { length: 50, random: new RandomStream(1) }))).not.toContain("\uFFFD");
  });
});
