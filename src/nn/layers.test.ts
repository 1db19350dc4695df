import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import {
  fromInts,
  gradCheck,
  ones,
  RandomStream,
  setDefaultBackend,
  step,
  tensor,
  type Tensor,
} from "../tensor/index.js";
import { Dropout } from "./dropout.js";
import { Embedding } from "./embedding.js";
import { constant, normal } from "./initialisers.js";
import { LayerNorm } from "./layer-norm.js";
import { Linear } from "./linear.js";
import { Sequential } from "./sequential.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));
let random: RandomStream;
beforeEach(() => (random = new RandomStream(7)));

const list = (x: Tensor) => Array.from(x.dataSync());
/** Gradients of the input and of every parameter. */
const checkGradients = (layer: { forward(x: Tensor): Tensor; namedParameters(): Map<string, Tensor> }, x: Tensor) => {
  const named = layer.namedParameters();
  gradCheck(() => layer.forward(x), [x, ...named.values()], { names: ["x", ...named.keys()] });
};

describe("Linear", () => {
  test("x W' + b over the last axis", () => {
    const layer = new Linear(2, 3, { random });
    layer.weight.set([1, 2, 3, 4, 5, 6]);
    layer.bias!.set([0.5, 0, -1]);
    expect(list(layer.forward(tensor([[[1, 1]], [[0, 2]]])))).toEqual([3.5, 7, 10, 4.5, 8, 11]);
    expect(layer.forward(tensor([[[1, 1]], [[0, 2]]])).shape).toEqual([2, 1, 3]);
  });

  test("gradients, with and without bias", () => {
    checkGradients(new Linear(5, 3, { random, initialBias: normal(1) }), random.normal([3, 2, 5]));
    const plain = new Linear(5, 3, { random, bias: false });
    expect([...plain.namedParameters().keys()]).toEqual(["weight"]);
    checkGradients(plain, random.normal([2, 5]));
  });

  test("starts as asked", () => {
    const layer = new Linear(2, 1, { random, initialWeight: constant(2), initialBias: constant(3) });
    expect([list(layer.weight), list(layer.bias!)]).toEqual([[2, 2], [3]]);
  });

  test("says what it expected", () => {
    expect(() => new Linear(2, 3, { random }).forward(ones([4, 5]))).toThrow(
      "Linear: x: expected [..., 2], got [4, 5]",
    );
    expect(String(new Linear(2, 3, { random }))).toBe("Linear {input: 2, output: 3, parameters: 9}");
    expect(String(new Linear(2, 3, { random, bias: false }))).toBe(
      "Linear {input: 2, output: 3, bias: false, parameters: 6}",
    );
  });
});

describe("Embedding", () => {
  test("a row per index, zeros outside the table", () => {
    const layer = new Embedding(3, 2, { random });
    layer.weight.set([1, 2, 3, 4, 5, 6]);
    const y = layer.forward(fromInts([2, 0, -1, 2], [2, 2]));
    expect(y.shape).toEqual([2, 2, 2]);
    expect(list(y)).toEqual([5, 6, 1, 2, 0, 0, 5, 6]);
  });

  test("gradients, with repeated indices", () => {
    const layer = new Embedding(4, 3, { random });
    gradCheck(() => layer.forward(fromInts([1, 3, 1, -1, 0])), [layer.weight]);
  });

  test("the padding index gives zeros and learns nothing, also where the table is used elsewhere", () => {
    const layer = new Embedding(3, 2, { random, paddingIndex: 0 });
    expect(list(layer.forward(fromInts([0, 1]))).slice(0, 2)).toEqual([0, 0]);
    step(() =>
      layer
        .forward(fromInts([0, 1, 0, 2]))
        .sum()
        .backward(),
    );
    expect(list(layer.weight.grad!)).toEqual([0, 0, 1, 1, 1, 1]);
    layer.zeroGrad();
    step(() =>
      layer
        .forward(fromInts([0]))
        .add(layer.weight.sum())
        .sum()
        .backward(),
    );
    expect(list(layer.weight.grad!)).toEqual([2, 2, 2, 2, 2, 2]);
    gradCheck(() => layer.forward(fromInts([0, 1, 0, 2])), [layer.weight]);
    expect(() => new Embedding(3, 2, { random, paddingIndex: 3 })).toThrow(
      "Embedding: paddingIndex: expected a whole number from 0 to 2, got 3",
    );
    expect(String(layer)).toBe("Embedding {count: 3, size: 2, paddingIndex: 0, parameters: 6}");
  });
});

describe("Dropout", () => {
  const dropped = (variational: boolean) => new Dropout(0.25, { random, variational }).forward(ones([50, 4, 10]));

  test("keeps the mean, drops the rate", () => {
    const y = list(dropped(false));
    expect(new Set(y)).toEqual(new Set([0, 1 / 0.75]));
    // 2000 draws with p 0.25: standard deviation 19.
    expect(Math.abs(y.filter((value) => value === 0).length - 500)).toBeLessThan(100);
  });

  test("plain draws anew at each step, variational does not", () => {
    const rows = (y: Tensor) =>
      new Set(
        Array.from({ length: 50 }, (_, t) =>
          list(y)
            .slice(t * 40, t * 40 + 40)
            .join(),
        ),
      );
    expect(rows(dropped(false)).size).toBeGreaterThan(40);
    expect(rows(dropped(true)).size).toBe(1);
    expect(new Set(list(dropped(true)))).toEqual(new Set([0, 1 / 0.75]));
  });

  test("another mask at each call; nothing in eval mode or at rate 0", () => {
    const layer = new Dropout(0.5, { random });
    const x = ones([40]);
    expect(list(layer.forward(x))).not.toEqual(list(layer.forward(x)));
    expect(layer.eval().forward(x)).toBe(x);
    expect(new Dropout(0, { random }).forward(x)).toBe(x);
    expect(() => new Dropout(1, { random })).toThrow("Dropout: rate: expected 0 up to, not including, 1, got 1");
  });

  test.each([false, true])("gradients with a fixed mask, variational %s", (variational) => {
    const start = random.state();
    const layer = new Dropout(0.5, { random, variational });
    const x = random.normal([3, 2, 5]);
    gradCheck(() => {
      random.restore(start);
      return layer.forward(x);
    }, [x]);
  });
});

describe("LayerNorm", () => {
  // torch.nn.functional.layer_norm(torch.tensor([[1., 2, 4], [-1, 0, 1]]).double(), [3],
  //   torch.tensor([1., 2, 3]).double(), torch.tensor([0., 0, 1]).double())
  test("as PyTorch", () => {
    const layer = new LayerNorm(3);
    layer.gain.set([1, 2, 3]);
    layer.bias.set([0, 0, 1]);
    const expected = [
      -1.0690415314502977, -0.5345207657251491, 5.008905742938616, -1.2247356859083902, 0.0, 4.67420705772517,
    ];
    list(
      layer.forward(
        tensor([
          [1, 2, 4],
          [-1, 0, 1],
        ]),
      ),
    ).forEach((y, i) => expect(y).toBeCloseTo(expected[i]!, 9));
  });

  test("gradients", () => {
    const layer = new LayerNorm(5);
    layer.gain.assign(random.normal([5]));
    checkGradients(layer, random.normal([3, 2, 5]));
  });

  test("says what it expected", () => {
    expect(() => new LayerNorm(3).forward(ones([4]))).toThrow("LayerNorm: x: expected [..., 3], got [4]");
  });
});

test("Sequential chains layers and names parameters by position", () => {
  const model = new Sequential(
    new Linear(4, 6, { random }),
    new Dropout(0.5, { random }),
    new Linear(6, 2, { random }),
  );
  expect([...model.namedParameters().keys()]).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
  checkGradients(model.eval(), random.normal([3, 4]));
  expect(String(model)).toBe(
    [
      "Sequential {parameters: 44}",
      "  0: Linear {input: 4, output: 6, parameters: 30}",
      "  1: Dropout {rate: 0.5, parameters: 0}",
      "  2: Linear {input: 6, output: 2, parameters: 14}",
    ].join("\n"),
  );
});
