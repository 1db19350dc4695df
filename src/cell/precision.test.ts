/** Training in bfloat16: beside float32, on every backend, and what is converted when. */
import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import * as K from "../backend/generated/kernels.js";
import { availableBackends } from "../tensor/testing.js";
import { codeOf, stagesOf, wordsOf } from "./assembly.js";
import { cells } from "./cells/index.js";
import { inPrecision } from "./precision.js";
import { type Shape, trainOnce } from "./testing.js";

const backends = await availableBackends();
const reference = createReferenceBackend();

const SHAPES: readonly Shape[] = [
  { time: 1, batch: 1, inputSize: 1, hiddenSize: 1 },
  { time: 4, batch: 25, inputSize: 17, hiddenSize: 17 },
  { time: 5, batch: 13, inputSize: 33, hiddenSize: 33, lengths: [5, 0, 3, 1, 5, 2, 4, 5, 1, 0, 3, 2, 5] },
  { time: 5, batch: 7, inputSize: 16, hiddenSize: 16, lengths: [1, 5, 3, 0, 2, 5, 4], reversed: true },
  { time: 0, batch: 3, inputSize: 5, hiddenSize: 5 },
];

/** The root of the mean square of the difference, relative to that of what is expected; 0 of nothing. */
function errorOf(found: readonly Float64Array[], expected: readonly Float64Array[]): number {
  let [error, power] = [0, 0];
  expected.forEach((values, i) => {
    expect(found[i]!.length).toBe(values.length);
    values.forEach((value, j) => {
      error += (found[i]![j]! - value) ** 2;
      power += value ** 2;
    });
  });
  return power === 0 ? error : Math.sqrt(error / power);
}

describe.each(backends)("bfloat16 on $name $isa", (backend) => {
  it.each([...cells.values()])("$name: results and gradients are those of float32 but for the rounding", (cell) => {
    for (const shape of SHAPES) {
      const found = trainOnce(backend, cell, shape, { precision: "bfloat16" });
      const exact = errorOf(found, trainOnce(reference, cell, shape));
      expect(exact).toBeLessThan(cell.name === "layer-norm-lstm" ? 0.1 : 0.02);
      if (shape.time > 1) expect(exact).toBeGreaterThan(3e-4);
      // Where sums round differently, a number now and then falls on the other side of a tie.
      expect(errorOf(found, trainOnce(reference, cell, shape, { precision: "bfloat16" }))).toBeLessThan(0.003);
    }
  });

  it("gives the same bits twice", () => {
    const once = () => trainOnce(backend, cells.get("gru")!, SHAPES[2]!, { precision: "bfloat16" });
    expect(once()).toEqual(once());
  });
});

describe("a program in another precision", () => {
  const product = (a: number, opcode: number = K.SEQ_PRODUCT) => ({ opcode, dst: 0, a, b: 1, n: 8 });
  const start = { opcode: K.SEQ_CONST, dst: 0, a: 0, b: 0, n: 0 };
  const buffers = ["h", "weights"];
  const store = { opcode: K.SEQ_STORE, dst: 0, a: 0, b: 0, n: 0 };
  const opcodesOf = (...stages: (typeof start)[][]) => {
    const words = wordsOf(stages.map((instructions) => ({ width: 8, instructions })));
    return stagesOf(inPrecision({ words, constants: [0], buffers }, "bfloat16").words).map(({ instructions }) => instructions.map(({ opcode }) => opcode));
  };

  it("converts a row once, and again when it has changed", () => {
    const { SEQ_ROUND, SEQ_CONST, SEQ_PRODUCT_ROUNDED, SEQ_STORE } = K;
    expect(opcodesOf([start, product(0)], [start, product(0), store], [start, product(0)])).toEqual([
      [SEQ_ROUND, SEQ_CONST, SEQ_PRODUCT_ROUNDED],
      [SEQ_CONST, SEQ_PRODUCT_ROUNDED, SEQ_STORE],
      [SEQ_ROUND, SEQ_CONST, SEQ_PRODUCT_ROUNDED],
    ]);
  });

  it("converts the row before and the row now each by itself", () => {
    const { rows } = inPrecision({ ...codeOf(8, [start, product(0), product(0, K.SEQ_PRODUCT_PREVIOUS)]), buffers }, "bfloat16");
    expect([...rows]).toEqual([["converted:8 of h", 8], ["converted:previous 8 of h", 8]]);
  });

  it("is the same program in float32", () => {
    const code = { ...codeOf(8, [start, product(0)]), buffers };
    expect(inPrecision(code, "float32")).toEqual({ ...code, rows: new Map() });
  });
});
