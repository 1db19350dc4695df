/** Compiled cells on every backend of this machine against the reference: values, gradients, threads, repetition. */
import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/index.js";
import { availableBackends, expectClose } from "../tensor/testing.js";
import { cells } from "./cells/index.js";
import { type Shape, trainOnce } from "./testing.js";

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

const backends = await availableBackends();
const reference = createReferenceBackend();

describe.each(backends.filter(({ name }) => name !== "reference"))("$name $isa", (backend) => {
  for (const cell of cells.values()) {
    it(`${cell.name} agrees with the reference`, () => {
      for (const shape of SHAPES) {
        const expected = trainOnce(reference, cell, shape);
        trainOnce(backend, cell, shape).forEach((result, i) => expectClose(result, expected[i]!, 1e-4, `${JSON.stringify(shape)} result ${i}`));
      }
    });
  }

  it("gives the same bits twice, and agrees for 1 to 4 threads", () => {
    const before = backend.threads;
    const shape = SHAPES[3]!;
    const cell = cells.get("layer-norm-lstm")!;
    try {
      backend.setThreads(1);
      const expected = trainOnce(backend, cell, shape);
      for (let threads = 1; threads <= 4; threads++) {
        backend.setThreads(threads);
        const first = trainOnce(backend, cell, shape);
        expect(trainOnce(backend, cell, shape)).toEqual(first);
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
        const expected = trainOnce(backend, cell, shape);
        for (let threads = 2; threads <= 4; threads++) {
          backend.setThreads(threads);
          trainOnce(backend, cell, shape).forEach((result, i) => expectClose(result, expected[i]!, 1e-6, `${cell.name}, ${threads} threads, result ${i}`));
        }
      }
    } finally {
      backend.setThreads(before);
    }
  });
});
