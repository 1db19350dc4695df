/** Drawing a movement of the pen from a mixture density. */
import type { Mixture } from "../nn/mixture-density.js";
import type { RandomStream } from "../tensor/index.js";

/** A movement, and whether the pen is lifted after it. */
export interface PenMove {
  readonly x: number;
  readonly y: number;
  readonly lift: boolean;
}

/**
 * Draws a Gaussian by its weight, a point of it, and the pen's state (Graves 2013, section 4.1). A bias is the mixture's own:
 * `mixtureOf(raw, bias)`.
 *
 * @param random gives four numbers a movement, however it turns out
 */
export function sampleMixture({ gaussians, lift }: Mixture, random: RandomStream): PenMove {
  const [choice, radius, angle, end] = [random.next(), random.next(), random.next(), random.next()];
  let left = choice;
  const chosen = gaussians.find(({ weight }) => (left -= weight) < 0) ?? gaussians.reduce((best, each) => (each.weight > best.weight ? each : best));
  // Box and Muller: two independent normal numbers.
  const length = Math.sqrt(-2 * Math.log(1 - radius));
  const [first, second] = [length * Math.cos(2 * Math.PI * angle), length * Math.sin(2 * Math.PI * angle)];
  const { mean, deviation, correlation } = chosen;
  return {
    x: mean[0] + deviation[0] * first,
    y: mean[1] + deviation[1] * (correlation * first + Math.sqrt(1 - correlation ** 2) * second),
    lift: end < lift,
  };
}
