import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HANDWRITING_FONTS, HELD_OUT_FONTS, STROKE_FONTS } from "../data/node-pen-packages.js";
import { fillPenCache } from "../data/node-pen-packages.testing.js";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("fonts");
const before = process.env["XDG_CACHE_HOME"];
beforeAll(() => {
  process.env["XDG_CACHE_HOME"] = join(process.cwd(), "cache");
  fillPenCache("cache/unrolled/packages");
});
afterAll(() => {
  if (before === undefined) delete process.env["XDG_CACHE_HOME"];
  else process.env["XDG_CACHE_HOME"] = before;
});

const QUICK = ["--backend", "wasm", "--threads", "1"];
const train = (...args: string[]) => unrolled("train", "handwriting", "--lines", "24", "--layers", "1", "--hidden", "4", "--components", "2", ...QUICK, ...args);
const told = async (run: string) => JSON.parse((await unrolled("info", run, "--json")).out) as { data: { fonts?: string[]; sha256: string }; names: { writer: string[] } };

describe("rendered strokes", () => {
  it("are in the fonts asked for, which the run keeps, tells, and goes on with", async () => {
    const { code, out } = await train("--fonts", "EMSTech, HersheySans1,EMSTech", "--writers", "2", "--steps", "2", "--out", "two");
    expect([code, out]).toEqual([0, expect.stringMatching(/fonts +EMSTech, HersheySans1\n/)]);
    expect(await told("two")).toMatchObject({ data: { fonts: ["EMSTech", "HersheySans1"] }, names: { writer: ["EMSTech", "HersheySans1"] } });
    expect((await unrolled("info", "two", "--backend", "wasm")).out).toContain("  in EMSTech, HersheySans1\n");
    expect((await unrolled("resume", "two", "--steps", "3")).code).toBe(0);
    for (const part of ["validation", "test"]) expect((await unrolled("eval", "two", "--part", part, ...QUICK)).out).toMatch(new RegExp(`${part} +3 `));
  });

  it("are in the usual fonts unless others are asked for, as in runs from before that could be done", async () => {
    await train("--steps", "2", "--out", "usual");
    const config = JSON.parse(readFileSync("usual/run.json", "utf8")) as { data: { fonts?: string[] } };
    expect(config.data.fonts).toHaveLength(7);
    delete config.data.fonts;
    writeFileSync("usual/run.json", JSON.stringify(config));
    expect((await unrolled("resume", "usual", "--steps", "3")).code).toBe(0);
    expect((await unrolled("info", "usual", "--backend", "wasm")).out).toContain("  in EMSAllure, EMSElfin,");
  });

  it.each([
    [["--fonts", "EMSTech,EMSFelis"], '--fonts: unknown font "EMSFelis". Did you mean EMSFelix?'],
    [["--fonts", "EMSTech", "--data", "hanzi"], "--fonts is for --data rendered."],
  ])("says what is wrong with %j", async (args, message) => {
    expect(await train(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) });
  });

  it("are not what FILES are rendered in", async () => {
    const { code, err } = await unrolled("train", "handwriting", "cache", "--fonts", "EMSTech");
    expect([code, err]).toEqual([2, expect.stringContaining("--fonts is for data without FILES.")]);
  });

  it("leave some for the test: printed ones where no other hands are left, and never none", async () => {
    await train("--fonts", [...HANDWRITING_FONTS, ...HELD_OUT_FONTS].join(","), "--steps", "1", "--out", "hands");
    expect((await unrolled("eval", "hands", "--part", "test", ...QUICK)).out).toMatch(/test +3 /);
    expect(await train("--fonts", STROKE_FONTS.join(","))).toMatchObject({ code: 2, err: expect.stringContaining("--fonts: leave one or more of them for the test.") });
  });
});
