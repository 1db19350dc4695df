/** Leaving out frequent words at random, so that rare ones are learned sooner (Mikolov et al. 2013). */
import type { WordVocabulary } from "./word-vocabulary.js";

/** "paper": the published formula; "code": that of the authors' program, which keeps a little more. */
export type SubsamplingForm = "paper" | "code";

export interface SubsamplingOptions {
  /** Words of a relative frequency f above this are thinned out; 0 keeps everything. The paper has 1e-5, the program 1e-3. */
  readonly threshold: number;
  /** @default "code" */
  readonly form?: SubsamplingForm;
}

/**
 * The probability with which each occurrence of a word is kept, [words]: √(t/f) in the paper, √(t/f) + t/f in the program, at most 1.
 * Words are deleted before windows are formed, so that windows reach further.
 */
export function keepProbabilities({ counts, totalTokens }: WordVocabulary, options: SubsamplingOptions): Float64Array {
  const { threshold, form = "code" } = options;
  if (!(threshold >= 0)) throw new RangeError(`subsampling: threshold: expected a number from 0 on, got ${threshold}`);
  if (threshold === 0) return new Float64Array(counts.length).fill(1);
  return counts.map((count) => {
    const ratio = (threshold * totalTokens) / count;
    return Math.min(1, form === "paper" ? Math.sqrt(ratio) : Math.sqrt(ratio) + ratio);
  });
}
