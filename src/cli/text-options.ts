/** The options of training on text: one definition each. */
import { cells } from "../cell/index.js";
import { VOCABULARY_KINDS } from "../data/index.js";
import { defaultLearningRate, LOSS_FORMS, OPTIMIZER_NAMES, TEXT_DEFAULTS, type TextConfig } from "../systems/text/index.js";
import { SCHEDULE_NAMES } from "../train/index.js";
import { choice, flag, integer, number, UsageError, type Option, type Values } from "./command.js";

const d = TEXT_DEFAULTS;

export const textOptions = {
  cell: choice([...cells.keys()], { default: d.cell, help: "The recurrent cell" }),
  layers: integer({ min: 1, default: d.layers, help: "Recurrent layers, one on the other" }),
  skip: flag("The input goes to every layer, and every layer's output to the scores"),
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
  "reset-every": integer({ min: 1, defaultText: "never", help: "Windows after which the memory is emptied, also inside a document" }),
  recompute: segmentLength({
    defaultText: "keep everything",
    help: "Saves memory in long windows: keeps K steps at a time and computes the rest again; sqrt keeps least",
  }),
  precision: choice(["float32", "bfloat16"] as const, {
    default: d.precision,
    help: "What recurrent layers multiply in: bfloat16 rounds, and is faster on processors with AVX512-BF16 only",
  }),
  batch: integer({ min: 1, default: d.batch, help: "Rows of text read in parallel" }),
  optimizer: choice(OPTIMIZER_NAMES, { default: d.optimizer, help: "How parameters move" }),
  lr: number({ above: 0, defaultText: "by optimizer: " + lrText(), help: "Learning rate" }),
  momentum: number({ min: 0, max: 0.9999, default: d.momentum, help: "Of the optimizers momentum and nesterov" }),
  loss: choice(LOSS_FORMS, { default: d.loss, help: "What is differentiated, over a row's predictions; with sum learning rates are those of Graves 2013" }),
  schedule: choice(SCHEDULE_NAMES, {
    default: d.schedule,
    help: "Learning rate over time: falling in the last third, or the same throughout",
  }),
  clip: number({ min: 0, default: d.clip, help: "Limit on the norm of the gradient; 0 for none" }),
  "clip-preactivations": number({
    min: 0,
    default: d.clipPreactivations,
    help: "Limit on the derivatives of a row's loss by the sums that enter the gates; 0 for none",
  }),
  "weight-noise": number({ min: 0, default: d.weightNoise, help: "Standard deviation of noise on the weights, fresh at every step; Graves 2013: 0.075" }),
  "adaptive-noise": number({
    min: 0,
    default: d.adaptiveNoise,
    help: "The same at the start, for noise that every weight adapts: the shortest description of text and weights is sought",
  }),
  dropout: number({ min: 0, max: 0.95, default: d.dropout, help: "Share of activations dropped between layers" }),
  seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: d.seed, help: "The same seed gives the same run" }),
  "checkpoint-steps": integer({ min: 1, defaultText: "every 30 seconds", help: "Steps between checkpoints" }),
  "sample-length": integer({ min: 0, default: d.sampleLength, help: "Characters that it writes at each validation, to be seen in the Lab; 0 for none" }),
};

function lrText(): string {
  return OPTIMIZER_NAMES.map((name) => `${name} ${defaultLearningRate(name)}`).join(", ");
}

/** @param given the options that were given; what was not comes from `base` */
export function textConfig(values: Values<typeof textOptions>, given: ReadonlySet<string>, base: TextConfig = TEXT_DEFAULTS): TextConfig {
  const of = <T>(name: keyof typeof textOptions, value: T | undefined, otherwise: T): T => (given.has(name) ? value! : otherwise);
  const optimizer = of("optimizer", values.optimizer, base.optimizer);
  const window = of("window", values.window, base.window);
  if (values["weight-noise"] > 0 && values["adaptive-noise"] > 0) throw new UsageError("--weight-noise and --adaptive-noise: choose one.");
  return {
    vocabulary: of("vocabulary", values.vocabulary, base.vocabulary),
    minimumCount: of("minimum-count", values["minimum-count"], base.minimumCount),
    maximumSize: of("vocabulary-size", values["vocabulary-size"], base.maximumSize),
    cell: of("cell", values.cell, base.cell),
    layers: of("layers", values.layers, base.layers),
    skip: of("skip", values.skip, base.skip),
    hidden: of("hidden", values.hidden, base.hidden),
    embedding: of("embedding", values.embedding, base.embedding),
    dropout: of("dropout", values.dropout, base.dropout),
    batch: of("batch", values.batch, base.batch),
    window,
    back: of("back", values.back, base.back === base.window ? window : base.back),
    resetEvery: of("reset-every", values["reset-every"], base.resetEvery),
    recompute: of("recompute", values.recompute, base.recompute),
    precision: of("precision", values.precision, base.precision),
    loss: of("loss", values.loss, base.loss),
    optimizer,
    lr: of("lr", values.lr, optimizer === base.optimizer ? base.lr : defaultLearningRate(optimizer)),
    momentum: of("momentum", values.momentum, base.momentum),
    schedule: of("schedule", values.schedule, base.schedule),
    clip: of("clip", values.clip, base.clip),
    clipPreactivations: of("clip-preactivations", values["clip-preactivations"], base.clipPreactivations),
    // One kind takes the other's place.
    weightNoise: of("weight-noise", values["weight-noise"], values["adaptive-noise"] > 0 ? 0 : base.weightNoise),
    adaptiveNoise: of("adaptive-noise", values["adaptive-noise"], values["weight-noise"] > 0 ? 0 : base.adaptiveNoise),
    seed: of("seed", values.seed, base.seed),
    checkpointEvery: of("checkpoint-steps", values["checkpoint-steps"], base.checkpointEvery),
    sampleLength: of("sample-length", values["sample-length"], base.sampleLength),
  };
}

/** A number of steps, or "sqrt". */
function segmentLength({ help, defaultText }: { help: string; defaultText: string }): Option<TextConfig["recompute"] | undefined> {
  const parse = (value: string, name: string): TextConfig["recompute"] => {
    if (value === "sqrt") return value;
    const steps = Number(value);
    if (Number.isInteger(steps) && steps >= 1) return steps;
    throw new UsageError(`--${name}: expected a whole number of steps of at least 1, or sqrt, got ${JSON.stringify(value)}.`);
  };
  return { kind: "value", help, placeholder: "K|sqrt", defaultText, parse, fallback: undefined };
}

export const budgetOptions = {
  seconds: number({ above: 0, help: "Train for so long" }),
  steps: integer({ min: 1, help: "Train until this step" }),
};

/** Of a run that begins. */
export const firstBudgetOptions = {
  ...budgetOptions,
  epochs: number({ above: 0, help: "Read the training text so often" }),
};

/** What was asked for, if anything. */
export function firstBudgetOf({ epochs, ...rest }: Values<typeof firstBudgetOptions>): { steps: number } | { seconds: number } | { epochs: number } | undefined {
  const budget = budgetOf(rest);
  if (epochs === undefined) return budget;
  if (budget !== undefined) throw new UsageError("--epochs, --seconds and --steps: choose one.");
  return { epochs };
}

/** What was asked for, if anything. */
export function budgetOf({ seconds, steps }: Values<typeof budgetOptions>): { steps: number } | { seconds: number } | undefined {
  if (seconds !== undefined && steps !== undefined) throw new UsageError("--seconds and --steps: choose one.");
  return steps !== undefined ? { steps } : seconds !== undefined ? { seconds } : undefined;
}
