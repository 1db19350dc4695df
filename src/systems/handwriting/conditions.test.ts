import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend, loadBackend } from "../../backend/index.js";
import { fitPenScale, movesOf, penBatch, scaleMoves, type PenPoint, type PenSequence, type Stroke } from "../../data/index.js";
import { mixtureOf } from "../../nn/index.js";
import { gradCheck, noGrad, RandomStream, setDefaultBackend, step, tensor, withBackend } from "../../tensor/index.js";
import { MemoryStorage, Run, train, type Checkpoint } from "../../train/index.js";
import {
  createHandwritingModel, createHandwritingOptimizer, createPenModel, generateStrokes, HANDWRITING_DEFAULTS, HandwritingLearner, HandwritingStream,
  knownNames, measurePen, natsPerPoint, scriptOf, SynthesisStream, toldOf, writeText, type HandwritingConfig, type PenModel, type Told,
} from "./index.js";
import type { HandwritingModel } from "./model.js";
import type { SynthesisModel } from "./synthesis-model.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

/** Letters as in the tests of synthesis, a peak or a valley; ann leans far to the right, bob to the left. */
function written(text: string, writer: string, seed: number): Stroke[] {
  const random = new RandomStream(seed);
  const lean = writer === "ann" ? 0.5 : -0.5;
  return Array.from(text).map((letter, i): Stroke => {
    const y = letter === "a" ? -3 : 3;
    const point = (x: number, high: number): PenPoint => [4 * i + x - lean * high + 0.1 * random.next(), high + 0.1 * random.next()];
    return [point(0, 0), point(0.75, y / 2), point(1.5, y), point(2.25, y / 2), point(3, 0)];
  });
}
const samples = Array.from({ length: 60 }, (_, i) => {
  const random = new RandomStream(1000 + i);
  const text = Array.from({ length: 1 + random.integer(3) }, () => "ab"[random.integer(2)]).join("");
  const writer = ["ann", "bob"][i % 2]!;
  return { text, writer, strokes: written(text, writer, i) };
});
const scale = fitPenScale(samples.map(({ strokes }) => movesOf(strokes)));
const lines = samples.map(({ text, writer, strokes }, i): PenSequence => ({ name: `${i}`, text, writer, moves: scaleMoves(movesOf(strokes), scale) }));
const [training, unseen] = [lines.slice(0, 50), lines.slice(50)];
const script = scriptOf(training);

const small: HandwritingConfig = { ...HANDWRITING_DEFAULTS, hidden: 12, components: 3, window: 2, writers: 3, classes: 4, batch: 5, lr: 0.02 };
const create = (config: HandwritingConfig, seed = 1): PenModel => createPenModel(config, new RandomStream(seed), script, knownNames(config, training));

async function trained(config: HandwritingConfig, steps: number, { run, checkpoint, stopAt }: { run?: Run; checkpoint?: Checkpoint; stopAt?: number } = {}) {
  const model = create(config);
  const stop = new AbortController();
  await train({
    learner: new HandwritingLearner({ model, random: new RandomStream(2), training, validation: unseen, scale, config }),
    optimizer: createHandwritingOptimizer(config, model),
    settings: { ...config, validateEvery: 1000 },
    budget: { steps },
    ...(run && { run }),
    checkpoint,
    signal: stop.signal,
    onProgress: ({ step: done }) => done === stopAt && stop.abort(),
  });
  return model;
}
const parametersOf = (model: PenModel) => Object.fromEntries([...model.namedParameters()].map(([name, each]) => [name, each.dataSync()]));
const nats = (model: PenModel, sequences: readonly PenSequence[]) => natsPerPoint(measurePen(model, sequences));

describe("names", () => {
  it("are a style where there is one, else a writer, and what is drawn", () => {
    expect(toldOf({ name: "", moves: new Float32Array(), writer: "EMSElfin 3", style: "EMSElfin", text: "安" })).toEqual({ writer: "EMSElfin", class: "安" });
    expect(toldOf({ name: "", moves: new Float32Array(), writer: "ann", text: "" })).toEqual({ writer: "ann" });
    expect(knownNames({ ...small, task: "drawing" }, training)).toEqual({ writer: ["ann", "bob"], class: [...new Set(training.map(({ text }) => text))].sort() });
    expect(knownNames({ ...small, writers: 0 }, training)).toEqual({});
  });

  it("that are not there, or only one, are no choice", () => {
    const anonymous = training.map(({ name, moves }) => ({ name, moves }));
    expect(() => knownNames(small, anonymous)).toThrow("None of the pen sequences say who wrote them: there is no writer to choose.");
    const alone = training.filter(({ writer }) => writer === "ann");
    expect(() => knownNames(small, alone)).toThrow('All pen sequences are of the writer "ann": expected two or more to choose from.');
    expect(() => createHandwritingModel(small, new RandomStream(1))).toThrow("names: expected those of every writer to learn from, got none");
  });
});

describe.each(["prediction", "synthesis", "drawing"] as const)("a model of %s", (task) => {
  const config = { ...small, task };

  it("has gradients that agree with finite differences, through what it is told too", () => {
    withBackend(createReferenceBackend(), () => {
      const model = create({ ...config, hidden: 3, components: 2, writers: 2, classes: 2, clipPreactivations: 0 });
      const batch = penBatch([training[0]!, training[1]!, { name: "", text: "a", moves: training[2]!.moves }].map((line, i) => ({ ...line, moves: line.moves.slice(0, 12 - 3 * i) })));
      const targets = tensor(batch.targets, [4, 3, 3]);
      const names = [...model.namedParameters().keys()];
      expect(names).toContain("conditions.writer.table.weight");
      gradCheck(() => model.density.loss(model.predict(batch), targets), model.parameters(), { sample: 4, names });
    });
  });

  it("reads movement by movement what the whole pass reads", () => {
    const model = create(config);
    const row: PenSequence = { ...training[3]!, text: "ab", writer: "bob" };
    const { timeSteps, inputs, ...batch } = penBatch([row]);
    const whole = step(() => noGrad(() => model.predict({ timeSteps, inputs, ...batch }).dataSync()));
    const told = task === "drawing" ? toldOf(row) : { writer: "bob" };
    const stream = task === "synthesis" ? new SynthesisStream(model as SynthesisModel, "ab", told) : new HandwritingStream(model as HandwritingModel, told);
    const columns = 6 * small.components + 1;
    for (let t = 0; t < timeSteps; t++) {
      const [streamed, expected] = [stream.read(inputs.subarray(3 * t, 3 * t + 3)), mixtureOf(whole.slice(t * columns, (t + 1) * columns))];
      expect(streamed.lift).toBeCloseTo(expected.lift, 5);
      streamed.gaussians.forEach(({ mean }, j) => expect(mean[0]).toBeCloseTo(expected.gaussians[j]!.mean[0], 4));
    }
  });

  it("stopped and resumed ends with the bits of an unbroken one", async () => {
    const unbroken = await trained({ ...config, augment: 0.5 }, 6);
    const run = await Run.create(new MemoryStorage(), { version: "0", kind: "handwriting" });
    await trained({ ...config, augment: 0.5 }, 6, { run, stopAt: 4 });
    const { checkpoint } = await run.resume();
    expect(parametersOf(await trained({ ...config, augment: 0.5 }, 6, { run, checkpoint: checkpoint! }))).toEqual(parametersOf(unbroken));
  });

  it("of a run from before there were writers is what it was", () => {
    const { writers: _, classes: __, ...older } = { ...small, task: task === "drawing" ? ("prediction" as const) : task };
    const model = create(older);
    expect(model.conditions).toBeUndefined();
    expect([...model.namedParameters().keys()].filter((name) => name.startsWith("conditions"))).toEqual([]);
    expect(parametersOf(model)).toEqual(parametersOf(create({ ...older, writers: 0 })));
  });
});

it("two writers are told apart: lines cost much less in the right hand than in the other, and nobody's lies between", async () => {
  const model = await trained({ ...small, hidden: 16 }, 250);
  const as = (writer: string) => unseen.map((line) => ({ ...line, writer }));
  const others: Readonly<Record<string, string>> = { ann: "bob", bob: "ann" };
  const right = nats(model, unseen);
  const wrong = nats(model, unseen.map((line) => ({ ...line, writer: others[line.writer!]! })));
  const nobody = nats(model, unseen.map(({ name, moves }) => ({ name, moves })));
  expect(wrong).toBeGreaterThan(right + 0.5);
  expect(nobody).toBeGreaterThan(right);
  expect(nobody).toBeLessThan(wrong);
  expect(nats(model, as("somebody else"))).toBeCloseTo(nobody, 6);
});

describe("writing in a hand", () => {
  it("depends on the hand, and nobody is what is told when nothing is", () => {
    const model = create(small) as HandwritingModel;
    const write = (told?: Told) => [...generateStrokes(model, { scale, points: 8, random: new RandomStream(1), ...(told && { told }) })];
    expect(write({ writer: "ann" })).toEqual(write({ writer: "ann" }));
    expect(write({ writer: "ann" })).not.toEqual(write({ writer: "bob" }));
    expect(write({})).toEqual(write());
    expect(write()).not.toEqual(write({ writer: "ann" }));
    const writer = create({ ...small, task: "synthesis" }) as SynthesisModel;
    const text = (told: Told) => [...writeText(writer, "ab", { scale, random: new RandomStream(1), most: 6, told })];
    expect(text({ writer: "ann" })).not.toEqual(text({ writer: "bob" }));
  });

  it("refuses a hand that there is not", () => {
    const model = create(small) as HandwritingModel;
    expect(() => new HandwritingStream(model, { writer: "eve" })).toThrow('writer: the model does not know "eve", but ann, bob');
    expect(() => new HandwritingStream(model, { class: "a" })).toThrow('class: the model has not learnt to be told a class, got "a"');
    const untold = createHandwritingModel({ ...small, writers: 0 }, new RandomStream(1));
    expect(() => new HandwritingStream(untold, { writer: "ann" })).toThrow('writer: the model has not learnt to be told a writer, got "ann"');
  });
});
