/** The cells against values computed by hand from their equations, all of size 1. */
import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/reference/index.js";
import { tensor, withBackend } from "../../tensor/index.js";
import { compileCell } from "../compile.js";
import { defineCell, type Cell } from "../define.js";
import { add, mul, sigmoid, sub, tanh } from "../expression.js";
import { runSequence } from "../sequence.js";
import { gruResetBefore, lstm, mut1, mut2, mut3, peepholeLstm } from "./index.js";

interface Weights {
  readonly matrices: Readonly<Record<string, readonly number[]>>;
  readonly bias?: readonly number[];
  readonly vectors?: Readonly<Record<string, number>>;
  readonly initial?: Readonly<Record<string, number>>;
}

function run(cell: Cell, inputs: readonly number[], { matrices, bias, vectors = {}, initial = {} }: Weights) {
  return withBackend(createReferenceBackend(), () => {
    const compiled = compileCell(cell, { inputSize: 1, hiddenSize: 1 }, { inspect: [...cell.states] });
    const result = runSequence(
      compiled,
      {
        matrices: Object.fromEntries(compiled.matrices.map(({ name }) => [name, tensor(matrices[name]!, [matrices[name]!.length, 1])])),
        bias: bias && tensor(bias),
        vectors: Object.fromEntries(Object.entries(vectors).map(([name, value]) => [name, tensor([value])])),
      },
      tensor(inputs, [inputs.length, 1, 1]),
      { initial: Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, tensor([value], [1, 1])])) },
    );
    return Object.fromEntries(Object.entries(result.inspected).map(([name, values]) => [name, [...values.dataSync()]]));
  });
}

function expectClose(actual: readonly number[] | undefined, expected: readonly number[]) {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(actual![i]).toBeCloseTo(value, 9));
}

describe("golden values", () => {
  it("peephole LSTM (Graves 2013)", () => {
    const half = [0.5, 0.5, 0.5, 0.5];
    const quarter = [0.25, 0.25, 0.25, 0.25];
    const states = run(peepholeLstm, [1, -1, 2], {
      matrices: { x: half, h: quarter },
      bias: [0, 0, 0, 0],
      vectors: { peephole_input: 0.1, peephole_forget: 0.2, peephole_output: 0.3 },
    });
    expectClose(states["c"], [0.2876491366, -0.0526774415, 0.515317348]);
    expectClose(states["h"], [0.1798845673, -0.020231516, 0.3600272358]);
  });

  it("GRU as first published, where z keeps the old state", () => {
    const { h } = run(gruResetBefore, [0.5, -1, 0.25], {
      matrices: { x: [0.2, 0.4, 0.6], h: [0.5, -0.3], candidate_inner: [-0.7] },
      bias: [-0.1, 0.1, 0.05],
      initial: { h: 0.3 },
    });
    expectClose(h, [0.2699116415, -0.2247151759, -0.0120802577]);
  });

  it("MUT1, MUT2, MUT3 (Jozefowicz et al. 2015)", () => {
    const initial = { h: 0.3 };
    const inputs = [0.5, -1, 0.25];
    const one = run(mut1, inputs, {
      matrices: { x: [0.4, 0.2], h: [0.5], candidate_inner: [-0.7] }, bias: [0.1, -0.1, 0.05], initial,
    });
    expectClose(one["h"], [0.3455607299, -0.0898976601, 0.1321361003]);
    const two = run(mut2, inputs, {
      matrices: { x: [0.4, 0.6], h: [-0.3, 0.5], candidate_inner: [-0.7] }, bias: [0.1, -0.1, 0.05], initial,
    });
    expectClose(two["h"], [0.2522231912, -0.0686815081, 0.0924509488]);
    const three = run(mut3, inputs, {
      matrices: { x: [0.4, 0.2, 0.6], h: [0.5], update_inner: [-0.3], candidate_inner: [-0.7] }, bias: [0.1, -0.1, 0.05], initial,
    });
    expectClose(three["h"], [0.262837348, -0.0723151889, 0.0902730429]);
  });

  it("the LSTM of that paper, whose output gate is a tanh, written by a user", () => {
    const paper = defineCell("jozefowicz-lstm", ({ x, h, c }, { linear }) => {
      const i = tanh(linear("i", x, h));
      const j = sigmoid(linear("j", x, h));
      const f = sigmoid(linear("f", x, h));
      const o = tanh(linear("o", x, h, { bias: false }));
      const next = add(mul(c, f), mul(i, j));
      return { h: mul(tanh(next), o), c: next };
    });
    const states = run(paper, [0.5, -1, 0.25], {
      matrices: { x: [0.6, 0.2, 0.4, 0.3], h: [-0.7, 0.5, -0.3, 0.2] },
      bias: [0.05, -0.1, 0.1],
      initial: { h: 0.3, c: -0.2 },
    });
    expectClose(states["c"], [-0.0357091492, -0.2261138394, -0.0472833956]);
    expectClose(states["h"], [-0.0073874579, 0.0650702148, -0.0041477994]);
  });

  it("the GRU of Deep Speech 2: reset after the recurrent product, z on the candidate", () => {
    const ds2 = defineCell("ds2-gru", ({ x, h }, { linear }) => {
      const z = sigmoid(linear("z", x, h));
      const r = sigmoid(linear("r", x, h));
      const n = tanh(add(linear("n", x), mul(r, linear("u", h, { bias: false }))));
      return { h: add(h, mul(z, sub(n, h))) };
    });
    const { h } = run(ds2, [0.5, -1, 0.25], {
      matrices: { x: [0.4, 0.2, 0.6], h: [-0.3, 0.5, -0.7] }, bias: [0.1, -0.1, 0.05], initial: { h: 0.3 },
    });
    expectClose(h, [0.2628806523, -0.0719398254, 0.0903694431]);
  });

  it("LSTM: the gates of a zero network stand half open", () => {
    const states = run(lstm, [1, 2], { matrices: { x: [0, 0, 0, 0], h: [0, 0, 0, 0] }, bias: [0, 0, 0, 0], initial: { c: 1 } });
    expectClose(states["c"], [0.5, 0.25]);
    expectClose(states["h"], [0.5 * Math.tanh(0.5), 0.5 * Math.tanh(0.25)]);
  });
});
