/** Gradients that reach what is read from a memory: against each other by the chain rule, and nothing else changes for being looked at. */
import { describe, expect, it } from "vitest";
import { mul, noGrad, RandomStream, slice, step, sum, tensor, withBackend } from "../tensor/index.js";
import { availableBackends, expectClose, sampleTensor, values } from "../tensor/testing.js";
import { attentionLstm } from "./cells/index.js";
import { compileCell } from "./compile.js";
import { runSequence } from "./sequence.js";
import { allParameters, randomParameters } from "./testing.js";

const [TIME, ROWS, POSITIONS, HIDDEN, MEMORY] = [5, 3, 6, 4, 3];
const LENGTHS = [5, 0, 3];
const MEMORY_LENGTHS = [6, 2, 4];
const NAMES = ["attention", "context", "h", "c", "forget"];
const cell = attentionLstm("additive");

function made(inspect: readonly string[]) {
  const compiled = compileCell(cell, { inputSize: 3, hiddenSize: HIDDEN, memorySize: MEMORY }, { inspect, inspectGradients: inspect });
  const parameters = randomParameters(compiled, new RandomStream(3));
  allParameters(parameters).forEach((each, i) => each.set(values(each.shape, { seed: i + 1, low: -0.8, high: 0.8 })));
  return { compiled, parameters };
}

describe.each(await availableBackends())("on $name $isa", (backend) => {
  const tolerance = backend.name === "reference" ? 1e-12 : 1e-5;

  it("what reaches a share is what reaches the sum, times the position", () => {
    withBackend(backend, () => {
      const { compiled, parameters } = made(NAMES);
      const memory = sampleTensor([POSITIONS, ROWS, MEMORY], { seed: 20 });
      step(() => {
        const { output, inspectedGradients } = runSequence(compiled, parameters, sampleTensor([TIME, ROWS, 3], { seed: 21 }), {
          lengths: LENGTHS, memory: { values: memory, lengths: MEMORY_LENGTHS },
        });
        sum(mul(output, sampleTensor([TIME, ROWS, HIDDEN], { seed: 22 }))).backward();
        const shares = inspectedGradients["attention"]!;
        expect(shares.shape).toEqual([TIME, ROWS, POSITIONS]);
        const [reached, context, positions] = [shares.dataSync(), inspectedGradients["context"]!.dataSync(), memory.dataSync()];
        const expected = Array.from(reached, (_, i) => {
          const [at, position] = [Math.floor(i / POSITIONS), i % POSITIONS];
          const [t, row] = [Math.floor(at / ROWS), at % ROWS];
          if (t >= LENGTHS[row]! || position >= MEMORY_LENGTHS[row]!) return 0;
          return Array.from({ length: MEMORY }, (_, k) => context[at * MEMORY + k]! * positions[(position * ROWS + row) * MEMORY + k]!).reduce((a, b) => a + b);
        });
        expect(expected.some((value) => Math.abs(value) > 1e-3)).toBe(true);
        expectClose(reached, expected, tolerance);
      });
    });
  });

  it("what reaches the output state is that from outside, and that of the rest of the sequence", () => {
    withBackend(backend, () => {
      const { compiled, parameters } = made(["h"]);
      const cut = 2;
      const memory = { values: sampleTensor([POSITIONS, ROWS, MEMORY], { seed: 20 }), lengths: MEMORY_LENGTHS };
      const [x, weights] = [sampleTensor([TIME, ROWS, 3], { seed: 21 }), sampleTensor([TIME, ROWS, HIDDEN], { seed: 22 })];
      step(() => {
        const { output, inspectedGradients } = runSequence(compiled, parameters, x, { memory });
        sum(mul(output, weights)).backward();
        const { final } = noGrad(() => runSequence(compiled, parameters, slice(x, 0, 0, cut), { memory }));
        const initial = Object.fromEntries(Object.entries(final).map(([name, state]) => [name, tensor(state.dataSync(), state.shape, { requiresGrad: true })]));
        sum(mul(runSequence(compiled, parameters, slice(x, 0, cut, TIME), { initial, memory }).output, slice(weights, 0, cut, TIME))).backward();
        const outside = slice(weights, 0, cut - 1, cut).dataSync();
        expectClose(
          slice(inspectedGradients["h"]!, 0, cut - 1, cut).dataSync(),
          initial["h"]!.grad!.dataSync().map((value, i) => value + outside[i]!),
          tolerance,
        );
      });
    });
  });

  it("looking changes no bit of anything else", () => {
    withBackend(backend, () => {
      const [alone, seen] = [[], NAMES].map((names) => {
        const { compiled, parameters } = made(names);
        const memory = sampleTensor([POSITIONS, ROWS, MEMORY], { seed: 20, requiresGrad: true });
        return step(() => {
          const { output } = runSequence(compiled, parameters, sampleTensor([TIME, ROWS, 3], { seed: 21 }), { lengths: LENGTHS, memory: { values: memory, lengths: MEMORY_LENGTHS } });
          sum(mul(output, sampleTensor([TIME, ROWS, HIDDEN], { seed: 22 }))).backward();
          return [output, memory.grad!, ...allParameters(parameters).map(({ grad }) => grad!)].map((each) => [...each.dataSync()]);
        });
      });
      expect(seen).toEqual(alone);
    });
  });
});
