import { describe, expect, it } from "vitest";
import { boxOf, fitPenScale, mapPoints, MOVE_WIDTH, movesOf, type PenPoint, type Stroke } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { fitDrawing, fitPrime, linesToWrite, scriptOf } from "./index.js";
import { madeUpAlphabet, madeUpLine } from "./made-up.js";

describe("linesToWrite", () => {
  it("breaks between words, at line breaks, and nowhere for spaces", () => {
    expect(linesToWrite("  the quick\tbrown fox \r\n\n jumps", 10)).toEqual(["the quick", "brown fox", "jumps"]);
    expect(linesToWrite(" \n ", 10)).toEqual([]);
  });
});

describe("fitDrawing", () => {
  const scale = { mean: [0.03, 0], deviation: [0.12, 0.12] } as const;
  const script = { characters: "abcd", pace: 0.07, longest: 20 };
  /** Waves from left to right, as fast drawn as a mouse tells of it. */
  const wave = (points: number): Stroke[] => [0, 1, 2].map((s) => Array.from({ length: points }, (_, p) => [s * 60 + (50 * p) / points, 20 * Math.sin((9 * p) / points)]));

  it("gives a drawing in any unit and at any pace the width and the number of points of its text", () => {
    const fitted = fitDrawing(wave(40), "abcd abcd", { scale, script });
    const { left, right } = boxOf(fitted);
    expect((right - left) / 9).toBeCloseTo(0.03 / 0.07, 2);
    const movements = movesOf(fitted).length / MOVE_WIDTH;
    expect(movements * script.pace).toBeGreaterThan(0.8 * 9);
    expect(movements * script.pace).toBeLessThan(1.2 * 9);
    for (const other of [fitDrawing(mapPoints(wave(40), (x, y) => [x / 300, y / 300]), "abcd abcd", { scale, script }), fitDrawing(wave(160), "abcd abcd", { scale, script })]) {
      expect(Math.abs(movesOf(other).length / MOVE_WIDTH - movements)).toBeLessThan(4);
    }
  });

  it("says what it lacks", () => {
    expect(() => fitDrawing(wave(9), " ", { scale, script })).toThrow("What does the drawing say?");
    expect(() => fitDrawing([[]], "a", { scale, script })).toThrow("Nothing is drawn.");
    expect(() => fitDrawing([[[1, 2], [1, 9]]], "a", { scale, script })).toThrow("The drawing has no width");
  });
});

describe("fitPrime", () => {
  const random = new RandomStream(1);
  const alphabet = madeUpAlphabet(random.fork("alphabet"), { glyphs: 9, points: 14 });
  const line = (i: number) => madeUpLine(alphabet, random.fork(`line ${i}`), 12);
  const learnt = Array.from({ length: 40 }, (_, i) => line(i));
  const scale = fitPenScale(learnt.map(({ strokes }) => movesOf(strokes)));
  const script = scriptOf(learnt.map(({ name, text, strokes }) => ({ name, text, moves: movesOf(strokes) })));
  const held = Array.from({ length: 20 }, (_, i) => line(100 + i));
  /** Another point between each two: the pen at half the pace. */
  const slowly = (strokes: readonly Stroke[]): Stroke[] =>
    strokes.map((stroke) => stroke.flatMap(([x, y], p): PenPoint[] => (p === 0 ? [[x, y]] : [[(x + stroke[p - 1]![0]) / 2, (y + stroke[p - 1]![1]) / 2], [x, y]])));
  const height = (strokes: readonly Stroke[]) => {
    const { top, bottom } = boxOf(strokes);
    return bottom - top;
  };
  const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
  /** How large samples are once they are fitted, against what they were; and their points against the usual. */
  const fitted = (unit: number, { told = true, drawn = (strokes: readonly Stroke[]): readonly Stroke[] => strokes } = {}) => {
    const all = held.map(({ strokes, text }) => {
      const other = mapPoints(drawn(strokes), (x, y) => [unit * x, unit * y]);
      const { strokes: into } = fitPrime(told ? { strokes: other, text } : { strokes: other }, { scale, script: told ? script : undefined });
      return { size: height(into) / height(strokes), points: (movesOf(into).length / MOVE_WIDTH / text.length) * script.pace };
    });
    return { size: median(all.map(({ size }) => size)), points: median(all.map(({ points }) => points)) };
  };

  it("leaves a sample of the data as it is", () => {
    for (const { strokes, text } of held) {
      expect(fitPrime({ strokes, text }, { scale, script })).toEqual({ strokes, factor: 1 });
      expect(fitPrime({ strokes }, { scale }).strokes).toBe(strokes);
    }
  });

  it.each([0.003, 0.4, 2.5, 25.4, 1000])("makes one of another unit, %d times as large, as large as the data, whether or not it is known what it says", (unit) => {
    for (const told of [true, false]) {
      const { size } = fitted(unit, { told });
      expect(size).toBeGreaterThan(0.8);
      expect(size).toBeLessThan(1.25);
    }
  });

  it("does so at any pace where it is known what it says", () => {
    const { size, points } = fitted(40, { drawn: (strokes) => slowly(slowly(strokes)) });
    expect(size).toBeGreaterThan(0.8);
    expect(size).toBeLessThan(1.25);
    expect(points).toBeGreaterThan(0.6);
    expect(points).toBeLessThan(1.6);
    // In the right unit, but slowly.
    expect(fitted(1, { drawn: (strokes) => slowly(slowly(strokes)) }).points).toBeLessThan(1.6);
  });

  it("takes the movements where a text is too short, or the pen goes nowhere", () => {
    const [{ strokes }] = held as [(typeof held)[0]];
    expect(fitPrime({ strokes: mapPoints(strokes, (x, y) => [9 * x, 9 * y]), text: "ab" }, { scale, script }).factor).toBeCloseTo(1 / 9, 1);
    const dot: Stroke[] = [[[3, 3]]];
    expect(fitPrime({ strokes: dot, text: "abcd" }, { scale, script })).toEqual({ strokes: dot, factor: 1 });
  });
});
