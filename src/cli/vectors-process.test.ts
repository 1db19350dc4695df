/** Training word vectors as a process of its own: killed at any moment, interrupted, out of disk space. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { buildIfStale, filesOf, interruptedAt, killedWithin, unrolledIn, unrolledWithin } from "./process-testing.js";

const EPOCHS = 12;
/** So little memory that pairs are spilled several times and their records make several parts. */
const OPTIONS = `--dimensions 10 --min-count 2 --epochs ${EPOCHS} --checkpoint-steps 2 --memory 256k`.split(" ");

let folder: string;
/** The files of runs that nothing happened to, by method. */
const unbroken: Record<string, Record<string, Buffer>> = {};

beforeAll(() => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), "unrolled-vectors-process-"));
  const random = new RandomStream(3);
  for (let i = 0; i < 3; i++) {
    const words = Array.from({ length: 2500 }, () => `w${Math.floor(random.next() ** 2 * 400)}${random.next() < 0.1 ? "." : ""}`);
    writeFileSync(join(folder, `text-${i}.txt`), words.join(" "));
  }
  for (const method of ["skipgram", "glove"]) {
    const { status, stderr } = unrolled(trainArgs(`unbroken-${method}`, method));
    if (status !== 0) throw new Error(stderr);
    unbroken[method] = finalFiles(`unbroken-${method}`);
  }
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const unrolled = (args: readonly string[], crash?: string) => unrolledIn(folder, args, crash);
const trainArgs = (out: string, method: string) => ["train", "vectors", "text-*.txt", "--out", out, "--method", method, ...OPTIONS];

/** What must be the same: the result, all arrays of the last checkpoint, the metrics but for their times, what was counted. */
function finalFiles(run: string): Record<string, Buffer> {
  const names = ["vectors.safetensors", `checkpoints/${String(EPOCHS).padStart(8, "0")}.safetensors`, "metrics.jsonl", "vocabulary.txt", "corpus.json"];
  return filesOf(folder, run, names);
}

function expectUnbroken(run: string, method: string): void {
  const files = finalFiles(run);
  for (const [name, bytes] of Object.entries(unbroken[method]!)) expect(files[name]!.equals(bytes), `${run}/${name}`).toBe(true);
  const names = (each: string) => readdirSync(join(folder, each), { recursive: true, encoding: "utf8" }).sort();
  expect(names(run)).toEqual(names(`unbroken-${method}`));
}

describe("kill -9", () => {
  it("while words are written down, and in the middle of a checkpoint, loses nothing", () => {
    // Writes 1 to 3 are run.json, the vocabulary and corpus.json, then come checkpoints; a resumed process counts from 1 again.
    expect(unrolled(trainArgs("words", "skipgram"), "half-written:2").signal).toBe("SIGKILL");
    expect(unrolled(["nearest", "words", "w1"]).stderr).toBe("error: words has no vectors yet: unrolled resume words\n");
    expect(unrolled(["info", "words"]).stdout).toContain("text-*.txt, not read to the end yet");
    for (const moment of ["before-rename:2", "half-written:3", "before-write:2"]) {
      const killed = unrolled(["resume", "words"], moment);
      expect(killed.signal, `${moment}: ${killed.stderr}`).toBe("SIGKILL");
    }
    const last = unrolled(["resume", "words"]);
    expect([last.status, last.stderr]).toEqual([0, ""]);
    expectUnbroken("words", "skipgram");
  });

  it("while pairs are counted, spilled, merged and shuffled, goes on to the same records", () => {
    expect(unrolled(trainArgs("pairs", "glove"), "pairs-counted:1").signal).toBe("SIGKILL");
    for (const moment of ["pairs-half-written:2", "pairs-before-rename:3", "pairs-merged:1", "pairs-shuffled:2", "before-rename:3"]) {
      const killed = unrolled(["resume", "pairs"], moment);
      expect(killed.signal, `${moment}: ${killed.stderr}`).toBe("SIGKILL");
    }
    const last = unrolled(["resume", "pairs"]);
    expect([last.status, last.stderr]).toEqual([0, ""]);
    expectUnbroken("pairs", "glove");
  });

  it.each(["skipgram", "glove"])("at random moments, again and again, loses nothing (%s)", async (method) => {
    const run = `random-${method}`;
    let kills = 0;
    for (let round = 0; round < 5; round++) {
      const begun = existsSync(join(folder, run, "run.json"));
      const signal = await killedWithin(150, folder, begun ? ["resume", run] : trainArgs(run, method));
      if (signal === "SIGKILL") kills++;
      else break;
    }
    expect(kills).toBeGreaterThan(0);
    const last = unrolled(["resume", run]);
    expect(last.status, last.stderr).toBe(0);
    expectUnbroken(run, method);
  });
});

describe("Ctrl-C", () => {
  it.each([["glove", "epochs"], ["skipgram", "step "]])("%s: saves, says how to go on, and exits with 130; going on ends with the same bits", async (method, mark) => {
    const run = `interrupted-${method}`;
    const { status, output } = await interruptedAt(mark, folder, trainArgs(run, method));
    expect([130, 0]).toContain(status); // 0 if it was done before the signal came
    if (status === 130) expect(output).toMatch(new RegExp(`Stopped.* saved\\. Go on: unrolled resume ${run}\\n$`));
    expect(unrolled(["resume", run]).status).toBe(0);
    expectUnbroken(run, method);
  });
});

describe.skipIf(process.platform === "win32")("a full disk", () => {
  it("while pairs are spilled is told in a line, and nothing that was counted is lost", () => {
    // Room for the words, 30 kB, not for a run of pairs.
    const limited = unrolledWithin(150, folder, trainArgs("full", "glove"));
    expect(limited.status, limited.stderr).toBe(1);
    expect(limited.stderr).toMatch(
      /^error: Cannot write full\/cooccurrence\/\S+ \([\d.]+ [kM]B\): the file would be larger than is allowed here\.\nWhat was counted before is kept in full\/cooccurrence\.\nWhat was saved before is whole: unrolled resume full goes on from there\.\n$/,
    );
    const again = unrolled(["resume", "full"]);
    expect([again.status, again.stderr]).toEqual([0, ""]);
    expectUnbroken("full", "glove");
  });

  it("while words are written down, too", () => {
    const limited = unrolledWithin(16, folder, trainArgs("crowded", "skipgram"));
    expect(limited.status, limited.stderr).toBe(1);
    expect(limited.stderr).toMatch(
      /^error: Cannot write crowded\/corpus\.tokens\S* \([\d.]+ kB\): the file would be larger than is allowed here\.\nunrolled resume crowded reads the text again\.\n$/,
    );
    expect(unrolled(["resume", "crowded"]).status).toBe(0);
    expectUnbroken("crowded", "skipgram");
  });
});
