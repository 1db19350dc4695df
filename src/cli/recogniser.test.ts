import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fillPenCache } from "../data/node-pen-packages.testing.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("recogniser");
const before = process.env["XDG_CACHE_HOME"];
const QUICK = ["--backend", "wasm", "--threads", "1"];
const TRAIN = ["train", "recogniser", "--lines", "20", "--layers", "1", "--hidden", "4", ...QUICK];

beforeAll(async () => {
  process.env["XDG_CACHE_HOME"] = join(process.cwd(), "cache");
  fillPenCache("cache/unrolled/packages");
  await unrolled(...TRAIN, "--longest", "32", "--steps", "2", "--out", "reader");
  const writing = ["--lines", "30", "--layers", "1", "--hidden", "4", "--components", "2", "--window", "2", "--steps", "2", ...QUICK];
  await unrolled("train", "handwriting", "--task", "synthesis", ...writing, "--out", "writer");
  await unrolled("train", "handwriting", "--task", "synthesis", ...writing, "--writers", "2", "--fonts", "EMSTech,EMSOsmotron", "--out", "few");
  await unrolled(...TRAIN, "--without", "few", "--longest", "32", "--steps", "1", "--out", "strict");
});
afterAll(() => {
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
});

describe("train recogniser", () => {
  it("tells what it reads, goes on, and is told about", async () => {
    const { code, out } = await unrolled(...TRAIN, "--fonts", "all", "--steps", "3", "--out", "all");
    expect(code).toBe(0);
    expect(out).toContain("data     20 rendered lines of at most 20 characters\nfonts    EMSAllure, ");
    expect(out).toMatch(/model {4}lstm, 1 layer of 4 in both directions, \d+ characters/);
    expect(out).toMatch(/3 steps in .*: training \S+, validation \S+ nats per character/);
    const more = await unrolled("resume", "all", "--steps", "5", "--json");
    expect(JSON.parse(more.out.trim().split("\n").at(-1)!)).toMatchObject({ event: "end", outcome: "complete", step: 5 });
    const about = await unrolled("info", "all");
    expect(about.out).toContain("20 of at most 20 characters, in EMSAllure");
    expect(about.out).toContain("step 5, complete");
  });

  it("takes all fonts but those of a model", async () => {
    const { data } = JSON.parse((await unrolled("info", "strict", "--json")).out) as { data: Record<"fonts" | "otherFonts", string[]> };
    expect(data.fonts.slice(0, 7)).toEqual(["EMSAllure", "EMSElfin", "EMSFelix", "EMSNixish", "EMSNixishItalic", "HersheyScript1", "EMSReadability"]);
    expect([data.fonts.includes("HersheySans1"), data.otherFonts]).toEqual([true, ["EMSOsmotron", "EMSTech"]]);
    for (const [args, code, message] of [
      [["--without", "few", "--fonts", "all"], 2, "--fonts and --without: choose one."],
      [["--without", "reader"], 1, "--without: reader is no run of train handwriting that learns from rendered strokes."],
    ] as const) {
      const result = await unrolled(...TRAIN, ...args);
      expect([result.code, result.err]).toEqual([code, expect.stringContaining(message)]);
    }
  });

  it("is measured in fonts that it has never seen, and in its own", async () => {
    const { out } = await unrolled("eval", "strict", ...QUICK);
    expect(out).toMatch(/^font +lines +characters +right +±\nEMSOsmotron +2 +\d+ +-?[\d.]+ % +[\d.]+\nall +2 .*\nIn fonts that it has never seen\.\n$/);
    const json = JSON.parse((await unrolled("eval", "strict", "--part", "validation", ...QUICK, "--json")).out) as { all: { lines: number }; fonts: object };
    expect([json.all.lines, Object.keys(json.fonts)]).toEqual([2, ["EMSAllure"]]);
    const every = await unrolled("eval", "all", ...QUICK);
    expect(every.out).toContain("It has seen all fonts: there are none to test it with.");
  });

  it("names a font that there is not", async () => {
    const { code, err } = await unrolled(...TRAIN, "--fonts", "EMSTech,EMSFelis");
    expect(code).toBe(2);
    expect(err).toContain('--fonts: unknown font "EMSFelis". Did you mean EMSFelix?');
  });
});

describe("legibility", () => {
  const ASK = ["legibility", "writer", "--recogniser", "reader", "--lines", "4", ...QUICK];

  it("tells what was read of what was written, and of what was rendered, and draws the worst", async () => {
    const { code, out, err } = await unrolled(...ASK, "--out", "worst.png", "--worst", "3");
    expect([code, err]).toEqual([0, expect.not.stringContaining("error")]);
    expect(out).toMatch(/written by the model +4 +\d+ +-?[\d.]+ % +[\d.]+\n/);
    expect(out).toMatch(/rendered in the model's fonts +4 /);
    expect(out).toMatch(/rendered in the recogniser's fonts +4 /);
    expect(out).toContain("Most confused of what was written by the model");
    expect(out.split("\n").filter((line) => line.includes(" was read as "))).toHaveLength(3);
    expect(existsSync("worst.png")).toBe(true);
    expect((await unrolled(...ASK)).out).toBe(out.slice(0, out.indexOf("worst.png:")));
  });

  it("renders in the fonts that the model learnt from, and tells which of them the recogniser has seen", async () => {
    const told = async (writer: string, reader: string) => {
      const { out } = await unrolled("legibility", writer, "--recogniser", reader, "--lines", "4", ...QUICK);
      const json = JSON.parse((await unrolled("legibility", writer, "--recogniser", reader, "--lines", "4", ...QUICK, "--json")).out) as Record<"fonts" | "seenFonts" | "writers", string[]>;
      return { sentence: /^The recogniser has .*/m.exec(out)![0], fonts: json.fonts, seen: json.seenFonts, writers: json.writers };
    };
    const fonts = ["EMSTech", "EMSOsmotron"];
    await unrolled(...TRAIN, "--fonts", fonts.join(","), "--longest", "32", "--steps", "1", "--out", "same");
    expect(await told("few", "strict")).toEqual({ sentence: "The recogniser has never seen the model's 2 fonts.", fonts, seen: [], writers: [...fonts].sort() });
    expect(await told("few", "reader")).toMatchObject({ sentence: "The recogniser has learnt to read 1 of the model's 2 fonts: EMSTech.", seen: ["EMSTech"] });
    expect(await told("few", "same")).toMatchObject({ sentence: "The recogniser has learnt to read all of the model's fonts: only writers and lines are kept from it.", seen: fonts });
    expect((await told("writer", "reader")).sentence).toBe("The recogniser has never seen the model's 7 fonts.");
  });

  it("tells machines all of it, of lines that nobody has learnt from", async () => {
    const { out } = await unrolled(...ASK, "--json");
    const { sources, readings, unfinished } = JSON.parse(out) as {
      sources: { source: string; lines: number; accuracy: number; byFont?: Record<string, number> }[]; readings: { text: string }[]; unfinished: number;
    };
    expect(sources.map(({ lines }) => lines)).toEqual([4, 4, 4]);
    expect(Object.keys(sources[2]!.byFont!)).toContain("EMSReadability");
    expect(sources[0]!.byFont).toBeUndefined();
    expect(new Set(readings.map(({ text }) => text)).size).toBe(4);
    expect(unfinished).toBeLessThanOrEqual(4);
    const learnt = JSON.parse(readFileSync("reader/run.json", "utf8")) as { characters: string };
    for (const { text } of readings) for (const character of text) expect(learnt.characters).toContain(character);
  });

  it.each([
    [["legibility", "writer"], 2, "--recogniser: who is to read it?"],
    [["legibility", "writer", "--recogniser", "writer"], 1, "writer is no recogniser: unrolled train recogniser makes one."],
    [["legibility", "reader", "--recogniser", "reader"], 1, "reader does not write texts"],
    [["legibility", "writer", "--recogniser", "reader", "--lines", "9999"], 1, "lines of text that neither the model nor the recogniser has learnt from: expected 9999."],
    [["legibility", "writer", "--recogniser", "reader", "--out", "worst.gif"], 2, "--out: expected a name that ends in .svg or .png"],
    [["legibility", "writer", "--recogniser", "reader", "--writer", "me"], 2, '--writer: the model does not know "me".'],
    [["sample", "reader"], 1, 'reader is a run of kind "recogniser", not a model of text'],
  ])("says what is wrong with %j", async (args, code, message) => {
    const result = await unrolled(...args);
    expect(result.err).toContain(message);
    expect(result.code).toBe(code);
  });
});
