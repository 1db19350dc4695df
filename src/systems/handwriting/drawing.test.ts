import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { boxOf, fitPenScale, movesOf, scaleMoves, type PenPoint, type PenSequence, type Stroke } from "../../data/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { train } from "../../train/index.js";
import {
  createHandwritingModel, createHandwritingOptimizer, drawClass, drawingOf, framed, HANDWRITING_DEFAULTS, HandwritingLearner, inARow, knownNames, usualWidth,
  type HandwritingConfig,
} from "./index.js";

beforeAll(async () => setDefaultBackend(await loadBackend({ backend: "wasm", threads: 1 })));

const EM = { left: 0, top: 0, right: 1 };
const line = (from: PenPoint, to: PenPoint): Stroke => [0, 0.3, 0.7, 1].map((part): PenPoint => [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])]);
/** Characters, and where their strokes begin and end. */
const CHARACTERS: Readonly<Record<string, readonly Stroke[]>> = {
  一: [line([0.1, 0.5], [0.9, 0.5])],
  二: [line([0.2, 0.25], [0.8, 0.25]), line([0.1, 0.8], [0.9, 0.8])],
  十: [line([0.1, 0.5], [0.9, 0.5]), line([0.5, 0.1], [0.5, 0.9])],
  三: [line([0.2, 0.2], [0.8, 0.2]), line([0.25, 0.5], [0.75, 0.5]), line([0.1, 0.85], [0.9, 0.85])],
};

describe("a frame", () => {
  it("is a dot before and a dot behind; dots inside become short strokes", () => {
    expect(framed([[[0.2, 0.3], [0.4, 0.3]], [[0.5, 0.5]]], EM)).toEqual([[[0, 0]], [[0.2, 0.3], [0.4, 0.3]], [[0.5, 0.5], [0.51, 0.5]], [[1, 0]]]);
  });

  it("tells what was drawn, how wide, and where the next drawing begins", () => {
    const moves = [[0.2, 0.3, 0], [0.2, 0, 1], [0.7, -0.3, 1]].map(([x, y, lift], i) => ({ x: x!, y: y!, lift: lift === 1, done: i === 2 }));
    const drawing = drawingOf(moves as never);
    expect(drawing.width).toBeCloseTo(1.1, 9);
    expect(drawing.strokes).toEqual([[[0.2, 0.3], [0.4, 0.3]]]);
    expect(inARow([drawing, drawing], 1.1)[1]![0]![0]).toBeCloseTo(1.3, 9);
    expect(usualWidth([1, 3, 0.9].map((width) => ({ strokes: [], width })))).toBe(1);
    // What came to no end is as wide as it reaches.
    expect(drawingOf(moves.slice(0, 1) as never).width).toBeCloseTo(0.2, 9);
    expect(drawingOf([])).toEqual({ strokes: [], width: 0 });
  });
});

describe("a model that draws", () => {
  const config: HandwritingConfig = { ...HANDWRITING_DEFAULTS, task: "drawing", layers: 1, hidden: 32, components: 3, classes: 8, batch: 4, augment: 0.1, lr: 5e-3 };
  const names = Object.keys(CHARACTERS);
  const moves = names.map((name) => movesOf(framed(CHARACTERS[name]!, EM)));
  const scale = fitPenScale(moves);
  const sequences = names.map((name, i): PenSequence => ({ name, text: name, moves: scaleMoves(moves[i]!, scale) }));
  const model = () => createHandwritingModel(config, new RandomStream(1), knownNames(config, sequences));

  it("draws what it is told: the strokes in their order and at their places, and then stops", async () => {
    const trained = model();
    await train({
      learner: new HandwritingLearner({ model: trained, random: new RandomStream(2), training: sequences, validation: [], scale, config }),
      optimizer: createHandwritingOptimizer(config, trained),
      settings: { ...config, validateEvery: 1000 },
      budget: { steps: 800 },
    });
    for (const name of names) {
      const drawn = [...drawClass(trained, name, { scale, random: new RandomStream(3), bias: 3, most: 60 })];

      expect(drawn.at(-1)!.done, name).toBe(true);
      const { strokes, width } = drawingOf(drawn);
      const wanted = CHARACTERS[name]!;
      expect(strokes, name).toHaveLength(wanted.length);
      expect(width).toBeCloseTo(1, 0);
      strokes.forEach((stroke, s) => {
        for (const [drew, should] of [[stroke[0]!, wanted[s]![0]!], [stroke.at(-1)!, wanted[s]!.at(-1)!]] as const) {
          expect(Math.hypot(drew[0] - should[0], drew[1] - should[1]), `${name}, stroke ${s + 1}`).toBeLessThan(0.1);
        }
      });
    }
  }, 60_000);

  it("says what it does not know, and draws anything where nothing is named", () => {
    const options = { scale, random: new RandomStream(1), most: 5 };
    expect(() => [...drawClass(model(), "永", options)]).toThrow('class: the model does not know "永", but 一, 三, 二, 十');
    expect([...drawClass(model(), undefined, options)].length).toBeGreaterThan(0);
    expect(boxOf(framed(CHARACTERS["一"]!, EM)).right).toBe(1);
  });
});
