/** Word vectors from counts alone: shifted positive pointwise mutual information and its largest singular values (Levy & Goldberg 2014). */
import type { CooccurrenceRecords, WordVocabulary } from "../../data/index.js";
import { RandomStream } from "../../tensor/index.js";
import { noiseDistribution } from "./noise.js";
import { shiftedPmiOf } from "./shifted-pmi.js";
import { SparseMatrix } from "./sparse-matrix.js";
import { requirePositive, requireWhole } from "./trainer.js";
import { truncatedSvd } from "./truncated-svd.js";
import { WordVectors } from "./word-vectors.js";

export interface PositivePmiConfig {
  /** k: log k is taken away before what is below 0 is left out. 1 is plain positive PMI. */
  readonly negatives: number;
  /** Contexts count as count^power, which keeps rare ones from weighing too much. */
  readonly noisePower: number;
}

export interface PmiSvdConfig extends PositivePmiConfig {
  readonly method: "pmi-svd";
  readonly dimensions: number;
  /** Vectors are left singular vectors times this power of the singular values. */
  readonly singularPower: number;
  /** Of the subspace iteration. */
  readonly iterations: number;
  readonly seed: number;
}

/** As Levy, Goldberg & Dagan 2015 recommend them for the decomposition: no shift, smoothed contexts, the root of the singular values. */
export const PMI_SVD_DEFAULTS: PmiSvdConfig = {
  method: "pmi-svd",
  dimensions: 100,
  negatives: 1,
  noisePower: 0.75,
  singularPower: 0.5,
  iterations: 4,
  seed: 1,
};

const CHUNK = 1 << 16;

/**
 * max(0, log(#(w,c) / (negatives · #(w) · noise[c]))) of all pairs that occur, [words, words]; #(w) and noise are those of the records.
 *
 * @param words above all word numbers
 */
export function positivePmi(words: number, records: CooccurrenceRecords, settings: Partial<PositivePmiConfig> = {}): SparseMatrix {
  const { negatives, noisePower } = { ...PMI_SVD_DEFAULTS, ...settings };
  const [totals, contexts] = [new Float64Array(words), new Float64Array(words)];
  for (const { rows, columns, values } of records.chunks({ length: CHUNK })) {
    for (let i = 0; i < rows.length; i++) {
      totals[rows[i]!]! += values[i]!;
      contexts[columns[i]!]! += values[i]!;
    }
  }
  const noise = noiseDistribution(contexts, noisePower);
  return SparseMatrix.from(words, words, (visit) => {
    for (const { rows, columns, values } of records.chunks({ length: CHUNK })) {
      for (let i = 0; i < rows.length; i++) {
        const [row, column] = [rows[i]!, columns[i]!];
        const value = shiftedPmiOf(values[i]!, totals[row]!, noise[column]!, negatives);
        if (value > 0) visit(row, column, value);
      }
    }
  });
}

/**
 * Vectors whose products come as near to shifted positive PMI as their number of dimensions allows. For the same pairs that skip-gram sees
 * on average, count them with the weighting "linear" and skip-gram's window. The result depends on neither the order of the records nor
 * the host, beyond rounding.
 *
 *     const records = countCooccurrences(corpus, { window: 5, weighting: "linear", random });
 *     const vectors = await pmiSvd(vocabulary, records, { dimensions: 200 });
 *
 * @throws RangeError naming a setting that makes no sense
 */
export async function pmiSvd(
  vocabulary: WordVocabulary,
  records: CooccurrenceRecords,
  settings: Partial<PmiSvdConfig> = {},
  onProgress?: (done: number) => void,
): Promise<WordVectors> {
  const config = { ...PMI_SVD_DEFAULTS, ...settings };
  requireWhole("pmi-svd", "dimensions", config.dimensions, 1, vocabulary.size);
  requireWhole("pmi-svd", "iterations", config.iterations, 0, 1000);
  for (const name of ["negatives", "noisePower"] as const) requirePositive("pmi-svd", name, config[name]);
  if (!(config.singularPower >= 0)) throw new RangeError(`pmi-svd: singularPower: expected a number from 0 on, got ${config.singularPower}`);
  const matrix = positivePmi(vocabulary.size, records, config);
  const { left, singularValues } = await truncatedSvd(matrix, config.dimensions, {
    iterations: config.iterations,
    random: new RandomStream(config.seed).fork("pmi-svd"),
    ...(onProgress !== undefined && { onProgress }),
  });
  const scales = singularValues.map((value) => value ** config.singularPower);
  return new WordVectors(vocabulary.words, left.map((value, i) => value * scales[i % config.dimensions]!), config.dimensions);
}
