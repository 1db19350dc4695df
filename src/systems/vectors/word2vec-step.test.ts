/** One window, by hand: in which order rows are read and written. */
import { expect, it } from "vitest";
import { createReferenceBackend } from "../../backend/index.js";
import { WORD2VEC_EXACT } from "../../backend/generated/kernels.js";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, q) => sum + x * b[q]!, 0);
const added = (a: readonly number[], b: readonly number[], factor = 1) => a.map((x, q) => x + factor * b[q]!);

const INPUT = [[0.4, -0.3], [0.2, 0.5], [0.1, 0.6]];
const OUTPUT = [[0.7, 0.2], [-0.5, 0.3], [0.9, -0.8]];
const LR = 0.5;
/** Both negatives of every pair are word 2. */
const TARGETS = (centre: number) => [[centre, 1], [2, 0], [2, 0]] as const;

/** The sentence 0 1: word 1 as a context of 0, then 0 as one of 1. */
function byHand(atOnce: boolean): number[][] {
  const [input, output] = [INPUT.map((row) => [...row]), OUTPUT.map((row) => [...row])];
  for (const [centre, context] of [[0, 1], [1, 0]] as const) {
    const before = output.map((row) => [...row]);
    const v = input[context]!;
    let error = [0, 0];
    for (const [target, label] of TARGETS(centre)) {
      const u = atOnce ? output[target]! : before[target]!;
      const g = LR * (label - sigmoid(dot(u, v)));
      error = added(error, u, g); // with u as it was before this target changed it
      output[target] = added(output[target]!, v, g);
    }
    input[context] = added(v, error); // once, at the end
  }
  return [...input, ...output];
}

function byKernel(flags: number): number[][] {
  const { kernels, memory } = createReferenceBackend();
  const place = (values: readonly number[]) => {
    const at = memory.allocate(4 * values.length);
    memory.writeFloats(at, values);
    return at;
  };
  const rows = (matrix: readonly (readonly number[])[]) => place(matrix.flatMap((row) => [...row, ...new Array<number>(14).fill(0)]));
  const [input, output] = [rows(INPUT), rows(OUTPUT)];
  const alias = place([0, 2, 0, 2, 0, 2]); // whichever column is drawn, its word is 2
  kernels.word2vecTrain(input, output, 16, 2, place([0, 1]), 2, 0, alias, 3, 1, 2, flags, LR, 0, 0, 1, 2, 0, 0, place([0, 0, 0, 0]));
  return [input, output].flatMap((matrix) => [0, 1, 2].map((id) => [...memory.floats(matrix + 64 * id, 2)]));
}

it.each([["exact: a negative drawn twice is used as the first draw left it", WORD2VEC_EXACT], ["a window at once: all from the rows as they were", 0]])("%s", (_, flags) => {
  const expected = byHand(flags === WORD2VEC_EXACT);
  byKernel(flags).forEach((row, i) => row.forEach((x, q) => expect(x).toBeCloseTo(expected[i]![q]!, 12)));
});

it("the two differ here", () => {
  expect(Math.abs(byHand(true)[5]![0]! - byHand(false)[5]![0]!)).toBeGreaterThan(1e-3);
});
