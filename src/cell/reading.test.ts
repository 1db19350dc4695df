/** Reads of a memory: golden values, gradients by finite differences in float64, padding, and all backends beside the reference. */
import { describe, expect, it } from "vitest";
import { type Backend, createReferenceBackend } from "../backend/index.js";
import { RandomStream, add as addTensors, gradCheck, mul as mulTensors, step, sum as sumTensor, tensor, type Tensor, withBackend } from "../tensor/index.js";
import { availableBackends, expectClose, values as drawn } from "../tensor/testing.js";
import { attentionLstm, gravesWindow } from "./cells/index.js";
import { compileCell, type CompileOptions } from "./compile.js";
import { defineCell, type Cell } from "./define.js";
import * as E from "./expression.js";
import { additiveScores, dotScores, gaussianWindow, read } from "./reading.js";
import { runSequence, type SequenceOptions } from "./sequence.js";
import { allParameters, randomParameters } from "./testing.js";

const reference = createReferenceBackend();

interface Case extends Pick<SequenceOptions, "lengths" | "reversed" | "recompute"> {
  readonly time?: number;
  readonly batch?: number;
  readonly inputSize?: number;
  readonly hiddenSize?: number;
  readonly memorySize?: number;
  readonly positions?: number;
  readonly memoryLengths?: readonly number[];
  readonly options?: CompileOptions;
  /** What lies behind the positions of a row. */
  readonly padding?: number;
}

/** Parameters, input, memory, initial states and a loss over everything that comes out, made of exact float32 numbers. */
function prepare(cell: Cell, given: Case) {
  const { time = 4, batch = 3, inputSize = 3, hiddenSize = 4, memorySize = 5, positions = 6, memoryLengths, options = {}, padding } = given;
  const compiled = compileCell(cell, { inputSize, hiddenSize, memorySize }, options);
  const parameters = randomParameters(compiled, new RandomStream(3));
  let seed = 1;
  const numbers = (shape: readonly number[], limit: number) => drawn([...shape], { seed: seed++, low: -limit, high: limit });
  for (const parameter of allParameters(parameters)) parameter.set(numbers(parameter.shape, 1 / Math.sqrt(hiddenSize)));
  const made = (shape: number[]) => tensor(numbers(shape, 1), shape, { requiresGrad: true });
  const x = made([time, batch, inputSize]);
  const features = numbers([positions, batch, memorySize], 1);
  if (padding !== undefined) {
    for (let at = 0; at < features.length; at++) {
      const row = Math.floor(at / memorySize) % batch;
      if (Math.floor(at / memorySize / batch) >= (memoryLengths?.[row] ?? positions)) features[at] = padding;
    }
  }
  const memory = tensor(features, [positions, batch, memorySize], { requiresGrad: true });
  const initial = Object.fromEntries(cell.states.map((state) => [state, made([batch, compiled.stateColumns[state]!])]));
  const { lengths, reversed, recompute } = given;
  const run = () =>
    runSequence(compiled, parameters, x, { initial, lengths, reversed, recompute, memory: { values: memory, lengths: memoryLengths } });
  const weights = new Map<string, Float32Array | number[]>();
  const loss = () => {
    const { output, final, outputs } = run();
    const results = { output, ...final, ...outputs };
    return Object.entries(results).map(([name, result]) => {
      if (!weights.has(name)) weights.set(name, numbers(result.shape, 1));
      return sumTensor(mulTensors(result, tensor(weights.get(name)!, [...result.shape])));
    }).reduce((total, part) => addTensors(total, part));
  };
  return { run, loss, memory, leaves: [x, memory, ...allParameters(parameters), ...Object.values(initial)] };
}

/** Everything that a training step makes, as plain numbers. */
function trained(backend: Backend, cell: Cell, given: Case): Record<string, Float64Array> {
  return withBackend(backend, () => {
    const { run, loss, leaves } = prepare(cell, given);
    return step(() => {
      const { output, final, outputs, inspected } = run();
      const made: Record<string, Tensor> = { output, ...final, ...outputs };
      // Past a row's length nothing is recorded.
      if (!given.lengths) for (const [name, tensor] of Object.entries(inspected)) made[`inspected ${name}`] = tensor;
      const result = Object.fromEntries(Object.entries(made).map(([name, value]) => [name, Float64Array.from(value.dataSync())]));
      loss().backward();
      leaves.forEach((leaf, i) => (result[`gradient ${i}`] = Float64Array.from(leaf.grad?.dataSync() ?? new Float64Array(leaf.size))));
      return result;
    });
  });
}

/** Two memories' worth of reads: weights that are used twice, scores that are added, a query that is the state itself. */
const twice = defineCell<"h" | "m">(
  "twice",
  ({ x, h, m }, { linear, parameter, memory, keys, name }) => {
    const first = keys("first", 3);
    const scores = E.add(additiveScores(first, linear("query", h, x, { width: 3 }), parameter("v", 0.5, 3)), dotScores(memory, m));
    const shares = name("shares", E.softmax(scores));
    const seen = read(shares, memory);
    const short = read(shares, first);
    return { h: E.tanh(E.add(linear("a", x, h, seen), E.mul(E.sum(short), 0.5))), m: E.add(E.mul(m, 0.5), seen) };
  },
  { widths: { m: "memory" } },
);

/** The window alone, moved by the input: the state is what it sees, and its total a number per row. */
const bare = defineCell<"w" | "kappa">(
  "bare",
  ({ x, kappa }, { linear, memory, name }) => {
    const place = E.add(kappa, E.exp(linear("step", x, { width: 2 })));
    const window = name("window", gaussianWindow(E.exp(linear("alpha", x, { width: 2 })), E.exp(linear("beta", x, { width: 2 })), place));
    return { w: read(window, memory), kappa: place };
  },
  { widths: { w: "memory", kappa: 2 } },
);

/** Only the total of what is read matters: what reaches the read is one number per row. */
const total = defineCell("total", ({ x, h }, { linear, memory }) => {
  const seen = read(E.softmax(dotScores(memory, linear("query", h, { width: "memory" }))), memory);
  return { h: E.tanh(E.add(linear("a", x), E.sum(seen))) };
});

const CELLS: readonly (readonly [Cell, Case])[] = [
  [gravesWindow(2), { options: { outputs: ["w", "window"] } }],
  [attentionLstm("additive"), { options: { outputs: ["context", "attention"] } }],
  [attentionLstm("dot"), { hiddenSize: 5, options: { outputs: ["attention"] } }],
  [attentionLstm("general"), {}],
  [twice, { options: { outputs: ["shares", "m"] } }],
  [bare, { options: { outputs: ["kappa"] } }],
  [total, {}],
];

const FORMS: readonly (readonly [string, Case])[] = [
  ["all lengths equal", {}],
  ["ragged memory", { memoryLengths: [6, 0, 1] }],
  ["ragged in time", { lengths: [4, 0, 2] }],
  ["ragged both ways, reversed", { lengths: [1, 4, 3], memoryLengths: [2, 6, 5], reversed: true }],
  ["in segments", { lengths: [4, 3, 1], memoryLengths: [3, 6, 1], recompute: 2 }],
  ["one position", { positions: 1, memoryLengths: [1, 0, 1] }],
];

it("the window's golden values (Graves 2013)", () => {
  withBackend(reference, () => {
    const compiled = compileCell(bare, { inputSize: 6, hiddenSize: 1, memorySize: 1 }, { inspect: ["window", "kappa"] });
    // The input holds the six numbers: kappa's, alpha's, beta's.
    const identity = tensor(Array.from({ length: 36 }, (_, at) => (at % 7 === 0 ? 1 : 0)), [6, 6]);
    const x = tensor([-0.1, 0.2, 0, -0.5, -0.3, 0.4, -0.7, 0.3, 0.2, 0.1, 0, -0.2], [2, 1, 6]);
    const bias = tensor(new Array<number>(6).fill(0));
    const values = tensor([1, 2, 3, 4], [4, 1, 1]);
    const { inspected, output } = runSequence(compiled, { matrices: { x: identity }, bias, vectors: {} }, x, { memory: { values } });
    expectClose(inspected["kappa"]!.dataSync(), [0.904837418, 1.221402758, 1.401422722, 2.571261566], 1e-9, "kappa");
    const window = [1.55707289, 0.6567856246, 0.0441091127, 0.0008335687, 1.186036237, 1.6996417173, 1.0456082873, 0.2092075759];
    expectClose(inspected["window"]!.dataSync(), window, 1e-8, "window");
    const seen = [0, 4].map((t) => [1, 2, 3, 4].reduce((sum, value, u) => sum + value * window[t + u]!, 0));
    expectClose(output.dataSync(), seen, 1e-7, "what is read");
  });
});

it("additive attention's golden values", () => {
  withBackend(reference, () => {
    const cell = defineCell<"h">("golden", ({ h }, { linear, keys, parameter, memory, name }) => {
      const shares = name("shares", E.softmax(name("scores", additiveScores(keys("a"), linear("q", h, { bias: false }), parameter("v")))));
      return { h: read(shares, memory) };
    }, { widths: { h: "memory" } });
    const compiled = compileCell(cell, { inputSize: 1, hiddenSize: 1, memorySize: 1 }, { inspect: ["shares", "scores"] });
    const one = (value: number) => tensor([value], [1, 1]);
    const { output, inspected } = runSequence(
      compiled,
      { matrices: { h: one(0.3), a: one(0.5) }, bias: undefined, vectors: { v: tensor([2]) } },
      tensor([0], [1, 1, 1]),
      { initial: { h: one(0.4) }, memory: { values: tensor([1, 2, -1], [3, 1, 1]) } },
    );
    expectClose(inspected["scores"]!.dataSync(), [1.10225606, 1.61513783, -0.72541494], 1e-8, "scores");
    expectClose(inspected["shares"]!.dataSync(), [0.35324646, 0.58995589, 0.05679765], 1e-8, "shares");
    expectClose(output.dataSync(), [1.4763605836], 1e-9, "context");
  });
});

describe("gradients by finite differences", () => {
  for (const [cell, own] of CELLS) {
    it.each(FORMS)(`${cell.name}, %s`, (_, form) => {
      withBackend(reference, () => {
        const { loss, leaves } = prepare(cell, { ...own, ...form });
        gradCheck(loss, leaves, { sample: 8 });
      });
    });
  }
});

describe.each(await availableBackends())("$name $isa", (backend: Backend) => {
  const tolerance = backend.name === "reference" ? 1e-12 : 2e-5;
  const SIZES: readonly Case[] = [
    { time: 1, batch: 1, inputSize: 1, hiddenSize: 1, memorySize: 1, positions: 1 },
    { time: 3, batch: 26, inputSize: 2, hiddenSize: 17, memorySize: 17, positions: 33, memoryLengths: Array.from({ length: 26 }, (_, i) => (i * 7) % 34) },
    { time: 5, batch: 5, inputSize: 3, hiddenSize: 33, memorySize: 33, positions: 17, lengths: [5, 0, 3, 1, 2], memoryLengths: [17, 3, 0, 1, 16] },
    { time: 2, batch: 1, inputSize: 3, hiddenSize: 131, memorySize: 131, positions: 3 },
    { time: 0, batch: 2, positions: 3, hiddenSize: 5 },
    { time: 2, batch: 2, positions: 0, hiddenSize: 5 },
    { time: 2, batch: 0, positions: 3, hiddenSize: 5 },
  ];
  for (const [cell, own] of CELLS) {
    it(`${cell.name} gives what the reference gives`, () => {
      for (const size of SIZES) {
        const [actual, expected] = [backend, reference].map((on) => trained(on, cell, { ...own, ...size }));
        for (const [name, wanted] of Object.entries(expected!)) expectClose(actual![name]!, wanted, tolerance, `${JSON.stringify(size)} ${name}`);
      }
    });

    it(`${cell.name}: padding has no influence, not on a bit`, () => {
      const form: Case = { ...own, memoryLengths: [2, 0, 5], lengths: [4, 2, 3] };
      const zero = trained(backend, cell, { ...form, padding: 0 });
      expect(trained(backend, cell, { ...form, padding: NaN })).toEqual(zero);
      expect(trained(backend, cell, { ...form, padding: 1e30, recompute: 3 }).output).toEqual(zero.output);
      // Behind the end nothing reaches the memory.
      const [positions, batch, size] = [6, 3, 5];
      zero["gradient 1"]!.forEach((value, at) => {
        const row = Math.floor(at / size) % batch;
        if (Math.floor(at / size / batch) >= [2, 0, 5][row]!) expect(value).toBe(0);
      });
      expect(zero["gradient 1"]).toHaveLength(positions * batch * size);
    });

    it(`${cell.name}: rows in any company give the same as alone`, () => {
      const memoryLengths = [2, 6, 1];
      const together = trained(backend, cell, { ...own, memoryLengths });
      expectClose(together["output"]!, trained(reference, cell, { ...own, memoryLengths })["output"]!, tolerance);
    });
  }

  it("has the same bits on any number of threads", () => {
    const threads = backend.threads;
    const pass = () => trained(backend, gravesWindow(3), { batch: 7, memoryLengths: [1, 2, 3, 4, 5, 6, 0] });
    const forward = ({ output, w }: Record<string, Float64Array>) => [output, w];
    const most = forward(pass());
    backend.setThreads(1);
    expect(forward(pass())).toEqual(most);
    backend.setThreads(threads);
  });
});

it("threads that share the columns of a single row read the same", async () => {
  const backend = (await availableBackends()).at(-1)!;
  const { threads } = backend;
  const single = { batch: 1, time: 2, hiddenSize: 544, memoryLengths: [5], options: { outputs: ["w"] } };
  const pass = () => trained(backend, gravesWindow(3), single);
  const shared = pass();
  backend.setThreads(1);
  const alone = pass();
  backend.setThreads(threads);
  for (const [name, values] of Object.entries(alone)) expectClose(shared[name]!, values, 1e-5, name);
});

describe("mistakes in the use of a memory", () => {
  const small = { inputSize: 3, hiddenSize: 4 };
  const define = (f: Parameters<typeof defineCell<"h">>[1]) => () => defineCell<"h">("wrong", f);
  it("in the definition", () => {
    expect(define(({ h }, { memory }) => ({ h: E.add(h, dotScores(memory, h)) }))).toThrow(
      'cell "wrong": add: dotScores(h) has a number for each position of the memory; softmax, add and read take such values',
    );
    expect(define(({ h }, { memory }) => ({ h: read(h, memory) }))).toThrow(
      "read: weights: expected a number for each position (softmax of scores, a window), got h",
    );
    expect(define(({ h }, { memory }) => ({ h: additiveScores(memory, h, h) }))).toThrow("additiveScores: v: expected a parameter, got h");
    expect(define(({ x, h }, { linear, keys }) => keys("k") && { h: linear("a", x, h) })).toThrow('keys("k") has no influence on any state');
    expect(define(({ x, h }, { linear }) => ({ h: linear("a", x, h, { width: 0 }) }))).toThrow('linear("a"): width: expected "hidden", "input"');
    expect(() => defineCell<"h" | "c">("wrong", ({ x, h }, { linear }) => ({ h: linear("a", x, h) }), { widths: { c: 3 } })).toThrow('there is no state "c"');
  });

  it("in the sizes", () => {
    expect(() => compileCell(gravesWindow(), small)).toThrow("memorySize: expected the number of features of a position");
    expect(() => compileCell(attentionLstm("dot"), { ...small, memorySize: 7 })).toThrow(
      "dotScores: h is as wide as the state (4) but the memory as wide as the memory (7)",
    );
    const cell = defineCell<"h">("wrong", ({ h, x }, { linear }) => ({ h: linear("a", x, h, { width: 3 }) }));
    expect(() => compileCell(cell, small)).toThrow('state h is set to linear("a"), 3 wide; the state is 4 wide');
  });

  it("in what is given", () => {
    withBackend(reference, () => {
      const compiled = compileCell(gravesWindow(2), { ...small, memorySize: 5 });
      const parameters = randomParameters(compiled, new RandomStream(1));
      const x = tensor(new Array<number>(6).fill(0), [1, 2, 3]);
      const values = tensor(new Array<number>(20).fill(0), [2, 2, 5]);
      const run = (memory?: { values: Tensor; lengths?: number[] }) => () => runSequence(compiled, parameters, x, { memory });
      expect(run()).toThrow('cell "graves-window": memory: expected [positions, 2, 5], got none');
      expect(run({ values: x })).toThrow("memory.values: expected [positions, 2, 5], got [1, 2, 3]");
      expect(run({ values, lengths: [3, 1] })).toThrow('cell "graves-window": memory: lengths[0]: expected a whole number from 0 to 2, got 3');
    });
  });
});
