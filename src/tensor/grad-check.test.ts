import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend, type Backend } from "../backend/index.js";
import {
  exp, gradCheck, matmul, mul, noGrad, record, scale, setDefaultBackend, softmax, square, step, sum, tanh, tensor,
  type Tensor,
} from "./index.js";

let backend: Backend;
beforeAll(() => setDefaultBackend((backend = createReferenceBackend())));

/** x^2 with a gradient that is wrong by the factor `error`. */
const wrongSquare = (error: number) => (x: Tensor) => {
  const y = noGrad(() => square(x));
  record("wrongSquare", [x], [y], (g) => g.add(0, scale(mul(g.output(0)!, x), 2 * error)));
  return y;
};

describe("gradCheck", () => {
  test("accepts right gradients, large and small", () => {
    gradCheck((x) => sum(exp(scale(x, 10))), [tensor([1, -1, 0.3])]);
    gradCheck((x) => sum(tanh(x)), [tensor([8, -9, 0])]);
    gradCheck((x) => mul(x, 1e6), [tensor([1000])]);
  });

  test("accepts gradients that are zero but for rounding", () => {
    gradCheck((x) => sum(softmax(x)), [tensor([1, 2, 3])]);
    gradCheck((x) => sum(scale(x, 0)), [tensor([1, 2, 3])]);
    gradCheck((_x, y) => square(y!), [tensor([1]), tensor([2])]);
  });

  test("finds a gradient wrong by a part in ten thousand", () => {
    gradCheck(wrongSquare(1 + 1e-7), [tensor([0.5, -2])]);
    expect(() => gradCheck(wrongSquare(1 + 1e-4), [tensor([0.5, -2])])).toThrow(/gradCheck: inputs\[0\]\[[01]\]: gradient /);
  });

  test("names the worst element", () => {
    const f = (x: Tensor, w: Tensor) => {
      const y = noGrad(() => matmul(x, w));
      record("f", [x, w], [y], (g) => {
        g.add(0, matmul(g.output(0)!, w, { transposeB: true }));
        const dw = matmul(x, g.output(0)!, { transposeA: true });
        g.add(1, dw.set(dw.dataSync().map((v, i) => (i === 3 ? -v : v))));
      });
      return y;
    };
    const inputs = [tensor([[1, 2]]), tensor([[1, 2], [3, 4]])];
    expect(() => gradCheck(f as never, inputs, { names: ["x", "weight"] })).toThrow(/^gradCheck: weight\[1, 1\]: gradient /);
  });

  test("a missing gradient is found", () => {
    const detached = (x: Tensor, y: Tensor) => sum(mul(noGrad(() => square(x)), y));
    expect(() => gradCheck(detached as never, [tensor([1, 2]), tensor([3, 4])])).toThrow("inputs[0]");
  });

  test("NaN is not a pass", () => {
    expect(() => gradCheck((x) => x.log(), [tensor([-1])])).toThrow("gradient -1, finite differences give NaN");
  });

  test("the function may use the tensors without taking them as arguments", () => {
    const w = tensor([1, 2]);
    gradCheck(() => square(w), [w]);
  });

  test("leaves inputs, gradients and the default backend as they were", () => {
    const x = tensor([1, 2], [2], { requiresGrad: true });
    step(() => sum(square(x)).backward());
    gradCheck((x) => exp(x), [x]);
    expect([...x.dataSync()]).toEqual([1, 2]);
    expect([...x.grad!.dataSync()]).toEqual([2, 4]);
    const plain = tensor([1]);
    gradCheck((x) => exp(x), [plain]);
    expect(plain.requiresGrad).toBe(false);
  });

  test("samples so many elements of each input", () => {
    let runs = 0;
    const f = (x: Tensor) => (runs++, square(x));
    gradCheck(f, [tensor(new Float32Array(100).fill(2))], { sample: 5 });
    expect(runs).toBe(1 + 2 * 5);
  });

  test("wants the reference backend", () => {
    const elsewhere = { ...backend, name: "wasm" as const };
    expect(() => gradCheck(square, [tensor([1], [1], { backend: elsewhere })])).toThrow(
      "gradCheck: inputs[0]: expected a tensor on the one reference backend, got one on wasm",
    );
  });
});
