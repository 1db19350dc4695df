import { beforeAll, describe, expect, it, test } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import { gradCheck, setDefaultBackend, step, tensor, withBackend, type Tensor } from "../tensor/index.js";
import { availableBackends, expectClose, sampleTensor } from "../tensor/testing.js";
import { ctcLoss, ctcSteps, type CtcLossOptions } from "./index.js";

const backends = await availableBackends();
beforeAll(() => setDefaultBackend(createReferenceBackend()));

function valueAndGradient(logits: Tensor, labels: readonly (readonly number[])[], options?: CtcLossOptions) {
  const losses = step(() => {
    const losses = ctcLoss(logits, labels, { ...options, reduction: "none" });
    losses.backward(tensor(new Float32Array(labels.length).fill(1), [labels.length]));
    return Array.from(losses.dataSync());
  });
  return { losses, gradient: Array.from(logits.grad!.dataSync()) };
}

/** Three steps, blank 0. Values by enumeration of all 27 paths, apart from this code. */
const LOGITS = [0.1, 0.6, -0.2, 0.3, -0.4, 0.5, -0.1, 0.2, 0.7];
const PROBABILITIES: readonly (readonly [labels: readonly number[], probability: number])[] = [
  [[1, 2], 0.3105915564], [[2], 0.2330768223], [[1], 0.1444628894], [[2, 1], 0.1123220389], [[1, 2, 1], 0.0644877458], [[1, 1], 0.0527981007],
  [[2, 2], 0.039113795], [[], 0.0237237159], [[2, 1, 2], 0.0194233358],
];

/** Rows of probabilities that were published with their losses: Graves' own test case, and a second one. Blank 5. */
const PUBLISHED = [
  {
    labels: [0, 1, 2, 1, 0], loss: 3.34211, row: 0, gradient: [-0.366234, 0.221185, 0.0917319, 0.0129757, 0.0142857, 0.0260553],
    probabilities: [
      0.633766, 0.221185, 0.0917319, 0.0129757, 0.0142857, 0.0260553, 0.111121, 0.588392, 0.278779, 0.0055756, 0.00569609, 0.010436, 0.0357786,
      0.633813, 0.321418, 0.00249248, 0.00272882, 0.0037688, 0.0663296, 0.643849, 0.280111, 0.00283995, 0.0035545, 0.00331533, 0.458235, 0.396634,
      0.123377, 0.00648837, 0.00903441, 0.00623107,
    ],
  },
  {
    labels: [0, 1, 1, 0], loss: 5.42262, row: 2, gradient: [0.230246, 0.450868, 0.0389607, 0.038309, 0.0391602, -0.797544],
    probabilities: [
      0.30176, 0.28562, 0.0831517, 0.0862751, 0.0816851, 0.161508, 0.24082, 0.397533, 0.0557226, 0.0546814, 0.0557528, 0.19549, 0.230246, 0.450868,
      0.0389607, 0.038309, 0.0391602, 0.202456, 0.280884, 0.429522, 0.0326593, 0.0339046, 0.0326856, 0.190345, 0.423286, 0.315517, 0.0338439,
      0.0393744, 0.0339315, 0.154046,
    ],
  },
];

/** Sums over all paths, one by one. */
function byEnumeration(logits: readonly (readonly number[])[], labels: readonly number[], blank: number): number {
  const rows = logits.map((row) => row.map((value) => Math.exp(value) / row.reduce((sum, other) => sum + Math.exp(other), 0)));
  let total = 0;
  const walk = (t: number, before: number, said: readonly number[], probability: number): void => {
    if (t === rows.length) {
      if (said.length === labels.length && said.every((label, u) => label === labels[u])) total += probability;
      return;
    }
    rows[t]!.forEach((p, k) => walk(t + 1, k, k === blank || k === before ? said : [...said, k], probability * p));
  };
  walk(0, blank, [], 1);
  return -Math.log(total);
}

describe("ctcLoss", () => {
  test.each(backends)("has the probabilities of all labellings of three steps: $name", (backend) => {
    withBackend(backend, () => {
      const labels = PROBABILITIES.map(([row]) => row);
      const batch = labels.length;
      const logits = tensor([0, 1, 2].flatMap((t) => labels.flatMap(() => LOGITS.slice(3 * t, 3 * t + 3))), [3, batch, 3], { requiresGrad: true });
      const { losses, gradient } = valueAndGradient(logits, labels);
      const digits = backend.name === "reference" ? 9 : 6;
      losses.forEach((loss, r) => expect(Math.exp(-loss)).toBeCloseTo(PROBABILITIES[r]![1], digits));
      expect(losses.reduce((sum, loss) => sum + Math.exp(-loss), 0)).toBeCloseTo(1, digits);
      // The gradient of the first labelling, (1, 2); at every step gradients add up to nothing.
      const expected = [0.21060977, -0.4291699, 0.21856014, 0.08764967, -0.04089003, -0.04675964, 0.06474496, 0.29502533, -0.35977028];
      expectClose([0, 1, 2].flatMap((t) => gradient.slice(3 * batch * t, 3 * batch * t + 3)), expected, 1e-6);
      for (let row = 0; row < 3 * batch; row++) expect(gradient.slice(3 * row, 3 * row + 3).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
    });
  });

  test.each(PUBLISHED)("has the published loss $loss", ({ labels, loss, row, gradient: expected, probabilities }) => {
    const logits = tensor(probabilities.map(Math.log), [5, 1, 6], { requiresGrad: true });
    const { losses, gradient } = valueAndGradient(logits, [labels], { blank: 5 });
    expect(losses[0]).toBeCloseTo(loss, 4);
    expectClose(gradient.slice(6 * row, 6 * row + 6), expected, 2e-6);
  });

  it("has the published loss of two labels in two steps", () => {
    const logits = tensor([0.1, 0.6, 0.1, 0.1, 0.1, 0.1, 0.1, 0.6, 0.1, 0.1], [2, 1, 5]);
    expect(step(() => ctcLoss(logits, [[1, 2]]).item())).toBeCloseTo(2.4628583915, 9);
  });

  it("is the sum over all paths, for every labelling that fits, whatever class the blank is", () => {
    for (const blank of [0, 1, 2]) {
      const [a, b] = [0, 1, 2].filter((k) => k !== blank) as [number, number];
      const rows = Array.from(sampleTensor([5, 3], { seed: 11 + blank, low: -3, high: 3 }).dataSync());
      const logits = [0, 1, 2, 3, 4].map((t) => rows.slice(3 * t, 3 * t + 3));
      for (const labels of [[], [a], [b, b], [a, b, a], [a, a, a], [a, b, b, a], [a, b, a, b, a]]) {
        const loss = step(() => ctcLoss(tensor(rows, [5, 1, 3]), [labels], { blank }).item());
        expect(loss).toBeCloseTo(byEnumeration(logits, labels, blank), 10);
      }
    }
  });

  it("has gradients that agree with finite differences", () => {
    const logits = sampleTensor([7, 3, 4], { seed: 5, low: -2, high: 2, requiresGrad: true });
    const labels = [[1, 1, 3], [2], []];
    gradCheck((x) => ctcLoss(x, labels, { lengths: [7, 4, 5] }), [logits]);
    gradCheck((x) => ctcLoss(x, labels, { lengths: [7, 1, 0], reduction: "none" }), [logits]);
    gradCheck((x) => ctcLoss(x, [[0, 2, 0], [1, 1], [2]], { blank: 3, reduction: "sum" }), [logits]);
  });

  test.each(backends)("is infinite, without a gradient, where a row is too short: $name", (backend) => {
    withBackend(backend, () => {
      // Two equal labels need three steps.
      const labels = [[1, 1], [1, 1], [1, 2], [2], []];
      const lengths = [2, 3, 2, 0, 0];
      expect(labels.map((row, r) => ctcSteps(row) <= lengths[r]!)).toEqual([false, true, true, false, true]);
      const logits = () => sampleTensor([3, 5, 3], { seed: 2, requiresGrad: true });
      const { losses, gradient } = valueAndGradient(logits(), labels, { lengths });
      expect(losses.map(Number.isFinite)).toEqual([false, true, true, false, true]);
      expect([losses[0], losses[3]]).toEqual([Infinity, Infinity]);
      expect(losses[4]).toBeCloseTo(0, 12);
      const of = (r: number) => [0, 1, 2].flatMap((t) => gradient.slice(15 * t + 3 * r, 15 * t + 3 * r + 3));
      expect([...of(0), ...of(3), ...of(4)].every((value) => value === 0)).toBe(true);
      expect(of(1).every((value) => value !== 0)).toBe(true);
      // Steps past a row's end have no gradient either.
      expect(of(2).map((value) => value !== 0)).toEqual([true, true, true, true, true, true, false, false, false]);
      const left = valueAndGradient(logits(), labels, { lengths, zeroInfinity: true });
      expectClose(left.losses, [0, losses[1]!, losses[2]!, 0, 0], 1e-12);
      expect(left.gradient).toEqual(gradient);
    });
  });

  it("does not let a row see another, or what lies past its end", () => {
    const values = sampleTensor([6, 2, 4], { seed: 9 }).dataSync();
    const both = step(() => Array.from(ctcLoss(tensor(values, [6, 2, 4]), [[1, 2], [3]], { lengths: [6, 4], reduction: "none" }).dataSync()));
    const changed = Float32Array.from(values, (value, i) => (i >= 4 * 8 && i % 8 >= 4 ? 1e3 : value));
    expect(step(() => Array.from(ctcLoss(tensor(changed, [6, 2, 4]), [[1, 2], [3]], { lengths: [6, 4], reduction: "none" }).dataSync()))).toEqual(both);
    const alone = Float32Array.from({ length: 16 }, (_, i) => values[8 * (i >> 2) + 4 + (i % 4)]!);
    expect(step(() => ctcLoss(tensor(alone, [4, 1, 4]), [[3]]).item())).toBeCloseTo(both[1]!, 12);
  });

  it("names what is wrong", () => {
    const logits = sampleTensor([4, 2, 3]);
    expect(() => ctcLoss(logits, [[1]])).toThrow("ctcLoss: labels: expected 2 rows for logits [4, 2, 3], got 1");
    expect(() => ctcLoss(logits, [[1], [2, 0]])).toThrow("ctcLoss: labels[1][1]: expected a class from 0 to 2 other than the blank, 0, got 0");
    expect(() => ctcLoss(logits, [[1], [3]])).toThrow("labels[1][0]");
    expect(() => ctcLoss(logits, [[1], []], { lengths: [4, 5] })).toThrow("ctcLoss: lengths[1]: expected 0 to 4 steps, got 5");
    expect(() => ctcLoss(logits, [[1], []], { blank: 3 })).toThrow("ctcLoss: blank: expected a class, 0 to 2, got 3");
    expect(() => ctcLoss(sampleTensor([4, 3]), [[1]])).toThrow("ctcLoss: logits: expected [time, batch, classes], got [4, 3]");
  });

  it("can be gone back through twice", () => {
    const gradientOf = (times: number) => {
      const logits = sampleTensor([5, 2, 4], { seed: 4, requiresGrad: true });
      step(() => {
        const loss = ctcLoss(logits, [[1, 2], [3, 3]]);
        for (let i = 0; i < times; i++) loss.backward();
      });
      return Array.from(logits.grad!.dataSync());
    };
    expectClose(gradientOf(2), gradientOf(1).map((value) => 2 * value), 1e-12);
  });
});
