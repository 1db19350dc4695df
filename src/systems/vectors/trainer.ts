/** What word2vec and GloVe have in common as they train: steps that are functions of their number, so that a run can be taken up anywhere. */
import type { NamedTensors } from "../../nn/state-dict.js";
import type { WordVectors } from "./word-vectors.js";

export interface VectorStep {
  /** Words read, for GloVe records. */
  readonly examples: number;
  /** What was learned from: pairs of a word and a context, bags for CBOW, records for GloVe. */
  readonly pairs: number;
  /** The mean over what was measured, before the update: nats per pair, for GloVe f(x)·error². NaN if nothing was measured. */
  readonly loss: number;
  readonly learningRate: number;
}

export interface VectorTrainer {
  /** Steps of the whole training. */
  readonly steps: number;
  /** Words, for GloVe records, of the whole training. */
  readonly examples: number;
  readonly parameters: NamedTensors;
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
