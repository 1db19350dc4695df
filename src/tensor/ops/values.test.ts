/** Values and conventions where several would be possible, against PyTorch, and the texts of shape errors. */
import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../../backend/index.js";
import { full, fromInts, ones, tensor, zeros } from "../create.js";
import { setDefaultBackend } from "../default-backend.js";
import { RandomStream } from "../random.js";
import { step } from "../step.js";
import type { Tensor } from "../tensor.js";
import { expectClose } from "../testing.js";
import * as ops from "./index.js";

const list = (x: Tensor) => [...x.dataSync()];
const leaf = (values: readonly number[], shape?: readonly number[]) => tensor(values, shape, { requiresGrad: true });

beforeAll(() => setDefaultBackend(createReferenceBackend()));

/*
 * import torch, torch.nn.functional as F; torch.set_default_dtype(torch.float64)
 * x = torch.tensor([[1.0, -2.0, 0.5, 0.25], [0.3, 0.9, -1.1, 2.0], [0.0, 0.1, 0.2, 0.3]], requires_grad=True)
 * loss = F.cross_entropy(x, torch.tensor([2, 0, -1]), ignore_index=-1, label_smoothing=0.1); loss.backward()
 * g = torch.tensor([1.0, 0.5, -1.0, 2.0], requires_grad=True); b = torch.tensor([0.1, 0.2, 0.3, 0.4], requires_grad=True)
 * y = F.layer_norm(x, [4], g, b); (y * torch.arange(12.).reshape(3, 4)).sum().backward()
 * p = torch.tensor([1., 2., 3.], requires_grad=True); q = torch.tensor([1., 5., 2.], requires_grad=True)
 * (torch.maximum(p, q) * torch.tensor([1., 2., 3.])).sum().backward()
 * t = torch.tensor([[1., 3., 3.], [2., 0., 1.]], requires_grad=True)
 * (torch.amax(t, 1) * torch.tensor([1., 2.])).sum().backward()
 */
describe("as in PyTorch", () => {
  const logits = [1, -2, 0.5, 0.25, 0.3, 0.9, -1.1, 2, 0, 0.1, 0.2, 0.3];

  test("crossEntropy: the mean is over the positions that count", () => {
    const x = leaf(logits, [3, 4]);
    const loss = step(() => {
      const loss = ops.crossEntropy(x, fromInts([2, 0, -1]), { labelSmoothing: 0.1 });
      loss.backward();
      return loss.item();
    });
    expect(loss).toBeCloseTo(1.7171634422425361, 12);
    expectClose(x.grad!.dataSync(), [
      0.2223868756652995, -0.0008056710625377779, -0.32003390834488665, 0.09845270374212485, -0.40397024284278965,
      0.09414817089844395, 0.0019332604152075862, 0.30788881152913805, 0, 0, 0, 0,
    ], 1e-12);
  });

  test("layerNorm", () => {
    const [x, gain, bias] = [leaf(logits, [3, 4]), leaf([1, 0.5, -1, 2]), leaf([0.1, 0.2, 0.3, 0.4])];
    step(() => {
      const y = ops.layerNorm(x, gain, bias);
      expectClose(y.dataSync(), [
        1.0233097729722576, -0.6418412635923523, -0.1888110562794304, 0.9431233958660338, -0.1010945498041032,
        0.3675787915034193, 1.7523495263629674, 3.036572986320464, -1.2411044519645502, -0.023517408660758327,
        -0.14703481732151696, 3.0822089039291005,
      ], 1e-12);
      ops.sum(ops.mul(y, tensor([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], [3, 4]))).backward();
    });
    expectClose(x.grad!.dataSync(), [
      -0.9394916134215929, -0.6126554825281105, -2.695430244492792, 4.247577340442496, 1.5574773966603273,
      -3.042672438442997, 0.22548735698855898, 1.259707684794112, 53.614697365209494, -2.2450009910650905,
      -156.45235915807336, 105.08266278392895,
    ], 1e-11);
    const gains = [-11.533213814932815, -4.031207968044162, -3.266126872403775, 24.794839517530725];
    expectClose(gain.grad!.dataSync(), gains, 1e-12);
    expect(list(bias.grad!)).toEqual([12, 15, 18, 21]);
  });

  test("equal operands of maximum, equal largest elements of max: the gradient is shared", () => {
    const [p, q] = [leaf([1, 2, 3]), leaf([1, 5, 2])];
    step(() => ops.sum(ops.mul(ops.maximum(p, q), tensor([1, 2, 3]))).backward());
    expect(list(p.grad!)).toEqual([0.5, 0, 3]);
    expect(list(q.grad!)).toEqual([0.5, 2, 0]);
    const t = leaf([1, 3, 3, 2, 0, 1], [2, 3]);
    step(() => ops.sum(ops.mul(ops.max(t, 1), tensor([1, 2]))).backward());
    expect(list(t.grad!)).toEqual([0, 0.5, 0.5, 2, 0, 0]);
  });
});

describe("edges", () => {
  test("sums and means over nothing", () => {
    expect(list(ops.sum(zeros([2, 0]), 1))).toEqual([0, 0]);
    expect(list(ops.mean(zeros([2, 0]), 1))).toEqual([NaN, NaN]);
    expect(() => ops.max(zeros([2, 0]), 1)).toThrow("max: x: expected at least one element along the axes, got [2, 0]");
    expect(ops.max(zeros([0, 2]), 1).shape).toEqual([0]);
  });

  test("crossEntropy where nothing counts is 0", () => {
    expect(ops.crossEntropy(zeros([2, 3]), fromInts([-1, 7])).item()).toBe(0);
  });

  test("an ignored class is not counted", () => {
    const logits = tensor([[1, 2, 3], [1, 2, 3]]);
    const loss = ops.crossEntropy(logits, fromInts([0, 2]), { ignore: 2 }).item();
    expect(loss).toBe(ops.crossEntropy(ops.slice(logits, 0, 0, 1), fromInts([0])).item());
  });

  test("masks carry no gradient", () => {
    step(() => {
      const x = leaf([1, -1]);
      expect(list(ops.isPositive(x))).toEqual([1, 0]);
      for (const mask of [ops.isPositive(x), ops.greater(x, 0), ops.equal(x, 1)]) expect(mask.requiresGrad).toBe(false);
    });
  });

  test("argmax gives the first of equals, along any axis", () => {
    const x = tensor([[1, 5, 5], [7, 0, 2]]);
    expect(list(ops.argmax(x))).toEqual([1, 0]);
    expect(list(ops.argmax(x, 0))).toEqual([1, 0, 0]);
    expect(ops.argmax(x).dtype).toBe("int32");
  });

  test("int32 tensors can be reshaped, sliced, transposed, joined and stacked", () => {
    const x = fromInts([1, 2, 3, 4, 5, 6], [2, 3]);
    expect(list(ops.transpose(x))).toEqual([1, 4, 2, 5, 3, 6]);
    expect(list(ops.slice(x, 1, 1, 2))).toEqual([2, 5]);
    expect(list(ops.concat([x, x], 1))).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
    expect(list(ops.stack([x, x], 1))).toEqual([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6]);
    expect(list(ops.flip(x, 0))).toEqual([4, 5, 6, 1, 2, 3]);
    expect(ops.concat([x, x], 1).dtype).toBe("int32");
    const deep = fromInts(Array.from({ length: 24 }, (_, i) => i), [2, 3, 4]);
    expect(ops.concat([deep, deep], 2).shape).toEqual([2, 3, 8]);
    expect(list(ops.slice(ops.concat([deep, deep], 2), 2, 4, 8))).toEqual(list(deep));
    expect(list(ops.slice(ops.concat([deep, deep], 1), 1, 0, 3))).toEqual(list(deep));
  });

  test("dropout of rate 0 is the tensor itself", () => {
    const x = ones([3]);
    expect(ops.dropout(x, 0, new RandomStream(1))).toBe(x);
  });

  test("nine axes that cannot be joined", () => {
    const x = zeros([2, 2, 2, 2, 2, 2, 2, 2, 2]);
    expect(() => ops.transpose(x)).toThrow("at most 8 axes");
    expect(ops.add(x, ones([2])).shape.length).toBe(9);
  });
});

describe("mistakes", () => {
  const float = zeros;
  test.each<[string, () => unknown]>([
    ["add: cannot broadcast [3, 4] with [2, 4]", () => ops.add(float([3, 4]), float([2, 4]))],
    ["add: b: expected float32, got int32", () => ops.add(float([1]), fromInts([1]))],
    ["tanh: x: expected float32, got int32", () => ops.tanh(fromInts([1]))],
    ["matmul: b: expected 3 rows to match a [2, 3], got [4, 5]", () => ops.matmul(float([2, 3]), float([4, 5]))],
    [
      "matmul: b: expected 2 columns to match a [2, 3] transposed, got [4, 5]",
      () => ops.matmul(float([2, 3]), float([4, 5]), { transposeA: true, transposeB: true }),
    ],
    ["matmul: b: expected at least two axes, got [3]", () => ops.matmul(float([2, 3]), float([3]))],
    ["matmul: cannot broadcast [2] with [3]", () => ops.matmul(float([2, 3, 4]), float([3, 4, 5]))],
    ["reshape: shape: expected 6 elements, as in [2, 3], got [4, 2]", () => ops.reshape(float([2, 3]), [4, 2])],
    ["reshape: shape: expected 6 elements, as in [2, 3], got [4, -1]", () => ops.reshape(float([2, 3]), [4, -1])],
    ["transpose: axes: expected each of 0 to 1 once, got [0, 0]", () => ops.transpose(float([2, 3]), [0, 0])],
    ["slice: range: expected within 0 to 3 on axis 1 of [2, 3], got 1 to 4", () => ops.slice(float([2, 3]), 1, 1, 4)],
    ["slice: axis: expected -2 to 1, got 2", () => ops.slice(float([2, 3]), 2, 0)],
    ["at: index: expected within the first axis of [2, 3], got 2", () => ops.at(float([2, 3]), 2)],
    ["concat: parts[1]: expected [2, 3] but for axis 1, got [3, 3]", () => ops.concat([float([2, 3]), float([3, 3])], 1)],
    ["concat: parts: expected at least one tensor, got none", () => ops.concat([], 0)],
    ["stack: parts[1]: expected [2], got [3]", () => ops.stack([float([2]), float([3])])],
    ["broadcastTo: shape: expected one that [2] stretches to, got [3]", () => ops.broadcastTo(float([2]), [3])],
    ["softmax: x: expected at least one axis, got a scalar", () => ops.softmax(float([]))],
    ["layerNorm: gain: expected [3] for x [2, 3], got [2]", () => ops.layerNorm(float([2, 3]), float([2]), float([3]))],
    ["gather: indices: expected int32, got float32", () => ops.gather(float([2, 3]), float([1]))],
    ["gather: table: expected [rows, features], got [2]", () => ops.gather(float([2]), fromInts([1]))],
    [
      "crossEntropy: targets: expected [2] for logits [2, 3], got [3]",
      () => ops.crossEntropy(float([2, 3]), fromInts([0, 1, 2])),
    ],
    [
      "crossEntropy: labelSmoothing: expected 0 to 1, got 2",
      () => ops.crossEntropy(float([1, 3]), fromInts([0]), { labelSmoothing: 2 }),
    ],
    ["dropout: rate: expected 0 up to, not including, 1, got 1", () => ops.dropout(float([1]), 1, new RandomStream(1))],
    ["tensor: values: expected 4 for shape [2, 2], got 3", () => tensor([1, 2, 3], [2, 2])],
    ["tensor: values: expected nested lists of shape [2, 2], got lists of other lengths", () => tensor([[1, 2], [3]])],
    ["tensor: values[1]: expected a 32-bit integer, got 1.5", () => fromInts([1, 1.5])],
    ["full: values[0]: expected a 32-bit integer, got 0.5", () => full([2], 0.5, { dtype: "int32" })],
    ["zeros: shape: expected integers from 0 on, got [2, -1]", () => zeros([2, -1])],
    ["set: values: expected 2 values for shape [2], got 3", () => float([2]).set([1, 2, 3])],
    ["item: tensor: expected one element, got shape [2]", () => float([2]).item()],
  ])("%s", (message, mistake) => expect(mistake).toThrow(message));

  test("operands on two backends", () => {
    const elsewhere = zeros([1], { backend: createReferenceBackend() });
    expect(() => ops.add(zeros([1]), elsewhere)).toThrow("add: operands live on different backends");
  });
});
