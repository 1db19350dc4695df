import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createReferenceBackend, loadBackend } from "../backend/index.js";
import { elman, gru, gruResetBefore, lstm } from "../cell/index.js";
import {
  add,
  concat,
  mul,
  RandomStream,
  reshape,
  setDefaultBackend,
  step,
  sum,
  tensor,
  type Tensor,
} from "../tensor/index.js";
import { readSafetensors, writeSafetensors, type StoredTensor } from "../tensor/safetensors.js";
import { fromTorch, toTorch } from "./pytorch.js";
import { Recurrent } from "./recurrent.js";

// Made by fixtures/torch_recurrent.py, which also says what each tensor is.
const path = fileURLToPath(new URL("fixtures/torch_recurrent.safetensors", import.meta.url));
const golden = readSafetensors(readFileSync(path), "torch_recurrent.safetensors").tensors;
const cases = [...new Set([...golden.keys()].map((name) => name.slice(0, name.indexOf("."))))];
const random = new RandomStream(1);

/** The tensors of one case, without its name. */
function part(name: string): Map<string, StoredTensor> {
  return new Map(
    [...golden].flatMap(([key, value]) => (key.startsWith(`${name}.`) ? [[key.slice(name.length + 1), value]] : [])),
  );
}

function expectClose(what: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  expect(got.length, what).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < got.length; i++)
    worst = Math.max(worst, Math.abs(got[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!)));
  expect(worst, what).toBeLessThan(tolerance);
}

test("the fixture holds what it should", () => {
  expect(cases).toHaveLength(4 * 9);
  expect(cases).toContain("gru_2_bi_bias_ragged");
});

const backends: [string, () => Promise<Backend>, number][] = [
  ["reference", async () => createReferenceBackend(), 1e-6],
  ["wasm", () => loadBackend({ backend: "wasm", threads: 1 }), 1e-5],
  ["native", () => loadBackend({ backend: "native", threads: 1 }), 1e-5],
];

describe.each(backends)("on %s", (name, load, tolerance) => {
  let available = true;
  beforeAll(async () => {
    try {
      setDefaultBackend(await load());
    } catch (error) {
      // Only native may be absent: where there is no C compiler.
      if (name !== "native") throw error;
      available = false;
    }
  });
  afterAll(() => setDefaultBackend(createReferenceBackend()));

  test.for(cases)("%s: outputs, final states and gradients are PyTorch's", (name, { skip }) => {
    skip(!available, "no native code");
    const given = part(name);
    const values = (key: string) => given.get(key)!.values;
    const make = (key: string, requiresGrad = false) => tensor(values(key), given.get(key)!.shape, { requiresGrad });
    const network = fromTorch(golden, {
      prefix: `${name}.weights.`,
      random,
      nonlinearity: name.startsWith("relu") ? "relu" : "tanh",
    });
    const lengths = given.get("lengths")?.values;
    const states = given.has("c0") ? ["h", "c"] : ["h"];

    const x = make("input", true);
    const start = new Map(states.map((state) => [state, make(`${state}0`, true)]));
    step(() => {
      const places = network.layers * network.directions;
      const initial = Array.from({ length: places }, (_, i) =>
        Object.fromEntries(states.map((state) => [state, start.get(state)!.at(i)])),
      );
      const { output, final } = network.forward(x, { initial, ...(lengths && { lengths: Array.from(lengths) }) });
      const stacked = (state: string) => {
        const parts = final.map((each) => each[state]!);
        return concat(
          parts.map((each) => reshape(each, [1, ...each.shape])),
          0,
        );
      };
      const results = new Map<string, Tensor>([
        ["output", output],
        ...states.map((state) => [`${state}n`, stacked(state)] as const),
      ]);
      for (const [key, result] of results) {
        expect(result.shape, key).toEqual(given.get(key)!.shape);
        expectClose(key, result.dataSync(), values(key), tolerance);
      }
      [...results]
        .map(([key, result]) => sum(mul(result, make(`weight.${key}`))))
        .reduce((a, b) => add(a, b))
        .backward();
    });

    expectClose("gradient of the input", x.grad!.dataSync(), values("gradient.input"), tolerance);
    for (const state of states)
      expectClose(`gradient of ${state}0`, start.get(state)!.grad!.dataSync(), values(`gradient.${state}0`), tolerance);
    // Our bias takes the place of a sum, so its gradient is that of either; the candidate's of a GRU keep their own.
    const gradients = new Map([...network.namedParameters()].map(([key, p]) => [key, Array.from(p.grad!.dataSync())]));
    for (let layer = 0; layer < network.layers; layer++) {
      for (const [direction, suffix] of [
        ["forward", ""],
        ["backward", "_reverse"],
      ].slice(0, network.directions)) {
        const own = (array: string) => gradients.get(`layer${layer}.${direction}.${array}`)!;
        const torch = (array: string) => given.get(`gradients.${array}_l${layer}${suffix}`)?.values;
        const where = `of layer ${layer} ${direction}`;
        expectClose(`weight_ih ${where}`, own("x"), torch("weight_ih")!, tolerance);
        expectClose(`weight_hh ${where}`, own("h"), torch("weight_hh")!, tolerance);
        const [ih, hh] = [torch("bias_ih"), torch("bias_hh")];
        if (ih === undefined || hh === undefined) continue;
        const extra = name.startsWith("gru") ? Array.from(hh.slice(-network.hiddenSize)) : [];
        expectClose(`bias ${where}`, own("bias"), [...ih, ...extra], tolerance);
      }
    }
  });
});

describe("loading", () => {
  beforeAll(() => setDefaultBackend(createReferenceBackend()));
  const load = (name: string, change: (dict: Map<string, StoredTensor>) => void) => () => {
    const dict = part(`${name}.weights`);
    change(dict);
    return fromTorch(dict, { random });
  };
  const zeros = (...shape: number[]): StoredTensor => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    return { dtype: "F32", shape, values };
  };

  test("reads kind and sizes off the weights, past other modules' names", () => {
    const network = load("lstm_2_bi_bias", (dict) => dict.set("decoder.weight", zeros(3, 14)))();
    expect([network.cell, network.inputSize, network.hiddenSize, network.layers, network.directions]).toEqual([
      lstm,
      5,
      7,
      2,
      2,
    ]);
  });

  test("keeps dropout and the like", () => {
    const network = fromTorch(golden, { prefix: "gru_2_uni_bias.weights.", random, dropout: 0.5 });
    expect(String(network)).toContain("Dropout {rate: 0.5");
  });

  test.each<[string, (dict: Map<string, StoredTensor>) => void, string]>([
    ["a matrix missing", (dict) => dict.delete("weight_ih_l1_reverse"), "fromTorch: weight_ih_l1_reverse: missing"],
    ["a bias missing", (dict) => dict.delete("bias_hh_l0"), "fromTorch: bias_hh_l0: missing"],
    [
      "a layer missing",
      (dict) => {
        for (const key of dict.keys()) if (/l0/.test(key)) dict.delete(key);
      },
      'fromTorch: prefix: no tensor "weight_hh_l0"; there are no recurrent weights',
    ],
    [
      "another shape",
      (dict) => dict.set("weight_hh_l1", zeros(28, 8)),
      "fromTorch: weight_hh_l1: expected [28, 7], got [28, 8]",
    ],
    ["an unknown number of gates", (dict) => dict.set("weight_hh_l0", zeros(14, 7)), "got [14, 7]"],
    [
      "a projection",
      (dict) => dict.set("weight_hr_l0", zeros(3, 7)),
      "fromTorch: weight_hr_l0: projections (proj_size) are not supported",
    ],
    ["half a direction", (dict) => dict.delete("weight_hh_l1_reverse"), "fromTorch: weight_hh_l1_reverse: missing"],
    [
      "an extra bias",
      (dict) => dict.set("bias_ih_l7", zeros(28)),
      "fromTorch: bias_ih_l7: unexpected in nn.LSTM of 2 layers in two directions",
    ],
  ])("refuses %s", (_, change, message) => expect(load("lstm_2_bi_bias", change)).toThrow(message));

  test("a wrong prefix says which there are", () => {
    const dict = new Map([
      ["encoder.weight_hh_l0", zeros(7, 7)],
      ["decoder.weight_hh_l0", zeros(7, 7)],
    ]);
    expect(() => fromTorch(dict, { random })).toThrow(
      'fromTorch: prefix: no tensor "weight_hh_l0"; recurrent weights are under "encoder.", "decoder."',
    );
  });
});

describe("saving", () => {
  beforeAll(() => setDefaultBackend(createReferenceBackend()));
  /** bias_ih + bias_hh where PyTorch adds them, the matrices and the GRU's own biases as they are. */
  const effective = (dict: ReadonlyMap<string, { values: ArrayLike<number> }>, apart: number) =>
    [...dict].flatMap(([key, { values }]) => {
      if (!key.startsWith("bias")) return [[key, Array.from(values)]];
      const other = dict.get(key.replace("_ih_", "_").replace("_hh_", "_ih_").replace("bias_l", "bias_hh_l"))!.values;
      return [[key, Array.from(values, (value, i) => (i < values.length - apart ? value + other[i]! : value))]];
    });

  test.each(cases)("%s goes through a file and back to the same function", async (name) => {
    const dict = part(`${name}.weights`);
    const options = { random, nonlinearity: name.startsWith("relu") ? "relu" : "tanh" } as const;
    const network = fromTorch(dict, options);
    const bytes = writeSafetensors(await toTorch(network, { bias: name.includes("_bias"), prefix: "rnn." }));
    const { tensors } = readSafetensors(bytes);
    const back = new Map([...tensors].map(([key, value]) => [key.slice("rnn.".length), value]));
    expect(new Set(back.keys())).toEqual(new Set(dict.keys()));
    const apart = name.startsWith("gru") ? 7 : 0;
    const sorted = (entries: unknown[][]) => new Map(entries as [string, number[]][]);
    const [got, expected] = [sorted(effective(back, apart)), sorted(effective(dict, apart))];
    for (const [key, values] of expected) expectClose(key, got.get(key)!, values, 1e-12);
    const again = fromTorch(back, options);
    const both = [network, again].map((each) =>
      [...each.stateDict()].map(([key, t]) => [key, Array.from(t.dataSync())]),
    );
    expect(both[1]).toEqual(both[0]);
  });

  test("refuses what PyTorch has not", async () => {
    const sizes = { inputSize: 3, hiddenSize: 2, random };
    await expect(toTorch(new Recurrent(gruResetBefore, sizes))).rejects.toThrow(
      "toTorch: cell: expected one of elman (nn.RNN), elman-relu (nn.RNN), lstm (nn.LSTM), gru (nn.GRU), got gru-reset-before",
    );
    await expect(
      toTorch(
        new Recurrent(
          elman((a) => a),
          sizes,
        ),
      ),
    ).rejects.toThrow("toTorch: cell");
    await expect(toTorch(new Recurrent(gru, { ...sizes, layers: 2, residual: true }))).rejects.toThrow(
      "toTorch: nn.GRU has no residual connections",
    );
    await expect(toTorch(new Recurrent(lstm, sizes), { bias: false })).rejects.toThrow(
      "toTorch: bias: expected zeros in layer0.forward.bias to leave it out, got other values",
    );
  });
});
