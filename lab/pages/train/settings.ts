/** What can be set on the page, in its address; of a text and a run, which no address holds, it says nothing. */
import { CELL_STARTS } from "../../library/cell-starts.js";
import type { BeginRequest } from "../../library/train.js";
import { choiceOf, numberOf, type Setting, type SettingsOf } from "../../settings.js";
import { CELLS, OPTIMIZERS, OWN, RATES, VOCABULARIES } from "./choices.js";

export const LIMITS = {
  hidden: { min: 1, max: 1024 },
  layers: { min: 1, max: 4 },
  embedding: { min: 0, max: 512 },
  batch: { min: 1, max: 128 },
  window: { min: 2, max: 512 },
  dropout: { min: 0, max: 0.9 },
  clip: { min: 0, max: 1000 },
  seed: { min: 0, max: 99_999 },
  steps: { min: 1, max: 99_999 },
};

/** The optimiser's own, where the address does not say. */
const lr: Setting<number | undefined> = {
  fallback: undefined,
  read: (text) => numberOf({ fallback: 0, min: 1e-7, max: 100 }).read(text),
  write: (value) => (value === undefined ? "" : String(value)),
};

const source: Setting<string> = { fallback: CELL_STARTS[0]!.source, read: (text) => (text.length <= 20_000 ? text : undefined), write: (text) => text };

export const SCHEMA = {
  text: choiceOf(["moby-dick", OWN], "moby-dick"),
  vocabulary: choiceOf(VOCABULARIES, "characters"),
  cell: choiceOf([...CELLS, OWN], "lstm"),
  source,
  hidden: numberOf({ fallback: 128, ...LIMITS.hidden, whole: true }),
  layers: numberOf({ fallback: 1, ...LIMITS.layers, whole: true }),
  embedding: numberOf({ fallback: 64, ...LIMITS.embedding, whole: true }),
  batch: numberOf({ fallback: 16, ...LIMITS.batch, whole: true }),
  window: numberOf({ fallback: 64, ...LIMITS.window, whole: true }),
  optimizer: choiceOf(OPTIMIZERS, "adam"),
  lr,
  clip: numberOf({ fallback: 1, ...LIMITS.clip }),
  dropout: numberOf({ fallback: 0, ...LIMITS.dropout }),
  seed: numberOf({ fallback: 1, ...LIMITS.seed, whole: true }),
  steps: numberOf({ fallback: 1000, ...LIMITS.steps, whole: true }),
};

export type Settings = SettingsOf<typeof SCHEMA>;

/** As the library wants to hear it. */
export function configOf(settings: Settings): BeginRequest["config"] {
  const { vocabulary, cell, hidden, layers, embedding, batch, window, optimizer, clip, dropout, seed } = settings;
  return { vocabulary, cell, hidden, layers, embedding, batch, window, back: window, optimizer, lr: settings.lr ?? RATES[optimizer], clip, dropout, seed };
}
