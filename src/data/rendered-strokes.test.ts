import { describe, expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { readHanzi } from "./hanzi.js";
import { makeWriter, writeLine } from "./pen-writer.js";
import { boxOf, checkedSample, movesOf } from "./pen.js";
import { renderStrokes } from "./rendered-strokes.js";
import { readStrokeFont } from "./stroke-font.js";
import { readSvgPath } from "./svg-path.js";
import { plainSentence, textLines } from "./text-lines.js";

/** Letters of sticks: enough to write with. */
const svgFont = (name: string, lean = 0) => `<svg><defs><font id="${name}" horiz-adv-x="500"><font-face units-per-em="1000"/>
<glyph unicode=" " horiz-adv-x="300"/>${[..."abcdefghijklmnopqrstuvwxyz.,"]
  .map((letter, i) => `<glyph unicode="${letter}" d="M 0 0 L ${100 + lean} ${400 + 20 * i} M 50 200 L 300 ${10 * i}"/>`)
  .join("\n")}<glyph unicode="fi" d="M 0 0 L 1 1"/></font></defs></svg>`;
const font = (name: string, lean = 0) => readStrokeFont(svgFont(name, lean), name);

describe("readSvgPath", () => {
  it("reads lines, relative and absolute, and subpaths", () => {
    expect(readSvgPath("M1,2L3 4 5-6m10 0h5v-5l1,1zl2 2", "x")).toEqual([[[1, 2], [3, 4], [5, -6]], [[15, -6], [20, -6], [20, -11], [21, -10], [15, -6]], [[15, -6], [17, -4]]]);
  });

  it("flattens curves that end where they should and pass where they should", () => {
    const [cubic] = readSvgPath("M0 0C0 3 6 3 6 0s6-3 6 0", "x");
    expect(cubic!.at(-1)).toEqual([12, 0]);
    expect(cubic![6]).toEqual([expect.closeTo(3), expect.closeTo(2.25)]);
    expect(cubic![18]).toEqual([expect.closeTo(9), expect.closeTo(-2.25)]);
    const [quadratic] = readSvgPath("M0 0Q2 4 4 0T8 0", "x");
    expect([quadratic![6], quadratic![18]]).toEqual([[expect.closeTo(2), expect.closeTo(2)], [expect.closeTo(6), expect.closeTo(-2)]]);
  });

  it.each([
    ["M 1", 'x: path data: M: expected 2 numbers, got "1".'],
    ["L 1 2", "x: path data: expected to begin with a move, got L."],
    ["M 1 2 A 1 1 0 0 0 2 2", 'x: path data: the command "A" is not read here'],
    ["M 1 2 L 3 #", 'x: path data: cannot read " #".'],
  ])("says what is wrong with %j", (data, message) => {
    expect(() => readSvgPath(data, "x")).toThrow(message);
  });
});

describe("readStrokeFont", () => {
  it("gives letters in ems, y downwards; ligatures are left out", () => {
    const { glyphs } = font("A");
    expect(glyphs.get("a")).toEqual({ advance: 0.5, strokes: [[[0, -0], [0.1, -0.4]], [[0.05, -0.2], [0.3, -0]]] });
    expect(glyphs.get(" ")).toEqual({ advance: 0.3, strokes: [] });
    expect(glyphs.has("fi")).toBe(false);
  });

  it("refuses what is no font", () => {
    expect(() => readStrokeFont("<svg/>", "a.svg")).toThrow("a.svg: this is no SVG font");
    expect(() => readStrokeFont(svgFont("A").replace("1000", "0"), "a.svg")).toThrow("a.svg: line 1: <font-face>: units-per-em: expected more than 0, got 0.");
  });
});

describe("lines of text", () => {
  it("have the spaces that people leave", () => {
    expect(plainSentence("The jury said , `` no evidence '' ; ; was it ( so ) ? ?")).toBe('The jury said, "no evidence"; was it (so)?');
  });

  it("break between words and keep to length and alphabet", () => {
    const options = { longest: 10, shortest: 3, alphabet: new Set("abcdefghijklmnopqrstuvwxyz ") };
    expect([...textLines(["one two three four", "a b", "caf\u00e9 bar", "extraordinarily so it is"], options)]).toEqual(["one two", "three four", "a b", "so it is"]);
  });
});

describe("rendered strokes", () => {
  const writer = (seed: number) => makeWriter(font("A"), seed, new RandomStream(seed));

  it("of one writer differ from line to line as little as those of two differ much", () => {
    const slantOf = (seed: number, line: number) => {
      const { strokes } = writeLine(writer(seed), "lllllllllllllll", new RandomStream(line));
      const long = strokes.filter((_, s) => s % 2 === 0);
      return long.reduce((sum, stroke) => sum + (stroke.at(-1)![0] - stroke[0]![0]) / (stroke[0]![1] - stroke.at(-1)![1]), 0) / long.length;
    };
    expect(Math.abs(slantOf(1, 1) - slantOf(1, 2))).toBeLessThan(0.05);
    expect(Math.abs(slantOf(1, 1) - slantOf(2, 1))).toBeGreaterThan(0.08);
  });

  it("can be learned from, carry their text and writer, and come out the same every time", () => {
    const line = () => writeLine(writer(3), "the cat, sat.", new RandomStream(5));
    const sample = line();
    expect(checkedSample(sample)).toBe(sample);
    expect(sample).toMatchObject({ text: "the cat, sat.", writer: "A 3" });
    expect(sample.strokes).toHaveLength(22);
    expect(line()).toEqual(sample);
    expect(movesOf(sample.strokes).length / 3).toBeGreaterThan(60);
    expect(() => writeLine(writer(3), "Cat", new RandomStream(5))).toThrow('The font A has no "C".');
  });

  it("are parted by writer, font and line", () => {
    const sentences = Array.from({ length: 90 }, (_, i) => `word ${"abcdefghij"[i % 10]}${"klmnopqrst"[Math.floor(i / 10)]} is here`);
    const render = (seed: number) =>
      renderStrokes({ fonts: [font("A"), font("B", 80)], heldOut: [font("C", 150)], sentences, random: new RandomStream(seed), lines: { training: 40, validation: 10, test: 10 }, writers: 6 });
    const { training, validation, test } = render(1);
    expect([training.length, validation.length, test.length]).toEqual([40, 10, 10]);
    const of = (samples: typeof training, fact: "writer" | "text") => new Set(samples.map((sample) => sample[fact]!));
    expect(of(training, "writer").size).toBe(10);
    expect([...of(validation, "writer")].sort()).toEqual(["A 6", "B 6"]);
    expect([...of(test, "writer")].every((id) => id.startsWith("C"))).toBe(true);
    expect(new Set([training, validation, test].flatMap((part) => [...of(part, "text")])).size).toBe(60);
    expect(render(1)).toEqual(render(1));
    expect(render(2).training).not.toEqual(training);
    expect(() => renderStrokes({ fonts: [font("A")], heldOut: [], sentences: sentences.slice(0, 3), random: new RandomStream(1), lines: { training: 5, validation: 1, test: 0 } })).toThrow(
      "The text gives 3 lines of 6 to 32 characters that all fonts have, expected 6 or more.",
    );
  });
});

describe("readHanzi", () => {
  it("gives strokes in their order, y downwards", () => {
    const sample = readHanzi("十", JSON.stringify({ medians: [[[100, 500], [900, 520]], [[500, 860], [510, 500], [505, -60]]] }));
    expect(sample).toMatchObject({ name: "十", text: "十" });
    expect(sample.strokes).toHaveLength(2);
    const [across, down] = sample.strokes.map((stroke) => [stroke[0]!, stroke.at(-1)!]);
    expect(across![1]![0]).toBeGreaterThan(across![0]![0]);
    expect(down![1]![1]).toBeGreaterThan(down![0]![1]);
    expect(boxOf(sample.strokes).bottom).toBeLessThan(1);
    expect(() => readHanzi("十", "{}")).toThrow("十: medians: expected a list of strokes.");
    expect(() => readHanzi("十", '{"medians":[[[1,"2"]]]}')).toThrow("十: medians: stroke 1: expected points [x, y].");
  });
});
