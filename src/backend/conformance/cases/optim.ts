import type { Bench, Case, Conformance } from "../bench.js";
import { floats, LARGE, SIZES } from "../values.js";

const tolerance = { relative: 2e-6, absolute: 2e-6 };
const LR = Math.fround(0.01);
const RHO = Math.fround(0.95);
const MOMENTUM = Math.fround(0.9);
const EPSILON = Math.fround(1e-4);
const DECAY = Math.fround(0.02);

/** Squares of gradients are positive, and large beside the squares of their means. */
const squares = (n: number) => floats(n, 7, 0.5, 2);
const means = (n: number) => floats(n, 8, -0.5, 0.5);

function* sizes(variant: string, call: (b: Bench, n: number) => void): Iterable<Case> {
  for (const n of variant === "" ? [...SIZES, LARGE] : SIZES) {
    yield [`${n} weights${variant && `, ${variant}`}`, (b) => call(b, n)];
  }
}

export const optimCases = {
  sgdStep: {
    tolerance,
    *cases() {
      yield* sizes("no momentum", (b, n) =>
        b.kernels.sgdStep(b.output(floats(n, 1)), 0, b.input(floats(n, 2)), n, LR, 0, 0, DECAY));
      for (const nesterov of [0, 1]) {
        yield* sizes(nesterov ? "Nesterov" : "", (b, n) =>
          b.kernels.sgdStep(
            b.output(floats(n, 1)), b.output(floats(n, 3)), b.input(floats(n, 2)), n, LR, MOMENTUM, nesterov, DECAY,
          ));
      }
    },
  },
  rmspropStep: {
    tolerance,
    *cases() {
      for (const centered of [0, 1]) {
        yield* sizes(centered ? "centred" : "", (b, n) =>
          b.kernels.rmspropStep(
            b.output(floats(n, 1)), b.output(squares(n)), centered ? b.output(means(n)) : 0, b.output(floats(n, 3)),
            b.input(floats(n, 2)), n, LR, RHO, MOMENTUM, EPSILON, centered,
          ));
      }
    },
  },
  gravesRmspropStep: {
    tolerance,
    cases: () =>
      sizes("", (b, n) =>
        b.kernels.gravesRmspropStep(
          b.output(floats(n, 1)), b.output(squares(n)), b.output(means(n)), b.output(floats(n, 3)), b.input(floats(n, 2)), n, LR,
          RHO, MOMENTUM, EPSILON,
        )),
  },
  adagradStep: {
    tolerance,
    cases: () =>
      sizes("", (b, n) =>
        b.kernels.adagradStep(b.output(floats(n, 1)), b.output(squares(n)), b.input(floats(n, 2)), n, LR, EPSILON)),
  },
  adamStep: {
    tolerance,
    *cases() {
      for (const [variant, decay, decoupled] of [["", 0, 0], ["decay", DECAY, 0], ["decoupled decay", 0, DECAY]] as const) {
        yield* sizes(variant, (b, n) =>
          b.kernels.adamStep(
            b.output(floats(n, 1)), b.output(means(n)), b.output(squares(n)), b.input(floats(n, 2)), n, LR, MOMENTUM, RHO,
            EPSILON, Math.fround(1 - MOMENTUM ** 3), Math.fround(1 - RHO ** 3), decay, decoupled,
          ));
      }
      yield* sizes("first step from zero", (b, n) =>
        b.kernels.adamStep(
          b.output(floats(n, 1)), b.output(new Array<number>(n).fill(0)), b.output(new Array<number>(n).fill(0)),
          b.input(floats(n, 2).map((g, i) => (i % 3 ? g : 0))), n, LR, MOMENTUM, RHO, EPSILON, Math.fround(1 - MOMENTUM),
          Math.fround(1 - RHO), 0, 0,
        ));
    },
  },
  emaStep: {
    tolerance,
    cases: () => sizes("", (b, n) => b.kernels.emaStep(b.output(floats(n, 1)), b.input(floats(n, 2)), n, RHO)),
  },
} satisfies Record<string, Conformance>;
