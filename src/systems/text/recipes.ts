/** Settings that belong together: networks of Graves 2013, at the size of a laptop and at the paper's. */
import { TEXT_DEFAULTS, type TextConfig } from "./config.js";

export interface TextRecipe {
  readonly what: string;
  readonly config: TextConfig;
  /** How long to train where nothing else is said. */
  readonly budget: { readonly seconds: number } | { readonly epochs: number };
}

/** Skip connections, peepholes and the clip at the gates of the paper; optimised by Adam, for which minutes are enough. */
const LAPTOP: TextConfig = {
  ...TEXT_DEFAULTS,
  cell: "peephole-lstm",
  skip: true,
  layers: 2,
  hidden: 192,
  clipPreactivations: 1,
};

/**
 * The paper's: one-hot inputs, one row, chunks of 100 in their order, the loss summed over a chunk, gradient descent with momentum. The
 * treebank's sequences are not said to be chunks of 100; a chunk is a sequence here too. (An end mark stands between documents, and a mark for
 * what the vocabulary lacks: two tokens more than the paper counts.)
 */
const PAPER: TextConfig = {
  ...TEXT_DEFAULTS,
  cell: "peephole-lstm",
  skip: true,
  embedding: 0,
  batch: 1,
  window: 100,
  back: 100,
  loss: "sum",
  optimizer: "momentum",
  lr: 1e-4,
  momentum: 0.99,
  schedule: "constant",
  clip: 0,
  clipPreactivations: 1,
};

export const TEXT_RECIPES = {
  "graves": {
    what: "characters or bytes at the size of a laptop: 2 layers of 192",
    config: LAPTOP,
    budget: { seconds: 300 },
  },
  "graves-words": {
    what: "words at the size of a laptop: 1 layer of 256",
    config: { ...LAPTOP, vocabulary: "words", layers: 1, hidden: 256, embedding: 128, dropout: 0.2, window: 32, back: 32, lr: 4e-3 },
    budget: { seconds: 300 },
  },
  "graves-treebank-characters": {
    what: "the paper's network for the Penn Treebank by characters: 1000 cells, 9 epochs",
    config: { ...PAPER, vocabulary: "characters", hidden: 1000 },
    budget: { epochs: 9 },
  },
  "graves-treebank-words": {
    what: "the same by words: 1000 cells, 10,000 words, 11 epochs",
    config: { ...PAPER, vocabulary: "words", maximumSize: 9998, hidden: 1000 },
    budget: { epochs: 11 },
  },
  "graves-wikipedia": {
    what: "the paper's network for Wikipedia's markup by bytes: 5 layers of 700, memory emptied every 100 chunks, 4 epochs",
    config: { ...PAPER, vocabulary: "bytes", layers: 5, hidden: 700, momentum: 0.9, resetEvery: 100 },
    budget: { epochs: 4 },
  },
} as const satisfies Readonly<Record<string, TextRecipe>>;

export type TextRecipeName = keyof typeof TEXT_RECIPES;
export const TEXT_RECIPE_NAMES = Object.keys(TEXT_RECIPES) as TextRecipeName[];
