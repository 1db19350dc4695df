import { HANDWRITING_FONTS, HELD_OUT_FONTS, PRINT_FONTS, STROKE_FONTS } from "../../data/node-pen-packages.js";
import { RECOGNISER_DEFAULTS, type RecogniserConfig } from "../../systems/recogniser/index.js";
import { cells } from "../../cell/index.js";
import { RunError } from "../../train/index.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { choice, defineCommand, integer, number, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { nextSteps } from "../next-steps.js";
import { openHandwritingRun } from "../handwriting-run.js";
import { fontsOf } from "../pen-corpus.js";
import { fontsNamed } from "../pen-fonts.js";
import { createRecogniserRun, readRecogniserLines, type RecogniserData } from "../recogniser-run.js";
import { runRecogniserTraining } from "../recogniser-training.js";
import { withRunLock } from "../run-lock.js";
import { runFolder } from "../runs.js";
import { budgetOf, budgetOptions } from "../text-options.js";

const d = RECOGNISER_DEFAULTS;
const DEFAULT_SECONDS = 300;

export const trainRecogniser = defineCommand({
  name: "train recogniser",
  summary: "Trains a recogniser of what a pen wrote, to judge with: unrolled legibility says how much of a model's writing it can read.",
  options: {
    fonts: text({ placeholder: "kept|all|NAMES", default: "kept", help: "Those that models that write do not see unless asked to and printed letters, all, or these" }),
    without: text({ placeholder: "RUN", defaultText: "none", help: "All fonts but those that this run of train handwriting learns from" }),
    lines: integer({ min: 20, default: 6000, help: "Rendered lines to learn from" }),
    longest: integer({ min: 6, max: 200, default: 20, help: "Characters of a line, at most; longer ones are read as well" }),
    cell: choice([...cells.keys()], { default: d.cell, help: "The recurrent cell" }),
    layers: integer({ min: 1, default: d.layers, help: "Recurrent layers" }),
    hidden: integer({ min: 1, default: d.hidden, help: "Units in each layer, in each direction" }),
    dropout: number({ min: 0, max: 0.9, default: d.dropout, help: "Between layers" }),
    batch: integer({ min: 1, default: d.batch, help: "Lines read in parallel" }),
    augment: number({ min: 0, default: d.augment, help: "How much lines are distorted, anew each time; 1 is usual" }),
    lr: number({ above: 0, default: d.lr, help: "Learning rate, of Adam" }),
    clip: number({ min: 0, default: d.clip, help: "Limit on the norm of the gradient; 0 for none" }),
    seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: d.seed, help: "The same seed gives the same run" }),
    "checkpoint-steps": integer({ min: 1, defaultText: "every 30 seconds", help: "Steps between checkpoints" }),
    ...budgetOptions,
    out: text({ placeholder: "FOLDER", defaultText: "a new one in runs/", help: "Where the run is kept" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    `Layers that read a line's ink in both directions, and connectionist temporal classification (Graves et al. 2009). Trains for ${DEFAULT_SECONDS} seconds unless --seconds or ` +
    "--steps says otherwise, on sentences of the Brown corpus in stroke fonts of hersheytext by writers whom no model that writes learns from. " +
    `Kept fonts are ${[...HELD_OUT_FONTS, ...PRINT_FONTS].join(", ")}; models write in ${HANDWRITING_FONTS.join(", ")} unless they were told others.`,
  examples: [
    ["unrolled train recogniser", "five minutes, in fonts that no model writes in"],
    ["unrolled train recogniser --fonts all --out runs/reader", "in those too, by other writers"],
    ["unrolled train recogniser --without runs/rendered-pen", "in all fonts that this model has never seen"],
  ],
  async run({ values, given }, context: Context) {
    if (given.has("fonts") && given.has("without")) throw new UsageError("--fonts and --without: choose one.");
    const fonts = await fontsAsked(values);
    const config: RecogniserConfig = {
      cell: values.cell, layers: values.layers, hidden: values.hidden, dropout: values.dropout, batch: values.batch, augment: values.augment,
      lr: values.lr, schedule: d.schedule, clip: values.clip, seed: values.seed, checkpointEvery: values["checkpoint-steps"] ?? 0,
    };
    const budget = budgetOf(values) ?? { seconds: DEFAULT_SECONDS };
    const data: RecogniserData = {
      fonts, otherFonts: STROKE_FONTS.filter((name) => !fonts.includes(name)), lines: values.lines, longest: values.longest, seed: values.seed,
    };
    const { terminal } = context;
    terminal.live("rendering lines…");
    const lines = readRecogniserLines(data);
    terminal.endLive();
    const folder = runFolder(values.out, "recogniser");
    const backend = await startBackend({ ...values, asynchronous: true });
    const session = await createRecogniserRun(folder, { recogniser: config, budget, data, lines, backend });
    const code = await withRunLock(folder, () => runRecogniserTraining(context, { session, backend, budget, json: values.json }));
    if (code === 0 && !values.json) {
      terminal.print();
      const next = [
        [`legibility runs/rendered-pen --recogniser ${folder}`, "how much of a model's writing it can read"],
        [`resume ${folder} --seconds 600`, "train on"],
      ] as const;
      for (const line of nextSteps(terminal, next)) terminal.print(line);
    }
    return code;
  },
});

/** @throws UsageError naming a font that there is not @throws RunError if the run to do without does not learn from fonts */
async function fontsAsked({ fonts, without }: { readonly fonts: string; readonly without: string | undefined }): Promise<readonly string[]> {
  if (without !== undefined) return fontsBut(without);
  if (fonts === "kept") return [...HELD_OUT_FONTS, ...PRINT_FONTS];
  return fonts === "all" ? STROKE_FONTS : fontsNamed(fonts);
}

/** @throws RunError */
async function fontsBut(folder: string): Promise<readonly string[]> {
  const opened = await openHandwritingRun(folder);
  const learnt = opened === undefined ? [] : fontsOf(opened.config.data);
  if (learnt.length === 0) throw new RunError(`--without: ${folder} is no run of train handwriting that learns from rendered strokes.`);
  return STROKE_FONTS.filter((name) => !learnt.includes(name));
}
