import { CORPUS_NAMES } from "../../data/node-corpora.js";
import { TEXT_RECIPE_NAMES, TEXT_RECIPES } from "../../systems/text/index.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { choice, defineCommand, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { warn, warnSkipped } from "../messages.js";
import { nextSteps } from "../next-steps.js";
import { withRunLock } from "../run-lock.js";
import { runFolder } from "../runs.js";
import { runTextTraining } from "../text-training.js";
import { readCorpus } from "../text-corpus.js";
import { firstBudgetOf, firstBudgetOptions, textConfig, textOptions } from "../text-options.js";
import { createTextRun, lastWeights, openRun, rereadCorpus } from "../text-run.js";

const DEFAULT_SECONDS = 60;

export const trainText = defineCommand({
  name: "train text",
  summary: "Trains a language model on text: it learns to predict the next character, word or byte.",
  positionals: {
    usage: "[FILES...]",
    min: 0,
    max: Infinity,
    help: "files, folders, globs in quotes, or - for standard input; without any, Moby Dick",
  },
  options: {
    recipe: choice(TEXT_RECIPE_NAMES, { defaultText: "none", help: "Settings that belong together; options change single ones" }),
    corpus: choice(CORPUS_NAMES, { defaultText: "moby-dick", help: "A text that a package carries, instead of FILES" }),
    from: text({ placeholder: "RUN", defaultText: "random weights", help: "Begin with the weights, vocabulary and settings of another run" }),
    ...textOptions,
    ...firstBudgetOptions,
    out: text({ placeholder: "FOLDER", defaultText: "a new one in runs/", help: "Where the run is kept" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    `Trains for ${DEFAULT_SECONDS} seconds unless --seconds, --steps, --epochs or a recipe says otherwise. Every file is a document: the model ` +
    "starts each with an empty memory. The last twentieth of the text is kept for testing and the twentieth before it for validation; whole " +
    "files where they are small. Of the corpora brown and libreoffice-help every tenth file is kept for testing and another tenth for " +
    "validation.\n" +
    "Recipes: " + Object.entries(TEXT_RECIPES).map(([name, { what }]) => `${name} (${what})`).join("; ") + ". Those of the paper's size take days; " +
    "how long is said before they start.\n" +
    "Ctrl-C stops and saves; unrolled resume goes on.",
  examples: [
    ["unrolled train text", "a minute of Moby Dick"],
    ["unrolled train text notes/ --steps 5000", "all text files below a folder"],
    ["unrolled train text 'src/**/*.ts' --layers 2 --dropout 0.2", "files that match a pattern"],
    ["zcat log.gz | unrolled train text - --vocabulary bytes", "whatever comes in"],
    ["unrolled train text --corpus brown --recipe graves-words", "another corpus, a network of Graves 2013"],
    ["unrolled train text --from RUN --adaptive-noise 0.075", "on from another run, with noise on the weights"],
    ["unrolled train text --cell gru --hidden 512 --seconds 600", "another cell, larger, for ten minutes"],
  ],
  async run({ values, given, positionals }, context: Context) {
    if (values.corpus !== undefined && positionals.length > 0) throw new UsageError("--corpus is read instead of FILES: leave one of them out.");
    if (values.from !== undefined && values.recipe !== undefined) throw new UsageError("--from brings the settings of its run: leave out --recipe.");
    const misplaced = (["vocabulary", "minimum-count", "vocabulary-size"] as const).find((name) => given.has(name));
    if (values.from !== undefined && misplaced !== undefined) throw new UsageError(`--from brings the vocabulary of its run: leave out --${misplaced}.`);
    const recipe = values.recipe === undefined ? undefined : TEXT_RECIPES[values.recipe];
    const before = values.from === undefined ? undefined : await openRun(values.from);
    const config = textConfig(values, given, before?.config.text ?? recipe?.config);
    const asked = firstBudgetOf(values) ?? recipe?.budget ?? { seconds: DEFAULT_SECONDS };
    const { readStandardInput } = context;
    // Without a text of its own a run goes on with that of the run it comes from.
    const named = positionals.length > 0 || values.corpus !== undefined;
    const corpus =
      named || before === undefined
        ? await readCorpus({ inputs: positionals, corpus: values.corpus, vocabulary: config.vocabulary, readStandardInput })
        : await rereadCorpus(before.run, before.config);
    warnSkipped(context, corpus.skipped);
    const folder = runFolder(values.out, corpus.name);
    const backend = await startBackend({ ...values, asynchronous: true });
    const from = before && (await lastWeights(before.run));
    const session = await createTextRun(folder, { text: config, budget: asked, corpus, backend, from });
    for (const note of [...(from?.notes ?? []), ...session.notes]) warn(context, note);
    const { budget } = session.config;
    const code = await withRunLock(folder, () => runTextTraining(context, { session, backend, budget, json: values.json }));
    if (code === 0 && !values.json) {
      const { terminal } = context;
      const next = [
        [`sample ${folder}`, "what it writes"],
        [`eval ${folder}`, "bits on unseen text"],
        [`resume ${folder} --seconds 60`, "train on"],
      ] as const;
      terminal.print();
      for (const line of nextSteps(terminal, next)) terminal.print(line);
    }
    return code;
  },
});
