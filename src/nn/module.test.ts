import { beforeAll, describe, expect, test } from "vitest";
import { createReferenceBackend, loadBackend } from "../backend/index.js";
import {
  ones,
  RandomStream,
  setDefaultBackend,
  step,
  tensor,
  withBackend,
  zeros,
  type Tensor,
} from "../tensor/index.js";
import { readSafetensors, writeSafetensors } from "../tensor/safetensors.js";
import { Dropout } from "./dropout.js";
import { Linear } from "./linear.js";
import { Module, parameter, type Parameter } from "./module.js";
import { snapshot, StateDictError } from "./state-dict.js";

beforeAll(() => setDefaultBackend(createReferenceBackend()));
const list = (x: Tensor) => Array.from(x.dataSync());

class Model extends Module {
  readonly gain = parameter(ones([3]));
  readonly blocks: readonly Linear[];
  readonly tied: Linear;
  readonly dropout: Dropout;
  /** Not parameters: a constant, and what a forward pass leaves behind. */
  readonly table = zeros([4]);
  last: Tensor | undefined;

  constructor(seed = 1) {
    super();
    const random = new RandomStream(seed);
    this.blocks = [new Linear(2, 3, { random }), new Linear(3, 3, { random, bias: false })];
    this.tied = this.blocks[0]!;
    this.dropout = new Dropout(0.5, { random });
  }

  forward(x: Tensor): Tensor {
    this.last = this.blocks[0]!.forward(x);
    return this.last.mul(this.gain);
  }
}

describe("parameters", () => {
  test("are named by path in the order of the properties, shared ones once", () => {
    const model = new Model();
    const expected = { gain: [3], "blocks.0.weight": [3, 2], "blocks.0.bias": [3], "blocks.1.weight": [3, 3] };
    expect(Object.fromEntries([...model.namedParameters()].map(([name, { shape }]) => [name, shape]))).toEqual(
      expected,
    );
    expect([...model.namedParameters().keys()]).toEqual(Object.keys(expected));
    expect(model.parameterCount).toBe(3 + 6 + 3 + 9);
    step(() => {
      model.forward(ones([1, 2]));
      expect(model.parameters()).toHaveLength(4);
    });
  });

  test("frozen ones stay in the module but get no gradient", () => {
    const model = new Model();
    model.gain.requiresGrad = false;
    expect(model.parameterCount).toBe(21);
    step(() =>
      model
        .forward(ones([1, 2]))
        .sum()
        .backward(),
    );
    expect(model.gain.grad).toBeUndefined();
    expect(list(model.blocks[0]!.bias!.grad!)).toEqual([1, 1, 1]);
    model.zeroGrad();
    expect(model.blocks[0]!.bias!.grad).toBeUndefined();
  });

  test("must outlive a step", () => {
    expect(() => step(() => parameter(ones([2])))).toThrow("parameter: expected a tensor made outside step()");
  });

  test("may be named by the module itself, but not twice the same", () => {
    class Named extends Module {
      readonly #weights: Parameter[] = [parameter(ones([1])), parameter(ones([2]))];
      constructor(private readonly names: string[]) {
        super();
      }
      protected override members() {
        return this.#weights.map((weight, i) => [this.names[i]!, weight] as const);
      }
    }
    expect([...new Named(["layer0.forward.x", "layer0.forward.h"]).namedParameters().keys()]).toEqual([
      "layer0.forward.x",
      "layer0.forward.h",
    ]);
    expect(() => new Named(["a", "a"]).namedParameters()).toThrow('Named: two parameters are named "a"');
  });
});

test("train and eval reach every child", () => {
  const model = new Model();
  expect([model.training, model.dropout.training]).toEqual([true, true]);
  model.eval();
  expect([model.training, model.dropout.training, model.blocks[1]!.training]).toEqual([false, false, false]);
  model.train();
  expect(model.dropout.training).toBe(true);
});

test("the summary shows sizes and children", () => {
  expect(String(new Model())).toBe(
    [
      "Model {parameters: 21}",
      "  blocks.0: Linear {input: 2, output: 3, parameters: 9}",
      "  blocks.1: Linear {input: 3, output: 3, bias: false, parameters: 9}",
      "  tied: Linear {input: 2, output: 3, parameters: 9}",
      "  dropout: Dropout {rate: 0.5, parameters: 0}",
    ].join("\n"),
  );
});

describe("saving and loading", () => {
  const values = (model: Model) => [...model.namedParameters().values()].map(list);

  test("through a file and back, bit for bit", async () => {
    const [from, to] = [new Model(1), new Model(2)];
    expect(values(to)).not.toEqual(values(from));
    const bytes = writeSafetensors(await snapshot(from.stateDict()));
    expect(to.loadStateDict(readSafetensors(bytes).tensors)).toEqual({ missing: [], unexpected: [] });
    expect(values(to)).toEqual(values(from));
  });

  test("as float32 on a backend that computes in it", async () => {
    const backend = await loadBackend({ backend: "wasm", threads: 1 });
    const model = withBackend(backend, () => new Model(1));
    const stored = await snapshot(model.stateDict());
    expect(stored.get("blocks.0.weight")?.dtype).toBe("F32");
    model.loadStateDict(readSafetensors(writeSafetensors(stored)).tensors);
    expect(await snapshot(model.stateDict())).toEqual(stored);
  });

  test("a snapshot is a copy, integers included", async () => {
    const [x, ints] = [tensor([1, 2]), tensor([3, 4], [2], { dtype: "int32" })];
    const pending = snapshot(
      new Map([
        ["x", x],
        ["ints", ints],
      ]),
    );
    x.set([9, 9]);
    const stored = await pending;
    expect(stored.get("x")).toEqual({ dtype: "F64", shape: [2], values: new Float64Array([1, 2]) });
    expect(stored.get("ints")).toEqual({ dtype: "I32", shape: [2], values: new Int32Array([3, 4]) });
  });

  test("from another module directly", () => {
    const [from, to] = [new Model(1), new Model(2)];
    to.loadStateDict(from.stateDict());
    expect(values(to)).toEqual(values(from));
    from.gain.set([7, 7, 7]);
    expect(list(to.gain)).toEqual([1, 1, 1]);
  });

  test("all that does not fit is listed and nothing is changed", () => {
    const model = new Model(1);
    const before = values(model);
    const source = new Map<string, Tensor>(new Model(2).stateDict());
    source.delete("gain");
    source.set("blocks.0.weight", zeros([2, 3]));
    source.set("extra", zeros([1]));
    const load = () => model.loadStateDict(source);
    expect(load).toThrow(StateDictError);
    expect(load).toThrow(
      "Model: the saved tensors do not fit; missing: gain; unexpected: extra; wrong shape: blocks.0.weight: expected [3, 2], got [2, 3]",
    );
    expect(() => model.loadStateDict(source, { strict: false })).toThrow(
      "Model: the saved tensors do not fit; wrong shape: blocks.0.weight: expected [3, 2], got [2, 3]",
    );
    expect(values(model)).toEqual(before);
  });

  test("not strict loads what there is and reports the rest", () => {
    const model = new Model(1);
    const report = model.loadStateDict(
      new Map([
        ["gain", tensor([1, 2, 3])],
        ["extra", zeros([1])],
      ]),
      { strict: false },
    );
    expect(report).toEqual({ missing: ["blocks.0.weight", "blocks.0.bias", "blocks.1.weight"], unexpected: ["extra"] });
    expect(list(model.gain)).toEqual([1, 2, 3]);
  });

  test("a long list is cut short", () => {
    const source = new Map(Array.from({ length: 20 }, (_, i) => [`t${i}`, zeros([1])]));
    expect(() => new Model().loadStateDict(source)).toThrow("t6, t7 and 12 more");
  });
});
