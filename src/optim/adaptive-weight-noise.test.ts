import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { RandomStream, setDefaultBackend, step, tensor, zeros, type Tensor } from "../tensor/index.js";
import { AdaptiveWeightNoise } from "./adaptive-weight-noise.js";
import { Sgd } from "./sgd.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));

const list = (x: Tensor) => Array.from(x.dataSync());
const noiseOf = (parameters: readonly Tensor[], options: { deviation?: number; sequences?: number } = {}) =>
  new AdaptiveWeightNoise(parameters, { sequences: 1, random: new RandomStream(1), ...options });
const deviationsOf = (noise: AdaptiveWeightNoise) => [...noise.deviations.values()].flatMap(list);

/** KL(N(mu, sigma^2) || N(m, s2)), as in Graves 2011, equation 13. */
const divergence = (mu: number, sigma: number, m: number, s2: number) =>
  0.5 * (Math.log(s2 / sigma ** 2) + ((mu - m) ** 2 + sigma ** 2 - s2) / s2);

/** The best prior. */
function priorOf(mu: readonly number[], sigma: readonly number[]) {
  const average = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const m = average(mu);
  return { m, s2: average(mu.map((each, i) => sigma[i]! ** 2 + (each - m) ** 2)) };
}

describe("adaptive weight noise", () => {
  test("the divergence has its golden value", () => {
    expect(divergence(0.3, 0.075, 0.1, 0.5)).toBeCloseTo(1.7893185752, 10);
  });

  test("draws from the posterior, afresh each time, and leaves every bit as it was", () => {
    const [w, many] = [tensor([1 / 3, -2]), zeros([4000])];
    const noise = noiseOf([w, many], { deviation: 0.2 });
    noise.deviations.get("1")!.set(Array.from({ length: 4000 }, (_, i) => (i < 2000 ? 0.1 : -0.4)));
    const [first, second] = [0, 1].map(() => noise.within(() => [list(w), list(many)] as const));
    expect(first![0]).not.toEqual(second![0]);
    expect(list(w)).toEqual([1 / 3, -2]);
    const deviation = (values: readonly number[]) => Math.sqrt(values.reduce((sum, each) => sum + each ** 2, 0) / values.length);
    expect(Math.abs(deviation(first![1].slice(0, 2000)) - 0.1)).toBeLessThan(0.01);
    // A deviation that an update carried across 0 comes back mirrored.
    expect(Math.abs(deviation(first![1].slice(2000)) - 0.4)).toBeLessThan(0.03);
  });

  test("adds what the weights cost to both gradients, and tells it", () => {
    const start = [[0.5, -0.3], [1.2]];
    const parameters = start.map((values) => tensor(values, undefined, { requiresGrad: true }));
    const noise = noiseOf(parameters, { sequences: 40 });
    noise.deviations.get("0")!.set([0.1, 0.2]);
    noise.deviations.get("1")!.set([0.05]);
    step(() => {
      parameters[0]!.mul(tensor([2, -3])).sum().backward(); // the second parameter gets no gradient
      noise.addComplexity(6);
    });
    const [mu, sigma, d] = [[0.5, -0.3, 1.2], [0.1, 0.2, 0.05], [2, -3, 0]];
    const { m, s2 } = priorOf(mu, sigma);
    mu.forEach((each, i) => expect(parameters.flatMap((p) => list(p.grad!))[i]).toBeCloseTo(d[i]! + (each - m) / s2 / 40, 12));
    const gradients = [...noise.deviations.values()].flatMap((each) => list(each.grad!));
    sigma.forEach((each, i) => expect(gradients[i]).toBeCloseTo(6 * d[i]! ** 2 * each + (each / s2 - 1 / each) / 40, 12));
    const cost = mu.reduce((sum, each, i) => sum + divergence(each, sigma[i]!, m, s2), 0);
    expect(noise.complexity!.item()).toBeCloseTo(cost / 40, 12);
  });

  test("without data the deviations become that of the prior, and the weights cost nothing", () => {
    const w = tensor([1, -1, 0.5, -0.5], undefined, { requiresGrad: true });
    const noise = noiseOf([w]);
    const optimizer = new Sgd(noise.posterior, { lr: 0.05 });
    for (let i = 0; i < 400; i++) {
      step(() => {
        noise.within(() => undefined);
        noise.addComplexity(1);
        optimizer.step();
        optimizer.zeroGrad();
      });
    }
    const { s2 } = priorOf(list(w), deviationsOf(noise));
    for (const sigma of deviationsOf(noise)) expect(sigma).toBeCloseTo(Math.sqrt(s2), 3);
    expect(noise.complexity!.item()).toBeLessThan(1e-4);
  });

  test("weights that the loss holds become exact, others stay vague", () => {
    const [sharp, free] = [0, 0].map((value) => tensor([value], undefined, { requiresGrad: true }));
    const noise = noiseOf([sharp!, free!], { deviation: 0.3, sequences: 10 });
    const optimizer = new Sgd(noise.posterior, { lr: 2e-3 });
    for (let i = 0; i < 800; i++) {
      step(() => {
        noise.within(() => sharp!.sub(1).square().scale(8).sum().backward());
        noise.addComplexity(1);
        optimizer.step();
        optimizer.zeroGrad();
      });
    }
    const [held, vague] = deviationsOf(noise);
    expect(Math.abs(sharp!.item() - 1)).toBeLessThan(0.3);
    expect(held).toBeLessThan(0.5 * vague!);
  });

  test("goes on to the same noise from its state", () => {
    const w = () => tensor([0.1, 0.2, 0.3], undefined, { requiresGrad: true });
    const [a, b] = [w(), w()];
    const first = noiseOf([a], { deviation: 0.5 });
    first.within(() => undefined);
    const { random, tensors } = first.state();
    const second = noiseOf([b]);
    second.load({ random, tensors });
    expect(second.within(() => list(b))).toEqual(first.within(() => list(a)));
    expect(() => second.load({ random, tensors: new Map() })).toThrow("adaptive weight noise: load: the saved tensors do not fit; missing: 0");
  });

  test("names what does not fit", () => {
    expect(() => noiseOf([tensor([1])], { sequences: 0 })).toThrow("adaptive weight noise: sequences: expected a number of at least 1, got 0");
    expect(() => noiseOf([tensor([1])], { deviation: 0 })).toThrow("adaptive weight noise: deviation: expected a number of at least 0.000001, got 0");
  });
});
