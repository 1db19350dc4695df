import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { streamTexts, type TextStreamOptions } from "./node-text-stream.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "unrolled-stream-"));
  mkdirSync(join(folder, "texts"));
  writeFileSync(join(folder, "texts/1.txt"), "one");
  writeFileSync(join(folder, "texts/2.txt.gz"), gzipSync("two"));
  writeFileSync(join(folder, "texts/10.txt.gz"), Buffer.concat([gzipSync("ten "), gzipSync("and more")]));
  writeFileSync(join(folder, "texts/empty.txt"), "");
  writeFileSync(join(folder, "texts/picture.gz"), gzipSync(Uint8Array.of(1, 0, 2)));
  writeFileSync(join(folder, "cut.gz"), gzipSync("a text that was cut off ".repeat(100)).subarray(0, 40));
  writeFileSync(join(folder, "large.txt.gz"), gzipSync("0123456789abcde\n".repeat(1 << 17)));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(inputs: string[], options?: TextStreamOptions): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for await (const { name, pieces } of streamTexts(inputs.map((input) => (input === "-" ? input : join(folder, input))), options)) {
    let text = "";
    for await (const piece of pieces) text += piece;
    texts[name.replace(`${folder}/`, "")] = text;
  }
  return texts;
}

describe("streamTexts", () => {
  it("reads folders and globs in natural order, unpacking gzip, skipping what is empty or binary", async () => {
    const skipped: string[] = [];
    const texts = await read(["texts"], { onSkip: (line) => skipped.push(line.replace(`${folder}/`, "")) });
    expect(Object.entries(texts)).toEqual([["texts/1.txt", "one"], ["texts/2.txt.gz", "two"], ["texts/10.txt.gz", "ten and more"]]);
    expect(skipped).toEqual(["texts/empty.txt (empty)", "texts/picture.gz (not text: a zero byte at offset 1)"]);
    expect(Object.keys(await read(["texts/?.txt", "texts"]))[0]).toBe("texts/1.txt");
  });

  it("reads standard input, gzipped too", async () => {
    expect(await read(["-"], { standardInput: () => [gzipSync("from outside")] })).toEqual({ "-": "from outside" });
    await expect(read(["-"], { standardInput: () => [] })).rejects.toThrow("Standard input was empty.");
  });

  it("unpacks more than fits into one chunk, and stops in the middle without harm", async () => {
    const texts = await read(["large.txt.gz"]);
    expect(texts["large.txt.gz"]!.length).toBe(1 << 21);
    for await (const { pieces } of streamTexts([join(folder, "large.txt.gz")])) {
      for await (const piece of pieces) {
        expect(piece.length).toBe(1 << 20);
        break;
      }
    }
  });

  it.each([
    ["cut.gz", "cut.gz: damaged gzip data (unexpected end of file)."],
    ["texts/empty.txt", "texts/empty.txt: the file is empty."],
    ["texts/picture.gz", "texts/picture.gz: this is not text (a zero byte at offset 1)."],
    ["nowhere.txt", "nowhere.txt: no such file or folder."],
  ])("explains %s", async (input, message) => {
    await expect(read([input])).rejects.toThrow(message);
  });
});
