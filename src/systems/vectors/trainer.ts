/** What word2vec and GloVe have in common as they train: steps that are functions of their number, so that a run can be taken up anywhere. */
import type { SteppingLearner, TakenStep } from "../../train/index.js";
import type { WordVectors } from "./word-vectors.js";

export const VECTOR_METHODS = ["skipgram", "cbow", "glove"] as const;
export type VectorMethod = (typeof VECTOR_METHODS)[number];

/** `predictions` are the words read, `units` the pairs whose loss was measured; for GloVe both are records, and the loss is f(x)·error². */
export interface VectorStep extends TakenStep {
  /** What was learned from: pairs of a word and a context, bags for CBOW, records for GloVe. */
  readonly pairs: number;
}

export interface VectorTrainer extends SteppingLearner {
  /** Steps of the whole training. */
  readonly steps: number;
  /** Does step `index`, 0 … steps - 1. */
  step(index: number): Promise<VectorStep>;
  /** The vectors as they are now. */
  vectors(): Promise<WordVectors>;
}

/** Floats between rows of `columns`: whole cache lines, so that threads do not share them. */
export function rowStride(columns: number): number {
  return 16 * Math.ceil(columns / 16);
}

export function requireWhole(what: string, name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${what}: ${name}: expected a whole number from ${least} to ${most}, got ${value}`);
}

export function requirePositive(what: string, name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new RangeError(`${what}: ${name}: expected a number above 0, got ${value}`);
}
