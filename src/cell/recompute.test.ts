/** Segments that are computed again, and what training keeps, measured: bytes cut from a step's arena. */
import { describe, expect, it } from "vitest";
import { type Backend, createReferenceBackend, loadBackend } from "../backend/index.js";
import { RandomStream, add, mul, noGrad, step, sum, type Tensor, withBackend } from "../tensor/index.js";
import { currentArena } from "../tensor/arena.js";
import { availableBackends, expectClose } from "../tensor/testing.js";
import { cells, gru, layerNormLstm, lstm, mut1 } from "./cells/index.js";
import { compileCell, type CompileOptions } from "./compile.js";
import type { Cell } from "./define.js";
import { keptForBackward, keptFloats } from "./kept.js";
import { segmentsOf } from "./segments.js";
import { runSequence, type SequenceOptions } from "./sequence.js";
import { allParameters, randomParameters } from "./testing.js";

const TIME = 7;
const BATCH = 5;
const SIZE = 6;

interface Pass extends Omit<SequenceOptions, "initial" | "given"> {
  readonly options?: CompileOptions;
  readonly masks?: readonly string[];
  readonly withInitial?: boolean;
}

/** Everything that a training step makes. */
function pass(cell: Cell, { options = {}, masks = [], withInitial = true, ...sequence }: Pass): Record<string, Float64Array> {
  const random = new RandomStream(3);
  const compiled = compileCell(cell, { inputSize: SIZE, hiddenSize: SIZE }, options);
  const parameters = randomParameters(compiled, random);
  const wanted = (shape: number[]) => {
    const made = random.uniform(shape, -1, 1);
    made.requiresGrad = true;
    return made;
  };
  const x = wanted([TIME, BATCH, SIZE]);
  const initial = withInitial ? Object.fromEntries(cell.states.map((state) => [state, wanted([BATCH, SIZE])])) : undefined;
  const given = Object.fromEntries(
    masks.map((name) => [name, random.mask(name.startsWith("recurrent") ? [BATCH, SIZE] : [TIME, BATCH, SIZE], 0.5)]),
  );
  const weights = [TIME, ...cell.states].map((_, i) => random.uniform(i === 0 ? [TIME, BATCH, SIZE] : [BATCH, SIZE], -1, 1));
  return step(() => {
    const { output, final, inspected } = runSequence(compiled, parameters, x, { ...sequence, initial, given });
    const results: Record<string, Tensor> = { output, ...final };
    Object.values(results).map((result, i) => sum(mul(result, weights[i]!))).reduce((a, b) => add(a, b)).backward();
    [x, ...allParameters(parameters), ...Object.values(initial ?? {})].forEach((leaf, i) => (results[`gradient ${i}`] = leaf.grad!));
    // Past a row's length nothing is recorded.
    if (!sequence.lengths) Object.assign(results, Object.fromEntries(Object.entries(inspected).map(([k, v]) => [`inspected ${k}`, v])));
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, Float64Array.from(tensor.dataSync())]));
  });
}

function expectSame(actual: Record<string, Float64Array>, expected: Record<string, Float64Array>, tolerance: number) {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(actual)) expectClose(values, expected[name]!, tolerance, name);
}

const RAGGED = [3, 7, 0, 5, 1];
const FORMS: readonly (readonly [string, Pass])[] = [
  ["equal lengths", {}],
  ["no initial states", { withInitial: false }],
  ["ragged", { lengths: RAGGED }],
  ["ragged, no row as long as the batch", { lengths: [2, 1, 0, 2, 2], withInitial: false }],
  ["reversed", { reversed: true }],
  ["reversed and ragged", { reversed: true, lengths: RAGGED }],
  ["reversed and ragged, no initial states", { reversed: true, lengths: RAGGED, withInitial: false }],
];

describe.each(await availableBackends())("segments on $name $isa", (backend: Backend) => {
  const tolerance = backend.name === "reference" ? 1e-12 : 1e-5;
  for (const cell of [lstm, gru, layerNormLstm, mut1]) {
    it.each(FORMS)(`${cell.name}: %s`, (_, form) => {
      withBackend(backend, () => {
        const whole = pass(cell, form);
        for (const recompute of [1, 2, 3, TIME, 100, "sqrt"] as const) expectSame(pass(cell, { ...form, recompute }), whole, tolerance);
      });
    });
  }

  it("masks and recorded values", () => {
    withBackend(backend, () => {
      const form: Pass = {
        options: { zoneout: { h: 0.2, c: 0.1 }, recurrentMask: true, sampled: true, inspect: ["forget", "c"], clipPreactivations: 0.05 },
        masks: ["zoneout:h", "zoneout:c", "recurrent:h", "recurrent:c"],
      };
      const whole = pass(lstm, form);
      expect(Object.keys(whole)).toContain("inspected forget");
      expectSame(pass(lstm, { ...form, recompute: 3 }), whole, tolerance);
    });
  });

  it("gives the same bits twice", () => {
    withBackend(backend, () => expect(pass(lstm, { lengths: RAGGED, recompute: 2 })).toEqual(pass(lstm, { lengths: RAGGED, recompute: 2 })));
  });
});

it("cuts at the same times for all rows, from the end where reversed", () => {
  expect(segmentsOf(5, 2, [5, 1, 3], false)).toEqual([
    { from: 0, to: 2, lengths: [2, 1, 2] }, { from: 2, to: 4, lengths: [2, 0, 1] }, { from: 4, to: 5, lengths: [1, 0, 0] },
  ]);
  expect(segmentsOf(5, 2, undefined, true).map(({ from }) => from)).toEqual([4, 2, 0]);
  expect(segmentsOf(100, "sqrt", undefined, false)).toHaveLength(10);
  expect(segmentsOf(0, "sqrt", undefined, false)).toEqual([{ from: 0, to: 0, lengths: undefined }]);
});

it("refuses segments of no steps", () => {
  withBackend(createReferenceBackend(), () =>
    expect(() => pass(lstm, { recompute: 0 })).toThrow('cell "lstm": recompute: expected a whole number of steps from 1 on, or "sqrt", got 0'));
});

/** Sizes and times of which 64 bytes, the unit of memory, are a part. */
const H = 16;
const B = 4;
const fastest = await loadBackend();

/** Bytes that a forward pass over so many steps leaves in the step's memory, and the most that it and the backward pass take. */
function memory(cell: Cell, time: number, recompute?: number | "sqrt") {
  return withBackend(fastest, () => {
    const random = new RandomStream(1);
    const compiled = compileCell(cell, { inputSize: H, hiddenSize: H });
    const parameters = randomParameters(compiled, random);
    const x = random.uniform([time, B, H]);
    return step(() => {
      const arena = currentArena(x.backend)!;
      const before = arena.used;
      const { output } = runSequence(compiled, parameters, x, { recompute });
      const kept = arena.used - before;
      // The gradient that arrives at the output is the caller's, and as large as the output.
      output.backward(output);
      return { kept, peak: arena.peak };
    });
  });
}

/** Floats per token, from what longer sequences take more. */
const perToken = (measure: (time: number) => number) => (measure(96) - measure(32)) / (64 * B * 4);

describe("memory kept for the backward pass", () => {
  it("is what the plan says, to the byte", () => {
    for (const cell of cells.values()) {
      const compiled = compileCell(cell, { inputSize: H, hiddenSize: H });
      expect(perToken((time) => memory(cell, time).kept), cell.name).toBe(keptFloats(compiled));
    }
  });

  it("is at most 6 H floats per token for an LSTM and 5 H for a GRU, states included", () => {
    expect(perToken((time) => memory(lstm, time).kept)).toBeLessThanOrEqual(6 * H * 1.1);
    expect(perToken((time) => memory(gru, time).kept)).toBeLessThanOrEqual(5 * H * 1.1);
    expect(keptForBackward(compileCell(lstm, { inputSize: 5, hiddenSize: H }))).toMatchObject({ hidden: 6, input: 0, row: 0, other: 0 });
    expect(keptForBackward(compileCell(gru, { inputSize: 5, hiddenSize: H }))).toMatchObject({ hidden: 5, input: 0, row: 0, other: 0 });
  });

  it("in segments is the output, the states between them, and one segment's share", () => {
    for (const cell of [lstm, gru, layerNormLstm]) {
      const compiled = compileCell(cell, { inputSize: H, hiddenSize: H });
      const states = cell.states.length * H;
      const time = 400;
      for (const k of [10, 20, 50]) {
        const { kept, peak } = memory(cell, time, k);
        expect(kept).toBe(4 * B * (time * H + (time / k) * states));
        // Weights, packed and not, carries, tables: as much whatever the length.
        const fixed = memory(cell, 1).peak;
        const segment = k * (keptFloats(compiled) - H);
        expect(peak).toBeLessThanOrEqual(kept + 4 * B * segment + 2 * fixed + 4096);
      }
      expect(memory(cell, time, "sqrt").peak).toBeLessThan(0.45 * memory(cell, time).peak);
    }
  });

  it("is the output alone where nothing is recorded", () => {
    withBackend(fastest, () => {
      const compiled = compileCell(lstm, { inputSize: H, hiddenSize: H });
      const parameters = randomParameters(compiled, new RandomStream(1));
      step(() =>
        noGrad(() => {
          const x = new RandomStream(2).uniform([50, B, H]);
          const before = currentArena(x.backend)!.used;
          runSequence(compiled, parameters, x);
          expect(currentArena(x.backend)!.used - before).toBe(4 * B * (50 * H + 2 * H));
        }),
      );
    });
  });
});
