import { describe, expect, it } from "vitest";
import { boundsOf } from "./bounds.js";
import { cells } from "./cells/index.js";
import { compileCell } from "./compile.js";
import { defineCell, type CellFunction } from "./define.js";
import { abs, add, clip, div, exp, max, mul, neg, oneMinus, relu, scale, sigmoid, softmax, softplus, sqrt, square, sub, sum, tanh } from "./expression.js";

/** The bound of every state of a cell with one linear map. */
function bounds(equations: CellFunction<"h" | "c">): Record<string, number> {
  const { next } = defineCell("test", equations);
  const of = boundsOf(next);
  return Object.fromEntries(Object.entries(next).map(([state, e]) => [state, of(e)]));
}

describe("what linear maps take in is bounded", () => {
  const of = (name: string, options = {}) =>
    Object.fromEntries(
      compileCell(cells.get(name)!, { inputSize: 4, hiddenSize: 4 }, options).sources.map(({ matrix, bound }) => [matrix, bound]),
    );

  it.each([
    ["elman", { h: 1 }],
    ["elman-relu", { h: Infinity }],
    ["lstm", { h: 1 }],
    ["peephole-lstm", { h: 1 }],
    ["coupled-lstm", { h: 1 }],
    ["layer-norm-lstm", { h: 1 }],
    ["gru", { h: 1 }],
    ["gru-reset-before", { h: 1, candidate_inner: 1 }],
    ["mut1", { h: 1, candidate_inner: 1 }],
    ["mut2", { h: 1, candidate_inner: 1 }],
    ["mut3", { h: 1, update_inner: Math.tanh(1), candidate_inner: 1 }],
  ])("in %s", (name, expected) => {
    expect(of(name)).toEqual(expected);
    expect(of(name, { zoneout: { h: 0.1 } })).toEqual(expected);
  });
});

it("mixtures lie between their parts, however they are written", () => {
  const mixtures: CellFunction<"h" | "c">[] = [
    ({ x, h }, { linear }) => ({ h: add(mul(sub(tanh(x), h), sigmoid(linear("gate", x))), h) }),
    ({ x, h }, { linear }) => {
      const z = sigmoid(linear("gate", x));
      return { h: add(mul(z, h), mul(tanh(x), oneMinus(z))) };
    },
    ({ x, h }, { linear }) => {
      const z = sigmoid(linear("gate", x));
      return { h: add(mul(sub(1, z), h), mul(z, tanh(x))) };
    },
    ({ x, h }, { linear }) => ({ h: add(scale(h, 0.75), scale(tanh(linear("gate", x)), 0.25)) }),
  ];
  for (const mixture of mixtures) expect(bounds(mixture)).toEqual({ h: 1 });
});

it("what only looks like a mixture is not taken for one", () => {
  expect(bounds(({ x, h }, { linear }) => ({ h: add(h, mul(tanh(linear("gate", x)), sub(tanh(x), h))) }))).toEqual({ h: Infinity });
  expect(bounds(({ x, h }, { linear }) => {
    const z = sigmoid(linear("gate", x));
    return { h: add(mul(z, h), mul(oneMinus(sigmoid(z)), tanh(x))) };
  })["h"]).toBe(Infinity);
  expect(bounds(({ x, h }, { linear }) => ({ h: add(scale(h, 0.75), scale(tanh(linear("gate", x)), 0.5)) }))).toEqual({ h: Infinity });
});

it("a state that is not bounded takes down those that lean on it, and no others", () => {
  const lean = bounds(({ x, h, c }, { linear }) => ({ h: scale(add(tanh(linear("a", x, h)), c), 0.5), c: add(c, 1) }));
  expect(lean).toEqual({ h: Infinity, c: Infinity });
  const apart = bounds(({ x, h, c }, { linear }) => ({ h: scale(add(tanh(linear("a", x, h)), clip(c, 0.5)), 0.5), c: add(c, 1) }));
  expect(apart).toEqual({ h: 0.75, c: Infinity });
});

it("knows the pointwise functions", () => {
  const one: readonly [number, CellFunction<"h" | "c">][] = [
    [Math.E, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: exp(h) })],
    [1, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: square(neg(h)) })],
    [1, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: relu(h) })],
    [1 + Math.LN2, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: softplus(h) })],
    [1, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: sqrt(abs(h)) })],
    [1 / 3, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: div(h, add(max(h, 0), 3)) })],
    [Infinity, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: div(h, add(h, 1)) })],
    [Infinity, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: sub(h, sum(h)) })],
    [Infinity, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: softmax(h) })],
    [Infinity, ({ x, h }, { linear }) => ({ h: tanh(linear("a", x, h)), c: mul(h, x) })],
  ];
  for (const [bound, equations] of one) expect(bounds(equations)).toEqual({ h: 1, c: bound });
});
