import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "./index.js";
import { MAP_TANH, ZIP_SUB } from "../generated/kernels.js";

/** The kernels themselves are judged by hand-made examples here, since everything else is judged by them. */
describe("reference backend", () => {
  const backend = createReferenceBackend();
  const { kernels, memory } = backend;
  const put = (values: readonly number[]) => {
    const pointer = memory.allocate(4 * values.length);
    memory.floats(pointer, values.length).set(values);
    return pointer;
  };
  const get = (pointer: number, length: number) => Array.from(memory.floats(pointer, length));

  it("keeps what it holds when memory grows", () => {
    const kept = put([1, 2, 3]);
    const large = memory.allocate(40_000_000);
    expect(get(kept, 3)).toEqual([1, 2, 3]);
    expect(memory.floats(large, 10_000_000)[9_999_999]).toBeNaN();
    memory.free(large);
  });

  it("works in float64", () => {
    const y = put([0]);
    kernels.map(MAP_TANH, y, put([0.1]), 1, 0);
    expect(get(y, 1)).toEqual([Math.tanh(0.1)]);
  });

  it("walks strides: a column minus a row", () => {
    const y = put(new Array(6).fill(0));
    kernels.zip(ZIP_SUB, y, put([10, 20]), put([1, 0]), put([1, 2, 3]), put([0, 1]), put([2, 3]), 2);
    expect(get(y, 6)).toEqual([9, 8, 7, 19, 18, 17]);
    const transposed = put(new Array(6).fill(0));
    kernels.copyStrided(transposed, y, put([1, 3]), put([3, 2]), 2);
    expect(get(transposed, 6)).toEqual([9, 19, 8, 18, 7, 17]);
    const sums = put([100, 200]);
    kernels.reduceAdd(sums, put([1, 0]), y, put([2, 3]), 2);
    expect(get(sums, 2)).toEqual([124, 254]);
  });

  it("multiplies with every transpose, and overwrites NaN when beta is 0", () => {
    const a = [1, 2, 3, 4, 5, 6]; // [2, 3]
    const at = [1, 4, 2, 5, 3, 6];
    const b = [7, 8, 9, 10, 11, 12]; // [3, 2]
    const bt = [7, 9, 11, 8, 10, 12];
    for (const ta of [0, 1]) {
      for (const tb of [0, 1]) {
        const c = put([NaN, NaN, NaN, NaN]);
        kernels.gemm(ta, tb, 2, 2, 3, 2, put(ta ? at : a), ta ? 2 : 3, put(tb ? bt : b), tb ? 3 : 2, 0, c, 2);
        expect(get(c, 4)).toEqual([116, 128, 278, 308]);
      }
    }
  });

  // python3: x = torch.tensor([[.5, -1, 2], [0, 3, 1]], dtype=torch.float64, requires_grad=True)
  // l = F.cross_entropy(x, torch.tensor([2, 0]), reduction='none', label_smoothing=0.1); l.sum().backward(); l, x.grad
  it("gives the smoothed cross-entropy and gradient of PyTorch", () => {
    const loss = put([0, 0]);
    const gradient = put(new Array(6).fill(0));
    kernels.crossEntropy(loss, gradient, put([0.5, -1, 2, 0, 3, 1]), put([2, 0]), 2, 3, -1, 0.1);
    const close = (pointer: number, expected: number[]) =>
      get(pointer, expected.length).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
    close(loss, [0.391311296657157, 3.0365126862229523]);
    close(gradient, [
      0.14195705880670337, 0.0057792399373541165, -0.14773629874405747,
      -0.8913232671992672, 0.8104614011480062, 0.08086186605126114,
    ]);
  });
});
