import { generate, TEXT_DEFAULTS } from "../../systems/text/index.js";
import { RandomStream } from "../../tensor/index.js";
import { backendOptions, startBackend } from "../common-options.js";
import { defineCommand, number, text } from "../command.js";
import type { Context } from "../context.js";
import { wrap } from "../format.js";
import { nextSteps } from "../next-steps.js";
import { withRunLock } from "../run-lock.js";
import { runFolder } from "../runs.js";
import { runTextTraining } from "../text-training.js";
import { readCorpus } from "../text-corpus.js";
import { createTextRun } from "../text-run.js";

const SAMPLE_LENGTH = 400;

/** What `npm start` runs: the whole way from text to a sample, in about a minute. */
export const start = defineCommand({
  name: "start",
  summary: "Trains a character model on Moby Dick for a minute, draws its curve, writes a sample, and says what to try next.",
  options: {
    seconds: number({ above: 0, default: 60, help: "Train for so long" }),
    out: text({ placeholder: "FOLDER", defaultText: "a new one in runs/", help: "Where the run is kept" }),
    ...backendOptions,
  },
  examples: [["unrolled start", "about a minute"]],
  async run({ values }, context: Context) {
    const { terminal } = context;
    const corpus = await readCorpus({ inputs: [], vocabulary: "characters", readStandardInput: () => new Uint8Array(0) });
    const folder = runFolder(values.out, corpus.name);
    const backend = await startBackend({ ...values, asynchronous: true });
    const budget = { seconds: values.seconds };
    const session = await createTextRun(folder, { text: TEXT_DEFAULTS, budget, corpus, backend });
    const code = await withRunLock(folder, () => runTextTraining(context, { session, backend, budget, json: false }));
    if (code !== 0) return code;

    terminal.print();
    terminal.print(terminal.style("bold", `${SAMPLE_LENGTH} characters of its own:`));
    const random = new RandomStream(1).fork("sample");
    const prime = "CHAPTER ";
    const decoder = new TextDecoder();
    let written = prime;
    for (const piece of generate(session.model, session.vocabulary, { length: SAMPLE_LENGTH, temperature: 0.7, prime, random })) {
      written += decoder.decode(piece, { stream: true });
    }
    for (const line of wrap(written.trimEnd(), Math.min(terminal.columns, 100) - 2)) terminal.print(`  ${line}`);
    terminal.print();
    const next = [
      [`sample ${folder} --prime "The whale "`, "more of it"],
      [`resume ${folder} --seconds 600`, "ten minutes more"],
      [`eval ${folder}`, "bits on unseen text"],
      ["train text FILES", "your own text"],
      ["--help", "everything else"],
    ] as const;
    for (const line of nextSteps(terminal, next)) terminal.print(line);
    return 0;
  },
});
