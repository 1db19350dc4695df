import { beforeAll, expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/index.js";
import { Embedding } from "../../nn/index.js";
import { fromInts, RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { fromWordVectors } from "./embedding.js";
import { WordVectors } from "./word-vectors.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const vectors = new WordVectors(["sea", "whale"], Float32Array.of(1, 2, 2, 3, 3, 3), 3);

it("starts an embedding with the vectors of its words, and something of their size where there are none", () => {
  const words = [undefined, "Whale", "sea", "ship"];
  const embedding = new Embedding(4, 3, { random: new RandomStream(1), initialWeight: fromWordVectors(vectors, words) });
  expect([...embedding.forward(fromInts([1, 2])).dataSync()]).toEqual([3, 3, 3, 1, 2, 2]);
  const many = new Embedding(2000, 3, { random: new RandomStream(1), initialWeight: fromWordVectors(vectors, ["sea", ...new Array<undefined>(1999)]) });
  const drawn = [...many.weight.dataSync()].slice(3);
  expect(Math.sqrt(drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length)).toBeCloseTo(Math.sqrt(3), 1);
  expect(new Set(drawn).size).toBeGreaterThan(5900);
});

it("says what shape it has rows for", () => {
  expect(() => new Embedding(3, 3, { random: new RandomStream(1), initialWeight: fromWordVectors(vectors, ["sea"]) })).toThrow(
    "fromWordVectors: shape: expected [1, 3], got [3, 3]",
  );
});
