/** The cell language, its compiler, and the cells. */
export { CellError } from "./errors.js";
export { defineCell, type Cell, type CellFunction, type CellOptions, type CellTools, type CellValues, type LinearOptions } from "./define.js";
export {
  abs, add, clip, clipGradient, div, exp, greater, log, max, mean, min, mul, neg, offset, oneMinus, reciprocal, relu, scale, select,
  sigmoid, softmax, softplus, sqrt, square, standardize, step, stopGradient, sub, sum, tanh, type Expression, type MemoryValue, type Value, type Width,
} from "./expression.js";
export { additiveScores, dotScores, gaussianWindow, read } from "./reading.js";
export type { MemoryInput } from "./memory.js";
export type { OneHotInput } from "./one-hot.js";
export { cellFromJson, cellToJson, type CellJson, type CellNodeJson } from "./cell-json.js";
export { compileCell, type CellSizes, type CompiledCell, type CompileOptions, type Matrix } from "./compile.js";
export { keptFloats, keptForBackward, type KeptValues } from "./kept.js";
export { listProgram } from "./listing.js";
export { type SegmentLength } from "./segments.js";
export { runSequence, type CellParameters, type SequenceOptions, type SequenceResult } from "./sequence.js";
export type { Precision } from "./precision.js";
export { StepProgram, type CellStep, type StepValue } from "./step-program.js";
export type { Stepper } from "./stepper.js";
export { cells, cellNamed } from "./cells/index.js";
export * from "./cells/index.js";
