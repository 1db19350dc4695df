/** Maps of words: which words, where, and what is drawn of them. */
import { describe, expect, it } from "vitest";
import { drawWordMap } from "./word-map-svg.js";
import { mapWords, wordsOfMap } from "./word-map.js";
import { UnknownWordError, WordVectors } from "./word-vectors.js";

/** A flower of words around each of two directions. */
const WORDS = ["ship", "boat", "raft", "king", "queen", "prince"];
const vectors = new WordVectors(WORDS, Float32Array.of(1, 0, 0.9, 0.1, 0.8, 0.1, 0, 1, 0.1, 0.9, 0.1, 0.8), 2);

describe("the words of a map", () => {
  it("are the first ones", () => {
    expect(wordsOfMap(vectors, { count: 4 })).toEqual(["ship", "boat", "raft", "king"]);
  });

  it("or those asked for and what is near them, in turn", () => {
    expect(wordsOfMap(vectors, { around: ["king", "ship"], count: 5 })).toEqual(["king", "ship", "queen", "boat", "prince"].toSorted((a, b) => order(a) - order(b)));
    function order(word: string) {
      const near = (center: string) => [center, ...vectors.nearest(center).map((each) => each.word)].indexOf(word);
      return Math.min(2 * near("king"), 2 * near("ship") + 1);
    }
  });

  it("must have vectors", () => {
    expect(() => wordsOfMap(vectors, { around: ["shep"] })).toThrow(UnknownWordError);
  });
});

describe("places on a map", () => {
  it("come from directions, stretched to the whole map", async () => {
    const seen: number[][] = [];
    const map = await mapWords(vectors, ["ship", "king", "raft"], async (rows) => {
      seen.push(...rows.map((row) => [...row]));
      return rows.map(([x = 0, y = 0]) => [10 * x, y - 3]);
    });
    for (const row of seen) expect(Math.hypot(...row)).toBeCloseTo(1, 6);
    expect(map[0]).toEqual({ word: "ship", x: 1, y: 0 });
    expect(map[1]).toEqual({ word: "king", x: 0, y: 1 });
    expect(map[2]!.x).toBeCloseTo(0.8 / Math.hypot(0.8, 0.1), 6);
  });

  it("are in the middle where all are the same", async () => {
    const map = await mapWords(vectors, WORDS.slice(0, 3), async (rows) => rows.map(() => [7, 7]));
    expect(map.every(({ x, y }) => x === 0.5 && y === 0.5)).toBe(true);
  });

  it("need three words", async () => {
    await expect(mapWords(vectors, ["ship", "boat"], async () => [])).rejects.toThrow("A map needs at least 3 words, got 2.");
  });
});

describe("the picture", () => {
  const grid = Array.from({ length: 400 }, (_, i) => ({ word: `word${i}`, x: (i % 20) / 19, y: Math.floor(i / 20) / 19 }));

  /** What a name covers, as wide as a reader's browser may make it. */
  const boxes = (svg: string) =>
    [...svg.matchAll(/<text( class="marked")? x="([\d.-]+)" y="([\d.-]+)" text-anchor="(\w+)">([^<]*)<\/text>/g)].map(([, marked, x, y, anchor, word]) => {
      const size = marked ? 16 : 12;
      const long = word!.length * 0.55 * size;
      const left = Number(x) - (anchor === "start" ? 0 : anchor === "end" ? long : long / 2);
      return { word, left, right: left + long, top: Number(y) - 0.75 * size, bottom: Number(y) + 0.2 * size };
    });

  it("has a dot for every word and names that do not meet", () => {
    const svg = drawWordMap(grid, { title: "a grid", width: 600, height: 500 });
    expect(svg.match(/<circle/g)).toHaveLength(400);
    const names = boxes(svg);
    expect(names.length).toBeGreaterThan(50);
    expect(names.length).toBeLessThan(400);
    for (const [i, a] of names.entries()) {
      expect(Math.min(a.left, a.top, 600 - a.right, 500 - a.bottom)).toBeGreaterThanOrEqual(-1);
      for (const b of names.slice(0, i)) expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom, `${a.word} ${b.word}`).toBe(false);
    }
  });

  it("names what stands out first, and draws arrows between words", () => {
    const svg = drawWordMap(grid, { title: "a grid", width: 600, height: 500, marked: ["word399"], arrows: [["word21", "word200"], ["word0", "nowhere"]] });
    expect(boxes(svg).slice(0, 4).map(({ word }) => word).toSorted()).toEqual(["word0", "word200", "word21", "word399"]);
    expect(svg.match(/marker-end/g)).toHaveLength(1);
    expect(svg).toContain("<title>word21 to word200</title>");
  });

  it("shows words as they are, whatever they are", () => {
    const svg = drawWordMap([{ word: "<b>&\"", x: 0.5, y: 0.5 }], { title: "R&D <x>" });
    expect(svg).toContain(">&lt;b>&amp;&quot;</text>");
    expect(svg).toContain("<title>R&amp;D &lt;x></title>");
  });
});
