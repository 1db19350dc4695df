import { describe, expect, it } from "vitest";
import { align } from "./index.js";

const letters = (expected: string, said: string) => align([...expected], [...said]);

describe("align", () => {
  it("counts what was put in, left out and taken for something else", () => {
    const counts = (a: string, b: string) => {
      const { substitutions, insertions, deletions, errors } = letters(a, b);
      expect(errors).toBe(substitutions + insertions + deletions);
      return [substitutions, insertions, deletions];
    };
    expect(counts("kitten", "sitting")).toEqual([2, 1, 0]);
    expect(counts("abc", "abc")).toEqual([0, 0, 0]);
    expect(counts("abc", "")).toEqual([0, 0, 3]);
    expect(counts("", "abc")).toEqual([0, 3, 0]);
    expect(counts("", "")).toEqual([0, 0, 0]);
    // A swap is two errors here, unlike in `editDistance`, which is for typing mistakes.
    expect(counts("ab", "ba")).toEqual([2, 0, 0]);
  });

  it("pairs what belongs together, in order", () => {
    const { pairs } = letters("abcd", "bcde");
    expect(pairs.map(({ expected = "-", said = "-" }) => expected + said).join(" ")).toBe("a- bb cc dd -e");
  });

  it("takes words as well", () => {
    expect(align("the cat sat".split(" "), "the mat sat down".split(" ")).errors).toBe(2);
  });
});
