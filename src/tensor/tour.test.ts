/** The public surface in one reading: what a user of tensors can do, in the order one meets it. */
import { beforeAll, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import {
  add, argmax, concat, crossEntropy, defaultBackend, dropout, empty, flip, fromInts, full, gather, gradCheck, greater, keep,
  layerNorm, logSoftmax, matmul, max, maximum, mean, mul, noGrad, ones, RandomStream, record, select, setDefaultBackend,
  ShapeError, slice, softmax, square, stack, StaleTensorError, step, stopGradient, sum, tanh, TapeError, tensor, transpose,
  zeros, type Tensor,
} from "./index.js";

const list = (x: Tensor) => [...x.dataSync()];

beforeAll(() => setDefaultBackend(createReferenceBackend()));

test("making tensors and reading them", async () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]);
  expect(x.shape).toEqual([2, 3]);
  expect(x.dtype).toBe("float32");
  expect(x.size).toBe(6);
  expect(x.backend).toBe(defaultBackend());
  expect(String(x)).toBe("Tensor float32 [2, 3]");
  expect([...(await x.data())]).toEqual([1, 2, 3, 4, 5, 6]);

  expect(list(tensor([1, 2, 3, 4], [2, 2]))).toEqual([1, 2, 3, 4]);
  expect(list(tensor(new Float32Array([0.5, 0.25])))).toEqual([0.5, 0.25]);
  expect(tensor(7).item()).toBe(7);
  expect(list(zeros([3]))).toEqual([0, 0, 0]);
  expect(list(ones([2]))).toEqual([1, 1]);
  expect(list(full([2], 9))).toEqual([9, 9]);
  expect(fromInts([3, 1, 2]).dtype).toBe("int32");
  expect(list(empty([2]).set([8, 9]))).toEqual([8, 9]);
  expect(list(zeros([2]).assign(ones([2])))).toEqual([1, 1]);
});

test("arithmetic broadcasts; functions and methods are the same", () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]);
  const y = tensor([10, 20, 30]);
  expect(list(add(x, y))).toEqual([11, 22, 33, 14, 25, 36]);
  expect(list(x.add(y).mul(2).sub(1))).toEqual([21, 43, 65, 27, 49, 71]);
  expect(list(maximum(x, 3.5))).toEqual([3.5, 3.5, 3.5, 4, 5, 6]);
  expect(list(select(greater(x, 2), x, 0))).toEqual([0, 0, 3, 4, 5, 6]);
  expect(() => add(zeros([3, 4]), zeros([2, 4]))).toThrow("add: cannot broadcast [3, 4] with [2, 4]");
});

test("shapes, slices and joins", () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]);
  expect(x.reshape(3, -1).shape).toEqual([3, 2]);
  expect(list(transpose(x))).toEqual([1, 4, 2, 5, 3, 6]);
  expect(list(slice(x, 1, 1))).toEqual([2, 3, 5, 6]);
  expect(list(x.at(1))).toEqual([4, 5, 6]);
  expect(list(flip(x, 1))).toEqual([3, 2, 1, 6, 5, 4]);
  expect(list(concat([x, x], 1))).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
  expect(stack([x, x, x]).shape).toEqual([3, 2, 3]);
});

test("sums, products, rows", () => {
  const x = tensor([[1, 2, 3], [4, 5, 6]]);
  expect(sum(x).item()).toBe(21);
  expect(list(mean(x, 0))).toEqual([2.5, 3.5, 4.5]);
  expect(max(x, 1, true).shape).toEqual([2, 1]);
  expect(list(argmax(x))).toEqual([2, 2]);
  expect(list(matmul(x, tensor([[1], [1], [1]])))).toEqual([6, 15]);
  expect(list(x.matmul(x, { transposeB: true }))).toEqual([14, 32, 32, 77]);
  expect(sum(softmax(x)).item()).toBeCloseTo(2);
  expect(logSoftmax(zeros([4])).at(0).item()).toBeCloseTo(-Math.log(4));
  expect(list(layerNorm(tensor([[1, 3]]), ones([2]), zeros([2]), 0))).toEqual([-1, 1]);
  expect(list(gather(x, fromInts([1, 0])))).toEqual([4, 5, 6, 1, 2, 3]);
  expect(crossEntropy(zeros([2, 4]), fromInts([1, 2])).item()).toBeCloseTo(Math.log(4));
});

test("a step: gradients, and memory that looks after itself", () => {
  const weight = tensor([[0.5], [-0.5]], undefined, { requiresGrad: true });
  const inputs = tensor([[1, 2], [3, 4]]);
  let inside: Tensor | undefined;

  const train = () =>
    step(() => {
      inside = tanh(matmul(inputs, weight));
      const loss = mean(square(inside.sub(1)));
      weight.zeroGrad();
      loss.backward();
      return loss.item();
    });

  const before = train();
  const gradient = weight.grad!.dataSync();
  weight.set(weight.dataSync().map((w, i) => w - 0.1 * gradient[i]!));
  expect(train()).toBeLessThan(before);

  expect(() => inside!.dataSync()).toThrow(StaleTensorError);
  expect(() => inside!.dataSync()).toThrow("the result of tanh, shape [2, 1], was used after its step ended");
});

test("carrying a state from step to step", () => {
  let state = zeros([2]);
  for (let t = 0; t < 3; t++) state = step(() => keep(state.add(1), state));
  expect(list(state)).toEqual([3, 3]);
  const fresh = step(() => keep(state.mul(2)));
  expect(list(fresh)).toEqual([6, 6]);
});

test("leaving things out of the gradient", () => {
  const w = tensor([1, 2], [2], { requiresGrad: true });
  step(() => {
    expect(noGrad(() => square(w)).requiresGrad).toBe(false);
    expect(square(w).requiresGrad).toBe(true);
    sum(mul(stopGradient(w), w)).backward();
  });
  expect(list(w.grad!)).toEqual([1, 2]);
  expect(() => sum(w).backward()).toThrow(TapeError);
});

test("an operation of one's own", () => {
  const cube = (x: Tensor) => {
    const y = noGrad(() => x.mul(x).mul(x));
    record("cube", [x], [y], (g) => g.add(0, g.output(0)!.mul(x.square()).scale(3)));
    return y;
  };
  const x = tensor([1, 2, -3]);
  gradCheck(cube, [x]);
  expect(list(cube(x))).toEqual([1, 8, -27]);
});

test("random numbers", () => {
  const random = new RandomStream(42);
  const saved = random.state();
  const first = list(random.uniform([5], -1, 1));
  random.restore(saved);
  expect(list(random.uniform([5], -1, 1))).toEqual(first);
  expect(random.normal([2, 3]).shape).toEqual([2, 3]);
  expect([...random.permutation(4)].sort()).toEqual([0, 1, 2, 3]);
  expect(random.next()).toBeLessThan(1);
  expect(random.integer(6)).toBeLessThan(6);
  const masked = list(dropout(ones([100]), 0.5, random.fork("dropout")));
  expect(new Set(masked)).toEqual(new Set([0, 2]));
});

test("mistakes are explained", () => {
  expect(() => matmul(zeros([2, 3]), zeros([4, 5]))).toThrow("matmul: b: expected 3 rows to match a [2, 3], got [4, 5]");
  expect(() => matmul(zeros([2, 3]), zeros([4, 5]))).toThrow(ShapeError);
  expect(() => step(() => step(() => 0))).toThrow("step: a step is already running");
});
