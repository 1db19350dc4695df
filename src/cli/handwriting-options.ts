/** The options of training on pen data: one definition each. */
import { cells } from "../cell/index.js";
import {
  defaultHandwritingRate, HANDWRITING_DEFAULTS, HANDWRITING_OPTIMIZERS, HANDWRITING_PAPER, HANDWRITING_TASKS, type HandwritingConfig,
} from "../systems/handwriting/index.js";
import { SCHEDULE_NAMES } from "../train/index.js";
import { choice, integer, number, text, UsageError, type Values } from "./command.js";
import type { PenSource } from "./pen-corpus.js";
import { textOptions } from "./text-options.js";

const d = HANDWRITING_DEFAULTS;
const PEN_SOURCES = ["rendered", "hanzi"] as const satisfies readonly PenSource[];
const RECIPES = { laptop: HANDWRITING_DEFAULTS, paper: HANDWRITING_PAPER };

export const penDataOptions = {
  data: choice(PEN_SOURCES, { default: "rendered", help: "Without FILES: sentences rendered in stroke fonts, or Chinese characters" }),
  lines: integer({ min: 10, default: 2000, help: "Rendered lines to learn from; a tenth as many for validation and test each" }),
  fonts: text({ placeholder: "NAMES", defaultText: "seven like handwriting", help: "Stroke fonts that rendered lines to learn from are in" }),
  characters: text({ placeholder: "common|TEXT", defaultText: "all 9,574", help: "With --data hanzi: some four hundred common characters, or those of TEXT" }),
  most: integer({ min: 10, defaultText: "all", help: "Samples to read from FILES, at most" }),
  spacing: number({ above: 0, defaultText: "as recorded", help: "Take points of FILES at such distances along the strokes, in their units" }),
};

export const handwritingOptions = {
  task: choice(HANDWRITING_TASKS, { default: d.task, help: "What is learnt: to predict how the pen moves on, to write a given text, or to draw what is named" }),
  recipe: choice(["laptop", "paper"] as const, { default: "laptop", help: "Where the options that are not given come from" }),
  cell: choice([...cells.keys()], { defaultText: d.cell, help: "The recurrent cell" }),
  layers: integer({ min: 1, defaultText: sizes("layers"), help: "Recurrent layers; all see the input, all are seen by the output" }),
  hidden: integer({ min: 1, defaultText: sizes("hidden"), help: "Units in each layer" }),
  components: integer({ min: 1, max: 256, defaultText: String(d.components), help: "Gaussians of the mixture" }),
  window: integer({ min: 1, max: 256, defaultText: String(d.window), help: "Gaussians of the window over the text, for synthesis" }),
  writers: integer({ min: 0, max: 4096, defaultText: String(d.writers), help: "Numbers that stand for a writer, or a font, whose hand can then be chosen; 0: all are one" }),
  classes: integer({ min: 1, max: 4096, defaultText: String(d.classes), help: "Numbers that stand for what is drawn, for drawing" }),
  batch: integer({ min: 1, defaultText: sizes("batch"), help: "Lines read in parallel" }),
  longest: integer({ min: 2, defaultText: sizes("longest"), help: "Points after which a line is cut" }),
  augment: number({ min: 0, defaultText: String(d.augment), help: "How much slant, size, angle and pace of lines are varied; 1 is usual" }),
  optimizer: choice(HANDWRITING_OPTIMIZERS, { defaultText: sizes("optimizer"), help: "How parameters move" }),
  lr: number({ above: 0, defaultText: HANDWRITING_OPTIMIZERS.map((name) => `${name} ${defaultHandwritingRate(name)}`).join(", "), help: "Learning rate" }),
  schedule: choice(SCHEDULE_NAMES, { defaultText: sizes("schedule"), help: "Learning rate over time" }),
  clip: number({ min: 0, defaultText: sizes("clip"), help: "Limit on the norm of the gradient; 0 for none" }),
  "clip-outputs": number({ min: 0, defaultText: String(d.clipOutputs), help: "Limit on the derivatives by the network's outputs; 0 for none" }),
  "clip-preactivations": number({ min: 0, defaultText: String(d.clipPreactivations), help: "Limit on those by the sums that enter the gates; 0 for none" }),
  "weight-noise": textOptions["weight-noise"],
  "adaptive-noise": textOptions["adaptive-noise"],
  seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: d.seed, help: "The same seed gives the same run" }),
  "checkpoint-steps": integer({ min: 1, defaultText: "every 30 seconds", help: "Steps between checkpoints" }),
};

/** "2, in the paper 3" */
function sizes(name: keyof HandwritingConfig): string {
  const [small, large] = [RECIPES.laptop[name], RECIPES.paper[name]];
  return small === large ? String(small) : `${small}, in the paper ${large}`;
}

export function handwritingConfig(values: Values<typeof handwritingOptions>): HandwritingConfig {
  const base = RECIPES[values.recipe];
  const optimizer = values.optimizer ?? base.optimizer;
  if (values["weight-noise"] > 0 && values["adaptive-noise"] > 0) throw new UsageError("--weight-noise and --adaptive-noise: choose one.");
  return {
    task: values.task,
    cell: values.cell ?? base.cell,
    layers: values.layers ?? base.layers,
    hidden: values.hidden ?? base.hidden,
    components: values.components ?? base.components,
    window: values.window ?? base.window,
    writers: values.writers ?? base.writers ?? 0,
    classes: values.classes ?? base.classes ?? 0,
    batch: values.batch ?? base.batch,
    longest: values.longest ?? base.longest,
    augment: values.augment ?? base.augment,
    optimizer,
    lr: values.lr ?? defaultHandwritingRate(optimizer),
    schedule: values.schedule ?? base.schedule,
    clip: values.clip ?? base.clip,
    clipOutputs: values["clip-outputs"] ?? base.clipOutputs,
    clipPreactivations: values["clip-preactivations"] ?? base.clipPreactivations,
    weightNoise: values["weight-noise"],
    adaptiveNoise: values["adaptive-noise"],
    seed: values.seed,
    checkpointEvery: values["checkpoint-steps"] ?? 0,
  };
}
