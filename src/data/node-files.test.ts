import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareNatural, globExpression, readFiles } from "./node-files.js";
import { readMobyDick } from "./node-moby-dick.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "unrolled-files-"));
  mkdirSync(join(folder, "book/part"), { recursive: true });
  mkdirSync(join(folder, "book/node_modules"));
  for (const n of [1, 2, 10]) writeFileSync(join(folder, `book/chapter_${n}.txt`), `chapter ${n}`);
  writeFileSync(join(folder, "book/part/notes.md"), "notes");
  writeFileSync(join(folder, "book/.hidden"), "hidden");
  writeFileSync(join(folder, "book/node_modules/x.txt"), "dependency");
  mkdirSync(join(folder, "book/run"));
  for (const name of ["run.json", "metrics.jsonl"]) writeFileSync(join(folder, "book/run", name), "{}");
  writeFileSync(join(folder, "book/cover.png"), Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0));
  writeFileSync(join(folder, "book/empty.txt"), "");
  symlinkSync("..", join(folder, "book/part/up"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const names = (inputs: string[], options = {}) =>
  readFiles(inputs.map((input) => (input === "-" ? input : join(folder, input))), options).files.map(({ name }) => name.replace(`${folder}/`, ""));

describe("readFiles", () => {
  it("walks folders in natural order, skipping what is hidden, binary or empty, and loops", () => {
    expect(names(["book"])).toEqual(["book/chapter_1.txt", "book/chapter_2.txt", "book/chapter_10.txt", "book/part/notes.md"]);
    const { skipped } = readFiles([join(folder, "book")]);
    expect(skipped.map((line) => line.replace(`${folder}/`, ""))).toEqual(["book/cover.png (not text: a zero byte at offset 4)", "book/empty.txt (empty)"]);
  });

  it("passes over the runs in a folder, but not one that was asked for", () => {
    expect(names(["book/run"])).toEqual(["book/run/metrics.jsonl", "book/run/run.json"]);
  });

  it("keeps binary files when asked to", () => {
    expect(names(["book"], { binary: "keep" })).toContain("book/cover.png");
  });

  it("expands globs", () => {
    expect(names(["book/chapter_?.txt"])).toEqual(["book/chapter_1.txt", "book/chapter_2.txt"]);
    expect(names(["**/*.{md,rst}"])).toEqual(["book/part/notes.md"]);
    expect(names(["book/chapter_[!1]*"])).toEqual(["book/chapter_2.txt"]);
  });

  it("keeps the order of its arguments and reads each file once", () => {
    expect(names(["book/chapter_10.txt", "book"])).toEqual(["book/chapter_10.txt", "book/chapter_1.txt", "book/chapter_2.txt", "book/part/notes.md"]);
  });

  it("reads standard input", () => {
    expect(readFiles(["-"], { readStandardInput: () => Uint8Array.of(97) }).files).toEqual([{ name: "-", bytes: Uint8Array.of(97) }]);
    expect(() => readFiles(["-"], { readStandardInput: () => new Uint8Array(0) })).toThrow("Standard input was empty.");
  });

  it.each([
    ["nowhere.txt", "no such file or folder"],
    ["book/empty.txt", "the file is empty"],
    ["*.nothing", "the pattern matches no file"],
  ])("explains %s", (input, message) => {
    expect(() => names([input])).toThrow(message);
  });

  it("says what it skipped when nothing is left", () => {
    mkdirSync(join(folder, "junk"), { recursive: true });
    writeFileSync(join(folder, "junk/a.bin"), Uint8Array.of(0));
    expect(() => names(["junk"])).toThrow(/No text found in .*junk\. Skipped: .*a\.bin \(not text: a zero byte at offset 0\)\./);
  });
});

it("orders numbers in names by value", () => {
  expect(["b", "a10", "a9", "a9b", "a"].sort(compareNatural)).toEqual(["a", "a9", "a9b", "a10", "b"]);
});

it("turns globs into expressions", () => {
  expect(globExpression("a/**/b*.txt").test("a/x/y/b1.txt")).toBe(true);
  expect(globExpression("a/**/b*.txt").test("a/b.txt")).toBe(true);
  expect(globExpression("*.txt").test("a/b.txt")).toBe(false);
  expect(globExpression("a+(1).txt").test("a+(1).txt")).toBe(true);
});

it("has Moby Dick: 135 chapters and the epilogue, each once", () => {
  const files = readMobyDick();
  expect(files.length).toBe(136);
  expect(files[0]!.name).toBe("moby-dick/chapter_1.txt");
  expect(files.at(-1)!.name).toBe("moby-dick/epilogue.txt");
  expect(files.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(1_194_259);
});
