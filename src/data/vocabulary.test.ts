import { describe, expect, it } from "vitest";
import { buildVocabulary, vocabularyFromJSON, type Vocabulary } from "./vocabulary.js";
import { joinWords, splitWords } from "./words.js";

const documents = (...texts: string[]) => texts.map((content, i) => ({ name: `${i}`, content }));
function decode(vocabulary: Vocabulary, ids: Iterable<number>): string {
  const bytes = [...ids].flatMap((id) => [...vocabulary.bytes(id)]);
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

describe("characters", () => {
  const vocabulary = buildVocabulary("characters", documents("a😀ab", "é\n"));

  it("are Unicode code points, the most frequent first", () => {
    expect(vocabulary.toJSON().tokens).toEqual(["a", "\n", "b", "é", "😀"]);
    expect(vocabulary.size).toBe(7);
    expect([...vocabulary.encode("😀a")]).toEqual([6, 2]);
  });

  it("decode to what they encode", () => {
    const text = "ba😀\né";
    expect(decode(vocabulary, vocabulary.encode(text))).toBe(text);
  });

  it("become <unk> when they were not seen, and are labelled", () => {
    expect([...vocabulary.encode("az")]).toEqual([2, 1]);
    expect([0, 1, 2, 3].map((id) => vocabulary.label(id))).toEqual(["<end>", "<unk>", "a", "\\n"]);
  });

  it("survive JSON", () => {
    const again = vocabularyFromJSON(JSON.parse(JSON.stringify(vocabulary)));
    expect(again.encode("a😀ab")).toEqual(vocabulary.encode("a😀ab"));
  });

  it("can be limited by count and size", () => {
    expect(buildVocabulary("characters", documents("aaabbc"), { minimumCount: 2 }).toJSON().tokens).toEqual(["a", "b"]);
    expect(buildVocabulary("characters", documents("aaabbc"), { maximumSize: 1 }).toJSON().tokens).toEqual(["a"]);
    expect(() => buildVocabulary("words", documents("each word once"))).toThrow(/none occurs at least 2 times/);
  });
});

describe("bytes", () => {
  const vocabulary = buildVocabulary("bytes", []);

  it("have all 256 and the end mark, and take text as UTF-8", () => {
    expect(vocabulary.size).toBe(257);
    expect([...vocabulary.encode("é")]).toEqual([0xc3 + 1, 0xa9 + 1]);
    expect([...vocabulary.encode(Uint8Array.of(0, 255))]).toEqual([1, 256]);
    expect(decode(vocabulary, vocabulary.encode("naïve"))).toBe("naïve");
    expect(vocabulary.unknown).toBeUndefined();
    expect(vocabularyFromJSON(vocabulary.toJSON()).size).toBe(257);
  });
});

describe("words", () => {
  it("carry the space before them", () => {
    expect(splitWords("Call me, Ishmael.\n\nI can't 12 (whale-ship)")).toEqual([
      "Call", " me", ",", " Ishmael", ".", "\n", "\n", "I", " can't", " 12", " (", "whale", "-", "ship", ")",
    ]);
  });

  it("join to the text they came from, whatever its spacing", () => {
    const texts = ["  two  spaces\t\ttab \n trailing ", "“Quoted”—dash… e\u0301 日本語 😀!", "'tis o'er ''", "", " ", "\r\n", "a\u00a0b"];
    for (const text of texts) expect(joinWords(splitWords(text))).toBe(text);
  });

  it("keep the frequent ones and replace the rest", () => {
    const vocabulary = buildVocabulary("words", documents("the whale the whale the ship the"));
    expect(vocabulary.toJSON().tokens).toEqual([" the", " whale"]);
    expect([...vocabulary.encode(" the ship")]).toEqual([2, 1]);
    expect(decode(vocabulary, vocabulary.encode(" the ship"))).toBe(" the\uFFFD");
  });
});

it("bytes cannot be read as characters", () => {
  expect(() => buildVocabulary("characters", [{ name: "x.bin", content: new Uint8Array(1) }])).toThrow("x.bin: a vocabulary of characters or words needs text");
});
