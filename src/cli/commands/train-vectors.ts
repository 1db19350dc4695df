import { DataError } from "../../data/index.js";
import { findInputs } from "../../data/node-files.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, text } from "../command.js";
import type { Context } from "../context.js";
import { warn } from "../messages.js";
import { commandName } from "../next-steps.js";
import { withRunLock } from "../run-lock.js";
import { runFolder } from "../runs.js";
import { INTERRUPTED } from "../stoppable.js";
import { corpusName } from "../text-corpus.js";
import { vectorOptions, vectorSettings } from "../vector-options.js";
import { createVectorRun, discardVectorRun } from "../vector-run.js";
import { runVectorTraining } from "../vector-training.js";

export const trainVectors = defineCommand({
  name: "train vectors",
  summary: "Trains word vectors: words that are used alike come to lie near each other.",
  positionals: {
    usage: "[FILES...]",
    min: 0,
    max: Infinity,
    help: "files, folders, globs in quotes, gzipped or not, or - for standard input; without any, Moby Dick, which is small",
  },
  options: {
    ...vectorOptions,
    out: text({ placeholder: "FOLDER", defaultText: "a new one in runs/", help: "Where the run is kept" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "skipgram and cbow are word2vec with negative sampling (Mikolov et al. 2013), glove is Pennington et al. 2014. The text is read once and may be larger " +
    "than memory; what has one sentence on each line needs --boundaries lines. Ctrl-C stops and saves; unrolled resume goes on, also after " +
    "a kill. With --threads 1 the result is the same to the last bit, stopped or not; more threads write to the same vectors without locks.\n" +
    "unrolled data union-words joins a corpus of 19 million words.",
  examples: [
    ["unrolled train vectors notes/", "all text files below a folder"],
    ["unrolled train vectors 'news/*.gz' --dimensions 300 --out runs/news", "files that match a pattern"],
    ["unrolled train vectors union-words.txt --boundaries lines --method glove", "a sentence on each line"],
    ["zcat dump.gz | unrolled train vectors - --phrases 200,100", "whatever comes in, new_york as one word"],
    ["unrolled train vectors books/ --threads 1 --seed 7", "the same vectors each time"],
  ],
  async run({ values, given, positionals: inputs }, context: Context) {
    const settings = vectorSettings({ values, given });
    findInputs(inputs); // what is not there is told before a folder is made
    const folder = runFolder(values.out, `${corpusName(inputs)}-vectors`);
    const backend = await startBackend({ ...values, asynchronous: true });
    const vectorRun = await createVectorRun(folder, { settings, inputs, backend });
    if (inputs.length === 0 && !values.json) {
      warn(context, `Moby Dick is small for word vectors. For a corpus of 19 million words: ${commandName()} data union-words`);
    }
    // Without its text a run is of no use: where that was no good, or was stopped and cannot be read again.
    let discard = false;
    try {
      const code = await withRunLock(folder, () => runVectorTraining(context, { vectorRun, backend, json: values.json }));
      discard = code === INTERRUPTED && inputs.includes("-");
      return code;
    } catch (error) {
      discard = error instanceof DataError;
      throw error;
    } finally {
      if (discard) discardVectorRun(vectorRun);
    }
  },
});
