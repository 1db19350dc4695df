import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { fromInts, gradCheck, RandomStream, setDefaultBackend, step, tensor } from "../tensor/index.js";
import { binaryCrossEntropy, crossEntropy, meanSquaredError } from "./losses.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));
const random = new RandomStream(3);
const list = (x: { dataSync(): ArrayLike<number> }) => Array.from(x.dataSync());

describe("crossEntropy", () => {
  const logits = [
    [
      [1, 2, -1],
      [0.5, 0, 0.25],
    ],
    [
      [3, -2, 0.1],
      [0, 0, 0],
    ],
  ];
  const targets = () => fromInts([1, 2, -1, 0], [2, 2]);

  // import torch; F = torch.nn.functional.cross_entropy
  // l = torch.tensor([[1, 2, -1], [.5, 0, .25], [3, -2, .1], [0, 0, 0]]).double(); t = torch.tensor([1, 2, -1, 0])
  // for s in (0, .1): print([F(l, t, ignore_index=-1, label_smoothing=s, reduction=r).tolist() for r in ("mean", "sum", "none")])
  test.each<[number, number, number, number[]]>([
    [0, 0.8556541966139913, 2.566962589841974, [0.34901221676818633, 1.1193380844056782, 0.0, 1.0986122886681098]],
    [0.1, 0.9000986410584358, 2.7002959231753074, [0.4823455501015197, 1.1193380844056782, 0.0, 1.0986122886681098]],
  ])("as PyTorch, label smoothing %f", (labelSmoothing, mean, sum, none) => {
    const loss = (reduction: "mean" | "sum" | "none") =>
      crossEntropy(tensor(logits), targets(), { labelSmoothing, reduction });
    expect(loss("mean").item()).toBeCloseTo(mean, 12);
    expect(loss("sum").item()).toBeCloseTo(sum, 12);
    expect(loss("none").shape).toEqual([2, 2]);
    list(loss("none")).forEach((value, i) => expect(value).toBeCloseTo(none[i]!, 12));
  });

  test("any index can be ignored; nothing but ignored positions gives 0, not NaN", () => {
    const x = tensor(logits);
    const expected = crossEntropy(x, fromInts([1, -1, -1, -1], [2, 2])).item();
    expect(crossEntropy(x, fromInts([1, 2, 2, 2], [2, 2]), { ignore: 2 }).item()).toBeCloseTo(expected, 14);
    expect(crossEntropy(x, fromInts([0, 0, 0, 0], [2, 2]), { ignore: 0 }).item()).toBe(0);
    x.requiresGrad = true;
    step(() => crossEntropy(x, fromInts([0, 0, 0, 0], [2, 2]), { ignore: 0 }).backward());
    expect(list(x.grad!)).toEqual(new Array(12).fill(0));
  });

  test.each(["mean", "sum", "none"] as const)("gradients, %s", (reduction) => {
    const x = random.normal([3, 2, 5]);
    const t = fromInts([0, 4, -1, 2, 2, -1], [3, 2]);
    gradCheck(() => crossEntropy(x, t, { labelSmoothing: 0.2, reduction }), [x]);
  });
});

describe("meanSquaredError", () => {
  test("each reduction", () => {
    const [p, t] = [
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([
        [1, 0],
        [0, 5],
      ]),
    ];
    expect(meanSquaredError(p, t).item()).toBe(3.5);
    expect(meanSquaredError(p, t, { reduction: "sum" }).item()).toBe(14);
    expect(list(meanSquaredError(p, t, { reduction: "none" }))).toEqual([0, 4, 9, 1]);
    expect(() => meanSquaredError(p, tensor([1, 2]))).toThrow("meanSquaredError: target: expected [2, 2], got [2]");
  });

  test("gradients of both sides", () => {
    const [p, t] = [random.normal([3, 5]), random.normal([3, 5])];
    gradCheck(() => meanSquaredError(p, t), [p, t]);
  });
});

describe("binaryCrossEntropy", () => {
  // torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor([2., -1, 0, 40, -800, 800]).double(),
  //   torch.tensor([1., 0, .3, 1, 1, 1]).double(), reduction="none")
  test("as PyTorch, large logits included", () => {
    const [x, t] = [tensor([2, -1, 0, 40, -800, 800]), tensor([1, 0, 0.3, 1, 1, 1])];
    const expected = [0.1269280110429725, 0.3132616875182228, 0.6931471805599453, 4.248354255291589e-18, 800.0, 0.0];
    list(binaryCrossEntropy(x, t, { reduction: "none" })).forEach((y, i) =>
      expect(Math.abs(y - expected[i]!)).toBeLessThanOrEqual(1e-12 * Math.abs(expected[i]!)),
    );
    expect(binaryCrossEntropy(x, t).item()).toBeCloseTo(expected.reduce((a, b) => a + b) / 6, 9);
  });

  test("the gradient at logit 0 is that of sigmoid, not of the terms it is computed from", () => {
    const x = tensor([0, 0], undefined, { requiresGrad: true });
    step(() => binaryCrossEntropy(x, tensor([1, 0]), { reduction: "sum" }).backward());
    expect(list(x.grad!)).toEqual([-0.5, 0.5]);
  });

  test.each(["mean", "sum", "none"] as const)("gradients of both sides, %s", (reduction) => {
    const [x, t] = [random.normal([3, 5]), random.uniform([3, 5])];
    gradCheck(() => binaryCrossEntropy(x, t, { reduction }), [x, t]);
  });
});
