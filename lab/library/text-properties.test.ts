import { expect, test } from "vitest";
import { TEXT_PROPERTIES } from "./text-properties.js";

const of = (id: string, text: string) => [...TEXT_PROPERTIES.find((property) => property.id === id)!.of([...text])].join(" ").replaceAll(" ", "");

test.each([
  ["quotes", 'a "b c" d', "001111000"],
  ["quotes", "“it’s «so»” x", "1111111111000"],
  ["quotes", '"x\n\ny"z', "1110011"],
  ["brackets", "a(b[c])]d", "011221000"],
  ["line", "ab\ncde", "120123"],
  ["sentence", "Hm. So? a", "120123012"],
  ["word", "I don't", "1012301"],
  ["start", "I don't", "1010001"],
  ["end", "I don't", "1000101"],
  ["space", "a b\nc", "01010"],
  ["capital", "Ab É1", "10010"],
  ["digit", "a1 ٣", "0101"],
  ["vowel", "Ahé!", "1010"],
  ["punctuation", "a, “b”.", "0101011"],
  ["indent", "  a b\n\tc", "12222011"],
])("%s of %j", (id, text, expected) => expect(of(id, text)).toBe(expected));

test("positions stop counting, in every line alike", () => {
  const line = TEXT_PROPERTIES.find(({ id }) => id === "line")!.of([..."x".repeat(400)]);
  expect([line[148], line[149], line[399]]).toEqual([149, 150, 150]);
});

test("ids are in addresses: short, and each once", () => {
  const ids = TEXT_PROPERTIES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id) => /^[a-z]+$/.test(id))).toBe(true);
});
