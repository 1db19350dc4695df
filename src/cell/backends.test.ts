/** Compiled cells on every backend of this machine against the reference: values, gradients, threads, repetition. */
import { describe, expect, it } from "vitest";
import { type Backend, createReferenceBackend } from "../backend/index.js";
import { RandomStream, add, mul, step, sum, tensor, type Tensor, withBackend } from "../tensor/index.js";
import { availableBackends, expectClose, values } from "../tensor/testing.js";
import { cells } from "./cells/index.js";
import { compileCell } from "./compile.js";
import type { Cell } from "./define.js";
import { runSequence } from "./sequence.js";
import { allParameters, randomParameters } from "./testing.js";

interface Shape {
  readonly time: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly lengths?: readonly number[];
  readonly reversed?: boolean;
}

/** Sizes around tiles, panels and vectors, and the smallest there are. */
const SHAPES: readonly Shape[] = [
  { time: 1, batch: 1, inputSize: 1, hiddenSize: 1 },
  { time: 4, batch: 3, inputSize: 7, hiddenSize: 7 },
  { time: 3, batch: 25, inputSize: 17, hiddenSize: 17 },
  { time: 5, batch: 13, inputSize: 33, hiddenSize: 33, lengths: [5, 0, 3, 1, 5, 2, 4, 5, 1, 0, 3, 2, 5] },
  { time: 5, batch: 7, inputSize: 16, hiddenSize: 16, lengths: [1, 5, 3, 0, 2, 5, 4], reversed: true },
  { time: 2, batch: 1, inputSize: 131, hiddenSize: 131 },
  { time: 0, batch: 3, inputSize: 5, hiddenSize: 5 },
  { time: 3, batch: 0, inputSize: 5, hiddenSize: 5 },
];

/** Everything a training step makes, as plain numbers. */
function run(backend: Backend, cell: Cell, shape: Shape): Float64Array[] {
  const { time, batch, inputSize, hiddenSize, lengths, reversed } = shape;
  return withBackend(backend, () => {
    const compiled = compileCell(cell, { inputSize, hiddenSize });
    // Drawn on the reference in float64 they would differ in the last bits: exact float32 values serve all.
    const parameters = randomParameters(compiled, new RandomStream(3));
    let seed = 1;
    const drawn = (dimensions: number[], limit: number) => values(dimensions, { seed: seed++, low: -limit, high: limit });
    for (const parameter of allParameters(parameters)) parameter.set(drawn([...parameter.shape], 1 / Math.sqrt(hiddenSize)));
    const made = (dimensions: number[]) => tensor(drawn(dimensions, 1), dimensions, { requiresGrad: true });
    const x = made([time, batch, inputSize]);
    const initial = Object.fromEntries(cell.states.map((state) => [state, made([batch, hiddenSize])]));
    const weights = [tensor(drawn([time, batch, hiddenSize], 1), [time, batch, hiddenSize])];
    for (const _ of cell.states) weights.push(tensor(drawn([batch, hiddenSize], 1), [batch, hiddenSize]));
    return step(() => {
      const { output, final } = runSequence(compiled, parameters, x, { initial, lengths, reversed });
      const results = [output, ...Object.values(final)];
      const loss = results.map((result, i) => sum(mul(result, weights[i]!))).reduce((total, part) => add(total, part));
      loss.backward();
      const leaves = [x, ...allParameters(parameters), ...Object.values(initial)];
      const gradients = leaves.map((leaf: Tensor) => (leaf.grad ? leaf.grad.dataSync() : new Float64Array(leaf.size)));
      return [...results.map((result) => result.dataSync()), ...gradients].map((result) => Float64Array.from(result));
    });
  });
}

const backends = await availableBackends();
const reference = createReferenceBackend();

describe.each(backends.filter(({ name }) => name !== "reference"))("$name $isa", (backend) => {
  for (const cell of cells.values()) {
    it(`${cell.name} agrees with the reference`, () => {
      for (const shape of SHAPES) {
        const expected = run(reference, cell, shape);
        run(backend, cell, shape).forEach((result, i) => expectClose(result, expected[i]!, 1e-4, `${JSON.stringify(shape)} result ${i}`));
      }
    });
  }

  it("gives the same bits twice, and agrees for 1 to 4 threads", () => {
    const before = backend.threads;
    const shape = SHAPES[3]!;
    const cell = cells.get("layer-norm-lstm")!;
    try {
      backend.setThreads(1);
      const expected = run(backend, cell, shape);
      for (let threads = 1; threads <= 4; threads++) {
        backend.setThreads(threads);
        const first = run(backend, cell, shape);
        expect(run(backend, cell, shape)).toEqual(first);
        first.forEach((result, i) => expectClose(result, expected[i]!, 1e-5));
      }
    } finally {
      backend.setThreads(before);
    }
  });

  it("agrees for 1 to 4 threads where they share the columns of one row", () => {
    const before = backend.threads;
    // Large enough to be worth sharing, and no multiple of a panel.
    const shape: Shape = { time: 7, batch: 1, inputSize: 19, hiddenSize: 523 };
    try {
      for (const cell of [cells.get("lstm")!, cells.get("gru")!]) {
        backend.setThreads(1);
        const expected = run(backend, cell, shape);
        for (let threads = 2; threads <= 4; threads++) {
          backend.setThreads(threads);
          run(backend, cell, shape).forEach((result, i) => expectClose(result, expected[i]!, 1e-6, `${cell.name}, ${threads} threads, result ${i}`));
        }
      }
    } finally {
      backend.setThreads(before);
    }
  });
});
