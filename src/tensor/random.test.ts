import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import { RandomStream, setDefaultBackend, type Tensor } from "./index.js";
import { availableBackends, expectClose } from "./testing.js";

const list = (x: Tensor) => [...x.dataSync()];
beforeAll(() => setDefaultBackend(createReferenceBackend()));

describe("the counter", () => {
  test("moves by ceil(n / 4) blocks per draw", () => {
    const random = new RandomStream(7);
    const after = (draw: () => unknown) => {
      const [before] = random.state().counter;
      draw();
      return random.state().counter[0] - before;
    };
    expect(after(() => random.uniform([1]))).toBe(1);
    expect(after(() => random.normal([4]))).toBe(1);
    expect(after(() => random.mask([5], 0.5))).toBe(2);
    expect(after(() => random.uniform([0]))).toBe(0);
    expect(after(() => random.next())).toBe(1);
    expect(after(() => random.permutation(5))).toBe(4);
  });

  test("carries into its high word", () => {
    const random = new RandomStream({ seed: [1, 2], counter: [0xffffffff, 5] });
    random.uniform([8]);
    expect(random.state().counter).toEqual([1, 6]);
  });

  test("a stream cut in two is the same stream", () => {
    const whole = list(new RandomStream(7).uniform([16]));
    const random = new RandomStream(7);
    expect([...list(random.uniform([8])), ...list(random.uniform([8]))]).toEqual(whole);
  });

  test("the state survives JSON", () => {
    const random = new RandomStream(2 ** 40 + 3);
    random.normal([9]);
    const other = new RandomStream(JSON.parse(JSON.stringify(random.state())));
    expect(other.next()).toBe(random.next());
  });
});

describe("fork", () => {
  test("depends on the seed and the label, not on the position", () => {
    const random = new RandomStream(1);
    const before = random.fork("dropout").next();
    random.next();
    expect(random.fork("dropout").next()).toBe(before);
    const others = [random, random.fork("shuffle"), random.fork(""), new RandomStream(2).fork("dropout")];
    expect(new Set([before, ...others.map((other) => other.next())]).size).toBe(5);
  });

  test("forks of forks differ", () => {
    const random = new RandomStream(1);
    expect(random.fork("a").fork("b").next()).not.toBe(random.fork("b").fork("a").next());
  });
});

describe("what is drawn", () => {
  test("uniform and normal numbers have their means and deviations", () => {
    const random = new RandomStream(11);
    const n = 20_000;
    const moments = (x: number[]) => {
      const mean = x.reduce((a, b) => a + b) / n;
      return [mean, Math.sqrt(x.reduce((a, b) => a + (b - mean) ** 2, 0) / n)] as const;
    };
    const [uniformMean, uniformDeviation] = moments(list(random.uniform([n], -1, 3)));
    expect(uniformMean).toBeCloseTo(1, 1);
    expect(uniformDeviation).toBeCloseTo(4 / Math.sqrt(12), 1);
    const [normalMean, normalDeviation] = moments(list(random.normal([n], 2, 0.5)));
    expect(normalMean).toBeCloseTo(2, 1);
    expect(normalDeviation).toBeCloseTo(0.5, 1);
  });

  test("masks", () => {
    const random = new RandomStream(11);
    const kept = list(random.mask([10_000], 0.8));
    expect(new Set(kept)).toEqual(new Set([0, 1.25]));
    expect(kept.filter(Boolean).length / 10_000).toBeCloseTo(0.8, 1);
    expect(new Set(list(random.mask([100], 0.5, { value: 1 })))).toEqual(new Set([0, 1]));
    expect(new Set(list(random.mask([100], 1)))).toEqual(new Set([1]));
    expect(new Set(list(random.mask([100], 0)))).toEqual(new Set([0]));
  });

  test("a permutation holds every number once, and shuffles", () => {
    const order = new RandomStream(3).permutation(1000);
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(1000).keys()]);
    expect([...order]).not.toEqual([...Array(1000).keys()]);
    expect(new RandomStream(3).permutation(0).length).toBe(0);
  });

  test("mistakes", () => {
    expect(() => new RandomStream(-1)).toThrow("RandomStream: seed: expected a whole number from 0 to 2^53 - 1, got -1");
    expect(() => new RandomStream({ seed: [1, 2], counter: [1.5, 0] })).toThrow("RandomStream: counter");
    expect(() => new RandomStream(1).mask([2], 1.5)).toThrow("mask: keepProbability: expected 0 to 1, got 1.5");
    expect(() => new RandomStream(1).integer(0)).toThrow("integer: limit");
  });
});

describe.each(await availableBackends())("$name gives the same stream", (backend) => {
  test.each([1, 4, 7, 129])("%i numbers", (n) => {
    const reference = createReferenceBackend();
    const draw = (on: typeof backend) => {
      const random = new RandomStream({ seed: [12, 34], counter: [0xfffffffe, 0] });
      return [random.uniform([n], 0, 1, on), random.mask([n], 0.3, { backend: on }), random.normal([n], 0, 1, on)].map(list);
    };
    const [uniform, mask, normal] = draw(backend);
    const expected = draw(reference);
    expect(uniform).toEqual(expected[0]);
    expectClose(mask!, expected[1]!, 1e-6);
    expectClose(normal!, expected[2]!, 1e-5);
  });
});
