import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { countCooccurrences, type CooccurrenceRecords } from "./cooccurrence.js";
import { countCooccurrencesOnDisk, FileCooccurrence, type DiskCooccurrenceOptions } from "./node-cooccurrence.js";
import { MemoryTokenCorpus } from "./token-corpus.js";

/** So little memory that counts spill to several runs and records make several parts. */
const TIGHT = { window: 5, memory: 2 ** 18 };

let home: string;
let corpus: MemoryTokenCorpus;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "unrolled-counts-"));
  const random = new RandomStream(5);
  corpus = new MemoryTokenCorpus(Int32Array.from({ length: 4_000 }, () => Math.floor(random.next() ** 2 * 900) - 1));
});
afterAll(() => rmSync(home, { recursive: true }));

const onDisk = (name: string, options: Partial<DiskCooccurrenceOptions> = {}) =>
  countCooccurrencesOnDisk(corpus, join(home, name), { ...TIGHT, random: new RandomStream(1), ...options });

function list(records: CooccurrenceRecords, length = 1000, from = 0): string[] {
  const found: string[] = [];
  for (const { rows, columns, values } of records.chunks({ from, length })) {
    for (const [i, value] of values.entries()) found.push(`${rows[i]},${columns[i]},${value}`);
  }
  return found;
}

describe("countCooccurrencesOnDisk", () => {
  it("gives exactly what counting in memory gives, in another order", async () => {
    const stages = new Set<string>();
    const records = await onDisk("same", { onProgress: ({ stage }) => stages.add(stage) });
    expect([...stages]).toEqual(["counting", "shuffling"]); // merging is too short to be told of
    const progress = JSON.parse(readFileSync(join(home, "same/progress.json"), "utf8")) as { runs: number[]; parts: number[] };
    expect(progress.runs.length).toBeGreaterThan(2);
    expect(progress.parts.length).toBeGreaterThan(2);
    const inMemory = countCooccurrences(corpus, { window: 5, random: new RandomStream(1) });
    expect(records.count).toBe(inMemory.count);
    expect(list(records).sort()).toEqual(list(inMemory).sort());
    expect(readdirSync(join(home, "same")).sort()).toEqual([...progress.parts.map((_, i) => `part-${i}.records`), "progress.json"]);
  });

  it("can be opened again, and read from any record in pieces of any size", async () => {
    const records = FileCooccurrence.open(join(home, "same"));
    const all = list(records);
    expect(list(await onDisk("same"))).toEqual(all);
    for (const [from, length] of [[0, 7777], [12_345, 100], [all.length - 1, 5], [all.length, 5]] as const) {
      expect(list(records, length, from)).toEqual(all.slice(from));
    }
  });

  it("killed at any moment goes on to the same records", async () => {
    // What a kill would leave at each of these moments is what lies in the folder then.
    const moments: string[] = [];
    let met = 0;
    mkdirSync(join(home, "work"));
    await onDisk("work", {
      at(stage) {
        if (stage.includes("-") && met++ % 3 > 0) return; // there are many, and forcing files to disk takes its time
        const moment = `killed-${moments.length}-${stage}`;
        moments.push(moment);
        cpSync(join(home, "work"), join(home, moment), { recursive: true });
      },
    });
    const unbroken = list(await onDisk("work"));
    for (const stage of ["half-written", "before-rename", "after-rename", "counted", "merged", "shuffled"]) {
      expect(moments.some((moment) => moment.endsWith(stage)), stage).toBe(true);
    }
    for (const moment of moments) {
      expect(list(await onDisk(moment)), moment).toEqual(unbroken);
      expect(readdirSync(join(home, moment)).sort(), moment).toEqual(readdirSync(join(home, "work")).sort());
      rmSync(join(home, moment), { recursive: true });
    }
  });

  it("stopped again and again goes on to the same records, though its runs are others", async () => {
    const random = new RandomStream(6);
    const longer = new MemoryTokenCorpus(Int32Array.from({ length: 150_000 }, () => Math.floor(random.next() ** 2 * 300) - 1));
    const count = (name: string, options: Partial<DiskCooccurrenceOptions> = {}) =>
      countCooccurrencesOnDisk(longer, join(home, name), { window: 3, memory: 2 ** 19, random: new RandomStream(1), ...options });
    const unbroken = await count("longer");
    let stops = 0;
    for (let stopped = true; stopped; stops++) {
      const stop = new AbortController();
      const counting = count("stopped", { signal: stop.signal, onProgress: () => stop.abort() });
      stopped = await counting.then(() => false, (error: Error) => error.name === "AbortError");
    }
    expect(stops).toBeGreaterThan(5);
    const records = await count("stopped");
    expect(readdirSync(join(home, "stopped"))).toEqual(readdirSync(join(home, "longer")));
    expect(readdirSync(join(home, "stopped")).length).toBeGreaterThan(3);
    expect(list(records)).toEqual(list(unbroken));
  });

  it.skipIf(!existsSync("/dev/full"))("on a full disk says so, keeps what it has, and goes on when there is room", async () => {
    const unbroken = list(await onDisk("work"));
    for (const file of ["pairs-1.run", "part-1.unshuffled", "part-2.records", "progress.json"]) {
      const folder = join(home, `full ${file}`);
      const jammed = join(folder, `${file}.tmp`);
      const at = (stage: string) => {
        if (stage === "counted" && !existsSync(jammed)) symlinkSync("/dev/full", jammed); // when the first run is there
      };
      await expect(onDisk(`full ${file}`, { at })).rejects.toThrow(
        /^Cannot write .* \([\d.]+ [kM]?B\): no space left on the device\.\nWhat was counted before is kept in .*\.$/,
      );
      rmSync(jammed, { force: true });
      expect(list(await onDisk(`full ${file}`)), file).toEqual(unbroken);
    }
  });

  it("does not mistake other counts for its own", async () => {
    await expect(onDisk("work", { window: 6 })).rejects.toThrow(/work holds other co-occurrence counts \(window 5 instead of 6\)\. Delete it, or use another folder\.$/);
    await expect(countCooccurrencesOnDisk(new MemoryTokenCorpus(Int32Array.of(1, 2)), join(home, "work"), { ...TIGHT, random: new RandomStream(1) })).rejects.toThrow(
      /corpus 4000 entries, checksum \d+ instead of 2 entries/,
    );
    expect(() => FileCooccurrence.open(home)).toThrow("no complete co-occurrence counts here.");
  });
});
