/** Every cell and every instruction of the cell language: compiled gradients against finite differences, in float64. */
import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { RandomStream, type Tensor, add as addTensors, gradCheck, mul as mulTensors, setDefaultBackend, sum as sumTensor } from "../tensor/index.js";
import { cells } from "./cells/index.js";
import { compileCell, type CompileOptions } from "./compile.js";
import { defineCell, type Cell } from "./define.js";
import * as E from "./expression.js";
import { runSequence } from "./sequence.js";
import { allParameters, randomParameters } from "./testing.js";

const TIME = 3;
const BATCH = 2;

interface Case {
  readonly inputSize?: number;
  readonly hiddenSize?: number;
  readonly batch?: number;
  readonly lengths?: readonly number[];
  readonly reversed?: boolean;
  readonly options?: CompileOptions;
  readonly masks?: readonly string[];
  readonly recompute?: number | "sqrt";
}

/** Checks the gradients of input, parameters and initial states through output and final states alike. */
function check(cell: Cell, { inputSize = 5, hiddenSize = 5, batch = BATCH, options = {}, masks = [], ...sequence }: Case = {}) {
  setDefaultBackend(createReferenceBackend());
  const random = new RandomStream(7);
  const compiled = compileCell(cell, { inputSize, hiddenSize }, options);
  const parameters = randomParameters(compiled, random);
  const wanted = (shape: number[]) => {
    const made = random.uniform(shape, -1, 1);
    made.requiresGrad = true;
    return made;
  };
  const x = wanted([TIME, batch, inputSize]);
  const initial = Object.fromEntries(cell.states.map((state) => [state, wanted([batch, hiddenSize])]));
  const given = Object.fromEntries(
    masks.map((name) => [name, random.mask(name.startsWith("recurrent") ? [batch, hiddenSize] : [TIME, batch, hiddenSize], 0.6)]),
  );
  const outputWeights = random.uniform([TIME, batch, hiddenSize], -1, 1);
  const finalWeights = cell.states.map(() => random.uniform([batch, hiddenSize], -1, 1));
  const inputs = [x, ...allParameters(parameters), ...Object.values(initial)];
  const loss = (): Tensor => {
    const { output, final } = runSequence(compiled, parameters, x, { initial, given, ...sequence });
    return cell.states.reduce(
      (total, state, i) => addTensors(total, sumTensor(mulTensors(final[state]!, finalWeights[i]!))),
      sumTensor(mulTensors(output, outputWeights)),
    );
  };
  gradCheck(loss, inputs);
}

describe("gradients of the cells", () => {
  for (const cell of cells.values()) {
    const square = cell.name === "mut1" || cell.name === "mut2";
    describe(cell.name, () => {
      it("equal lengths", () => check(cell, { inputSize: square ? 5 : 3 }));
      it("ragged, with an empty row", () => check(cell, { lengths: [0, 2] }));
      it("ragged, in any order", () => check(cell, { batch: 3, lengths: [1, 3, 2], inputSize: 3, hiddenSize: 3 }));
      it("reversed", () => check(cell, { reversed: true }));
      it("reversed and ragged", () => check(cell, { reversed: true, batch: 3, lengths: [1, 0, 3] }));
      it("in segments", () => check(cell, { batch: 3, lengths: [3, 2, 1], recompute: 2 }));
      it("in segments, reversed and ragged", () => check(cell, { reversed: true, batch: 3, lengths: [1, 0, 3], recompute: 1 }));
      it("size 1", () => check(cell, { inputSize: 1, hiddenSize: 1 }));
    });
  }
});

describe("gradients of options", () => {
  for (const name of ["lstm", "gru", "gru-reset-before", "peephole-lstm"]) {
    const cell = cells.get(name)!;
    const zoneout = Object.fromEntries(cell.states.map((state) => [state, 0.3]));
    it(`${name}: zoneout, drawn`, () =>
      check(cell, { options: { zoneout, sampled: true }, masks: cell.states.map((state) => `zoneout:${state}`), lengths: [3, 1] }));
    it(`${name}: zoneout, drawn, in segments`, () =>
      check(cell, {
        options: { zoneout, recurrentMask: true, sampled: true }, lengths: [3, 1], recompute: 2,
        masks: cell.states.flatMap((state) => [`zoneout:${state}`, `recurrent:${state}`]),
      }));
    it(`${name}: zoneout, expected`, () => check(cell, { options: { zoneout } }));
    it(`${name}: recurrent dropout`, () =>
      check(cell, { options: { recurrentMask: true, sampled: true }, masks: cell.states.map((state) => `recurrent:${state}`) }));
  }
});

describe("gradients of the instructions", () => {
  const one = (name: string, f: (a: E.Expression, h: E.Expression) => E.Expression) =>
    it(name, () => check(defineCell(name, ({ x, h }, { linear }) => ({ h: f(linear("a", x, h), h) })), { inputSize: 3 }));
  one("neg", E.neg);
  one("abs", (a) => E.abs(a));
  one("square", E.square);
  one("sqrt", (a) => E.sqrt(E.offset(E.square(a), 1)));
  one("reciprocal", (a) => E.reciprocal(E.offset(E.square(a), 1)));
  one("exp", (a) => E.exp(E.tanh(a)));
  one("log", (a) => E.log(E.offset(E.square(a), 1)));
  one("tanh", E.tanh);
  one("sigmoid", E.sigmoid);
  one("relu", E.relu);
  one("softplus", E.softplus);
  one("step", (a) => E.mul(a, E.step(a)));
  one("clip", (a) => E.clip(a, 0.4));
  one("scale and offset", (a) => E.offset(E.scale(a, -0.7), 0.2));
  one("sub and div", (a, h) => E.div(E.sub(a, h), E.offset(E.square(h), 1)));
  one("min and max", (a, h) => E.add(E.min(a, h), E.max(E.scale(a, 0.5), E.mul(h, 0.3))));
  one("select", (a, h) => E.select(E.greater(a, h), E.tanh(a), E.mul(h, 0.5)));
  one("sum", (a, h) => E.tanh(E.mul(E.add(a, h), E.sum(a))));
  one("mean", (a) => E.sub(a, E.mean(a)));
  one("softmax", (a) => E.softmax(a));
  one("standardize", (a) => E.tanh(E.standardize(a)));
  one("the step before, handed on", (_a, h) => E.mul(h, 0.5) && E.add(E.mul(_a, 0.1), h));

  it("maps of maps, and of what they make", () =>
    check(
      defineCell<"h" | "m">("nested", ({ x, h, m }, { linear, parameter }) => {
        const first = E.tanh(linear("first", x, h));
        const second = E.sigmoid(linear("second", first, m));
        const third = linear("third", E.mul(first, second), h, { bias: false });
        return { h: E.add(third, E.mul(parameter("p"), m)), m: E.mul(second, E.standardize(third)) };
      }),
      { inputSize: 3, lengths: [2, 3] },
    ));
  it("the input without a matrix, wider than the state", () =>
    check(
      defineCell("input-aside", ({ x, h }, { linear }) => ({ h: E.tanh(linear("a", E.square(E.standardize(x)), h)) })),
      { inputSize: 7, hiddenSize: 3, lengths: [3, 2] },
    ));
  it("a state that is the step before of another", () =>
    check(defineCell<"h" | "m">("delay", ({ x, h, m }, { linear }) => ({ h: E.tanh(linear("a", x, h, m)), m: h }))));
  it("two states that share one value", () =>
    check(
      defineCell<"h" | "m">("twins", ({ x, h, m }, { linear }) => {
        const both = E.tanh(linear("a", x, h, m));
        return { h: both, m: both };
      }),
    ));
  it("a linear map that is the state", () => check(defineCell("identity", ({ x, h }, { linear }) => ({ h: linear("a", x, h) }))));
  it("a cell without memory", () => check(defineCell("forgetful", ({ x }, { linear }) => ({ h: E.tanh(linear("a", x)) }))));
});

describe("clipping of what reaches the linear maps", () => {
  it("clamps each token's gradient, as Graves does, not the sum", () => {
    setDefaultBackend(createReferenceBackend());
    const cell = defineCell("open", ({ x, h }, { linear }) => ({ h: linear("a", x, h) }));
    const compiled = compileCell(cell, { inputSize: 1, hiddenSize: 1 }, { clipPreactivations: 0.5 });
    check(cell, { options: { clipPreactivations: 1e6 } });
    expect(compiled.backward.words.length).toBeGreaterThan(compileCell(cell, { inputSize: 1, hiddenSize: 1 }).backward.words.length);
  });
});
