import { describe, expect, it } from "vitest";
import { RandomStream } from "../tensor/index.js";
import { sampleToken, type SamplingOptions } from "./sampling.js";

const logits = [Math.log(0.1), Math.log(0.4), Math.log(0.2), Math.log(0.3)];

/** How often each token is drawn in 4000 draws. */
function frequencies(options: SamplingOptions): number[] {
  const random = new RandomStream(1);
  const counts = logits.map(() => 0);
  for (let i = 0; i < 4000; i++) counts[sampleToken(logits, random.next(), options)]!++;
  return counts.map((count) => count / 4000);
}
function expectClose(actual: readonly number[], expected: readonly number[]) {
  actual.forEach((value, i) => expect(Math.abs(value - expected[i]!), `token ${i}: ${value}`).toBeLessThan(0.03));
}

describe("sampleToken", () => {
  it("draws with the probabilities of the softmax", () => {
    expectClose(frequencies({}), [0.1, 0.4, 0.2, 0.3]);
  });

  it("sharpens and flattens with the temperature", () => {
    const squares = [0.01, 0.16, 0.04, 0.09].map((p) => p / 0.3);
    expectClose(frequencies({ temperature: 0.5 }), squares);
    expectClose(frequencies({ temperature: 1e6 }), [0.25, 0.25, 0.25, 0.25]);
    expect(frequencies({ temperature: 0 })).toEqual([0, 1, 0, 0]);
  });

  it("keeps the k likeliest", () => {
    expectClose(frequencies({ topK: 2 }), [0, 4 / 7, 0, 3 / 7]);
    expect(frequencies({ topK: 1 })).toEqual([0, 1, 0, 0]);
  });

  it("keeps the likeliest that reach p together", () => {
    expectClose(frequencies({ topP: 0.65 }), [0, 4 / 7, 0, 3 / 7]);
    expectClose(frequencies({ topP: 0.71 }), [0, 4 / 9, 2 / 9, 3 / 9]);
    expect(frequencies({ topP: 1e-9 })).toEqual([0, 1, 0, 0]);
  });

  it("never draws what is forbidden", () => {
    expectClose(frequencies({ forbidden: [1] }), [1 / 6, 0, 2 / 6, 3 / 6]);
    expect(() => sampleToken([1, 2], 0, { forbidden: [0, 1] })).toThrow("expected to leave a token");
  });

  it("takes any number in [0, 1) and survives extreme logits", () => {
    expect(sampleToken([0, 1e30, -Infinity], 1 - 2 ** -53)).toBe(1);
    expect(sampleToken([5, 5, 5], 0)).toBe(0);
    expect(sampleToken([5, 5, 5], 1 - 2 ** -53)).toBe(2);
  });

  it.each([
    [{ temperature: -1 }, "temperature: expected 0 or more, got -1"],
    [{ topK: 0 }, "topK: expected a whole number from 1 on, got 0"],
    [{ topP: 0 }, "topP: expected more than 0 and at most 1, got 0"],
  ])("refuses %j", (options, message) => {
    expect(() => sampleToken(logits, 0.5, options)).toThrow(message);
  });
});
