import { beforeAll, describe, expect, it } from "vitest";
import { createReferenceBackend, loadBackend } from "../../backend/index.js";
import { mapPoints, type PenPoint, type PenSample, type Stroke } from "../../data/index.js";
import { Adam } from "../../optim/index.js";
import { RandomStream, setDefaultBackend, step, withBackend } from "../../tensor/index.js";
import {
  createRecogniser, createRecogniserOptimizer, INK_WIDTH, inkColumns, legibilityOf, RECOGNISER_DEFAULTS, RecogniserLearner,
} from "./index.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ threads: 1 })));

/** Letters that are told apart by what they look like, not by how they were drawn. */
const GLYPHS: Readonly<Record<string, readonly Stroke[]>> = {
  l: [[[0.1, -1], [0.1, 0]]],
  o: [[[0.1, -0.5], [0.5, -0.5], [0.5, 0], [0.1, 0], [0.1, -0.5]]],
  v: [[[0, -0.5], [0.25, 0], [0.5, -0.5]]],
  "-": [[[0, -0.3], [0.5, -0.3]]],
};

function written(text: string, random?: RandomStream): PenSample {
  const shift = () => (random === undefined ? 0 : 0.06 * (random.next() - 0.5));
  const strokes = [...text].flatMap((letter, i) => {
    const [x, y] = [0.8 * i + shift(), shift()];
    return mapPoints(GLYPHS[letter]!, (a, b) => [a + x + shift(), b + y + shift()]);
  });
  return { name: text, text, strokes };
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);
/** The largest difference of two inks. */
const difference = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
};

describe("inkColumns", () => {
  const { strokes } = written("lov-o");

  it("is the same in any unit, place, slope and slant", () => {
    const ink = inkColumns(strokes);
    expect(ink.length % INK_WIDTH).toBe(0);
    expect(difference(inkColumns(mapPoints(strokes, (x, y) => [300 * x - 70, 300 * y + 9])), ink)).toBeLessThan(1e-4);
    // A shear along the paper is the lean that is taken out; one upwards is the line's slope.
    const leaning = inkColumns(mapPoints(strokes, (x, y) => [x - 0.3 * y, y]));
    const rising = inkColumns(mapPoints(strokes, (x, y) => [x, y - 0.05 * x]));
    const [plain, ...changed] = [ink, leaning, rising].map((each) => sum(each));
    for (const value of changed) expect(Math.abs(value! / plain! - 1)).toBeLessThan(0.05);
  });

  it("does not see in which order and which way strokes were drawn", () => {
    const backwards = [...strokes].reverse().map((stroke) => [...stroke].reverse());
    expect(difference(inkColumns(backwards), inkColumns(strokes))).toBeLessThan(1e-4);
  });

  it("tells upright ink from level ink, and has all of it", () => {
    const along = (ink: Float32Array, direction: number) => ink.reduce((total, value, i) => total + (i % 4 === direction ? value : 0), 0);
    // Points close together, so that no place holds more than counts.
    const line = (from: PenPoint, to: PenPoint): Stroke => Array.from({ length: 21 }, (_, p) => [from[0] + (p / 20) * (to[0] - from[0]), from[1] + (p / 20) * (to[1] - from[1])]);
    const cross = inkColumns([line([0, 0], [4, 0]), line([2, -2], [2, 2])]);
    expect(along(cross, 0)).toBeGreaterThan(2);
    expect(along(cross, 2)).toBeGreaterThan(2);
    expect(along(cross, 1) + along(cross, 3)).toBeLessThan(0.05 * sum(cross));
  });

  it("takes dots, lines that go nowhere, and nothing", () => {
    expect(inkColumns([])).toHaveLength(0);
    expect(inkColumns([[]])).toHaveLength(0);
    for (const drawn of [[[[3, 4]]], [[[3, 4], [3, 4]]], [[[1, 1]], [[2, 1]]]] as Stroke[][]) {
      const ink = inkColumns(drawn);
      expect(sum(ink)).toBeGreaterThan(0);
      expect(ink.every(Number.isFinite)).toBe(true);
    }
    // Far apart for its height: no picture without end.
    expect(inkColumns([[[0, 0], [0, 1e-6]], [[1e6, 0], [1e6, 1e-6]]]).length / INK_WIDTH).toBeLessThanOrEqual(4000);
  });
});

describe("the recogniser", () => {
  it("learns to read lines that it never saw", async () => {
    const random = new RandomStream(5);
    const letters = Object.keys(GLYPHS);
    const lines = Array.from({ length: 60 }, () => written(Array.from({ length: 4 }, () => letters[Math.floor(4 * random.next())]!).join(""), random));
    const [training, validation] = [lines.slice(0, 44), lines.slice(44)];
    const config = { ...RECOGNISER_DEFAULTS, layers: 1, hidden: 24, dropout: 0, lr: 0.02, augment: 0.5 };
    const model = createRecogniser(config, letters.join(""), new RandomStream(1));
    const learner = new RecogniserLearner({ model, random: new RandomStream(2), training, validation, config });
    const optimizer = createRecogniserOptimizer(config, model);
    const before = await learner.validate();
    for (let i = 0; i < 240; i++) {
      step(() => {
        learner.loss().loss.backward();
        optimizer.step();
        optimizer.zeroGrad();
      });
    }
    expect(await learner.validate()).toBeLessThan(before! / 5);
    const { accuracy } = legibilityOf(validation.map(({ text = "" }) => text), model.read(validation.map(({ strokes }) => strokes)));
    expect(accuracy).toBeGreaterThan(0.8);
    // One at a time they read the same, and lines without ink say nothing.
    const [first] = validation;
    expect(model.read([first!.strokes, [], first!.strokes])).toEqual([model.read([first!.strokes])[0], "", model.read([first!.strokes])[0]]);
    expect(model.labels("lo?")).toBeUndefined();
  });

  it("goes on where it was stopped", () => {
    withBackend(createReferenceBackend(), () => {
      const lines = ["lo", "v-", "ol", "-l", "vv"].map((text) => written(text));
      const config = { ...RECOGNISER_DEFAULTS, layers: 1, hidden: 3, dropout: 0, batch: 2 };
      const make = () => {
        const model = createRecogniser(config, "lov-", new RandomStream(1));
        return { learner: new RecogniserLearner({ model, random: new RandomStream(2), training: lines, validation: [], config }), optimizer: new Adam(model, {}) };
      };
      const losses = ({ learner }: ReturnType<typeof make>, count: number) => Array.from({ length: count }, () => step(() => learner.loss().loss.item()));
      const whole = losses(make(), 7);
      const first = make();
      const begun = losses(first, 4);
      const second = make();
      second.learner.load({ json: first.learner.state().json });
      expect([...begun, ...losses(second, 3)]).toEqual(whole);
    });
  });
});

describe("legibilityOf", () => {
  it("counts characters right, with how sure that is", () => {
    const all = legibilityOf(["abcd", "efgh"], ["abxd", "efgh"]);
    expect(all).toMatchObject({ lines: 2, characters: 8, errors: 1, accuracy: 0.875, accuracies: [0.75, 1] });
    expect(all.confusions).toEqual([{ expected: "c", said: "x", times: 1 }]);
    // Residuals of the lines are 1 - 4/8 and -4/8.
    expect(all.margin).toBeCloseTo((1.96 * Math.sqrt(2 * 0.5)) / 8, 12);
    expect(legibilityOf(["ab"], ["axxxb"]).accuracy).toBe(-0.5);
    expect(legibilityOf(["aa a"], ["aaa"]).confusions).toEqual([{ expected: " ", said: "", times: 1 }]);
    expect(legibilityOf([], [])).toMatchObject({ lines: 0, accuracy: 1, margin: 0 });
  });
});
