/** The options of training on text: one definition each. */
import { cells } from "../cell/index.js";
import { VOCABULARY_KINDS } from "../data/index.js";
import { defaultLearningRate, OPTIMIZER_NAMES, TEXT_DEFAULTS, type TextConfig } from "../systems/text/index.js";
import { SCHEDULE_NAMES } from "../train/index.js";
import { choice, integer, number, UsageError, type Values } from "./command.js";

const d = TEXT_DEFAULTS;

export const textOptions = {
  cell: choice([...cells.keys()], { default: d.cell, help: "The recurrent cell" }),
  layers: integer({ min: 1, default: d.layers, help: "Recurrent layers, one on the other" }),
  hidden: integer({ min: 1, default: d.hidden, help: "Units in each layer" }),
  embedding: integer({ min: 0, default: d.embedding, help: "Width of the vector that stands for a token; 0 for one-hot" }),
  vocabulary: choice(VOCABULARY_KINDS, { default: d.vocabulary, help: "What the text is made of" }),
  "minimum-count": integer({ min: 1, defaultText: "1, for words 2", help: "Tokens that occur less often become <unk>" }),
  "vocabulary-size": integer({
    min: 1,
    defaultText: "all, for words 10000",
    help: "At most so many different tokens, the most frequent",
  }),
  window: integer({ min: 1, default: d.window, help: "Tokens per row and step: how far the text moves on (k1)" }),
  back: integer({ min: 1, defaultText: "as --window", help: "How many tokens back the gradient flows (k2)" }),
  batch: integer({ min: 1, default: d.batch, help: "Rows of text read in parallel" }),
  optimizer: choice(OPTIMIZER_NAMES, { default: d.optimizer, help: "How parameters move" }),
  lr: number({ above: 0, defaultText: "by optimizer: " + lrText(), help: "Learning rate" }),
  schedule: choice(SCHEDULE_NAMES, {
    default: d.schedule,
    help: "Learning rate over time: falling in the last third, or the same throughout",
  }),
  clip: number({ min: 0, default: d.clip, help: "Limit on the norm of the gradient; 0 for none" }),
  dropout: number({ min: 0, max: 0.95, default: d.dropout, help: "Share of activations dropped between layers" }),
  seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: d.seed, help: "The same seed gives the same run" }),
  "checkpoint-steps": integer({ min: 1, defaultText: "every 30 seconds", help: "Steps between checkpoints" }),
};

function lrText(): string {
  return OPTIMIZER_NAMES.map((name) => `${name} ${defaultLearningRate(name)}`).join(", ");
}

export function textConfig(values: Values<typeof textOptions>): TextConfig {
  return {
    vocabulary: values.vocabulary,
    minimumCount: values["minimum-count"] ?? 0,
    maximumSize: values["vocabulary-size"] ?? 0,
    cell: values.cell,
    layers: values.layers,
    hidden: values.hidden,
    embedding: values.embedding,
    dropout: values.dropout,
    batch: values.batch,
    window: values.window,
    back: values.back ?? values.window,
    optimizer: values.optimizer,
    lr: values.lr ?? defaultLearningRate(values.optimizer),
    schedule: values.schedule,
    clip: values.clip,
    seed: values.seed,
    checkpointEvery: values["checkpoint-steps"] ?? 0,
  };
}

export const budgetOptions = {
  seconds: number({ above: 0, help: "Train for so long" }),
  steps: integer({ min: 1, help: "Train until this step" }),
};

/** What was asked for, if anything. */
export function budgetOf({ seconds, steps }: Values<typeof budgetOptions>): { steps: number } | { seconds: number } | undefined {
  if (seconds !== undefined && steps !== undefined) throw new UsageError("--seconds and --steps: choose one.");
  return steps !== undefined ? { steps } : seconds !== undefined ? { seconds } : undefined;
}
