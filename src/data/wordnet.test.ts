import { describe, expect, it } from "vitest";
import { indexLemmas, NounHierarchy } from "./wordnet.js";

// entity > animal > dog > poodle; animal > cat; entity > thing; "bank" has two senses.
const data = `  1 This software and database is being provided
00000001 03 n 01 entity 0 000 | all
00000002 03 n 01 animal 0 002 @ 00000001 n 0000 ~ 00000003 n 0000 | moves
00000003 05 n 02 dog 0 hound 0 001 @ 00000002 n 0000 | barks
00000004 05 n 01 poodle 0 001 @i 00000003 n 0000 | curly
00000005 05 n 01 cat 0 002 @ 00000002 n 0000 + 00000009 v 0101 | purrs
00000006 03 n 02 thing 0 bank 0 001 @ 00000001 n 0000 | a thing
00000007 05 n 01 bank 1 001 @ 00000005 n 0000 | a cat that is called so
`;
const index = `  1 This software
animal n 1 2 @ ~ 1 0 00000002
bank n 2 1 @ 2 0 00000006 00000007
cat n 1 1 @ 1 0 00000005
dog n 1 1 @ 1 0 00000003
entity n 1 0 1 0 00000001
hot_dog n 1 0 1 0 00000003
poodle n 1 1 @ 1 0 00000004
thing n 1 1 @ 1 0 00000006
`;
const nouns = new NounHierarchy(data, index);

describe("NounHierarchy", () => {
  it("finds senses and single words", () => {
    expect(nouns.senses("bank")).toEqual([6, 7]);
    expect(nouns.senses("zebra")).toEqual([]);
    expect(["poodle", "dog", "zebra"].map((word) => nouns.isName(word))).toEqual([true, false, false]);
    expect([...indexLemmas(index)]).toEqual(["animal", "bank", "cat", "dog", "entity", "poodle", "thing"]);
  });

  it("measures Wu and Palmer's similarity", () => {
    // dog and cat meet at animal, of depth 2: 2 · 2 / (1 + 1 + 2 · 2)
    expect(nouns.wuPalmer("dog", "cat")).toBeCloseTo(4 / 6, 12);
    expect(nouns.wuPalmer("poodle", "cat")).toBeCloseTo(4 / 7, 12);
    expect(nouns.wuPalmer("dog", "thing")).toBeCloseTo(2 / 5, 12);
    expect(nouns.wuPalmer("dog", "dog")).toBe(1);
    expect(nouns.wuPalmer("bank", "cat")).toBeCloseTo(6 / 7, 12); // the closest senses
    expect(nouns.wuPalmer("dog", "zebra")).toBe(0);
  });

  it("measures Lin's, with counts", () => {
    expect(() => nouns.lin("dog", "cat")).toThrow("lin needs counts of words: setCounts.");
    nouns.setCounts(new Map([["dog", 6], ["cat", 2], ["bank", 2], ["unknown", 9]]));
    // 7 concepts once each, and 10 occurrences: 17. dog and below: 1 + 1 + 6; cat and below: 1 + 1 + 2 + 1; animal: these and itself.
    const information = (count: number) => -Math.log(count / 17);
    expect(nouns.lin("dog", "cat")).toBeCloseTo((2 * information(14)) / (information(8) + information(5)), 12);
    expect(nouns.lin("dog", "dog")).toBeCloseTo(1, 12);
    expect(nouns.lin("dog", "thing")).toBeCloseTo(0, 12);
    expect(nouns.lin("entity", "entity")).toBe(0);
  });

  it("says what is no WordNet", () => {
    expect(() => new NounHierarchy("00000001 03 n xx entity | all\n", "")).toThrow("data.noun: line 1: this is not a synset of WordNet.");
    expect(() => new NounHierarchy("00000001 03 n 01 dog 0 001 @ 00000099 n 0000 | x\n", "")).toThrow("there is no synset 99");
  });
});
