import { beforeAll, describe, expect, it, test } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import { gradCheck, RandomStream, setDefaultBackend, step, tensor, withBackend } from "../tensor/index.js";
import { availableBackends, expectClose, sampleTensor } from "../tensor/testing.js";
import { MixtureDensity, mixtureDensity, mixtureDensityLoss, mixtureMean, mixtureOf } from "./index.js";

const backends = await availableBackends();
beforeAll(() => setDefaultBackend(createReferenceBackend()));

/** Two Gaussians: ê, π̂, μ̂ in x and in y, σ̂ in x and in y, ρ̂. Values computed apart from this code, with numpy. */
const RAW = [0.3, 0.2, -0.4, 0.5, -1, -0.5, 0.8, 0.1, 0.3, -0.2, 0, 0.4, -0.6];
const TARGET = [0.7, -0.1, 1];
const LOSS = 2.890000214;
const GRADIENT = [
  0.5744425168, -0.1886745611, 0.1886745611, 0.0041122444, -0.1338500554, -0.499979235, 0.0520688146, 0.8351533162, -0.0618759616,
  0.6343391733, 0.1188071996, -0.3150952561, 0.1293803502,
];

describe("mixtureDensityLoss", () => {
  test.each(backends)("has the values of the equations: $name", (backend) => {
    withBackend(backend, () => {
      const raw = tensor(RAW, [1, 13], { requiresGrad: true });
      const loss = step(() => {
        const loss = mixtureDensityLoss(raw, tensor(TARGET, [1, 3]));
        loss.backward();
        return loss.item();
      });
      const digits = backend.name === "reference" ? 9 : 6;
      expect(loss).toBeCloseTo(LOSS, digits);
      expectClose(raw.grad!.dataSync(), GRADIENT, 10 ** -digits, "gradient");
    });
  });

  it("has gradients that agree with finite differences", () => {
    const raw = sampleTensor([3, 4, 31], { seed: 3, requiresGrad: true });
    const targets = sampleTensor([3, 4, 3], { seed: 4 }).dataSync().map((value, i) => (i % 3 === 2 ? (value > 0 ? 1 : 0) : value));
    gradCheck((x) => mixtureDensityLoss(x, tensor(targets, [3, 4, 3])), [raw]);
    gradCheck((x) => mixtureDensityLoss(x, tensor(targets, [3, 4, 3]), { reduction: "none" }), [raw], { sample: 60 });
  });

  it("has a gradient in π̂, and one in ê, that add up to nothing but the pen's state", () => {
    // Softmax and the responsibilities both sum to 1, so the gradients of the weights sum to 0.
    const raw = sampleTensor([5, 19], { seed: 7, requiresGrad: true });
    step(() => mixtureDensityLoss(raw, tensor([0.1, 0.2, 1, 0, 0, 0, 3, -1, 0, -2, 1, 1, 0.4, 0.1, 0], [5, 3])).backward());
    const gradient = raw.grad!.dataSync();
    for (let r = 0; r < 5; r++) expect(gradient[19 * r + 1]! + gradient[19 * r + 2]! + gradient[19 * r + 3]!).toBeCloseTo(0, 12);
  });

  it("clips the gradient of every row's loss, whatever the loss is multiplied by afterwards", () => {
    const gradientOf = (clip: number, factor: number) => {
      const raw = tensor(RAW, [1, 13], { requiresGrad: true });
      step(() => mixtureDensityLoss(raw, tensor(TARGET, [1, 3]), { clip }).scale(factor).backward());
      return Array.from(raw.grad!.dataSync());
    };
    const clipped = GRADIENT.map((value) => Math.max(-0.1, Math.min(0.1, value)));
    expectClose(gradientOf(0.1, 1), clipped, 1e-9);
    expectClose(gradientOf(0.1, 3), clipped.map((value) => 3 * value), 1e-9);
  });

  it("leaves out rows that are padding, whatever stands there", () => {
    const raw = tensor([...RAW, ...RAW.map(() => 1e30)], [2, 13], { requiresGrad: true });
    const loss = step(() => {
      const loss = mixtureDensityLoss(raw, tensor([...TARGET, NaN, NaN, -1], [2, 3]));
      loss.backward();
      return loss.item();
    });
    expect(loss).toBeCloseTo(LOSS, 9);
    expect(Array.from(raw.grad!.dataSync().slice(13))).toEqual(new Array(13).fill(0));
  });

  test.each(backends)("stays finite for numbers that a network in trouble gives: $name", (backend) => {
    withBackend(backend, () => {
      for (const size of [20, 100, 1e4]) {
        const raw = sampleTensor([40, 31], { seed: 5, low: -size, high: size, requiresGrad: true });
        const targets = sampleTensor([40, 3], { seed: 6, low: 0, high: 1 });
        const loss = step(() => {
          const loss = mixtureDensityLoss(raw, targets, { clip: 100 });
          loss.backward();
          return loss.item();
        });
        expect(Number.isFinite(loss)).toBe(true);
        expect(raw.grad!.dataSync().every((value) => Math.abs(value) <= 100)).toBe(true);
      }
    });
  });

  it("names what does not fit", () => {
    const raw = tensor(RAW, [1, 13]);
    expect(() => mixtureDensityLoss(raw, tensor([1, 2], [1, 2]))).toThrow(/targets: expected \[1, 3\] for raw \[1, 13\], got \[1, 2\]/);
    expect(() => mixtureDensityLoss(tensor([1, 2, 3], [1, 3]), tensor(TARGET, [1, 3]))).toThrow(/raw: expected 6 M \+ 1 columns.*got 3/);
    expect(() => mixtureDensityLoss(raw, tensor(TARGET, [1, 3]), { clip: 0 })).toThrow(/clip: expected a number above 0, got 0/);
  });
});

describe("a mixture", () => {
  it("integrates to 1", () => {
    const mixture = mixtureOf(RAW);
    let total = 0;
    for (let x = -14; x < 14; x += 0.05) for (let y = -14; y < 14; y += 0.05) total += mixtureDensity(mixture, x, y);
    expect(total * 0.05 ** 2).toBeCloseTo(1, 9);
  });

  it("is what the loss is the logarithm of", () => {
    const mixture = mixtureOf(RAW);
    expect(mixture.lift).toBeCloseTo(0.4255574832, 9);
    expect(mixture.gaussians.map(({ weight }) => weight)).toEqual([expect.closeTo(0.6456563062, 9), expect.closeTo(0.3543436938, 9)]);
    expect(-Math.log(mixtureDensity(mixture, 0.7, -0.1) * mixture.lift)).toBeCloseTo(LOSS, 8);
    expect(mixtureMean(mixture)[0]).toBeCloseTo(0.6456563062 * 0.5 - 0.3543436938, 9);
  });

  it("grows neater with the bias: weights lose entropy, deviations shrink, the means stay", () => {
    const entropy = ({ gaussians }: ReturnType<typeof mixtureOf>) => gaussians.reduce((sum, { weight }) => sum - weight * Math.log(weight), 0);
    const mixtures = [0, 0.15, 1, 3].map((bias) => mixtureOf(RAW, bias));
    for (let i = 1; i < mixtures.length; i++) {
      const [before, after] = [mixtures[i - 1]!, mixtures[i]!];
      expect(entropy(after)).toBeLessThan(entropy(before));
      after.gaussians.forEach(({ deviation, mean }, j) => {
        expect(deviation[0]).toBeLessThan(before.gaussians[j]!.deviation[0]);
        expect(deviation[1]).toBeLessThan(before.gaussians[j]!.deviation[1]);
        expect(mean).toEqual(before.gaussians[j]!.mean);
      });
    }
    expect(() => mixtureOf(RAW, -1)).toThrow("bias: expected 0 or more, got -1");
  });
});

describe("MixtureDensity", () => {
  it("is an affine map with 6 M + 1 outputs", () => {
    const layer = new MixtureDensity(1200, 20, { random: new RandomStream(1) });
    expect(layer.parameterCount).toBe(121 * 1201);
    expect(layer.toString()).toMatch(/^MixtureDensity \{input: 1200, components: 20, parameters: 145321\}/);
    expect(() => new MixtureDensity(4, 300, { random: new RandomStream(1) })).toThrow(/from 1 to 256/);
  });
});
