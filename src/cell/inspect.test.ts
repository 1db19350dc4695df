/**
 * Values and gradients that are looked at: against the equations evaluated one by one with a probe added to every value, and against
 * sequences cut in two; and that looking changes nothing.
 */
import { describe, expect, it } from "vitest";
import { type Backend, createReferenceBackend } from "../backend/index.js";
import * as T from "../tensor/index.js";
import { RandomStream, type Tensor, step, withBackend } from "../tensor/index.js";
import { availableBackends, expectClose, sampleTensor, values } from "../tensor/testing.js";
import { cells, elmanTanh, layerNormLstm, lstm } from "./cells/index.js";
import { compileCell, type CellSizes, type CompileOptions } from "./compile.js";
import { defineCell, type Cell } from "./define.js";
import { evaluateStep } from "./evaluate.testing.js";
import * as E from "./expression.js";
import { runSequence, type SequenceOptions } from "./sequence.js";
import { allParameters, randomParameters } from "./testing.js";

const reference = createReferenceBackend();
const backends = await availableBackends();

/** Every kind of value: products that are added elsewhere, numbers per row, values without influence or behind a stop, masks. */
const curious = defineCell<"h" | "m">("curious", ({ x, h, m }, { linear, parameter, name }) => {
  const before = name("before", h);
  const f = E.sigmoid(linear("forget", x, before));
  const kept = name("kept", E.mul(f, m));
  const written = name("written", E.mul(E.oneMinus(f), E.tanh(linear("candidate", x, E.mul(f, h)))));
  const next = E.add(kept, written);
  const total = name("total", E.sum(E.square(next)));
  name("aside", E.mul(total, x));
  const open = name("open", E.step(next));
  const seen = name("seen", E.stopGradient(E.tanh(next)));
  const share = name("share", E.softmax(E.add(next, parameter("lift", 0.2))));
  return { h: E.add(E.mul(E.tanh(next), open), E.mul(share, seen), E.div(next, E.offset(total, 2))), m: next };
});
const all = [...cells.values(), curious];

const namesOf = (cell: Cell) => [...new Set([...cell.states, ...Object.keys(cell.named)])];

interface Pass extends Pick<SequenceOptions, "lengths" | "reversed" | "recompute"> {
  readonly time?: number;
  readonly batch?: number;
  readonly sizes?: CellSizes;
  readonly options?: CompileOptions;
}

/** Everything that a training step makes: output, final states, gradients of all leaves, what was looked at. */
function pass(cell: Cell, { time = 5, batch = 3, sizes = { inputSize: 6, hiddenSize: 6 }, options = {}, ...sequence }: Pass) {
  const compiled = compileCell(cell, sizes, options);
  const parameters = randomParameters(compiled, new RandomStream(3));
  let seed = 1;
  for (const each of allParameters(parameters)) each.set(values([...each.shape], { seed: seed++, low: -0.8, high: 0.8 }));
  const sample = (shape: number[], requiresGrad = false) => sampleTensor(shape, { seed: seed++, requiresGrad });
  const x = sample([time, batch, sizes.inputSize], true);
  const initial = Object.fromEntries(cell.states.map((state) => [state, sample([batch, sizes.hiddenSize], true)]));
  const weights = [sample([time, batch, sizes.hiddenSize]), ...cell.states.map(() => sample([batch, sizes.hiddenSize]))];
  return step(() => {
    const { output, final, inspected, inspectedGradients } = runSequence(compiled, parameters, x, { ...sequence, initial });
    const results = [output, ...Object.values(final)];
    results.map((result, i) => T.sum(T.mul(result, weights[i]!))).reduce((a, b) => T.add(a, b)).backward();
    const numbers = (tensors: readonly Tensor[]) => tensors.map((tensor) => Float64Array.from(tensor.dataSync()));
    const record = (tensors: Readonly<Record<string, Tensor>>) =>
      Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, Float64Array.from(tensor.dataSync())]));
    return {
      results: numbers(results),
      gradients: numbers([x, ...allParameters(parameters), ...Object.values(initial)].map((leaf) => leaf.grad ?? T.zeros(leaf.shape))),
      inspected: record(inspected),
      inspectedGradients: record(inspectedGradients),
    };
  });
}

const everything = (cell: Cell): CompileOptions => ({ inspect: namesOf(cell), inspectGradients: namesOf(cell) });

describe("the gradient of a value is that of a probe added to it", () => {
  it.each(all.map((cell) => [cell.name, cell] as const))("%s", (_, cell) => {
    withBackend(reference, () => {
      const [time, batch, size] = [3, 2, 5];
      const names = namesOf(cell);
      const compiled = compileCell(cell, { inputSize: size, hiddenSize: size }, { inspectGradients: names });
      const random = new RandomStream(4);
      const parameters = randomParameters(compiled, random);
      const x = random.uniform([time, batch, size], -1, 1);
      const outputWeights = random.uniform([time, batch, size], -1, 1);
      const finalWeights = cell.states.map(() => random.uniform([batch, size], -1, 1));
      const named = (name: string) => cell.named[name] ?? cell.next[name]!;
      const probes = new Map(
        [...new Set(names.map(named))].map((e) => [e, T.zeros([time, batch, e.width === "row" ? 1 : size], { requiresGrad: true })]),
      );

      const byEquations = () => {
        let states: Record<string, Tensor> = Object.fromEntries(cell.states.map((state) => [state, T.zeros([batch, size])]));
        const terms: Tensor[] = [];
        for (let t = 0; t < time; t++) {
          const at = (tensor: Tensor) => T.reshape(T.slice(tensor, 0, t, t + 1), [batch, tensor.shape[2]!]);
          const computed = evaluateStep(compiled, parameters, at(x), states, (e, value) => {
            const probe = probes.get(e);
            return probe ? T.add(value, at(probe)) : value;
          });
          states = Object.fromEntries(cell.states.map((state) => [state, computed.get(cell.next[state]!)!]));
          terms.push(T.sum(T.mul(states[cell.output]!, at(outputWeights))));
        }
        cell.states.forEach((state, i) => terms.push(T.sum(T.mul(states[state]!, finalWeights[i]!))));
        return terms.reduce((a, b) => T.add(a, b));
      };
      // What is behind a stop has no gradient, whatever finite differences say.
      if (cell !== curious) T.gradCheck(byEquations, [...probes.values()], { sample: 4 });

      step(() => {
        byEquations().backward();
        const { output, final, inspectedGradients } = runSequence(compiled, parameters, x);
        cell.states
          .reduce((sum, state, i) => T.add(sum, T.sum(T.mul(final[state]!, finalWeights[i]!))), T.sum(T.mul(output, outputWeights)))
          .backward();
        for (const name of names) {
          const probe = probes.get(named(name))!;
          expectClose(inspectedGradients[name]!.dataSync(), probe.grad?.dataSync() ?? new Float64Array(probe.size), 1e-10, name);
        }
      });
    });
  });

  it("the states of the course notes' network: products of the slopes of the steps", () => {
    withBackend(reference, () => {
      const compiled = compileCell(elmanTanh, { inputSize: 1, hiddenSize: 1 }, { inspectGradients: ["h", "hidden"] });
      const matrices = { x: T.tensor([0.5], [1, 1]), h: T.tensor([0.8], [1, 1], { requiresGrad: true }) };
      step(() => {
        const x = T.tensor([1, -1, 0.5], [3, 1, 1]);
        const { final, inspectedGradients } = runSequence(compiled, { matrices, bias: T.tensor([0.1]), vectors: {} }, x);
        T.sum(final["h"]!).backward();
        expectClose(inspectedGradients["h"]!.dataSync(), [0.7992976042 * 0.6979105314, 0.6979105314, 1], 1e-9);
      });
    });
  });
});

/** What reaches the output state is what arrives from outside, and the gradient of the initial state of a sequence that begins there. */
describe("the gradient of the output state is that of the rest of the sequence", () => {
  const zoneout = { zoneout: { h: 0.3 } };
  const cases: readonly (readonly [string, CompileOptions, readonly string[]])[] = [
    ["as it is", {}, []],
    ["clipped", { clipPreactivations: 0.02 }, []],
    ["zoneout, expected", zoneout, []],
    ["zoneout, drawn, and recurrent dropout", { ...zoneout, recurrentMask: true, sampled: true }, ["zoneout:h", "recurrent:h"]],
  ];
  it.each(cases)("%s", (_, options, masks) => {
    withBackend(reference, () => {
      for (const cell of [elmanTanh, cells.get("gru")!, lstm, cells.get("gru-reset-before")!]) {
        const [time, batch, size, cut] = [6, 4, 5, 2];
        const compiled = compileCell(cell, { inputSize: size, hiddenSize: size }, { ...options, inspectGradients: cell.states });
        const random = new RandomStream(6);
        const parameters = randomParameters(compiled, random);
        const x = random.uniform([time, batch, size], -1, 1);
        const weights = random.uniform([time, batch, size], -1, 1);
        const given = Object.fromEntries(
          [...masks, ...(options.recurrentMask ? cell.states.map((state) => `recurrent:${state}`) : [])].map((name) => [
            name, random.mask(name.startsWith("recurrent") ? [batch, size] : [time, batch, size], 0.6),
          ]),
        );
        const lengths = [6, 3, 5, 0];
        step(() => {
          const { output, inspectedGradients } = runSequence(compiled, parameters, x, { given, lengths });
          T.sum(T.mul(output, weights)).backward();
          const states = T.noGrad(() => runSequence(compiled, parameters, T.slice(x, 0, 0, cut), { given: partsOf(given, 0, cut), lengths: [2, 2, 2, 0] }).final);
          const initial = Object.fromEntries(Object.entries(states).map(([name, state]) => [name, T.tensor(state.dataSync(), state.shape, { requiresGrad: true })]));
          const rest = runSequence(compiled, parameters, T.slice(x, 0, cut, time), { initial, given: partsOf(given, cut, time), lengths: [4, 1, 3, 0] });
          T.sum(T.mul(rest.output, T.slice(weights, 0, cut, time))).backward();
          const state = cell.output;
          const outside = T.slice(weights, 0, cut - 1, cut).dataSync();
          const expected = initial[state]!.grad!.dataSync().map((value, i) => value + (i < 3 * size ? outside[i]! : 0));
          expectClose(T.slice(inspectedGradients[state]!, 0, cut - 1, cut).dataSync(), expected, 1e-10, cell.name);
          // Past the ends there is nothing.
          for (const gradient of Object.values(inspectedGradients)) {
            gradient.dataSync().forEach((value, i) => {
              const [t, row] = [Math.floor(i / (batch * size)), Math.floor(i / size) % batch];
              if (t >= lengths[row]!) expect(value).toBe(0);
            });
          }
        });
      }
    });
  });
});

function partsOf(given: Readonly<Record<string, Tensor>>, from: number, to: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(given).map(([name, mask]) => [name, mask.shape.length === 3 ? T.slice(mask, 0, from, to) : mask]),
  );
}

const LENGTHS = [2, 5, 0, 4, 1, 5, 3];
const forms: readonly (readonly [string, Pass])[] = [
  ["equal lengths", {}],
  ["ragged", { batch: 7, lengths: LENGTHS }],
  ["reversed and ragged", { batch: 7, lengths: LENGTHS, reversed: true }],
  ["wider than a panel", { time: 2, batch: 25, sizes: { inputSize: 33, hiddenSize: 33 } }],
  ["one", { time: 1, batch: 1, sizes: { inputSize: 1, hiddenSize: 1 } }],
  ["no steps", { time: 0 }],
];

/** Where every cell would take long, cells with different programs. */
const some = [lstm, layerNormLstm, curious];

describe.each(backends)("on $name $isa", (backend: Backend) => {
  it.each(forms)("looking changes no bit of anything else: %s", (_, form) => {
    withBackend(backend, () => {
      for (const cell of backend.name === "reference" || form.sizes ? some : all) {
        const alone = pass(cell, form);
        const seen = pass(cell, { ...form, options: everything(cell) });
        expect(seen.results, cell.name).toEqual(alone.results);
        expect(seen.gradients, cell.name).toEqual(alone.gradients);
        expect([alone.inspected, alone.inspectedGradients]).toEqual([{}, {}]);
      }
    });
  });

  it.each(backend.name === "reference" ? [] : forms)("what is seen agrees with the reference: %s", (_, form) => {
    for (const cell of form.sizes ? some : all) {
      const seen = () => pass(cell, { ...form, options: everything(cell) });
      const [expected, actual] = [withBackend(reference, seen), withBackend(backend, seen)];
      for (const name of namesOf(cell)) {
        expectClose(actual.inspectedGradients[name]!, expected.inspectedGradients[name]!, 2e-4, `${cell.name} gradient of ${name}`);
        // Past a row's length values are whatever was there.
        if (!form.lengths) expectClose(actual.inspected[name]!, expected.inspected[name]!, 1e-4, `${cell.name} ${name}`);
      }
    }
  });

  it("in segments that are computed again", () => {
    withBackend(backend, () => {
      for (const cell of [lstm, layerNormLstm, curious]) {
        for (const form of [{}, { batch: 7, lengths: LENGTHS }, { batch: 7, lengths: LENGTHS, reversed: true }]) {
          const options = everything(cell);
          const whole = pass(cell, { ...form, options });
          for (const recompute of [1, 2, "sqrt"] as const) {
            const { inspectedGradients } = pass(cell, { ...form, options, recompute });
            for (const [name, gradient] of Object.entries(inspectedGradients)) {
              expectClose(gradient, whole.inspectedGradients[name]!, 1e-4, `${cell.name} ${recompute} ${name}`);
            }
          }
        }
      }
    });
  });
});

describe("what does not fit is refused by name", () => {
  const compile = (options: CompileOptions, cell = lstm) => compileCell(cell, { inputSize: 3, hiddenSize: 3 }, options);
  it("a value that there is not", () => {
    const message = (option: string) => `cell "lstm": ${option}: there is no value "forgot"; there are h, c, input, forget, candidate, output`;
    expect(() => compile({ inspect: ["forgot"] })).toThrow(message("inspect"));
    expect(() => compile({ inspectGradients: ["h", "forgot"] })).toThrow(message("inspectGradients"));
    expect(() => compile({ inspect: ["toString"] })).toThrow('there is no value "toString"');
  });
  it("the gradient of the input", () => {
    const cell = defineCell("plain", ({ x, h }, { linear, name }) => ({ h: E.tanh(linear("a", name("seen", x), h)) }));
    expect(() => compile({ inspectGradients: ["seen"] }, cell)).toThrow('inspectGradients: "seen" is the input; set requiresGrad');
    expect(compile({ inspect: ["seen"] }, cell).inspected).toEqual({ seen: 3 });
  });
});

it("costs nothing where it was not asked for, and gradients nothing where nothing is recorded", () => {
  withBackend(reference, () => {
    const [plain, seen] = [{}, { inspectGradients: ["c"] }].map((options) => compileCell(lstm, { inputSize: 3, hiddenSize: 3 }, options));
    expect(seen!.training.words).toEqual(plain!.training.words);
    expect(seen!.slotOffsets).toEqual(plain!.slotOffsets);
    expect(seen!.backward.words.length).toBeGreaterThan(plain!.backward.words.length);
    const parameters = randomParameters(seen!, new RandomStream(1));
    expect(step(() => T.noGrad(() => runSequence(seen!, parameters, T.zeros([2, 1, 3])).inspectedGradients))).toEqual({});
  });
});
