import { describe, expect, it } from "vitest";
import { decodeText, findInvalidUtf8 } from "./text.js";

const bytes = (...values: number[]) => Uint8Array.from(values);
const utf8 = (text: string) => new TextEncoder().encode(text);

describe("decodeText", () => {
  it("drops a byte order mark and makes every line end \\n", () => {
    expect(decodeText(utf8("\uFEFFone\r\ntwo\rthree\n"), "a.txt")).toBe("one\ntwo\nthree\n");
  });

  it("names the file, the byte, the offset and the line of invalid UTF-8", () => {
    const bad = new Uint8Array([...utf8("first\nsecond é\nthird "), 0xe9, 0x20, 0x61]);
    expect(() => decodeText(bad, "notes.txt")).toThrow(
      "notes.txt: not valid UTF-8: byte 0xe9 at offset 22, line 3. Convert it first (iconv -f latin1 -t utf8), or train on bytes: --vocabulary bytes.",
    );
  });

  it.each([
    ["a zero byte", bytes(0x61, 0x62, 0, 0x63), /this is not text \(a zero byte at offset 2\)/],
    ["UTF-16", bytes(0xff, 0xfe, 0x61, 0), /UTF-16; convert it to UTF-8 first/],
    ["control characters", new Uint8Array(100).fill(1), /100 control characters in its first 100 bytes/],
  ])("refuses %s as binary and points to bytes", (_, content, message) => {
    expect(() => decodeText(content, "x")).toThrow(message);
    expect(() => decodeText(content, "x")).toThrow("--vocabulary bytes");
  });

  it("takes escape sequences and form feeds for text", () => {
    expect(decodeText(utf8("\u001b[1mbold\u001b[0m\f\n".repeat(50)), "x")).toContain("bold");
  });
});

describe("findInvalidUtf8", () => {
  it.each([
    ["continuation byte first", bytes(0x41, 0x80), 1],
    ["overlong two bytes", bytes(0xc0, 0x80), 0],
    ["overlong three bytes", bytes(0xe0, 0x80, 0x80), 0],
    ["surrogate", bytes(0x41, 0xed, 0xa0, 0x80), 1],
    ["above U+10FFFF", bytes(0xf4, 0x90, 0x80, 0x80), 0],
    ["cut short", bytes(0x41, 0xf0, 0x9f, 0x98), 1],
  ])("finds %s", (_, content, offset) => {
    expect(findInvalidUtf8(content)).toEqual({ offset, line: 1 });
  });

  it("agrees with TextDecoder on every text and on every single broken byte", () => {
    const good = utf8("aé—😀\nz\u{10FFFF}\uD7FF\uE000");
    expect(findInvalidUtf8(good)).toBeUndefined();
    for (let i = 0; i < good.length; i++) {
      for (let value = 0; value < 256; value++) {
        const broken = good.slice();
        broken[i] = value;
        let valid = true;
        try {
          new TextDecoder("utf-8", { fatal: true }).decode(broken);
        } catch {
          valid = false;
        }
        expect(findInvalidUtf8(broken) === undefined, `byte ${i} = ${value}`).toBe(valid);
      }
    }
  });
});
