/** The judge is judged: kernels with a fault of each kind do not get past the bench. */
import { describe, expect, it } from "vitest";
import type { Backend, Kernels } from "../backend.js";
import { createReferenceBackend } from "../reference/index.js";
import { disagreement, runCase, type Case } from "./bench.js";

const fill: Case = ["fill 5", (b) => b.kernels.fill(b.output(5), 2, 5)];
const scale: Case = ["scale 3", (b) => b.kernels.scaleBy(b.output([1, 2, 3]), b.input([0.5]), 3)];
const exact = { relative: 0, absolute: 0 };

/** A reference backend in which one kernel is another. */
function faulty(replace: (kernels: Kernels) => Partial<Kernels>): Backend {
  const backend = createReferenceBackend();
  return Object.assign(backend, { kernels: { ...backend.kernels, ...replace(backend.kernels) } });
}

describe("the conformance bench", () => {
  const good = createReferenceBackend();

  it("accepts what is right, from any address", () => {
    for (const test of [fill, scale]) {
      expect(disagreement(runCase(good, test, 3), runCase(good, test, 0), exact)).toBeUndefined();
    }
    expect(good.memory.bytesInUse).toBe(0);
  });

  it("sees a write beyond either end", () => {
    const beyond = faulty(({ fill: write }) => ({ fill: (y, value, n) => write(y, value, n + 1) }));
    expect(() => runCase(beyond, fill, 0)).toThrow("written beyond its 5 elements");
    const below = faulty(({ fill: write }) => ({ fill: (y, value, n) => write(y - 4, value, n) }));
    expect(() => runCase(below, fill, 1)).toThrow("written below its start");
  });

  it("sees an input that is written", () => {
    const greedy = faulty(({ fill: write }) => ({ scaleBy: (_y, factor) => write(factor, 0, 1) }));
    expect(() => runCase(greedy, scale, 0)).toThrow("element 0 of an input was changed to 0");
  });

  it("sees an element that is left out, one that is wrong and one that is not a number", () => {
    const expected = runCase(good, fill, 0);
    const short = faulty(({ fill: write }) => ({ fill: (y, value, n) => write(y, value, n - 1) }));
    expect(disagreement(runCase(short, fill, 0), expected, exact)).toBe("output 0, element 4 of 5: got NaN, expected 2");
    const wrong = faulty(({ fill: write }) => ({ fill: (y, value, n) => write(y, value + 1e-6, n) }));
    expect(disagreement(runCase(wrong, fill, 0), expected, exact)).toMatch("got 2.000001, expected 2");
    expect(disagreement(runCase(wrong, fill, 0), expected, { relative: 1e-6, absolute: 0 })).toBeUndefined();
  });
});
