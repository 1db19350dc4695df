import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, it } from "vitest";
import { inTemporaryFolder, unrolled } from "./testing.js";

inTemporaryFolder("union");
beforeAll(() => {
  // As if fetched before, and changed since its checksum was noted.
  const path = "cache/debian/dict-jargon/usr/share/dictd/jargon.dict.dz";
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, gzipSync("hack\n\n   A quick {job}.\n"));
});

const unionWords = (...args: string[]) => unrolled("data", "union-words", "--out", "out.txt", "--cache", "cache", ...args);

it("counts what it joined, and says what is not as it was", async () => {
  const { code, out, err } = await unionWords("--only", "jargon");
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.trim())).toEqual([
    "source  sentences  words", "jargon          2      4", "all             2      4",
    expect.stringMatching(/^out\.txt: 17 B, sha256 [0-9a-f]{64} \(of a part of the sources\)$/),
    expect.stringContaining("train vectors out.txt --boundaries lines"), "",
  ]);
  expect(err).toBe("jargon has changed since its checksum was noted: 4 words instead of 203,506. Figures measured on the corpus will differ a little from published ones.\n");
  expect(await unionWords()).toMatchObject({ code: 1, err: "error: out.txt exists already: choose another --out.\n" });
});
