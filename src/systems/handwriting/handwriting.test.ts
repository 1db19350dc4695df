import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend, loadBackend } from "../../backend/index.js";
import { fitPenScale, movesOf, penBatch, scaleMoves, type PenPoint, type PenSequence, type Stroke } from "../../data/index.js";
import { mixtureOf } from "../../nn/index.js";
import { gradCheck, noGrad, RandomStream, setDefaultBackend, step, tensor, withBackend } from "../../tensor/index.js";
import { MemoryStorage, Run, train, type Checkpoint } from "../../train/index.js";
import {
  createHandwritingModel, createHandwritingOptimizer, generateStrokes, HANDWRITING_DEFAULTS, HANDWRITING_PAPER, HandwritingLearner,
  HandwritingStream, measurePen, natsPerPoint, natsPerSequence, squaredErrorPerPoint, type HandwritingConfig,
} from "./index.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

/** Zigzags of a writer: a movement up, a movement down, the pen lifted every fourth time. */
function zigzag(seed: number): Stroke[] {
  const random = new RandomStream(seed);
  const height = 2 + random.next();
  return Array.from({ length: 3 + random.integer(3) }, (_, s) =>
    Array.from({ length: 5 }, (_, p): PenPoint => [s * 8 + p + 0.3 * random.next(), (p % 2) * height + 0.3 * random.next()]),
  );
}
const strokes = Array.from({ length: 14 }, (_, i) => zigzag(i));
const scale = fitPenScale(strokes.map(movesOf));
const sequences = strokes.map((each, i): PenSequence => ({ name: `${i}`, moves: scaleMoves(movesOf(each), scale) }));

const small: HandwritingConfig = { ...HANDWRITING_DEFAULTS, hidden: 12, components: 3, batch: 4, lr: 0.01 };

function session(config: HandwritingConfig = small) {
  const random = new RandomStream(config.seed);
  const model = createHandwritingModel(config, random.fork("model"));
  const learner = new HandwritingLearner({ model, random: random.fork("data"), training: sequences.slice(0, 10), validation: sequences.slice(10), scale, config });
  return { model, learner, optimizer: createHandwritingOptimizer(config, model) };
}

async function trained(config: HandwritingConfig, steps: number, { run, checkpoint, stopAt }: { run?: Run; checkpoint?: Checkpoint; stopAt?: number } = {}) {
  const parts = session(config);
  const stop = new AbortController();
  const result = await train({
    ...parts,
    settings: { ...config, validateEvery: 4 },
    budget: { steps },
    ...(run && { run }),
    checkpoint,
    signal: stop.signal,
    onProgress: ({ step: done }) => done === stopAt && stop.abort(),
  });
  return { ...parts, result, parameters: Object.fromEntries([...parts.model.namedParameters()].map(([name, each]) => [name, each.dataSync()])) };
}

describe("the model", () => {
  it.each([
    ["3 x 400", { layers: 3, hidden: 400 }, 3_368_121],
    ["1 x 900", { layers: 1, hidden: 900 }, 3_366_121],
  ])("has the weights of the paper's network of %s", (_, sizes, weights) => {
    expect(createHandwritingModel({ ...HANDWRITING_PAPER, ...sizes }, new RandomStream(1)).parameterCount).toBe(weights);
  });

  it("predicts a movement from those before it and from nothing else", () => {
    const { model } = session();
    const of = (moves: Float32Array) => {
      const { timeSteps, inputs } = penBatch([{ name: "", moves }]);
      return step(() => noGrad(() => model.forward(tensor(inputs, [timeSteps, 1, 3])).raw.dataSync()));
    };
    const moves = sequences[0]!.moves;
    const changed = moves.slice();
    changed.set([9, -9, 1], 3 * 6);
    const [before, after] = [of(moves), of(changed)];
    const columns = 6 * small.components + 1;
    expect(after.slice(0, 7 * columns)).toEqual(before.slice(0, 7 * columns));
    expect(after.slice(7 * columns, 8 * columns)).not.toEqual(before.slice(7 * columns, 8 * columns));
  });

  it("does not see padding", () => {
    const { model } = session();
    const [long, short] = [sequences.reduce((a, b) => (a.moves.length > b.moves.length ? a : b)), sequences.reduce((a, b) => (a.moves.length < b.moves.length ? a : b))];
    expect(long.moves.length).toBeGreaterThan(short.moves.length);
    const alone = measurePen(model, [short]).nats + measurePen(model, [long]).nats;
    expect(measurePen(model, [long, short]).nats).toBeCloseTo(alone, 3);
  });

  it("has gradients through time that agree with finite differences", () => {
    const reference = createReferenceBackend();
    withBackend(reference, () => {
      const model = createHandwritingModel({ ...small, hidden: 3, components: 2, clipPreactivations: 0 }, new RandomStream(3));
      const { inputs, targets } = penBatch([{ name: "", moves: sequences[0]!.moves.slice(0, 12) }, { name: "", moves: sequences[1]!.moves.slice(0, 6) }]);
      const [x, t] = [tensor(inputs, [4, 2, 3]), tensor(targets, [4, 2, 3])];
      const names = [...model.namedParameters().keys()];
      gradCheck(() => model.density.loss(model.forward(x, { lengths: [4, 2] }).raw, t), model.parameters(), { sample: 12, names });
    });
  });

  it("names a cell that there is not", () => {
    expect(() => createHandwritingModel({ ...small, cell: "lsmt" }, new RandomStream(1))).toThrow(/^cell: expected one of elman, .*, got "lsmt"$/);
  });
});

describe("training", () => {
  it("learns zigzags: nats and squared errors fall far below those of an untrained model", async () => {
    const before = measurePen(session().model, sequences.slice(10));
    const { model, result } = await trained(small, 200);
    const after = measurePen(model, sequences.slice(10));
    expect(natsPerPoint(after)).toBeLessThan(natsPerPoint(before) - 1.5);
    expect(squaredErrorPerPoint(after)).toBeLessThan(0.5 * squaredErrorPerPoint(before));
    expect(natsPerSequence(after) * 4).toBeCloseTo(after.nats, 6);
    expect(natsPerPoint(after)).toBeCloseTo(result.validationLoss!, 4);
  });

  it("stopped and resumed ends with the bits of an unbroken one, in the middle of an epoch", async () => {
    const config = { ...small, optimizer: "graves-rmsprop" as const, lr: 1e-3, augment: 0.5 };
    const unbroken = await trained(config, 11);
    const run = await Run.create(new MemoryStorage(), { version: "0", kind: "handwriting" });
    await trained(config, 11, { run, stopAt: 5 });
    const { checkpoint } = await run.resume();
    expect(checkpoint!.step).toBe(5);
    const resumed = await trained(config, 11, { run, checkpoint: checkpoint! });
    expect(resumed.parameters).toEqual(unbroken.parameters);
  });

  it("has a loss that is the sum over a line, the mean over the lines", () => {
    const { model, learner } = session({ ...small, batch: 10 });
    const { loss, weight, predictions } = step(() => {
      const { loss, ...rest } = learner.loss();
      return { loss: loss.item(), ...rest };
    });
    const measured = measurePen(model, sequences.slice(0, 10));
    expect(loss * weight!).toBeCloseTo(measured.nats, 2);
    expect(predictions).toBe(measured.movements);
  });
});

describe("writing", () => {
  it("reads movement by movement what the whole pass reads", () => {
    const { model } = session();
    const { timeSteps, inputs } = penBatch([sequences[0]!]);
    const whole = step(() => noGrad(() => model.forward(tensor(inputs, [timeSteps, 1, 3])).raw.dataSync()));
    const stream = new HandwritingStream(model);
    const columns = 6 * small.components + 1;
    for (let t = 0; t < timeSteps; t++) {
      const [streamed, expected] = [stream.read(inputs.subarray(3 * t, 3 * t + 3)), mixtureOf(whole.slice(t * columns, (t + 1) * columns))];
      expect(streamed.lift).toBeCloseTo(expected.lift, 5);
      streamed.gaussians.forEach(({ weight, mean }, j) => {
        expect(weight).toBeCloseTo(expected.gaussians[j]!.weight, 5);
        expect(mean[0]).toBeCloseTo(expected.gaussians[j]!.mean[0], 5);
      });
    }
  });

  it("depends on the seed, the bias and what it goes on from", () => {
    const { model } = session();
    const write = (seed: number, options = {}) => [...generateStrokes(model, { scale, points: 20, random: new RandomStream(seed), ...options })];
    expect(write(1)).toHaveLength(20);
    expect(write(1)).toEqual(write(1));
    expect(write(2)).not.toEqual(write(1));
    expect(write(1, { bias: 1 })).not.toEqual(write(1));
    expect(write(1, { prime: strokes[0] })).not.toEqual(write(1));
  });

  it("writes zigzags once it has learnt them", async () => {
    const { model } = await trained({ ...small, hidden: 24 }, 400);
    const moves = [...generateStrokes(model, { scale, points: 60, bias: 2, random: new RandomStream(1) })];
    const lifts = moves.filter(({ lift }) => lift).length;
    expect(lifts).toBeGreaterThan(8);
    expect(lifts).toBeLessThan(17);
    const inside = moves.filter((_, i) => i > 0 && !moves[i - 1]!.lift);
    const turns = inside.slice(1).filter(({ y }, i) => Math.sign(y) !== Math.sign(inside[i]!.y)).length;
    expect(turns).toBeGreaterThan(0.7 * inside.length);
  });
});
