import { describe, expect, it } from "vitest";
import { mixtureOf } from "../nn/index.js";
import { RandomStream } from "../tensor/index.js";
import { sampleMixture } from "./mixture-sampling.js";

const DRAWS = 100_000;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("sampleMixture", () => {
  it("draws from one Gaussian with its mean and covariance", () => {
    const [muX, muY, logX, logY, turned] = [0.4, -1.2, -0.3, 0.5, 0.8];
    const mixture = mixtureOf([1.1, 0, muX, muY, logX, logY, turned]);
    const random = new RandomStream(11);
    const moves = Array.from({ length: DRAWS }, () => sampleMixture(mixture, random));
    const [sdX, sdY, rho] = [Math.exp(logX), Math.exp(logY), Math.tanh(turned)];
    const [x, y] = [moves.map((move) => move.x), moves.map((move) => move.y)];
    const root = Math.sqrt(DRAWS);
    expect(Math.abs(mean(x) - muX)).toBeLessThan((4 * sdX) / root);
    expect(Math.abs(mean(y) - muY)).toBeLessThan((4 * sdY) / root);
    const covariance = (a: readonly number[], b: readonly number[]) => mean(a.map((value, i) => (value - mean_(a)) * (b[i]! - mean_(b))));
    const means = new Map([[x, mean(x)], [y, mean(y)]]);
    const mean_ = (values: readonly number[]) => means.get(values as number[])!;
    // The standard errors of a sample's variance and covariance under a normal law.
    expect(Math.abs(covariance(x, x) - sdX ** 2)).toBeLessThan((4 * Math.SQRT2 * sdX ** 2) / root);
    expect(Math.abs(covariance(y, y) - sdY ** 2)).toBeLessThan((4 * Math.SQRT2 * sdY ** 2) / root);
    expect(Math.abs(covariance(x, y) - rho * sdX * sdY)).toBeLessThan((4 * sdX * sdY * Math.sqrt(1 + rho ** 2)) / root);
    const lifted = moves.filter(({ lift }) => lift).length / DRAWS;
    expect(Math.abs(lifted - mixture.lift)).toBeLessThan((4 * 0.5) / root);
  });

  it("chooses Gaussians by their weights: chi-squared", () => {
    const weights = [0.1, 0.4, 0.2, 0.3];
    const raw = [0, ...weights.map(Math.log), 0, 10, 20, 30, 0, 0, 0, 0, -9, -9, -9, -9, -9, -9, -9, -9, 0, 0, 0, 0];
    const random = new RandomStream(3);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < 20_000; i++) counts[Math.round(sampleMixture(mixtureOf(raw), random).x / 10)]!++;
    const chi = counts.reduce((sum, count, j) => sum + (count - 20_000 * weights[j]!) ** 2 / (20_000 * weights[j]!), 0);
    expect(chi).toBeLessThan(16.27); // the 0.999 quantile with three degrees of freedom
  });

  it("under a large bias is the mean of the likeliest Gaussian", () => {
    const raw = [0, 0.2, -0.4, 0.5, -1, -0.5, 0.8, 0.1, 0.3, -0.2, 0, 0.4, -0.6];
    const random = new RandomStream(5);
    for (let i = 0; i < 200; i++) {
      const { x, y } = sampleMixture(mixtureOf(raw, 20), random);
      expect(Math.abs(x - 0.5)).toBeLessThan(1e-6);
      expect(Math.abs(y + 0.5)).toBeLessThan(1e-6);
    }
  });

  it("depends on the stream and nothing else, and takes four numbers of it", () => {
    const mixture = mixtureOf([0, 0, 0, 0, 0, 0, 0.3]);
    const [a, b] = [new RandomStream(1), new RandomStream(1)];
    expect(sampleMixture(mixture, a)).toEqual(sampleMixture(mixture, b));
    for (let i = 0; i < 4; i++) b.next();
    sampleMixture(mixture, a);
    expect(a.state()).toEqual(b.state());
  });
});
