/** What is sensible for a corpus of some size, where nothing else was asked for. */
import { GLOVE_DEFAULTS } from "./glove.js";
import type { VectorMethod } from "./trainer.js";

/**
 * Words that word2vec reads in a training, at least; GloVe, being shown sums, does not need more passes for a small text. On the 190,000
 * words of Moby Dick five passes hardly told words apart, ten gave the best neighbours, and after fifty they were rare words.
 */
const READ_WORDS = 2e6;
const [FEWEST_EPOCHS, MOST_EPOCHS] = [5, 20];
/** The authors' x_max of 100 is for billions of words; their program's own example, of 17 million, has 10. */
const SMALL_X_MAX = 10;
const LARGE_CORPUS = 1e8;

/** Passes over a corpus of so many words: five over a large one, more over a small one, which would teach nothing in five. */
export function sensibleEpochs(method: VectorMethod, words: number): number {
  if (method === "glove") return GLOVE_DEFAULTS.epochs;
  return Math.min(MOST_EPOCHS, Math.max(FEWEST_EPOCHS, Math.ceil(READ_WORDS / words)));
}

/** GloVe's x_max: counts from here on weigh 1. */
export function sensibleXMax(words: number): number {
  return words < LARGE_CORPUS ? SMALL_X_MAX : GLOVE_DEFAULTS.xMax;
}
