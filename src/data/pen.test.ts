import { describe, expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { augmentStrokes, normal } from "./pen-augment.js";
import { cutLong, penBatch, PenReader, type PenSequence } from "./pen-batches.js";
import { distances, resampleByLength, resampleByTime } from "./pen-resample.js";
import { fitPenScale, fittingFactor, scaleMoves, unscaleMoves } from "./pen-scale.js";
import { atHandSpeed } from "./pen-speed.js";
import { boxOf, checkedSample, movesOf, strokesOf, type PenPoint, type Stroke } from "./pen.js";

const square: Stroke = [[0, 0], [4, 0], [4, 3]];
const dot: Stroke = [[6, 6]];

describe("checkedSample", () => {
  const check = (strokes: readonly Stroke[]) => checkedSample({ name: "a.json", strokes });
  const steps = Array.from({ length: 12 }, (_, i): PenPoint => [i, 0]);

  it("passes what can be learned from, without its empty strokes", () => {
    expect(check([square, [], dot]).strokes).toEqual([square, dot]);
    expect(check(Array.from({ length: 5000 }, () => square)).strokes).toHaveLength(5000);
    // The pen may travel far while it is lifted.
    expect(check([steps, steps.map(([x, y]): PenPoint => [x + 1e5, y])]).strokes).toHaveLength(2);
  });

  it.each<[string, readonly Stroke[], string]>([
    ["nothing", [], "a.json: there are no points: nothing is drawn."],
    ["empty strokes", [[], []], "a.json: there are no points: nothing is drawn."],
    ["one point", [[], [[1, 2]]], "a.json: there is one point only: a dot has no movement to learn from."],
    ["NaN", [square, [[0, 0], [NaN, 1]]], "a.json: stroke 2, point 2: x is NaN, expected a number."],
    ["infinity", [[[0, -Infinity], [1, 1]]], "a.json: stroke 1, point 1: y is -Infinity, expected a number."],
    ["a time that is none", [[[0, 0, 0], [1, 1, NaN]]], "a.json: stroke 1, point 2: time is NaN, expected a number."],
    ["far away", [[[0, 0], [1e9, 1]]], "a.json: stroke 1, point 2: x is 1000000000, expected at most 10000000."],
    ["a jump", [square, [...steps, [5000, 0]]], "a.json: stroke 2: the pen jumps from point 12 to point 13 without being lifted, 4990 where steps are 1 long"],
  ])("refuses %s in a sentence", (_, strokes, message) => {
    expect(() => check(strokes)).toThrow(message);
  });
});

describe("movements", () => {
  it("are the way from point to point, lifts at the ends of strokes", () => {
    expect([...movesOf([square, dot])]).toEqual([4, 0, 0, 0, 3, 1, 2, 3, 1]);
    expect([...movesOf([dot, square])]).toEqual([0, 0, 1, -6, -6, 0, 4, 0, 0, 0, 3, 1]);
    expect([...movesOf([])]).toEqual([]);
  });

  it.each([[[square, dot]], [[dot, square]], [[square, square, dot, dot]], [[[...square, [4, 3.5]] as Stroke]]])("give the strokes back, moved to the origin", (strokes) => {
    const [x, y] = strokes[0]![0]!;
    expect(strokesOf(movesOf(strokes))).toEqual(strokes.map((stroke) => stroke.map(([a, b]) => [a - x, b - y])));
  });

  it("that end with the pen down give a last stroke all the same", () => {
    expect(strokesOf([1, 0, 1, 1, 1, 0])).toEqual([[[0, 0], [1, 0]], [[2, 1]]]);
    expect(strokesOf([])).toEqual([]);
  });

  it("that go on from something else begin where the pen comes down", () => {
    expect(strokesOf([5, 1, 0, 1, 0, 1, 2, 2, 1], { lifted: true })).toEqual([[[5, 1], [6, 1]], [[8, 3]]]);
    expect(strokesOf([5, 1, 1], { lifted: true })).toEqual([[[5, 1]]]);
    expect(strokesOf([], { lifted: true })).toEqual([]);
  });
});

describe("resampling", () => {
  it("by length keeps ends, spacing and shape", () => {
    const [resampled] = resampleByLength([square], 0.5);
    expect(resampled).toHaveLength(15);
    expect([resampled![0], resampled!.at(-1)]).toEqual([[0, 0], [4, 3]]);
    const ways = distances(resampled!);
    ways.slice(1).forEach((way, i) => expect(way - ways[i]!).toBeCloseTo(0.5, 9));
    expect(resampleByLength([dot, [[1, 1], [1, 1]]], 1)).toEqual([dot, [[1, 1]]]);
  });

  it("by time is dense where the pen was slow; a clock that goes back stands still", () => {
    const stroke: Stroke = [[0, 0, 0], [1, 0, 0.25], [2, 0, 0.125], [3, 0, 1]];
    expect(resampleByTime([stroke], 0.125)[0]!.map(([x]) => x)).toEqual([0, 0.5, 1, ...[1, 2, 3, 4, 5].map((part) => expect.closeTo(2 + part / 6, 9)), 3]);
    expect(resampleByTime([square], 0.01)[0]).toEqual(square);
  });

  it.each([0, -1, NaN])("refuses a spacing of %d", (spacing) => {
    expect(() => resampleByLength([square], spacing)).toThrow(`spacing: expected more than 0, got ${spacing}`);
    expect(() => resampleByTime([square], spacing)).toThrow(`interval: expected more than 0, got ${spacing}`);
  });
});

describe("atHandSpeed", () => {
  const law = { interval: 0.05, straight: 0.6, ramp: 0.12 };
  const paces = (stroke: Stroke) => {
    const ways = distances(stroke);
    return ways.slice(1).map((way, i) => way - ways[i]!);
  };

  it("goes from rest to rest on a straight line, at the pace in between", () => {
    const pace = paces(atHandSpeed([[0, 0], [2, 0]], law));
    expect(pace[0]).toBeLessThan(0.03);
    expect(pace.at(-1)).toBeLessThan(0.03);
    expect(pace[pace.length >> 1]).toBeCloseTo(0.05, 2);
  });

  it("follows the two-thirds law on circles: v ~ radius^(1/3)", () => {
    const around = (radius: number) => {
      const circle = Array.from({ length: 400 }, (_, i): PenPoint => [radius * Math.cos((i * 12) / 400), radius * Math.sin((i * 12) / 400)]);
      const pace = paces(atHandSpeed(circle, { ...law, interval: 0.02 }));
      return pace[pace.length >> 1]!;
    };
    expect(around(0.4) / around(0.1)).toBeCloseTo(4 ** (1 / 3), 1);
  });

  it("rounds corners but keeps the ends, and leaves a dot a dot", () => {
    const line = atHandSpeed([[0, 0], [1, 0], [1, 1]], law);
    expect([line[0], line.at(-1)]).toEqual([[0, 0], [1, 1]]);
    expect(atHandSpeed(dot, law)).toEqual(dot);
  });
});

describe("augmentStrokes", () => {
  it("changes nothing where all deviations are 0, and depends on the stream only", () => {
    const none = { slant: 0, size: 0, rotation: 0, speed: 0 };
    augmentStrokes([square, dot], new RandomStream(1), none).forEach((stroke, s) =>
      stroke.forEach(([x, y], p) => {
        const [a, b] = [square, dot][s]![p]!;
        expect([x, y]).toEqual([expect.closeTo(a, 12), expect.closeTo(b, 12)]);
      }),
    );
    expect(augmentStrokes([square], new RandomStream(2))).toEqual(augmentStrokes([square], new RandomStream(2)));
    expect(augmentStrokes([square], new RandomStream(2))).not.toEqual(augmentStrokes([square], new RandomStream(3)));
    expect(augmentStrokes([], new RandomStream(2))).toEqual([]);
  });

  it("leans a line to the side, the baseline where it was", () => {
    const line: Stroke = [[0, 0], [0, 10]];
    for (let seed = 1; seed < 6; seed++) {
      const [[top, bottom] = []] = augmentStrokes([line], new RandomStream(seed), { slant: 0.5, size: 0, rotation: 0, speed: 0 });
      expect(bottom).toEqual([0, 10]);
      expect(top![1]).toBeCloseTo(0, 9);
      expect(Math.abs(top![0])).toBeGreaterThan(0.01);
    }
  });

  it("of another pace leaves more or fewer points on the same way", () => {
    const line = Array.from({ length: 101 }, (_, i): PenPoint => [i, 0]);
    const counts = [1, 2, 3, 4, 5, 6].map((seed) => {
      const [stroke] = augmentStrokes([line], new RandomStream(seed), { slant: 0, size: 0, rotation: 0, speed: 0.5 });
      expect([stroke![0]![0], stroke!.at(-1)![0]]).toEqual([0, expect.closeTo(100, 9)]);
      return stroke!.length;
    });
    expect(Math.max(...counts)).toBeGreaterThan(120);
    expect(Math.min(...counts)).toBeLessThan(85);
  });
});

describe("the scale of movements", () => {
  it("makes mean 0 and deviation 1, and back", () => {
    const samples = [movesOf([square, dot]), movesOf([[[0, 0], [9, -4], [1, 2]]])];
    const scale = fitPenScale(samples);
    const scaled = samples.flatMap((moves) => [...scaleMoves(moves, scale)]);
    for (const axis of [0, 1]) {
      const values = scaled.filter((_, at) => at % 3 === axis);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(mean).toBeCloseTo(0, 6);
      expect(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length).toBeCloseTo(1, 6);
    }
    unscaleMoves(scaleMoves(samples[0]!, scale), scale).forEach((value, at) => expect(value).toBeCloseTo(samples[0]![at]!, 5));
  });

  it("tells drawings in other units, whatever is drawn in the air", () => {
    const line = (unit: number, random: RandomStream): Stroke[] =>
      Array.from({ length: 30 }, (_, s) => Array.from({ length: 9 }, (_, p): PenPoint => [unit * (3 * s + 0.2 * p), unit * 0.2 * normal(random)]));
    const scale = fitPenScale(Array.from({ length: 20 }, (_, i) => movesOf(line(1, new RandomStream(i)))));
    for (const unit of [0.01, 1, 25.4, 300]) {
      const strokes = line(unit, new RandomStream(99));
      const stray: Stroke = [[1e5, 1e5], [1e5, 1e5 + unit]];
      for (const drawn of [strokes, [...strokes, stray]]) {
        expect(unit * fittingFactor(movesOf(drawn), scale)).toBeGreaterThan(0.8);
        expect(unit * fittingFactor(movesOf(drawn), scale)).toBeLessThan(1.25);
      }
    }
    expect(fittingFactor(movesOf([square]), fitPenScale([movesOf([square])]))).toBeCloseTo(1, 1);
    expect(fittingFactor(movesOf([dot]), scale)).toBe(1);
  });

  it("cannot be made of nothing, or of one direction", () => {
    expect(() => fitPenScale([])).toThrow("The pen never moves");
    expect(() => fitPenScale([movesOf([[[0, 0], [1, 0], [3, 0]]])])).toThrow("along one direction only");
  });
});

describe("batches", () => {
  const sequence = (length: number, name = `${length}`): PenSequence => ({ name, moves: Float32Array.from({ length: 3 * length }, (_, at) => (at % 3 === 2 ? Number(at === 3 * length - 1) : at + 1)) });

  it("shift inputs by one, begin with zeros, and mark what is past a row's end", () => {
    const { timeSteps, lengths, inputs, targets, movements } = penBatch([sequence(2), sequence(1)]);
    expect([timeSteps, lengths, movements]).toEqual([2, [2, 1], 3]);
    expect([...targets]).toEqual([1, 2, 0, 1, 2, 1, 4, 5, 1, 0, 0, -1]);
    expect([...inputs]).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0]);
  });

  it("hold every sequence once an epoch, in an order that can be taken up again", () => {
    const sequences = Array.from({ length: 7 }, (_, i) => sequence(1, `${i}`));
    const reader = () => new PenReader(sequences, { batch: 3, random: new RandomStream(4) });
    const one = reader();
    const names = Array.from({ length: 6 }, () => one.next().rows.map(({ name }) => name));
    expect(names.map((each) => each.length)).toEqual([3, 3, 1, 3, 3, 1]);
    expect(names.slice(0, 3).flat().sort()).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(names.slice(3).flat().sort()).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(names.slice(3)).not.toEqual(names.slice(0, 3));
    const first = reader();
    for (let i = 0; i < 4; i++) first.next();
    const second = reader();
    second.restore(JSON.parse(JSON.stringify(first.position())));
    expect([4, 5].map(() => second.next().rows.map(({ name }) => name))).toEqual(names.slice(4));
    expect(() => new PenReader([], { batch: 1, random: new RandomStream(1) })).toThrow("no pen sequences");
  });

  it("of long sequences are cut where the pen is in the air", () => {
    const moves = Float32Array.from({ length: 60 }, (_, at) => (at % 3 === 2 ? Number(at === 3 * 7 - 1 || at === 59) : 1));
    const pieces = cutLong([{ name: "a", moves, writer: "w", text: "whole" }, sequence(3)], 8);
    expect(pieces.map((piece) => piece.moves.length / 3)).toEqual([7, 8, 5, 3]);
    expect(Float32Array.from(pieces.slice(0, 3).flatMap((piece) => [...piece.moves]))).toEqual(moves);
    expect(pieces[0]).toEqual({ name: "a", writer: "w", moves: expect.anything() });
  });
});

it("boxOf needs a point", () => {
  expect(boxOf([square, dot])).toEqual({ left: 0, top: 0, right: 6, bottom: 6 });
  expect(() => boxOf([[]])).toThrow("expected at least one point");
});
