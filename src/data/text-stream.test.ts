import { describe, expect, it } from "vitest";
import { decodePieces, type DecodeOptions } from "./text-stream.js";

/** The pieces of a text whose bytes come in chunks of `size`. */
async function pieces(text: string | Uint8Array, size: number, options?: DecodeOptions): Promise<string[]> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  const found: string[] = [];
  for await (const piece of decodePieces(chunks, "a.txt", options)) found.push(piece);
  return found;
}

describe("decodePieces", () => {
  it("loses nothing, however the bytes come and the pieces are cut", async () => {
    const text = "Größe 😀😀 naïve\r\nline two\n\nparagraph 我喜歡北京\nend";
    for (const size of [1, 2, 3, 7, 1000]) {
      for (const pieceLength of [2, 5, 20, 1000]) expect((await pieces(text, size, { pieceLength })).join("")).toBe(text);
    }
  });

  it("cuts at an empty line, else at the end of a line, else after a space", async () => {
    for (const size of [1, 5, 100]) {
      expect(await pieces("one\n\ntwo\nthree four", size, { pieceLength: 10 })).toEqual(["one\n\n", "two\n", "three four"]);
      expect(await pieces("three four five", size, { pieceLength: 9 })).toEqual(["three ", "four five"]);
      expect(await pieces("a😀😀", size, { pieceLength: 2 })).toEqual(["a", "😀", "😀"]);
    }
  });

  it("drops a byte order mark, gives nothing for nothing", async () => {
    expect(await pieces("\ufeffa\ufeffb", 1)).toEqual(["a\ufeffb"]);
    expect(await pieces("", 1)).toEqual([]);
    expect(await pieces("\ufeff", 1)).toEqual([]);
  });

  it("says where bytes are not UTF-8, in whatever chunk", async () => {
    const bytes = new TextEncoder().encode("line one\nlin? two\n");
    bytes[12] = 0xe9;
    for (const size of [1, 5, 12, 13, 14, 100]) {
      await expect(pieces(bytes, size)).rejects.toThrow("a.txt: not valid UTF-8: byte 0xe9 at offset 12, line 2. Convert it first");
    }
    await expect(pieces(Uint8Array.of(97, 0xe2, 0x82), 2)).rejects.toThrow("byte 0xe2 at offset 1, line 1");
    expect((await pieces(bytes, 5, { invalid: "replace" })).join("")).toBe("line one\nlin\ufffd two\n");
  });

  it("refuses what is not text", async () => {
    await expect(pieces(Uint8Array.of(97, 0, 98), 10)).rejects.toThrow("a.txt: this is not text (a zero byte at offset 1).");
  });
});
