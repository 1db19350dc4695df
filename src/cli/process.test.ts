/** The command as a process of its own: killed at any moment, interrupted, out of disk space. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildIfStale, filesOf, interruptedAt, killedWithin, unrolledIn, unrolledWithin } from "./process-testing.js";

const STEPS = 60;
/** Small, but with all that must be brought back: two layers, dropout, windows that overlap, many documents. */
const OPTIONS =
  `--steps ${STEPS} --layers 2 --hidden 12 --embedding 6 --batch 4 --window 8 --back 12 --dropout 0.2 --sample-length 10 --checkpoint-steps 5`.split(" ");

let folder: string;
/** The files of a run that nothing happened to. */
let unbroken: Record<string, Buffer>;

beforeAll(() => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), "unrolled-process-"));
  for (let i = 0; i < 24; i++) writeFileSync(join(folder, `text-${i}.txt`), `${i} men on the dead man's chest, yo ho ho. `.repeat(i % 5 + 2));
  const { status, stderr } = unrolled(trainArgs("unbroken"));
  if (status !== 0) throw new Error(stderr);
  unbroken = finalFiles("unbroken");
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

const trainArgs = (out: string) => ["train", "text", "text-*.txt", "--out", out, ...OPTIONS];
const unrolled = (args: readonly string[], crash?: string) => unrolledIn(folder, args, crash);

/** What must be the same: all arrays of the last checkpoint, and the metrics but for their times. */
function finalFiles(run: string): Record<string, Buffer> {
  const names = ["metrics.jsonl", `checkpoints/${String(STEPS).padStart(8, "0")}.safetensors`];
  return filesOf(folder, run, names);
}

function expectUnbroken(run: string): void {
  const files = finalFiles(run);
  for (const [name, bytes] of Object.entries(unbroken)) expect(files[name]!.equals(bytes), `${run}/${name}`).toBe(true);
  const left = readdirSync(join(folder, run), { recursive: true, encoding: "utf8" }).filter((name) => /tmp|lock/.test(name));
  expect(left).toEqual([]);
}

describe("kill -9", () => {
  it("in the middle of writing a checkpoint, at every stage of it, loses nothing", () => {
    const stages = ["before-write", "half-written", "before-rename", "after-rename"];
    // Writes 1 and 2 are the vocabulary and run.json; arrays and manifest of the checkpoints follow by turns. A resumed process
    // counts from 1 again.
    const first = unrolled(trainArgs("stages"), "half-written:3");
    expect(first.signal).toBe("SIGKILL");
    for (const stage of stages) {
      for (const write of [3, 4]) {
        const killed = unrolled(["resume", "stages"], `${stage}:${write}`);
        expect(killed.signal, `${stage}:${write}: ${killed.stderr}`).toBe("SIGKILL");
      }
    }
    const last = unrolled(["resume", "stages"]);
    expect(last.status, last.stderr).toBe(0);
    expect(last.stderr).toBe("");
    expectUnbroken("stages");
  });

  it("at random moments, again and again, loses nothing", async () => {
    let kills = 0;
    for (let round = 0; round < 12; round++) {
      const begun = existsSync(join(folder, "random", "run.json"));
      if (!begun) rmSync(join(folder, "random"), { recursive: true, force: true });
      const signal = await killedWithin(120, folder, begun ? ["resume", "random"] : trainArgs("random"));
      if (signal === "SIGKILL") kills++;
      else break;
    }
    expect(kills).toBeGreaterThan(0);
    const last = unrolled(["resume", "random"]);
    expect(last.status, last.stderr).toBe(0);
    expectUnbroken("random");
  });

  it("before the first checkpoint: the run starts again from its first step", () => {
    expect(unrolled(trainArgs("early"), "before-write:3").signal).toBe("SIGKILL");
    expect(unrolled(["sample", "early"]).stderr).toContain("early has no checkpoint yet: unrolled resume early");
    expect(unrolled(["resume", "early"]).status).toBe(0);
    expectUnbroken("early");
  });
});

describe("Ctrl-C", () => {
  it("saves, says how to go on, and exits with 130; going on ends with the bits of an unbroken run", async () => {
    const { status, output } = await interruptedAt("step ", folder, trainArgs("interrupted"));
    expect([130, 0]).toContain(status); // 0 if it was done before the signal came
    if (status === 130) expect(output).toMatch(/Stopped at step \d+ and saved\. Go on: unrolled resume interrupted\n$/);
    expect(unrolled(["resume", "interrupted"]).status).toBe(0);
    expectUnbroken("interrupted");
  });
});

describe("a full disk", () => {
  it.skipIf(process.platform === "win32")("is told in a line, and nothing that was saved is lost", () => {
    cpSync(join(folder, "unbroken"), join(folder, "full"), { recursive: true });
    // Room for the metrics, 5 kB, not for the arrays of a checkpoint.
    const limited = unrolledWithin(24, folder, ["resume", "full", "--steps", "70"]);
    expect(limited.status, limited.stderr).toBe(1);
    expect(limited.stderr).toMatch(/^error: Cannot write full\/checkpoints\/00000065\.safetensors \([\d.]+ kB\): the file would be larger than is allowed here\.\nWhat was saved before is whole: unrolled resume full goes on from there\.\n$/);
    const checkpoint = `checkpoints/${String(STEPS).padStart(8, "0")}.safetensors`;
    expect(finalFiles("full")[checkpoint]!.equals(unbroken[checkpoint]!)).toBe(true);
    const again = unrolled(["resume", "full", "--steps", "70"]);
    expect([again.status, again.stderr]).toEqual([0, ""]);
  });
});
