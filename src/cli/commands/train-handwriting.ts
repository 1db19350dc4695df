import { resolve } from "node:path";
import { HANDWRITING_FONTS, HELD_OUT_FONTS, PRINT_FONTS, STROKE_FONTS } from "../../data/node-pen-packages.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { handwritingConfig, handwritingOptions, penDataOptions } from "../handwriting-options.js";
import { grouped } from "../format.js";
import { createHandwritingRun, type HandwritingRunConfig } from "../handwriting-run.js";
import { runHandwritingTraining } from "../handwriting-training.js";
import { warn, warnSkipped } from "../messages.js";
import { nextSteps } from "../next-steps.js";
import { readPenCorpus, type PenData } from "../pen-corpus.js";
import { fontsNamed } from "../pen-fonts.js";
import { withRunLock } from "../run-lock.js";
import { runFolder } from "../runs.js";
import { firstBudgetOf, firstBudgetOptions } from "../text-options.js";

const DEFAULT_SECONDS = 300;
/** The paper stops when the validation loss no longer falls, and does not say after how many epochs. */
const PAPER_EPOCHS = 30;

/** What a new model may be asked to write: " TEXT" for a command line. */
function exampleText({ handwriting: { task }, names }: HandwritingRunConfig): string {
  if (task === "prediction") return "";
  if (task === "synthesis") return ' "the quick brown fox"';
  const known = names?.class ?? [];
  const characters = known.every((name) => Array.from(name).length === 1);
  const classic = "永字八法";
  if (characters) return ` "${Array.from(classic).every((each) => known.includes(each)) ? classic : known.slice(0, 4).join("")}"`;
  return ` "${known.slice(0, 2).join(", ")}"`;
}

export const trainHandwriting = defineCommand({
  name: "train handwriting",
  summary: "Trains a model of pen strokes: it learns to predict how the pen moves on and then writes by itself, or to write a given text.",
  positionals: {
    usage: "[FILES...]",
    min: 0,
    max: Infinity,
    help: "InkML, IAM-OnDB's stroke XML, Quick, Draw!'s ndjson or strokes as JSON: files, folders, globs in quotes; without any, what --data says",
  },
  options: {
    ...handwritingOptions,
    ...penDataOptions,
    ...firstBudgetOptions,
    out: text({ placeholder: "FOLDER", defaultText: "a new one in runs/", help: "Where the run is kept" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    `The network is that of Graves (2013), section 4; with --task synthesis that of section 5, which learns from whole lines with their texts. Trains for ${DEFAULT_SECONDS} seconds unless --seconds, --steps or --epochs says otherwise, and for ${PAPER_EPOCHS} epochs with the recipe of the paper, whose duration is told before it starts. Rendered strokes are ` +
    "sentences of the Brown corpus written by made-up writers in the stroke fonts of hersheytext; they stand in for recordings of people, which no package " +
    `has. Their fonts are ${HANDWRITING_FONTS.join(", ")} unless --fonts says otherwise; there are ${[...HELD_OUT_FONTS, ...PRINT_FONTS].join(", ")} besides. ` +
    "Validation is by other writers, the test by writers in other fonts. Packages are fetched by name and never installed. Losses are log " +
    "densities of movements in standard deviations, so they may fall below 0. Ctrl-C stops and saves; unrolled resume goes on.",
  examples: [
    ["unrolled train handwriting", "five minutes of rendered strokes"],
    ["unrolled train handwriting --task synthesis --layers 3 --seconds 3600", "to write texts: an hour of rendered strokes"],
    ["unrolled train handwriting --task synthesis --writers 8 --fonts EMSElfin,EMSTech", "to write texts in either of two hands"],
    ["unrolled train handwriting --data hanzi --hidden 200", "Chinese characters, stroke by stroke"],
    ["unrolled train handwriting --data hanzi --task drawing --characters common --augment 0.5", "to draw characters that are asked for"],
    ["unrolled train handwriting cat.ndjson --most 5000", "drawings of Quick, Draw!"],
    ["unrolled train handwriting lineStrokes/ --recipe paper", "IAM-OnDB, with the network of the paper"],
    ["unrolled train handwriting lineStrokes/ --recipe paper --task synthesis --adaptive-noise 0.075", "the paper's best: 3 x 400 with a window"],
  ],
  async run({ values, given, positionals: inputs }, context: Context) {
    const misplaced = (inputs.length > 0 ? ["data", "lines", "fonts", "characters"] : ["most", "spacing"]).find((name) => given.has(name));
    if (misplaced !== undefined) {
      throw new UsageError(inputs.length > 0 ? `--${misplaced} is for data without FILES.` : `--${misplaced} is for FILES: name some.`);
    }
    if (given.has("characters") && values.data !== "hanzi") throw new UsageError("--characters is for --data hanzi.");
    if (given.has("fonts") && values.data !== "rendered") throw new UsageError("--fonts is for --data rendered.");
    const fonts = values.fonts === undefined ? HANDWRITING_FONTS : fontsNamed(values.fonts);
    if (fonts.length === STROKE_FONTS.length) throw new UsageError("--fonts: leave one or more of them for the test.");
    if (values.task === "drawing" && inputs.length === 0 && values.data === "rendered") {
      throw new UsageError("--task drawing: rendered lines are no drawings: expected --data hanzi, or FILES.");
    }
    const config = handwritingConfig(values);
    const budget = firstBudgetOf(values) ?? (values.recipe === "paper" ? { epochs: PAPER_EPOCHS } : { seconds: DEFAULT_SECONDS });
    const source = inputs.length > 0 ? "files" : values.data;
    const data: PenData = {
      source,
      inputs: inputs.map((input) => resolve(input)),
      lines: values.lines,
      seed: values.seed,
      ...(source === "rendered" && { fonts }),
      most: values.most ?? 0,
      spacing: values.spacing ?? 0,
      ...(values.characters !== undefined && { characters: values.characters }),
      ...(config.task === "drawing" && { drawings: true }),
    };
    const { terminal } = context;
    terminal.live("reading strokes…");
    const corpus = await readPenCorpus(data);
    terminal.endLive();
    warnSkipped(context, corpus.skipped);
    const folder = runFolder(values.out, `${corpus.name}-pen`);
    const backend = await startBackend({ ...values, asynchronous: true });
    const session = await createHandwritingRun(folder, { handwriting: config, budget, data, corpus, backend });
    const [read, taken] = [corpus.split.training.length, session.config.data.training.sequences];
    if (config.task !== "prediction" && taken < read) {
      warn(context, `${grouped(read - taken)} of ${grouped(read)} lines to learn from are left out: without a text, or longer than ${grouped(config.longest)} points (--longest).`);
    }
    const code = await withRunLock(folder, () => runHandwritingTraining(context, { session, backend, budget: session.config.budget, json: values.json }));
    if (code === 0 && !values.json) {
      const text = exampleText(session.config);
      const next = [
        [`write ${folder}${text} --out note.svg`, "what it writes, replayed stroke by stroke"],
        [`write ${folder}${text} --bias 1 --samples 5 --out page.png`, "neater, five lines of it"],
        [`resume ${folder} --seconds 600`, "train on"],
      ] as const;
      terminal.print();
      for (const line of nextSteps(terminal, next)) terminal.print(line);
    }
    return code;
  },
});
