import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { cells } from "../cell/index.js";
import { VOCABULARY_FILE } from "../systems/text/index.js";
import { Run, writeCompactRun } from "../train/index.js";
import { CELL_NOTES } from "./commands/info.js";
import { FolderStorage } from "./node-storage.js";
import { inTemporaryFolder, testContext, unrolled, unrolledWith } from "./testing.js";

const OPTIONS = "--hidden 8 --embedding 4 --batch 4 --window 16 --sample-length 10 --backend wasm --threads 1".split(" ");
const TEXT = "It was the best of times, it was the worst of times. ".repeat(40);

inTemporaryFolder("cli");
beforeEach(() => writeFileSync("text.txt", TEXT));
const train = (out: string, ...more: string[]) => unrolled("train", "text", "text.txt", "--out", out, ...OPTIONS, ...more);
const jsonLines = (text: string) => text.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);

describe("the command line", () => {
  it("explains itself", async () => {
    const { code, out } = await unrolled();
    expect(code).toBe(0);
    for (const name of ["start", "train text", "resume RUN", "sample RUN", "eval RUN", "info RUN|cells|backends"]) expect(out).toContain(`unrolled ${name}`);
    expect((await unrolled("--help")).out).toBe(out);
    expect((await unrolled("help")).out).toBe(out);
    expect((await unrolled("--version")).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each(["start", "train text", "train vectors", "resume", "sample", "eval", "info"])("has help with examples for %s", async (name) => {
    const { code, out } = await unrolled(...name.split(" "), "--help");
    expect(code).toBe(0);
    expect(out).toContain("\nUsage\n  unrolled " + name);
    expect(out).toMatch(/\nExamples\n {2}unrolled /);
    expect(out.split("\n").every((line) => line.length <= 80)).toBe(true);
    expect((await unrolled("help", ...name.split(" "))).out).toBe(out);
  });

  it.each([
    [["trian"], 'Unknown command "trian". Did you mean unrolled train?'],
    [["train"], "unrolled train needs to know what: unrolled train text, unrolled train vectors, unrolled train handwriting, unrolled train recogniser."],
    [["train", "txt"], "Unknown: unrolled train txt. Did you mean unrolled train text?"],
    [["--hidden", "3"], "The command comes first"],
    [["train", "text", "--hiden", "3"], "Unknown option --hiden of unrolled train text. Did you mean --hidden?"],
    [["train", "text", "--cell", "lsmt"], '--cell: unknown cell "lsmt". Did you mean lstm?'],
    [["train", "text", "--steps", "1", "--seconds", "1"], "--seconds and --steps: choose one."],
    [["resume"], "unrolled resume needs RUN: the folder of the run"],
    [["eval", "run", "text.txt", "--part", "test"], "--part chooses a part of the run's own text"],
  ])("does not understand %j: exit code 2 and a line that helps", async (args, message) => {
    const { code, out, err } = await unrolled(...args);
    expect(code).toBe(2);
    expect(err).toContain(`error: ${message}`);
    expect(err.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(out).toBe("");
  });
});

describe("bad input: exit code 1 and a line that says what is wrong", () => {
  const cases: [string, () => void, string[], string | RegExp][] = [
    ["an empty file", () => writeFileSync("empty.txt", ""), ["empty.txt"], "empty.txt: the file is empty."],
    ["binary junk", () => writeFileSync("junk.bin", Uint8Array.of(1, 2, 0, 255)), ["junk.bin"], "junk.bin: this is not text (a zero byte at offset 2)."],
    ["invalid UTF-8", () => writeFileSync("latin1.txt", Buffer.from("ol\xe9 \n", "latin1")), ["latin1.txt"], "latin1.txt: not valid UTF-8: byte 0xe9 at offset 2, line 1."],
    ["a text shorter than a window", () => writeFileSync("short.txt", "too short"), ["short.txt"], /The training text has \d+ tokens, which is less than one window of 16/],
    ["a file that is not there", () => undefined, ["nowhere.txt"], "nowhere.txt: no such file or folder."],
    ["a pattern without files", () => undefined, ["*.nothing"], "*.nothing: the pattern matches no file."],
    ["a folder without text", () => mkdirSync("hollow"), ["hollow"], "No text found in hollow."],
  ];
  it.each(cases)("%s", async (_, prepare, inputs, message) => {
    prepare();
    const { code, err } = await unrolled("train", "text", ...inputs, "--out", "bad", ...OPTIONS);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(err.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(existsSync("bad")).toBe(false);
  });

  it("nothing on standard input", async () => {
    const { code, err } = await unrolled("train", "text", "-", ...OPTIONS);
    expect([code, err]).toEqual([1, "error: Standard input was empty.\n"]);
  });

  it.each(["resume", "sample", "eval", "info"])("a folder without a run, for %s", async (command) => {
    const { code, err } = await unrolled(command, "nothing");
    expect([code, err]).toEqual([1, "error: nothing: no run here (there is no run.json).\n"]);
  });

  it("a backend that there is not here", async () => {
    const { code, err } = await unrolled("train", "text", "text.txt", "--backend", "tpu");
    expect([code, err]).toEqual([2, 'error: --backend: unknown backend "tpu". There is: auto, native, wasm, reference.\n']);
  });
});

describe("a run", () => {
  it("is trained, continued, sampled, measured and described", async () => {
    const first = await train("run", "--steps", "20");
    expect(first.err).toBe("");
    expect(first.code).toBe(0);
    expect(first.out).toContain("text     Text: 1,908 characters to learn from, and 212 held out");
    expect(first.out).toMatch(/step 20\/20: train \d\.\d+, valid \d\.\d+ bits\/char, [\d.]+ k? ?char\/s, 0 s left/);
    expect(first.out).toContain("bits per character   ⠤⠤ training   ◆ validation");
    expect(first.out).toMatch(/20 steps in \d+ s: training \d\.\d{3}, validation \d\.\d{3} bits per character/);
    expect(first.out).toContain("unrolled sample run");
    expect(readdirSync("run").sort()).toEqual(["checkpoints", "metrics.jsonl", "run.json", "vocabulary.json"]);

    const complete = await unrolled("resume", "run");
    expect([complete.code, complete.out]).toEqual([0, "run has done its 20 steps. To train on, say how far: --steps 40 or --seconds 60.\n"]);
    const more = await unrolled("resume", "run", "--steps", "30");
    expect(more.code).toBe(0);
    expect(more.out).toContain("folder   run, going on from step 20");
    expect(more.out).toContain("step 30/30");

    const sampled = await unrolled("sample", "run", "--length", "30", "--prime", "It was");
    expect(sampled.code).toBe(0);
    expect(sampled.out).toMatch(/^It was/);
    expect(sampled.out.length).toBeGreaterThanOrEqual("It was".length + 30);

    const measured = await unrolled("eval", "run");
    expect(measured.out).toMatch(/^file +characters +unknown +bits\/character +perplexity +per word\ntext\.txt +\d+ +0 +\d\.\d{3} +\d+\.\d{3} +[\d.]+\nall /);

    const described = await unrolled("info", "run");
    expect(described.out).toContain("TextModel {vocabulary: 18, parameters: 650}");
    expect(described.out).toContain("step 30, complete, the text read");
    expect(described.out).toContain("⠤⠤ training");
  });

  it("speaks JSON to machines", async () => {
    const trained = jsonLines((await train("json", "--steps", "4", "--json")).out);
    expect(trained[0]).toMatchObject({ event: "start", run: "json", step: 0, config: { cell: "lstm", hidden: 8 } });
    expect(trained[1]).toMatchObject({
      event: "metrics", step: 1, elapsed: expect.any(Number), validationLoss: expect.any(Number), validationBits: expect.any(Number), sample: expect.any(String),
    });
    expect(trained.at(-1)).toMatchObject({ event: "end", outcome: "complete", step: 4, trainingBits: expect.any(Number) });

    const [sample] = jsonLines((await unrolled("sample", "json", "--json", "--length", "5", "--seed", "7")).out);
    expect(sample).toMatchObject({ run: "json", seed: 7, prime: "", text: expect.any(String) });
    const [evaluated] = jsonLines((await unrolled("eval", "json", "text.txt", "--json")).out);
    expect(evaluated).toMatchObject({ unit: "character", files: [{ name: "text.txt", characters: TEXT.length, unknown: 0 }], all: { bits: expect.any(Number) } });
    const [described] = jsonLines((await unrolled("info", "json", "--json")).out);
    expect(described).toMatchObject({ kind: "text", parameters: expect.any(Number), progress: { step: 4 }, lastMetrics: { step: 4 } });
    expect(jsonLines((await unrolled("resume", "json", "--json")).out)).toEqual([{ event: "end", run: "json", outcome: "complete", step: 4 }]);
    expect(jsonLines((await unrolled("info", "cells", "--json")).out)[0]).toHaveLength(cells.size);
    expect(jsonLines((await unrolled("info", "backends", "--json")).out)[0]).toMatchObject([{ name: "native" }, { name: "wasm" }, { name: "reference" }]);
  });

  it.each([["words", "word"], ["bytes", "byte"]])("can be of %s", async (vocabulary, unit) => {
    const { code, out } = await train(vocabulary, "--steps", "3", "--vocabulary", vocabulary);
    expect(code).toBe(0);
    expect(out).toContain(`bits per ${unit}`);
    expect((await unrolled("sample", vocabulary, "--length", "5")).code).toBe(0);
    expect((await unrolled("eval", vocabulary)).out).toContain(`bits/${unit}`);
  });

  it("can be of a file that is not text, byte by byte", async () => {
    writeFileSync("noise.bin", Uint8Array.from({ length: 2000 }, (_, i) => (i * i) % 256));
    expect((await unrolled("train", "text", "noise.bin", "--vocabulary", "bytes", "--out", "noise", "--steps", "2", ...OPTIONS)).code).toBe(0);
  });

  it("keeps what came on standard input, so that it can go on", async () => {
    const context = testContext({ standardInput: TEXT });
    await unrolledWith(context, "train", "text", "-", "--out", "piped", "--steps", "2", ...OPTIONS);
    expect(readFileSync("piped/input.txt", "utf8")).toBe(TEXT);
    expect((await unrolled("resume", "piped", "--steps", "3")).code).toBe(0);
  });

  it("on a short text reads with fewer rows, and says so", async () => {
    writeFileSync("brief.txt", TEXT.slice(0, 60));
    const { code, err } = await unrolled("train", "text", "brief.txt", "--out", "brief", "--steps", "2", ...OPTIONS);
    expect([code, err]).toEqual([0, "The text has 3 windows of 16: it is read by 3 rows instead of 4.\n"]);
  });

  it("gets a fresh folder of its own", async () => {
    for (const expected of ["runs/text", "runs/text-2"]) {
      await unrolled("train", "text", "text.txt", "--steps", "1", ...OPTIONS);
      expect(existsSync(`${expected}/run.json`)).toBe(true);
    }
  });

  it("is not written over", async () => {
    await train("once", "--steps", "1");
    const again = await train("once", "--steps", "1");
    expect([again.code, again.err]).toEqual([1, "error: once already holds a run. Go on with it (unrolled resume once) or choose another --out.\n"]);
    mkdirSync("full");
    writeFileSync("full/letter.txt", "dear");
    expect((await train("full", "--steps", "1")).err).toBe("error: full exists and is not empty: choose another --out.\n");
  });

  it("stopped by a signal is saved, and says how to go on", async () => {
    const context = testContext();
    const training = unrolledWith(context, "train", "text", "text.txt", "--out", "stopped", "--steps", "100000", ...OPTIONS);
    await waitFor(() => context.output().includes("folder"));
    context.stop();
    const { code, out } = await training;
    expect(code).toBe(130);
    expect(out).toMatch(/Stopping after this step\. Once more to quit without saving\.\nStopped at step \d+ and saved\. Go on: unrolled resume stopped\n$/);
    expect(readdirSync("stopped/checkpoints").length).toBe(2);
    expect(existsSync("stopped/lock")).toBe(false);
  });

  it("goes on on another backend, and says that the bits will differ", async () => {
    await train("moved", "--steps", "1");
    const { code, err } = await unrolled("resume", "moved", "--steps", "2", "--backend", "reference");
    expect([code, err]).toEqual([
      0,
      "This run began on wasm simd128, 1 thread; now it is reference float64, 1 thread: the last bits of its numbers will differ.\n",
    ]);
  });

  it("that another process trains is left alone; a lock left by a killed one is not minded", async () => {
    await train("locked", "--steps", "1");
    writeFileSync("locked/lock", String(process.ppid));
    const { code, err } = await unrolled("resume", "locked", "--steps", "2");
    expect([code, err]).toEqual([1, `error: locked is being trained by process ${process.ppid}. If that is not so, delete ${join("locked", "lock")}.\n`]);
    writeFileSync("locked/lock", "4194304999");
    expect((await unrolled("resume", "locked", "--steps", "2")).code).toBe(0);
  });

  it("whose text has changed does not go on", async () => {
    await train("changed", "--steps", "1");
    writeFileSync("text.txt", `${TEXT} More.`);
    const { code, err } = await unrolled("resume", "changed", "--steps", "2");
    expect([code, err]).toEqual([1, "error: The text of changed is not what it was when the run began: text.txt has changed.\n"]);
  });

  it("of which only the parameters were kept does not go on, and need not read its text to say so", async () => {
    await train("whole", "--steps", "2");
    const [whole, compact] = [new FolderStorage("whole"), new FolderStorage("compact")];
    await compact.write(VOCABULARY_FILE, readFileSync(join("whole", VOCABULARY_FILE)));
    await writeCompactRun(await Run.open(whole), compact, { bits: 8 });
    expect((await unrolled("sample", "compact", "--length", "9", "--backend", "wasm")).code).toBe(0);
    rmSync("text.txt");
    for (const more of [[], ["--steps", "1"], ["--steps", "9"]]) {
      const { code, out, err } = await unrolled("resume", "compact", ...more);
      expect([code, out, err]).toEqual([1, "", "error: Of this run only the parameters were kept: it can be used, but not trained on.\n"]);
    }
  });

  it("from another version is refused, a damaged one explained", async () => {
    await train("old", "--steps", "1");
    const config = JSON.parse(readFileSync("old/run.json", "utf8")) as Record<string, unknown>;
    writeFileSync("old/run.json", JSON.stringify({ ...config, format: 2, version: "7.0.0" }));
    expect((await unrolled("resume", "old")).err).toBe(
      "error: old was written by Unrolled 7.0.0 in format 2; this version reads format 1. Use the version that wrote it.\n",
    );
    writeFileSync("old/run.json", "{");
    expect((await unrolled("sample", "old")).err).toMatch(/^error: old\/run\.json is damaged: .*\n$/);
  });

  it("with a damaged last checkpoint goes on from the one before, and says so", async () => {
    await train("damaged", "--steps", "2");
    await unrolled("resume", "damaged", "--steps", "4");
    const unharmed = await unrolled("sample", "damaged", "--length", "20");
    expect(unharmed.err).toBe("");
    truncateSync("damaged/checkpoints/00000004.safetensors", 100);
    const { code, err } = await unrolled("sample", "damaged", "--length", "20");
    expect(code).toBe(0);
    expect(err).toMatch(/^damaged\/checkpoints\/00000004\.json: this checkpoint is damaged \(.* has 100 bytes instead of \d+\); using the one before it\.\n$/);
    const resumed = await unrolled("resume", "damaged");
    expect(resumed.out).toContain("going on from step 2");
    truncateSync("damaged/checkpoints/00000004.safetensors", 100);
    truncateSync("damaged/checkpoints/00000002.json", 100);
    const lost = await unrolled("resume", "damaged");
    expect(lost.code).toBe(1);
    expect(lost.err).toMatch(/^error: No checkpoint of this run is whole\.\n/);
  });

  it("that diverges is stopped with an explanation, its last checkpoint untouched", async () => {
    const { code, err } = await train("wild", "--steps", "60", "--optimizer", "sgd", "--lr", "1e30", "--clip", "0", "--schedule", "constant");
    expect(code).toBe(1);
    expect(err).toMatch(/^error: Training stopped at step \d+: .*\n/);
    expect(err).toMatch(/Try a lower learning rate \(now 1e\+30\), or clipping the gradient \(--clip 1\)\./);
  });
});

it("the demonstration trains, draws, writes, and says what to type next", async () => {
  const context = testContext({ tty: true, environment: { NO_COLOR: "1" } });
  const { code, out, err } = await unrolledWith(context, "start", "--seconds", "0.5", "--out", "demo", "--backend", "wasm", "--threads", "1");
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("Moby Dick: 1,062,251 characters to learn from, and 128,774 held out");
  expect(out).toContain("bits per character   ⠤⠤ training   ◆ validation");
  expect(out).toContain("400 characters of its own:\n  CHAPTER ");
  expect(out).toMatch(/Next:\n {2}unrolled sample demo --prime "The whale " +more of it\n/);
  const shown = out.split("\n").map((line) => line.split("\r").at(-1)!);
  expect(Math.max(...shown.map((line) => [...line].length))).toBeLessThanOrEqual(80);
});

describe("in a terminal", () => {
  it("one line is written over, no wider than the terminal, and gone at the end", async () => {
    const context = testContext({ tty: true, columns: 80 });
    await unrolledWith(context, "train", "text", "text.txt", "--out", "live", "--steps", "30", ...OPTIONS);
    const frames = context.output().split("\r").filter((frame) => frame.includes("left"));
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames) expect(frame.replace(/\u001b\[[0-9;]*[mK]/g, "").split("\n")[0]!.length).toBeLessThan(80);
    expect(frames.at(-1)).toMatch(/step 30\/30/);
  });

  it("narrow, it shows what fits", async () => {
    const context = testContext({ tty: true, columns: 40, environment: { NO_COLOR: "1" } });
    await unrolledWith(context, "train", "text", "text.txt", "--out", "narrow", "--steps", "10", ...OPTIONS);
    for (const frame of context.output().split("\r").filter((each) => each.startsWith("step"))) expect(frame.split("\u001b")[0]!.length).toBeLessThan(40);
    expect(context.output()).not.toContain("\u001b[1m");
  });
});

describe("info", () => {
  it("knows every cell", async () => {
    expect(Object.keys(CELL_NOTES).sort()).toEqual([...cells.keys()].sort());
    const { out } = await unrolled("info", "cells");
    for (const name of cells.keys()) expect(out).toContain(name);
    expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("says what computes and why", async () => {
    const { out } = await unrolled("info", "backends");
    expect(out).toMatch(/● .*runs by default/);
    expect(out).toContain("wasm simd128");
    expect(out).toContain("reference float64");
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
