/** What the page offers of what the library has; a test knows if something is missing. */

/** A cell that is written on the page. */
export const OWN = "own";
/** The cells of the library. */
export const CELLS = ["lstm", "gru", "elman", "elman-relu", "peephole-lstm", "coupled-lstm", "layer-norm-lstm", "gru-reset-before", "mut1", "mut2", "mut3"] as const;

/** With the learning rate that each has when none is given. */
export const RATES = { adam: 0.006, rmsprop: 0.002, momentum: 0.2, sgd: 1 } as const;
export const OPTIMIZERS = Object.keys(RATES) as (keyof typeof RATES)[];

export const VOCABULARIES = ["characters", "words", "bytes"] as const;
