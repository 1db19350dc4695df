/** The options of training word vectors: one definition each, and the settings that they make. */
import { WORD2VEC_MAX_DIMENSIONS, WORD2VEC_MAX_NEGATIVES, WORD2VEC_MAX_WINDOW } from "../backend/generated/kernels.js";
import { COOCCURRENCE_DEFAULTS } from "../data/cooccurrence.js";
import { BOUNDARIES, type Boundaries } from "../data/index.js";
import { CBOW_DEFAULTS, GLOVE_DEFAULTS, SKIPGRAM_DEFAULTS, VECTOR_METHODS, type VectorMethod } from "../systems/vectors/index.js";
import { byteSize, choice, flag, integer, number, text, UsageError, type Invocation } from "./command.js";

const DEFAULTS = { skipgram: SKIPGRAM_DEFAULTS, cbow: CBOW_DEFAULTS, glove: GLOVE_DEFAULTS };
const MINIMUM_COUNT = 5;

export const vectorOptions = {
  method: choice(VECTOR_METHODS, { default: "skipgram", help: "How vectors are learned" }),
  dimensions: integer({ min: 1, max: WORD2VEC_MAX_DIMENSIONS, default: SKIPGRAM_DEFAULTS.dimensions, help: "Numbers in each vector" }),
  window: integer({
    min: 1,
    defaultText: `${SKIPGRAM_DEFAULTS.window}, for glove ${COOCCURRENCE_DEFAULTS.window}`,
    help: "Words to each side that count as near",
  }),
  negatives: integer({ min: 1, max: WORD2VEC_MAX_NEGATIVES, default: SKIPGRAM_DEFAULTS.negatives, help: "Noise words that a word is told from; not for glove" }),
  epochs: integer({
    min: 1, max: 1e6, defaultText: `5, up to 20 for a small text; for glove ${GLOVE_DEFAULTS.epochs}`, help: "How often the text is read, for glove its counts",
  }),
  lr: number({
    above: 0,
    defaultText: VECTOR_METHODS.map((method) => `${method} ${DEFAULTS[method].lr}`).join(", "),
    help: "Learning rate at the start",
  }),
  "min-count": integer({ min: 1, default: MINIMUM_COUNT, help: "Words that occur less often are left out" }),
  "vocabulary-size": integer({ min: 1, defaultText: "all", help: "At most so many words, the most frequent" }),
  subsample: number({ min: 0, default: SKIPGRAM_DEFAULTS.subsample, help: "Words of a larger share of the text are thinned out; 0 for none; not for glove" }),
  phrases: text({ placeholder: "SCORES", defaultText: "none", help: "Join words that belong together, new_york, a pass for each score: 200,100" }),
  "keep-case": flag("Tell The from the"),
  boundaries: choice(BOUNDARIES, { default: "sentences", help: "What windows do not cross" }),
  sigmoid: choice(["exact", "table"] as const, { default: "exact", help: "Computed, or looked up as the public program does; not for glove" }),
  pairwise: flag("Noise words for each pair, not each window, as the public program draws them: slower; not for glove"),
  "x-max": number({ above: 0, defaultText: "10, from 100 million words on 100", help: "glove: counts from here on weigh the same" }),
  memory: byteSize({
    min: 2 ** 18, default: COOCCURRENCE_DEFAULTS.memory, defaultText: "1G", help: "For counting words, phrases and co-occurrences; these spill to disk",
  }),
  seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: SKIPGRAM_DEFAULTS.seed, help: "With one thread, the same seed gives the same vectors" }),
  "checkpoint-steps": integer({ min: 1, defaultText: "every 30 seconds", help: "Steps between checkpoints" }),
};

const WORD2VEC_ONLY = ["negatives", "subsample", "sigmoid", "pairwise"] as const;
const GLOVE_ONLY = ["x-max"] as const;

/** What was asked for, as it stands in run.json. */
export interface VectorSettings {
  readonly method: VectorMethod;
  readonly dimensions: number;
  readonly window: number;
  /** 0 for what is sensible for the size of the corpus. */
  readonly epochs: number;
  readonly lr: number;
  readonly minimumCount: number;
  /** 0 for all words. */
  readonly maximumSize: number;
  /** Scores above which two words are joined, of each pass. */
  readonly phrases: readonly number[];
  readonly lowercase: boolean;
  readonly boundaries: Boundaries;
  /** Bytes. */
  readonly memory: number;
  readonly seed: number;
  /** 0 for none by steps. */
  readonly checkpointEvery: number;
  /** Of skip-gram and CBOW. */
  readonly word2vec?: { readonly negatives: number; readonly subsample: number; readonly sigmoidTable: boolean; readonly exact: boolean };
  /** Of GloVe; 0 for what is sensible for the size of the corpus. */
  readonly glove?: { readonly xMax: number };
}

/** @throws UsageError for options that do not go together */
export function vectorSettings({ values, given }: Pick<Invocation<typeof vectorOptions>, "values" | "given">): VectorSettings {
  const { method } = values;
  const foreign = method === "glove" ? WORD2VEC_ONLY : GLOVE_ONLY;
  const misplaced = foreign.find((name) => given.has(name));
  if (misplaced !== undefined) {
    throw new UsageError(`--${misplaced} is for ${method === "glove" ? "skipgram and cbow" : "glove"}; --method is ${method}.`);
  }
  const window = values.window ?? (method === "glove" ? COOCCURRENCE_DEFAULTS.window : SKIPGRAM_DEFAULTS.window);
  if (method !== "glove" && window > WORD2VEC_MAX_WINDOW) {
    throw new UsageError(`--window: expected at most ${WORD2VEC_MAX_WINDOW} for ${method}, got ${window}.`);
  }
  return {
    method,
    dimensions: values.dimensions,
    window,
    epochs: values.epochs ?? 0,
    lr: values.lr ?? DEFAULTS[method].lr,
    minimumCount: values["min-count"],
    maximumSize: values["vocabulary-size"] ?? 0,
    phrases: values.phrases === undefined ? [] : phraseScores(values.phrases),
    lowercase: !values["keep-case"],
    boundaries: values.boundaries,
    memory: values.memory,
    seed: values.seed,
    checkpointEvery: values["checkpoint-steps"] ?? 0,
    ...(method === "glove"
      ? { glove: { xMax: values["x-max"] ?? 0 } }
      : {
          word2vec: {
            negatives: values.negatives, subsample: values.subsample, sigmoidTable: values.sigmoid === "table", exact: values.pairwise,
          },
        }),
  };
}

/** "200,100" */
function phraseScores(given: string): number[] {
  return given.split(",").map((part) => {
    const score = part.trim() === "" ? NaN : Number(part);
    if (score > 0 && Number.isFinite(score)) return score;
    throw new UsageError(`--phrases: expected numbers above 0, parted by commas, such as 200,100, got ${JSON.stringify(given)}.`);
  });
}

/** "skip-gram, 100 dimensions, window 5, 5 negatives, seed 1" */
export function settingsText({ method, dimensions, window, word2vec, seed }: VectorSettings): string {
  const name = { skipgram: "skip-gram", cbow: "CBOW", glove: "GloVe" }[method];
  const parts = [name, `${dimensions} dimensions`, `window ${window}`];
  if (word2vec !== undefined) parts.push(`${word2vec.negatives} negative${word2vec.negatives === 1 ? "" : "s"}`);
  return [...parts, `seed ${seed}`].join(", ");
}
