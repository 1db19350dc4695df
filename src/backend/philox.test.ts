import { describe, expect, it } from "vitest";
import { advanceCounter, philox } from "./philox.js";

describe("philox", () => {
  // The known answers of the authors' Random123 library (kat_vectors, philox4x32 10).
  it.each([
    [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("gives the published words for counter %j", (counter, key, words) => {
    expect(philox([...counter], key)).toEqual(words);
  });

  it("carries from the low word of the counter into the high one", () => {
    expect(advanceCounter(0xffffffff, 7, 1)).toEqual([0, 8]);
    expect(advanceCounter(0xfffffff0, 0xffffffff, 0x20)).toEqual([0x10, 0]);
    expect(advanceCounter(5, 0, 2 ** 32 + 3)).toEqual([8, 1]);
  });
});
