import type { Pointer } from "../../backend.js";
import type { Bench, Case, Conformance } from "../bench.js";
import * as K from "../../generated/kernels.js";
import { floats, integers, SPECIALS } from "../values.js";
import { readingCases } from "./reading.js";

/** Opcode, destination, first and second argument, number: missing words are 0. */
type Instruction = readonly number[];

export function stage(width: number, instructions: readonly Instruction[]): number[] {
  const lines = [[K.SEQ_STAGE, width, instructions.length], ...instructions];
  return lines.flatMap((line) => Array.from({ length: K.SEQUENCE_INSTRUCTION_WORDS }, (_, i) => line[i] ?? 0));
}

export interface Shape {
  readonly rows: number;
  readonly timeSteps: number;
  readonly width: number;
}

interface Sequence extends Shape {
  readonly program: readonly number[];
  readonly constants?: readonly number[];
  /** Pointers with their strides and initial rows: `timeMajor`, `vector`, `carried`. */
  readonly buffers: readonly (readonly number[])[];
  readonly reversed?: boolean;
  readonly backward?: boolean;
  readonly totals?: number;
}

/** [time, batch, width], with an initial row for each row of the batch where there is `initial`. */
export const timeMajor = (pointer: Pointer, { rows, width }: Shape, initial: Pointer = 0) => [
  pointer, rows * width, width, initial, width,
];
/** One row for all, a packed matrix. */
export const vector = (pointer: Pointer) => [pointer, 0, 0, 0, 0];
/** [batch, width], the same at all times. */
export const carried = (pointer: Pointer, { width }: Shape) => [pointer, 0, width, 0, 0];

/** Row lengths from all time steps down, the last row empty where there are several, and in which order of the batch. */
export function runSequence(b: Bench, sequence: Sequence): void {
  const { rows, timeSteps, program, buffers, constants = [0], totals = 0 } = sequence;
  const lengths = Array.from({ length: rows }, (_, i) => (i > 0 && i === rows - 1 ? 0 : Math.max(1, timeSteps - (i >> 1))));
  const order = Array.from({ length: rows }, (_, i) => (i * 2) % rows + (rows % 2 === 0 && i >= rows / 2 ? 1 : 0));
  b.kernels.sequenceRun(
    b.inputInts(program), program.length, b.input(constants), b.addresses(buffers.flat()), rows, b.inputInts(order),
    b.inputInts(lengths), sequence.reversed ? 1 : 0, sequence.backward ? 1 : 0, b.output(floats(totals, 9)),
    b.scratch(b.threads * totals), totals,
  );
}

/** The first register for a number per row. */
const ROW = K.SEQUENCE_ROW_REGISTERS;

const SHAPES: readonly Shape[] = [
  { rows: 1, timeSteps: 1, width: 1 }, { rows: 1, timeSteps: 5, width: 33 }, { rows: 3, timeSteps: 4, width: 5 },
  { rows: 4, timeSteps: 3, width: 16 }, { rows: 26, timeSteps: 6, width: 17 }, { rows: 9, timeSteps: 3, width: 130 },
  { rows: 0, timeSteps: 3, width: 4 },
];

/** Every pointwise instruction once: x and y are positive, so that all are defined. */
const ONE_ARGUMENT = [
  K.SEQ_COPY, K.SEQ_NEG, K.SEQ_ABS, K.SEQ_SQUARE, K.SEQ_SQRT, K.SEQ_RECIPROCAL, K.SEQ_EXP, K.SEQ_LOG, K.SEQ_TANH,
  K.SEQ_SIGMOID, K.SEQ_RELU, K.SEQ_SOFTPLUS, K.SEQ_STEP, K.SEQ_CLIP, K.SEQ_SCALE, K.SEQ_OFFSET,
];
const TWO_ARGUMENTS = [K.SEQ_ADD, K.SEQ_SUB, K.SEQ_MUL, K.SEQ_DIV, K.SEQ_MIN, K.SEQ_MAX, K.SEQ_GREATER];
const NEEDS_POSITIVE = new Set<number>([K.SEQ_SQRT, K.SEQ_LOG, K.SEQ_RECIPROCAL]);
const SLOPES = [K.SEQ_TANH_SLOPE, K.SEQ_SIGMOID_SLOPE];

function pointwise(b: Bench, shape: Shape): void {
  const n = shape.rows * shape.timeSteps * shape.width;
  const buffer = (pointer: Pointer) => timeMajor(pointer, shape);
  const buffers = [buffer(b.input(floats(n, 1, 0.25, 3))), buffer(b.input(floats(n, 2, 0.25, 3)))];
  const instructions: Instruction[] = [[K.SEQ_LOAD, 0, 0], [K.SEQ_LOAD, 1, 1], [K.SEQ_SUB, 2, 0, 1]];
  const keep = (instruction: Instruction) => {
    instructions.push(instruction, [K.SEQ_STORE, buffers.length, instruction[1]!]);
    buffers.push(buffer(b.output(n)));
  };
  for (const op of ONE_ARGUMENT) keep([op, 3, NEEDS_POSITIVE.has(op) ? 0 : 2, 0, 1]);
  for (const op of [...TWO_ARGUMENTS, ...SLOPES]) keep([op, 4, 0, 1]);
  keep([K.SEQ_CONST, 5, 0, 0, 0]);
  keep([K.SEQ_MUL_ADD, 5, 0, 1]);
  runSequence(b, { ...shape, program: stage(shape.width, instructions), constants: [-1.5, 0.75], buffers });
}

/** The same on numbers per row, which two buffers of width 1 bring. */
function perRow(b: Bench, shape: Shape): void {
  const narrow = { ...shape, width: 1 };
  const n = shape.rows * shape.timeSteps;
  const buffers = [timeMajor(b.input(floats(n, 1, 0.25, 3)), narrow), timeMajor(b.input(floats(n, 2, 0.25, 3)), narrow)];
  const [x, y, signed, result] = [ROW, ROW + 1, ROW + 2, ROW + 3];
  const instructions: Instruction[] = [[K.SEQ_LOAD_ROW, x, 0], [K.SEQ_LOAD_ROW, y, 1], [K.SEQ_SUB, signed, x, y]];
  const keep = (instruction: Instruction) => {
    instructions.push(instruction, [K.SEQ_STORE_ROW, buffers.length, result]);
    buffers.push(timeMajor(b.output(n), narrow));
  };
  for (const op of ONE_ARGUMENT) keep([op, result, NEEDS_POSITIVE.has(op) ? x : signed, 0, 1]);
  for (const op of [...TWO_ARGUMENTS, ...SLOPES]) keep([op, result, x, y]);
  keep([K.SEQ_CONST, result, 0, 0, 0]);
  keep([K.SEQ_MUL_ADD, result, x, y]);
  instructions.push([K.SEQ_SPREAD, 0, signed], [K.SEQ_STORE, buffers.length, 0]);
  buffers.push(timeMajor(b.output(n * shape.width), shape));
  runSequence(b, { ...shape, program: stage(shape.width, instructions), constants: [-1.5, 0.75], buffers });
}

/** Instructions of two arguments, all pairs of special values: one argument changes by token, the other by column. */
function specialPairs(b: Bench): void {
  const normal = SPECIALS.map((value) => (Math.abs(value) < 2 ** -126 ? 0 : value));
  const n = normal.length;
  const shape = { rows: 1, timeSteps: n, width: n };
  const buffers = [timeMajor(b.input(normal), { ...shape, width: 1 }), vector(b.input(normal))];
  const instructions: Instruction[] = [[K.SEQ_LOAD_ROW, ROW, 0], [K.SEQ_SPREAD, 0, ROW], [K.SEQ_VECTOR, 1, 1]];
  for (const op of TWO_ARGUMENTS) {
    instructions.push([op, 2, 0, 1], [K.SEQ_STORE, buffers.length, 2]);
    buffers.push(timeMajor(b.output(n * n), shape));
  }
  runSequence(b, { ...shape, program: stage(n, instructions), buffers });
}

/**
 * h = start + W x + U previous h, clamped, what is multiplied rounded to bfloat16. In whole numbers, so that sums are exact, but so large that rounding them, for
 * the step after, shows.
 */
function roundedProduct(b: Bench, shape: Shape, k: number, reversed: boolean, withInitial: boolean): void {
  const { rows, timeSteps, width } = shape;
  const tokens = rows * timeSteps;
  const pack = (depth: number, seed: number) => {
    const packed = b.scratch(b.kernels.packedFloats(depth, width, K.FORM_BFLOAT16));
    b.kernels.packMatrix(packed, b.input(integers(depth * width, seed, -2, 3)), 0, depth, width, width, K.FORM_BFLOAT16);
    return packed;
  };
  const room = (depth: number) => {
    const floatsOfRow = b.kernels.roundedRowFloats(depth);
    return [b.scratch(rows * floatsOfRow), 0, floatsOfRow, 0, 0];
  };
  const [x, h, start, w, u, roundedX, roundedH] = [0, 1, 2, 3, 4, 5, 6];
  const buffers = [
    timeMajor(b.input(integers(tokens * k, 1, -300, 301)), { ...shape, width: k }),
    timeMajor(b.output(tokens * width), shape, withInitial ? b.input(integers(rows * width, 2, -600, 601)) : 0),
    vector(b.input(integers(width, 3, -9, 10))),
    vector(pack(k, 4)),
    vector(pack(width, 5)),
    room(k),
    room(width),
  ];
  const program = stage(width, [
    [K.SEQ_ROUND, roundedX, x, 0, k], [K.SEQ_ROUND, roundedH, h, K.QUANTIZE_PREVIOUS, width], [K.SEQ_VECTOR, 0, start],
    [K.SEQ_PRODUCT_ROUNDED, 0, roundedX, w, k], [K.SEQ_PRODUCT_ROUNDED, 0, roundedH, u, width], [K.SEQ_CLIP, 0, 0, 0, 0],
    [K.SEQ_STORE, h, 0],
  ]);
  runSequence(b, { ...shape, program, constants: [2000], buffers, reversed });
}

const INPUTS = 7;

/** h = tanh(W x + U previous h + b), then out = m (h / (max h + 3) + sum h + previous h); the column sums of out are totals. */
function recurrent(b: Bench, shape: Shape, reversed: boolean, withInitial: boolean): void {
  const { rows, timeSteps, width } = shape;
  const tokens = rows * timeSteps;
  const pack = (k: number, seed: number) => {
    const packed = b.scratch(b.kernels.packedFloats(k, width, K.FORM_FLOAT32));
    b.kernels.packMatrix(packed, b.input(floats(k * width, seed, -0.4, 0.4)), 0, k, width, width, K.FORM_FLOAT32);
    return packed;
  };
  const initial = withInitial ? b.input(floats(rows * width, 6)) : 0;
  const narrow = { ...shape, width: 1 };
  const [x, h, bias, w, u, m, out, peak] = [0, 1, 2, 3, 4, 5, 6, 7];
  const buffers = [
    timeMajor(b.input(floats(tokens * INPUTS, 1)), { ...shape, width: INPUTS }),
    timeMajor(b.output(tokens * width), shape, initial),
    vector(b.input(floats(width, 2))),
    vector(pack(INPUTS, 3)),
    vector(pack(width, 4)),
    timeMajor(b.input(floats(tokens, 5)), narrow),
    timeMajor(b.output(tokens * width), shape),
    timeMajor(b.output(tokens), narrow),
  ];
  const program = [
    ...stage(width, [
      [K.SEQ_VECTOR, 0, bias], [K.SEQ_PRODUCT, 0, x, w, INPUTS], [K.SEQ_PRODUCT_PREVIOUS, 0, h, u, width], [K.SEQ_TANH, 0, 0],
      [K.SEQ_STORE, h, 0], [K.SEQ_ROW_SUM, 0, 0], [K.SEQ_ROW_MAX, 1, 0],
    ]),
    ...stage(width, [
      [K.SEQ_LOAD, 0, h], [K.SEQ_ROW, ROW, 0], [K.SEQ_ROW, ROW + 1, 1], [K.SEQ_STORE_ROW, peak, ROW + 1],
      [K.SEQ_OFFSET, ROW + 1, ROW + 1, 0, 0], [K.SEQ_SPREAD, 2, ROW + 1], [K.SEQ_DIV, 0, 0, 2], [K.SEQ_SPREAD, 1, ROW],
      [K.SEQ_ADD, 0, 0, 1], [K.SEQ_LOAD_PREVIOUS, 3, h], [K.SEQ_ADD, 0, 0, 3], [K.SEQ_LOAD_ROW, ROW, m], [K.SEQ_SPREAD, 4, ROW],
      [K.SEQ_MUL, 0, 0, 4], [K.SEQ_STORE, out, 0], [K.SEQ_COLUMN_SUM, 2, 0],
    ]),
  ];
  runSequence(b, { ...shape, program, constants: [3], buffers, reversed, totals: width + 2 });
}

/** carry = carry / 2 + x, whatever the direction, kept at every token. */
function accumulated(b: Bench, shape: Shape, reversed: boolean, backward: boolean): void {
  const n = shape.rows * shape.timeSteps * shape.width;
  const [x, carry, out, missing] = [0, 1, 2, 3];
  const buffers = [
    timeMajor(b.input(floats(n, 1)), shape), carried(b.output(floats(shape.rows * shape.width, 2)), shape),
    timeMajor(b.output(n), shape), vector(0),
  ];
  const program = stage(shape.width, [
    [K.SEQ_LOAD, 0, carry], [K.SEQ_SCALE, 0, 0, 0, 0], [K.SEQ_LOAD, 1, x], [K.SEQ_ADD, 0, 0, 1], [K.SEQ_LOAD, 2, missing],
    [K.SEQ_ADD, 0, 0, 2], [K.SEQ_STORE, carry, 0], [K.SEQ_STORE, out, 0],
  ]);
  runSequence(b, { ...shape, program, constants: [0.5], buffers, reversed, backward });
}

function* sequenceRunCases(): Iterable<Case> {
  yield* readingCases();
  yield ["instructions of two arguments, special values against each other", specialPairs];
  for (const shape of SHAPES) {
    const name = `${shape.rows} rows of ${shape.timeSteps}, ${shape.width} wide`;
    yield [`every pointwise instruction, ${name}`, (b) => pointwise(b, shape)];
    yield [`every pointwise instruction on numbers per row, ${name}`, (b) => perRow(b, shape)];
    for (const reversed of [false, true]) {
      const direction = reversed ? "reversed" : "forwards";
      for (const withInitial of [false, true]) {
        yield [`a recurrence ${direction}${withInitial ? " from initial states" : ""}, ${name}`, (b) =>
          recurrent(b, shape, reversed, withInitial)];
        for (const k of [1, 2, 37]) {
          yield [`a recurrence in bfloat16 ${direction}${withInitial ? " from initial states" : ""}, ${name}, of ${k}`, (b) =>
            roundedProduct(b, shape, k, reversed, withInitial)];
        }
      }
      for (const backward of [false, true]) {
        yield [`a carried sum ${direction}${backward ? ", backward pass" : ""}, ${name}`, (b) =>
          accumulated(b, shape, reversed, backward)];
      }
    }
  }
}

export const sequenceCases = {
  sequenceRun: { tolerance: { relative: 4e-6, absolute: 1e-4 }, roundsByThreads: true, cases: sequenceRunCases },
} satisfies Record<string, Conformance>;
