import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import { cells, elman, gru, layerNormLstm, lstm, mut1, peepholeLstm, type Cell } from "../cell/index.js";
import { fromInts, gather, mul, RandomStream, reshape, setDefaultBackend, step, sum, tensor, type Tensor, withBackend } from "../tensor/index.js";
import { availableBackends, expectClose, sampleTensor } from "../tensor/testing.js";
import { Recurrent, type RecurrentOptions } from "./recurrent.js";

const backends = await availableBackends();
setDefaultBackend(createReferenceBackend());

const [TIME, BATCH, SIZE] = [7, 3, 19];
/** Some words again and again, one beyond the vocabulary, one that is none. */
const WORDS = Array.from({ length: TIME * BATCH }, (_, i) => [3, 18, 0, 3, SIZE, 11, -1, 7][(5 * i) % 8]!);

interface Setting {
  readonly cell?: Cell;
  readonly options?: Partial<RecurrentOptions>;
  readonly lengths?: readonly number[];
  readonly scaled?: boolean;
}

/** The output of a network and the gradients of all its parameters, of one-hot vectors made out of an identity, or told by their indices. */
function run({ cell = lstm, options = {}, lengths, scaled = false }: Setting, how: "vectors" | "indices"): Map<string, Float32Array> {
  const network = new Recurrent(cell, { inputSize: SIZE, hiddenSize: 5, random: new RandomStream(5), ...options });
  const results = new Map<string, Float32Array>();
  step(() => {
    const indices = fromInts(WORDS, [TIME, BATCH]);
    const scale = scaled ? tensor(WORDS.map((_, i) => [0, 2, 1.5][i % 3]!), [TIME, BATCH]) : undefined;
    const vectors = (): Tensor => {
      const identity = tensor(Array.from({ length: SIZE * SIZE }, (_, at) => Number(at % (SIZE + 1) === 0)), [SIZE, SIZE]);
      const oneHot = gather(identity, indices);
      return scale ? mul(oneHot, reshape(scale, [TIME, BATCH, 1])) : oneHot;
    };
    const { output } = network.forward(how === "vectors" ? vectors() : { indices, size: SIZE, scale }, lengths ? { lengths } : {});
    results.set("output", Float32Array.from(output.dataSync()));
    sum(mul(output, sampleTensor(output.shape, { seed: 9 }))).backward();
    for (const [name, parameter] of network.namedParameters()) results.set(name, Float32Array.from(parameter.grad!.dataSync()));
  });
  return results;
}

const RAGGED = [4, 7, 0];
const settings: readonly (readonly [string, Setting])[] = [
  ...[elman(), gru, peepholeLstm, layerNormLstm].map((cell) => [cell.name, { cell }] as const),
  ["rows of unequal lengths", { lengths: RAGGED }],
  ["both directions", { options: { bidirectional: true }, lengths: RAGGED }],
  ["skip connections", { options: { layers: 3, skip: true } }],
  ["skip connections in both directions", { options: { layers: 2, skip: true, bidirectional: true }, lengths: RAGGED }],
  ["residual layers", { options: { layers: 3, residual: true } }],
  ["segments computed again", { options: { layers: 2, skip: true, recompute: 3 }, lengths: RAGGED }],
  ["scales", { scaled: true, options: { layers: 2, skip: true } }],
  ["scales in segments", { scaled: true, options: { recompute: "sqrt" } }],
];

describe.each(backends)("one-hot inputs told by their indices, on $name", (backend) => {
  it.each(settings)("give what the vectors give, gradients included: %s", (_, setting) => {
    withBackend(backend, () => {
      const [expected, got] = [run(setting, "vectors"), run(setting, "indices")];
      expect([...got.keys()]).toEqual([...expected.keys()]);
      for (const [name, values] of expected) expectClose(got.get(name)!, values, backend.name === "reference" ? 1e-12 : 2e-6, name);
      expect(got.get("layer0.forward.x")!.some((value) => value !== 0)).toBe(true);
    });
  });

  it("in bfloat16 give them to its rounding", () => {
    withBackend(backend, () => {
      const setting: Setting = { options: { layers: 2, skip: true, precision: "bfloat16" } };
      const [expected, got] = [run(setting, "vectors"), run(setting, "indices")];
      for (const [name, values] of expected) expectClose(got.get(name)!, values, 0.03, name);
    });
  });
});

describe("one-hot inputs", () => {
  const network = (cell: Cell) => new Recurrent(cell, { inputSize: SIZE, hiddenSize: SIZE, random: new RandomStream(5) });
  const indices = fromInts(WORDS, [TIME, BATCH]);

  it("that do not fit are refused", () => {
    expect(() => network(lstm).forward({ indices, size: 20 })).toThrow("Recurrent: x: expected indices [time, batch] of size 19, got [7, 3] of size 20");
    expect(() => network(lstm).forward({ indices: fromInts([1, 2], [2]), size: SIZE })).toThrow("of size 19, got [2] of size 19");
    expect(() => network(lstm).forward({ indices: sampleTensor([TIME, BATCH]), size: SIZE })).toThrow('cell "lstm": oneHot.indices: expected int32 [7, 3], got float32 [7, 3]');
    expect(() => network(lstm).forward({ indices, size: SIZE, scale: sampleTensor([TIME]) })).toThrow('cell "lstm": oneHot.scale: expected [7, 3], got [7]');
  });

  it("are for cells that take their input through linear maps only", () => {
    expect(() => network(mut1).forward({ indices, size: SIZE })).toThrow('cell "mut1": oneHot: expected a cell that takes its input through linear maps only');
    const refused = [...cells.values()].filter((cell) => {
      try {
        network(cell).forward({ indices, size: SIZE });
        return false;
      } catch {
        return true;
      }
    });
    expect(refused.map(({ name }) => name)).toEqual(["mut1", "mut2"]);
  });
});
