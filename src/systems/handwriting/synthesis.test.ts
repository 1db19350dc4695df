import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend, loadBackend } from "../../backend/index.js";
import { fitPenScale, movesOf, penBatch, scaleMoves, type PenPoint, type PenSequence, type Stroke } from "../../data/index.js";
import { mixtureOf } from "../../nn/index.js";
import { gradCheck, noGrad, RandomStream, setDefaultBackend, step, tensor, withBackend } from "../../tensor/index.js";
import { MemoryStorage, Run, train, type Checkpoint } from "../../train/index.js";
import {
  Alphabet, createPenModel, createHandwritingOptimizer, createSynthesisModel, hasPassed, HANDWRITING_DEFAULTS, HANDWRITING_PAPER,
  HandwritingLearner, measurePen, natsPerPoint, scriptOf, SynthesisStream, writeText, type HandwritingConfig, type WriteTextOptions,
} from "./index.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

/** Letters of a made-up script: a is a peak, b a valley, a space a gap. */
function written(text: string, seed: number): Stroke[] {
  const random = new RandomStream(seed);
  const height = { a: -3, b: 3 } as Readonly<Record<string, number>>;
  return Array.from(text).flatMap((letter, i): Stroke[] => {
    const y = height[letter];
    if (y === undefined) return [];
    const point = (x: number, high: number): PenPoint => [4 * i + x + 0.1 * random.next(), high + 0.1 * random.next()];
    return [[point(0, 0), point(0.75, y / 2), point(1.5, y), point(2.25, y / 2), point(3, 0)]];
  });
}
const texts = ["ab", "ba", "aab", "bba", "abab", "bb", "aa", "a b", "baab", "b a", "abb", "baa"];
const strokes = texts.map(written);
const scale = fitPenScale(strokes.map(movesOf));
const sequences = strokes.map((each, i): PenSequence => ({ name: `${i}`, text: texts[i]!, moves: scaleMoves(movesOf(each), scale) }));
const [training, validation] = [sequences.slice(0, 10), sequences.slice(10)];
const script = scriptOf(training);

const small: HandwritingConfig = { ...HANDWRITING_DEFAULTS, task: "synthesis", hidden: 12, components: 3, window: 2, batch: 4, lr: 0.01 };

function session(config: HandwritingConfig, lines: readonly PenSequence[] = training) {
  const random = new RandomStream(config.seed);
  const model = createSynthesisModel(config, random.fork("model"), script);
  const learner = new HandwritingLearner({ model, random: random.fork("data"), training: lines, validation, scale, config });
  return { model, learner, optimizer: createHandwritingOptimizer(config, model) };
}

interface Training {
  readonly run?: Run;
  readonly checkpoint?: Checkpoint;
  readonly stopAt?: number;
  readonly lines?: readonly PenSequence[];
}

async function trained(config: HandwritingConfig, steps: number, { run, checkpoint, stopAt, lines }: Training = {}) {
  const parts = session(config, lines);
  const stop = new AbortController();
  await train({
    ...parts,
    settings: { ...config, validateEvery: 5 },
    budget: { steps },
    ...(run && { run }),
    checkpoint,
    signal: stop.signal,
    onProgress: ({ step: done }) => done === stopAt && stop.abort(),
  });
  return { ...parts, parameters: Object.fromEntries([...parts.model.namedParameters()].map(([name, each]) => [name, each.dataSync()])) };
}

describe("the alphabet", () => {
  it("has each character of the texts once, and names those that it has not", () => {
    expect(script).toEqual({ characters: " ab", pace: expect.closeTo(0.22, 1) as number, longest: 4 });
    const alphabet = new Alphabet(script.characters);
    expect(alphabet.unknown("a😀b?!?")).toEqual(["😀", "?", "!"]);
    expect(alphabet.known("a😀b?!?")).toBe("ab");
    expect(() => scriptOf([{ name: "", moves: new Float32Array(6) }])).toThrow("There is no text to any of the pen sequences");
  });

  it("shows texts one-hot, what is unknown and the end as zeros", () => {
    const { values, lengths } = new Alphabet("ab").memory(["a?b", "b"], { end: true });
    expect(lengths).toEqual([4, 2]);
    expect(values.shape).toEqual([4, 2, 2]);
    expect([...values.dataSync()]).toEqual([1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  });
});

describe("the model", () => {
  it("has the weights of the paper's network over 57 characters", () => {
    const letters = Array.from({ length: 57 }, (_, i) => String.fromCharCode(65 + i)).join("");
    const paper = createPenModel({ ...HANDWRITING_PAPER, task: "synthesis" }, new RandomStream(1), { ...script, characters: letters });
    expect(paper.parameterCount).toBe(3_653_751);
  });

  it("gives a mixture for every movement and a window over every text; gradients reach all parameters, those of the window too", () => {
    const { model } = session(small);
    const batch = penBatch(training.slice(0, 5));
    step(() => {
      const memory = model.alphabet.memory(batch.rows.map(({ text = "" }) => text));
      const moves = tensor(batch.inputs, [batch.timeSteps, 5, 3]);
      const { raw, window } = model.forward(moves, { memory, lengths: batch.lengths });
      expect(raw.shape).toEqual([batch.timeSteps, 5, 6 * small.components + 1]);
      expect(window.shape).toEqual([batch.timeSteps, 5, 4]);
      model.density.loss(raw, tensor(batch.targets, moves.shape)).backward();
      for (const [name, { grad }] of model.namedParameters()) expect(grad?.dataSync().some((value) => value !== 0), name).toBe(true);
    });
  });

  it("has gradients through the window and through time that agree with finite differences", () => {
    withBackend(createReferenceBackend(), () => {
      const model = createSynthesisModel({ ...small, hidden: 3, components: 2, clipPreactivations: 0 }, new RandomStream(3), script);
      const batch = penBatch(training.slice(0, 2).map((line, i) => ({ ...line, moves: line.moves.slice(0, 12 - 6 * i) })));
      const targets = tensor(batch.targets, [4, 2, 3]);
      const names = [...model.namedParameters().keys()];
      gradCheck(() => model.density.loss(model.predict(batch), targets), model.parameters(), { sample: 8, names });
    });
  });

  it("sees neither padding of lines nor of texts, but sees the text", () => {
    const { model } = session(small);
    const nats = (lines: readonly PenSequence[]) => measurePen(model, lines).nats;
    expect(nats(training)).toBeCloseTo(training.reduce((sum, line) => sum + nats([line]), 0), 2);
    expect(nats([{ ...training[0]!, text: "ba" }])).not.toBeCloseTo(nats([training[0]!]), 3);
  });
});

describe("training", () => {
  it("learns one line by heart", async () => {
    const line = training.slice(4, 5);
    const before = natsPerPoint(measurePen(session(small).model, line));
    const { model } = await trained({ ...small, batch: 1 }, 100, { lines: line });
    expect(natsPerPoint(measurePen(model, line))).toBeLessThan(before - 2);
  });

  it("learns to read the text: with letters exchanged, lines that it never saw cost much more", async () => {
    const random = new RandomStream(9);
    const lines = Array.from({ length: 90 }, (_, i): PenSequence => {
      const text = Array.from({ length: 2 + random.integer(4) }, () => "ab"[random.integer(2)]).join("");
      return { name: `${i}`, text, moves: scaleMoves(movesOf(written(text, i)), scale) };
    });
    const { model } = await trained({ ...small, hidden: 20, batch: 8, lr: 0.02 }, 250, { lines: lines.slice(0, 80) });
    const [unseen, others] = [lines.slice(80), { a: "b", b: "a" } as Readonly<Record<string, string>>];
    const exchanged = unseen.map((line) => ({ ...line, text: line.text!.replace(/./g, (letter) => others[letter]!) }));
    expect(natsPerPoint(measurePen(model, exchanged))).toBeGreaterThan(natsPerPoint(measurePen(model, unseen)) + 0.3);
  });

  it("stopped and resumed ends with the bits of an unbroken one", async () => {
    const config = { ...small, augment: 0.5 };
    const unbroken = await trained(config, 7);
    const run = await Run.create(new MemoryStorage(), { version: "0", kind: "handwriting" });
    await trained(config, 7, { run, stopAt: 4 });
    const { checkpoint } = await run.resume();
    expect(checkpoint!.step).toBe(4);
    expect((await trained(config, 7, { run, checkpoint: checkpoint! })).parameters).toEqual(unbroken.parameters);
  });
});

describe("writing", () => {
  it("reads movement by movement what the whole pass reads", () => {
    const { model } = session(small);
    const { timeSteps, inputs } = penBatch([training[4]!]);
    const memory = model.alphabet.memory(["abab"], { end: true });
    const whole = step(() => noGrad(() => {
      const { raw, window } = model.forward(tensor(inputs, [timeSteps, 1, 3]), { memory });
      return { raw: raw.dataSync(), window: window.dataSync() };
    }));
    const stream = new SynthesisStream(model, "abab");
    const columns = 6 * small.components + 1;
    for (let t = 0; t < timeSteps; t++) {
      const lift = stream.read(inputs.subarray(3 * t, 3 * t + 3)).lift;
      expect(lift).toBeCloseTo(mixtureOf(whole.raw.slice(t * columns, (t + 1) * columns)).lift, 5);
      expect(stream.window).toHaveLength(5);
      stream.window.forEach((phi, u) => expect(phi).toBeCloseTo(whole.window[t * 5 + u]!, 4));
    }
  });

  it("stops where more of the window is behind the text than on any character", () => {
    expect(hasPassed([0.1, 0.2, 0.3])).toBe(true);
    expect(hasPassed([0.1, 0.3, 0.3])).toBe(false);
    expect(hasPassed([0.4, 0.1, 0.3])).toBe(false);
    const { model } = session(small);
    const write = (text: string, options: Partial<WriteTextOptions> = {}) => [...writeText(model, text, { scale, random: new RandomStream(1), ...options })];
    for (const { x, y, density } of write("ab", { most: 5, bias: 20 })) {
      // So much bias leaves nothing but the means.
      expect(Math.min(...density.gaussians.map(({ mean: [muX, muY] }) => Math.hypot(x - muX, y - muY)))).toBeLessThan(1e-4);
    }
    const moves = write("abab");
    expect(moves.map(({ done }) => done)).toEqual(moves.map((_, i) => i === moves.length - 1));
    for (const { window, done } of moves) expect(hasPassed(window)).toBe(done);
    expect(write("abababababab").length).toBeGreaterThan(moves.length);
    expect(write("abab", { most: 3 }).map(({ done }) => done)).toEqual([false, false, false]);
    expect(write("")).toEqual([]);
  });

  it("depends on the seed, the bias, the text and what it goes on from", () => {
    const { model } = session(small);
    const write = (seed: number, text = "ab", options = {}) => [...writeText(model, text, { scale, random: new RandomStream(seed), most: 6, ...options })];
    expect(write(1)).toEqual(write(1));
    for (const other of [write(2), write(1, "ba"), write(1, "ab", { bias: 1 }), write(1, "ab", { prime: { strokes: strokes[0], text: "ab " } })]) {
      expect(other).not.toEqual(write(1));
    }
    expect(write(1, "ab", { prime: { strokes: strokes[0], text: "ab " } })[0]!.window).toHaveLength(6);
  });
});
