/**
 * Every operation in one table. Each case is run twice: its gradient is checked by finite differences in float64, and its
 * result and gradients are compared with the reference on every backend. A new operation is a line here.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend, type Backend } from "../../backend/index.js";
import { setDefaultBackend, withBackend } from "../default-backend.js";
import { fromInts } from "../create.js";
import { gradCheck } from "../grad-check.js";
import { RandomStream } from "../random.js";
import { step } from "../step.js";
import { stopGradient } from "../tape.js";
import type { Tensor } from "../tensor.js";
import { availableBackends, expectClose, sampleTensor } from "../testing.js";
import * as ops from "./index.js";

interface Case {
  readonly name: string;
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly shapes: readonly (readonly number[])[];
  /** Range of the inputs, to stay off poles and kinks. */
  readonly range: readonly [low: number, high: number];
}

const unaryShapes = [[], [1], [7], [0, 3], [3, 5, 2]];
const binaryShapes = [
  [[3, 4], [3, 4]],
  [[3, 4], [4]],
  [[4], [2, 3, 4]],
  [[2, 1, 5], [3, 1]],
  [[3, 1], [1, 4]],
  [[], [2, 3]],
  [[2, 3], []],
  [[0, 3], [3]],
  [[2, 0], [2, 1]],
  [[17, 3, 1], [17, 1, 33]],
];

type Shapes = Case["shapes"];
type Range = NonNullable<Case["range"]>;
/** One case with these inputs. */
const one = (name: string, shapes: Shapes, f: Case["f"], range: Range = [-1, 1]): Case[] => [{ name, f, shapes, range }];
/** A case with one input per shape. */
const each = (name: string, f: Case["f"], shapes: Shapes, range?: Range): Case[] =>
  shapes.flatMap((shape) => one(name, [shape], f, range));
/** A case with two inputs per way of broadcasting. */
const pairs = (name: string, f: Case["f"], range?: Range): Case[] =>
  binaryShapes.flatMap((shapes) => one(name, shapes, f, range));

const { matmul } = ops;
/** A stream that starts anew for each call of a case, as the function must be the same function every time. */
const random = () => new RandomStream(5);
const ints = (shape: readonly number[], ...given: number[]) => (like: Tensor) => fromInts(given, shape, like.backend);
const targets = ints([2, 3], 0, 3, -1, 4, 9, 2);

const cases: Case[] = [
  ...each("neg", ops.neg, unaryShapes),
  ...each("abs", ops.abs, unaryShapes, [0.1, 2]),
  ...each("abs", ops.abs, unaryShapes, [-2, -0.1]),
  ...each("square", ops.square, unaryShapes),
  ...each("sqrt", ops.sqrt, unaryShapes, [0.1, 2]),
  ...each("reciprocal", ops.reciprocal, unaryShapes, [0.2, 2]),
  ...each("exp", ops.exp, unaryShapes, [-3, 3]),
  ...each("log", ops.log, unaryShapes, [0.1, 4]),
  ...each("tanh", ops.tanh, unaryShapes, [-3, 3]),
  ...each("sigmoid", ops.sigmoid, unaryShapes, [-6, 6]),
  ...each("relu", ops.relu, unaryShapes),
  ...each("softplus", ops.softplus, unaryShapes, [-4, 4]),
  ...each("sin", ops.sin, unaryShapes, [-4, 4]),
  ...each("cos", ops.cos, unaryShapes, [-4, 4]),
  ...each("scale", (x) => ops.scale(x, -1.5), unaryShapes),
  ...each("offset", (x) => ops.offset(x, 0.7), unaryShapes),
  ...each("pow 2.5", (x) => ops.pow(x, 2.5), unaryShapes, [0.1, 2]),
  ...each("pow -1", (x) => ops.pow(x, -1), unaryShapes, [0.3, 2]),
  ...each("clip", (x) => ops.clip(x, 0.6), unaryShapes),
  ...each("leakyRelu", (x) => ops.leakyRelu(x, 0.1), unaryShapes),

  ...pairs("add", (a, b) => ops.add(a!, b!)),
  ...pairs("sub", (a, b) => ops.sub(a!, b!)),
  ...pairs("mul", (a, b) => ops.mul(a!, b!)),
  ...pairs("div", (a, b) => ops.div(a!, b!), [0.4, 2]),
  ...pairs("minimum", (a, b) => ops.minimum(a!, b!)),
  ...pairs("maximum", (a, b) => ops.maximum(a!, b!)),
  ...each("numbers on the right", (x) => x.add(2).sub(0.5).mul(3).div(1.7).minimum(2).maximum(-1), [[3, 5]]),
  ...one("numbers on the left", [[3, 5]], (x) => ops.maximum(0.1, ops.div(2, ops.sub(5, ops.mul(3, ops.add(1, x)))))),
  ...one("one operand twice", [[3, 4]], (x) => ops.mul(ops.add(x, x), x)),
  ...one("select", [[3, 4], [4], [3, 1]], (x, a, b) => ops.select(ops.isPositive(stopGradient(x)), a, b)),
  ...one("a value used many times", [[5]], (x) => {
    const y = ops.tanh(x);
    return ops.add(ops.mul(y, ops.exp(y)), ops.add(y, ops.reshape(y, [5])));
  }),

  ...one("matmul", [[3, 4], [4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul odd", [[17, 13], [13, 33]], (a, b) => matmul(a, b)),
  ...one("matmul transposeA", [[4, 3], [4, 5]], (a, b) => matmul(a, b, { transposeA: true })),
  ...one("matmul transposeB", [[3, 4], [5, 4]], (a, b) => matmul(a, b, { transposeB: true })),
  ...one("matmul both", [[4, 3], [5, 4]], (a, b) => matmul(a, b, { transposeA: true, transposeB: true })),
  ...one("matmul sequence by matrix", [[2, 3, 4], [4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul sequence by transposed", [[2, 3, 4], [5, 4]], (a, b) => matmul(a, b, { transposeB: true })),
  ...one("matmul batched", [[2, 3, 4], [2, 4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul batched transposeA", [[2, 4, 3], [2, 4, 5]], (a, b) => matmul(a, b, { transposeA: true })),
  ...one("matmul batched transposeB", [[2, 3, 4], [2, 5, 4]], (a, b) => matmul(a, b, { transposeB: true })),
  ...one("matmul batched both", [[2, 4, 3], [2, 5, 4]], (a, b) => matmul(a, b, { transposeA: true, transposeB: true })),
  ...one("matmul matrix by batch", [[3, 4], [2, 4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul transposed batch by matrix", [[2, 4, 3], [4, 5]], (a, b) => matmul(a, b, { transposeA: true })),
  ...one("matmul broadcast batches", [[2, 1, 3, 4], [3, 4, 2]], (a, b) => matmul(a, b)),
  ...one("matmul vector", [[4], [4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul vector by batch", [[4], [2, 4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul one column", [[3, 4], [4, 1]], (a, b) => matmul(a, b)),
  ...one("matmul inner 0", [[3, 0], [0, 5]], (a, b) => matmul(a, b)),
  ...one("matmul no rows", [[0, 4], [4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul no columns", [[3, 4], [4, 0]], (a, b) => matmul(a, b)),
  ...one("matmul no batch", [[0, 3, 4], [0, 4, 5]], (a, b) => matmul(a, b)),
  ...one("matmul of itself", [[4, 4]], (a) => matmul(a, a)),

  ...one("reshape", [[3, 4]], (x) => ops.square(ops.reshape(x, [2, -1, 3]))),
  ...one("transpose", [[3, 4]], (x) => ops.transpose(x)),
  ...one("transpose axes", [[2, 3, 4]], (x) => ops.transpose(x, [1, 2, 0])),
  ...one("transpose four axes", [[2, 3, 4, 5]], (x) => ops.transpose(x, [3, 1, 0, 2])),
  ...one("transpose that copies nothing", [[3, 1, 4]], (x) => ops.square(ops.transpose(x, [1, 0, 2]))),
  ...one("transpose empty", [[0, 4]], (x) => ops.transpose(x)),
  ...one("slice leading", [[5, 3]], (x) => ops.square(ops.slice(x, 0, 1, 4))),
  ...one("slice behind ones", [[1, 5, 3]], (x) => ops.square(ops.slice(x, 1, 2))),
  ...one("slice inner", [[2, 5, 3]], (x) => ops.slice(x, 1, 1, 3)),
  ...one("slice last", [[4, 7]], (x) => ops.slice(x, -1, 2, 7)),
  ...one("slice nothing", [[4, 7]], (x) => ops.slice(x, 1, 3, 3)),
  ...one("overlapping slices", [[5, 3]], (x) => ops.mul(ops.slice(x, 0, 0, 4), ops.slice(x, 0, 1, 5))),
  ...one("at", [[3, 2, 2]], (x) => ops.mul(ops.at(x, 2), ops.at(x, 0))),
  ...one("flip first", [[4, 3]], (x) => ops.flip(x, 0)),
  ...one("flip last", [[2, 3, 5]], (x) => ops.flip(x, -1)),
  ...one("flip empty", [[0, 3]], (x) => ops.flip(x, 0)),
  ...one("broadcastTo", [[3, 1]], (x) => ops.broadcastTo(x, [2, 3, 4])),
  ...one("concat first", [[2, 3], [1, 3], [0, 3]], (...parts) => ops.concat(parts, 0)),
  ...one("concat last", [[2, 3], [2, 1], [2, 0], [2, 5]], (...parts) => ops.concat(parts, -1)),
  ...one("concat middle", [[2, 3, 2], [2, 1, 2]], (...parts) => ops.concat(parts, 1)),
  ...one("concat one with itself", [[2, 3]], (x) => ops.square(ops.concat([x, x], 1))),
  ...one("stack", [[2, 3], [2, 3]], (...parts) => ops.stack(parts)),
  ...one("stack last", [[2, 3], [2, 3]], (...parts) => ops.stack(parts, -1)),

  ...each("sum", (x) => ops.sum(x), unaryShapes),
  ...each("sum last", (x) => ops.sum(x, -1), [[3, 5], [2, 3, 4], [3, 0], [0, 3]]),
  ...each("sum first", (x) => ops.sum(x, 0), [[3, 5], [2, 3, 4], [3, 0], [0, 3]]),
  ...each("sum middle", (x) => ops.sum(x, 1), [[2, 3, 4]]),
  ...each("sum two", (x) => ops.sum(x, [0, 2]), [[2, 3, 4]]),
  ...each("sum outer two", (x) => ops.sum(x, [0, -1], true), [[2, 3, 4], [2, 3, 1]]),
  ...each("sum none", (x) => ops.sum(x, []), [[2, 3]]),
  ...each("mean", (x) => ops.mean(x, 1), [[2, 3, 4]]),
  ...each("mean of all", (x) => ops.mean(x), [[2, 3, 4], []]),
  ...each("max last", (x) => ops.max(x, -1), [[3, 5], [2, 3, 4], [7, 1]]),
  ...each("max first", (x) => ops.max(x, 0, true), [[3, 5]]),
  ...each("max of all", (x) => ops.max(x), [[3, 5], []]),
  ...each("softmax", ops.softmax, [[5], [3, 7], [2, 3, 1], [0, 4]]),
  ...each("logSoftmax", ops.logSoftmax, [[5], [3, 7], [2, 3, 1], [0, 4]]),
  ...one("layerNorm", [[3, 7], [7], [7]], (x, gain, bias) => ops.layerNorm(x, gain, bias)),
  ...one("layerNorm sequence", [[2, 3, 5], [5], [5]], (x, gain, bias) => ops.layerNorm(x, gain, bias, 1e-3)),
  ...one("layerNorm input only", [[3, 7]], (x) => ops.layerNorm(x, sampleTensor([7]), sampleTensor([7]))),

  ...one("crossEntropy", [[2, 3, 5]], (x) => ops.crossEntropy(x, targets(x))),
  ...one("crossEntropy sum", [[2, 3, 5]], (x) => ops.crossEntropy(x, targets(x), { ignore: 3, reduction: "sum" })),
  ...one("crossEntropy smoothed", [[2, 3, 5]], (x) => ops.crossEntropy(x, targets(x), { labelSmoothing: 0.1 })),
  ...one("crossEntropy none", [[2, 3, 5]], (x) => ops.crossEntropy(x, targets(x), { reduction: "none" })),
  ...one("crossEntropy of none", [[1, 5]], (x) => ops.crossEntropy(x, ints([1], -1)(x))),
  ...one("crossEntropy no rows", [[0, 5]], (x) => ops.crossEntropy(x, ints([0])(x))),
  ...one("crossEntropy and more", [[2, 3, 5]], (x) => ops.crossEntropy(x, targets(x)).add(ops.mean(ops.square(x)))),
  ...one("gather", [[4, 3]], (table) => ops.gather(table, ints([2, 3], 3, 0, 3, 1, 3, 0)(table))),
  ...one("gather outside", [[4, 3]], (table) => ops.gather(table, ints([3], 4, -1, 2)(table))),
  ...one("gather nothing", [[4, 3]], (table) => ops.gather(table, ints([0, 2])(table))),
  ...one("dropout", [[5, 9]], (x) => ops.dropout(x, 0.4, random())),
];

const title = ({ name, shapes }: Case) => `${name} ${shapes.map((shape) => `[${shape}]`).join(" ")}`;
const inputs = ({ shapes, range: [low, high] }: Case, backend: Backend) =>
  shapes.map((shape, i) => sampleTensor(shape, { seed: i + 1, low, high, requiresGrad: true, backend }));

describe("gradients by finite differences", () => {
  const reference = createReferenceBackend();
  beforeAll(() => setDefaultBackend(reference));

  test.each(cases.map((each) => [title(each), each] as const))("%s", (_, each) => {
    gradCheck(each.f, inputs(each, reference), { sample: 40 });
  });
});

/** The result of a case and the gradients of its inputs, from a gradient of the result that differs in every element. */
function run(each: Case, backend: Backend) {
  return withBackend(backend, () => {
    const given = inputs(each, backend);
    return step(() => {
      const y = each.f(...given);
      y.backward(sampleTensor(y.shape, { seed: 9 }));
      return {
        shape: y.shape,
        result: y.dataSync(),
        gradients: given.map((x) => x.grad?.dataSync() ?? new Float64Array(x.size)),
      };
    });
  });
}

describe.each((await availableBackends()).filter((backend) => backend.name !== "reference"))("$name agrees", (backend) => {
  const reference = createReferenceBackend();

  test.each(cases.map((each) => [title(each), each] as const))("%s", (_, each) => {
    const expected = run(each, reference);
    const got = run(each, backend);
    expect(got.shape).toEqual(expected.shape);
    expectClose(got.result, expected.result, 2e-5, "result");
    expected.gradients.forEach((gradient, i) => expectClose(got.gradients[i]!, gradient, 2e-5, `gradient of input ${i}`));
  });
});
