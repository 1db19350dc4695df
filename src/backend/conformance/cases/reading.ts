/** Reads of a memory within sequence programs: every such instruction, at sizes around vectors, over rows with and without positions. */
import type { Bench, Case } from "../bench.js";
import * as K from "../../generated/kernels.js";
import { floats } from "../values.js";
import { carried, runSequence, type Shape, stage, timeMajor, vector } from "./sequence.js";

interface Sizes extends Shape {
  readonly positions: number;
}

const SIZES: readonly Sizes[] = [
  { rows: 1, timeSteps: 1, width: 1, positions: 1 }, { rows: 3, timeSteps: 2, width: 7, positions: 0 },
  { rows: 5, timeSteps: 3, width: 17, positions: 13 }, { rows: 26, timeSteps: 2, width: 33, positions: 17 },
  { rows: 2, timeSteps: 3, width: 131, positions: 50 },
];

/** What is read lies in the first buffers: the memory with where its gradient gathers, how many positions rows have, rows, numbers. */
const [MEMORY, LENGTHS, ROW, OTHER, V, SCORES, SHARES] = [0, 1, 2, 3, 4, 5, 6];

function everyRead(b: Bench, sizes: Sizes): void {
  const { rows, timeSteps, width, positions } = sizes;
  const tokens = rows * timeSteps;
  const perPosition = { ...sizes, width: positions };
  const numbers = (seed: number) => timeMajor(b.input(floats(tokens * positions, seed, -1, 1)), perPosition);
  const values = (seed: number, low: number, high: number) => timeMajor(b.input(floats(tokens * width, seed, low, high)), sizes);
  const size = rows * positions * width;
  const lengths = Array.from({ length: rows }, (_, row) => (row === 1 ? 0 : Math.max(0, positions - (row % 5))));
  const buffers = [
    [b.input(floats(size, 1, -1, 1)), width, positions * width, b.output(floats(size, 2)), 0],
    [b.inputInts(lengths), positions, 1, 0, 0],
    values(3, 0.1, 1), values(4, 0.2, 1.5), vector(b.input(floats(width, 5, -1, 1))), numbers(6), numbers(7),
  ];
  const instructions: number[][] = [];
  /** Results with a number for each position, or so many columns. */
  const read = (opcode: number, wide: boolean, a: number, second: number, third = 0, number = 0) => {
    instructions.push([opcode, buffers.length, a, second, width], [K.SEQ_MORE, third, MEMORY, LENGTHS, number]);
    buffers.push(wide ? timeMajor(b.output(tokens * width), sizes) : timeMajor(b.output(tokens * positions), perPosition));
  };
  read(K.SEQ_DOT_SCORES, false, ROW, 0);
  read(K.SEQ_ADDITIVE_SCORES, false, ROW, V);
  read(K.SEQ_WINDOW, false, ROW, OTHER, ROW);
  read(K.SEQ_READ, true, SCORES, 0);
  read(K.SEQ_POSITION_SOFTMAX, false, SCORES, 0);
  read(K.SEQ_POSITION_ADD, false, SCORES, SHARES);
  read(K.SEQ_POSITION_SOFTMAX_GRADIENT, false, SHARES, SCORES);
  read(K.SEQ_ADDITIVE_SLOPE, true, ROW, SHARES, V, 1);
  for (const power of [0, 1, 2]) read(K.SEQ_WINDOW_MOMENT, true, OTHER, ROW, SHARES, power);
  runSequence(b, { ...sizes, program: stage(1, instructions), buffers, totals: width + 2 });
}

/** What one token leaves the next takes up: carry = what is read with weights that follow from the carry before. */
function chained(b: Bench, sizes: Sizes, reversed: boolean): void {
  const { rows, timeSteps, width, positions } = sizes;
  const [memory, lengths, carry, scores, shares, out] = [0, 1, 2, 3, 4, 5];
  const narrow = { ...sizes, width: positions };
  const buffers = [
    [b.input(floats(rows * positions * width, 1, -1, 1)), width, positions * width, 0, 0],
    [b.inputInts(Array.from({ length: rows }, (_, row) => Math.max(0, positions - row))), positions, 1, 0, 0],
    carried(b.output(floats(rows * width, 2)), sizes), carried(b.scratch(rows * positions), narrow),
    timeMajor(b.output(rows * timeSteps * positions), narrow), timeMajor(b.output(rows * timeSteps * width), sizes),
  ];
  const program = [
    ...stage(1, [[K.SEQ_DOT_SCORES, scores, carry, 0, width], [K.SEQ_MORE, 0, memory, lengths, 0]]),
    ...stage(1, [[K.SEQ_POSITION_SOFTMAX, shares, scores, 0, 0], [K.SEQ_MORE, 0, 0, lengths, 0]]),
    ...stage(1, [[K.SEQ_READ, carry, shares, 0, width], [K.SEQ_MORE, 0, memory, lengths, 0]]),
    ...stage(width, [[K.SEQ_LOAD, 0, carry], [K.SEQ_STORE, out, 0]]),
  ];
  runSequence(b, { ...sizes, program, buffers, reversed });
}

export function* readingCases(): Iterable<Case> {
  for (const sizes of SIZES) {
    const name = `${sizes.rows} rows of ${sizes.timeSteps}, ${sizes.width} wide, ${sizes.positions} positions`;
    yield [`every read of a memory, ${name}`, (b) => everyRead(b, sizes)];
    for (const reversed of [false, true]) yield [`reads that follow from reads${reversed ? ", reversed" : ""}, ${name}`, (b) => chained(b, sizes, reversed)];
  }
}
