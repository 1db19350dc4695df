import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, text } from "../command.js";
import { warn, type Context } from "../context.js";
import { nextSteps } from "../next-steps.js";
import { withRunLock } from "../run-lock.js";
import { runTraining, tellSkipped } from "../run-training.js";
import { readCorpus } from "../text-corpus.js";
import { budgetOf, budgetOptions, textConfig, textOptions } from "../text-options.js";
import { createTextRun, runFolder } from "../text-run.js";

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
    ...textOptions,
    ...budgetOptions,
    out: text({ placeholder: "FOLDER", defaultText: "a new one in runs/", help: "Where the run is kept" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    `Trains for ${DEFAULT_SECONDS} seconds unless --seconds or --steps says otherwise. Every file is a document: the model ` +
    "starts each with an empty memory. The last twentieth of the text is kept for testing and the twentieth before it for validation; whole " +
    "files where they are small. Ctrl-C stops and saves; unrolled resume goes on.",
  examples: [
    ["unrolled train text", "a minute of Moby Dick"],
    ["unrolled train text notes/ --steps 5000", "all text files below a folder"],
    ["unrolled train text 'src/**/*.ts' --layers 2 --dropout 0.2", "files that match a pattern"],
    ["zcat log.gz | unrolled train text - --vocabulary bytes", "whatever comes in"],
    ["unrolled train text --cell gru --hidden 512 --seconds 600", "another cell, larger, for ten minutes"],
  ],
  async run({ values, given, positionals }, context: Context) {
    const config = textConfig(values, given);
    const budget = budgetOf(values) ?? { seconds: DEFAULT_SECONDS };
    const { readStandardInput } = context;
    const corpus = await readCorpus({ inputs: positionals, vocabulary: config.vocabulary, readStandardInput });
    tellSkipped(context, corpus.skipped);
    const folder = runFolder(values.out, corpus.name);
    const backend = await startBackend({ ...values, asynchronous: true });
    const session = await createTextRun(folder, { text: config, budget, corpus, backend });
    for (const note of session.notes) warn(context, note);
    const code = await withRunLock(folder, () => runTraining(context, { session, backend, budget, json: values.json }));
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
