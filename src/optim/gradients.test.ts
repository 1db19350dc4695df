import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { RandomStream, setDefaultBackend, step, tensor, zeros, type Tensor } from "../tensor/index.js";
import { clipGradientNorm, clipGradientValue, gradientNorm } from "./clipping.js";
import { Ema } from "./ema.js";
import { WeightNoise } from "./weight-noise.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));
const list = (x: Tensor) => Array.from(x.dataSync());

describe("clipping", () => {
  let a: Tensor;
  let b: Tensor;
  let frozen: Tensor;
  /** Gradients [3, -4] and [12]: norm 13. */
  beforeEach(() => {
    a = tensor([1, 1], undefined, { requiresGrad: true });
    b = tensor([1], undefined, { requiresGrad: true });
    frozen = tensor([1]);
    step(() =>
      a
        .mul(tensor([3, -4]))
        .sum()
        .add(b.mul(12).sum())
        .backward(),
    );
  });

  test("by norm, over all gradients together", () => {
    expect(gradientNorm([a, frozen, b]).item()).toBeCloseTo(13, 12);
    expect(clipGradientNorm([a, frozen, b], 6.5).item()).toBeCloseTo(13, 12);
    expect([...list(a.grad!), ...list(b.grad!)]).toEqual([1.5, -2, 6]);
    expect(gradientNorm([a, b]).item()).toBeCloseTo(6.5, 12);
  });

  test("by norm, nothing happens under the limit or without gradient", () => {
    expect(clipGradientNorm([a, b], 13.1).item()).toBeCloseTo(13, 12);
    expect([...list(a.grad!), ...list(b.grad!)]).toEqual([3, -4, 12]);
    const still = zeros([2], { requiresGrad: true });
    step(() => still.mul(0).sum().backward());
    expect(clipGradientNorm([still], 1).item()).toBe(0);
    expect(list(still.grad!)).toEqual([0, 0]);
  });

  test("by value, each element by itself", () => {
    clipGradientValue([a, frozen, b], 3.5);
    expect([...list(a.grad!), ...list(b.grad!)]).toEqual([3, -3.5, 3.5]);
  });

  test("works inside the step, the norm readable there", () => {
    const norm = step(() => {
      a.zeroGrad();
      a.sum().backward();
      return clipGradientNorm([a], 1).item();
    });
    expect(norm).toBeCloseTo(Math.SQRT2, 12);
    expect(list(a.grad!)[0]).toBeCloseTo(Math.SQRT1_2, 12);
  });

  test("says what is missing", () => {
    expect(() => clipGradientNorm([frozen], 1)).toThrow("clipGradientNorm: parameters: expected gradients, got none");
    expect(() => clipGradientValue([a], -1)).toThrow(
      "clipGradientValue: limit: expected a number of at least 0, got -1",
    );
  });
});

describe("WeightNoise", () => {
  const start = [0.1, -0.2, 1 / 3, 1e10];

  test("is fresh each time, has the deviation asked for, and leaves every bit as it was", () => {
    const w = tensor(start);
    const many = zeros([4000]);
    const noise = new WeightNoise([w, many], 0.075, new RandomStream(1));
    const [first, second] = [0, 1].map(() => noise.within(() => [list(w), list(many)] as const));
    expect(first![0]).not.toEqual(start);
    expect(second![0]).not.toEqual(first![0]);
    const deviation = Math.sqrt(first![1].reduce((sum, value) => sum + value ** 2, 0) / 4000);
    expect(Math.abs(deviation - 0.075)).toBeLessThan(0.005);
    expect(list(w)).toEqual(start);
    expect(noise.active).toBe(false);
  });

  test("gradients are those at the noisy weights", () => {
    const w = tensor(start.slice(0, 2), undefined, { requiresGrad: true });
    const noise = new WeightNoise([w], 0.5, new RandomStream(1));
    const noisy = noise.within(() => {
      step(() => w.square().sum().backward());
      return list(w);
    });
    expect(list(w.grad!)).toEqual(noisy.map((value) => 2 * value));
  });

  test("follows weights that an optimiser has changed, and comes off after an error", () => {
    const w = tensor([1]);
    const noise = new WeightNoise([w], 1, new RandomStream(1));
    w.set([5]);
    expect(() =>
      noise.within(() => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(list(w)).toEqual([5]);
    noise.apply();
    expect(() => noise.apply()).toThrow("weight noise: apply: the noise is on already");
    noise.remove();
    expect(() => noise.remove()).toThrow("weight noise: remove: there is no noise on the weights");
  });
});

describe("Ema", () => {
  test("averages, swaps in and out exactly", () => {
    const w = tensor([1, 2]);
    const average = new Ema(new Map([["w", w]]), 0.9);
    w.set([2, 4]);
    average.update();
    w.set([1 / 3, 0]);
    average.update();
    const [x, y] = [0.9 * (0.9 * 1 + 0.1 * 2) + 0.1 / 3, 0.9 * (0.9 * 2 + 0.1 * 4)];
    const inside = average.within(() => {
      expect(() => average.update()).toThrow("ema: update: the averages are in the parameters' place");
      expect(() => average.swapIn()).toThrow("ema: swapIn");
      return list(w);
    });
    expect(inside).toEqual([expect.closeTo(x, 12), expect.closeTo(y, 12)]);
    expect(list(w)).toEqual([1 / 3, 0]);
    expect(() => average.swapOut()).toThrow("ema: swapOut: the averages are not in the parameters' place");
  });

  test("state loads into another", () => {
    const w = tensor([1]);
    const [a, b] = [new Ema([w], 0.5), new Ema([w], 0.5)];
    w.set([3]);
    a.update();
    b.load(a.state());
    expect(list(b.state().get("0")!)).toEqual([2]);
    expect(() => b.load(new Map([["1", w]]))).toThrow(
      "ema: load: the saved tensors do not fit; missing: 0; unexpected: 1",
    );
    expect(() => new Ema([w], 1)).toThrow("ema: decay: expected a number from 0 to below 1, got 1");
  });
});
