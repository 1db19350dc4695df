/** Training of word vectors: the corpus read, pairs counted, vectors trained and saved. */
import type { Backend } from "../backend/index.js";
import type { WordCorpusProgress, WordVocabulary } from "../data/index.js";
import type { CooccurrenceProgress } from "../data/node-cooccurrence.js";
import { trainVectors, type VectorMethod, type VectorTrainer } from "../systems/vectors/index.js";
import type { Checkpoint, Run, TrainingResult } from "../train/index.js";
import { backendText } from "./common-options.js";
import type { Context } from "./context.js";
import { bytes, duration, grouped, short } from "./format.js";
import { printJson, printRow, warn, warnSkipped } from "./messages.js";
import { commandName, nextSteps } from "./next-steps.js";
import type { LossUnit, ProgressForm } from "./progress.js";
import { goOn, runTraining, savedAt, type Training, type Watched } from "./training.js";
import { settingsText } from "./vector-options.js";
import {
  countPairs, createTrainer, epochsOf, inputsText, isFinished, keptWordsText, openCorpus, readCorpus, removeWork, requireFitting,
  restoreResult, saveVectors, type VectorCorpus, type VectorRun,
} from "./vector-run.js";

/** Lines that a training has in a log file, about. */
const LOG_LINES = 20;
/** Seconds between lines in a log file while something else goes on. */
const LOG_SECONDS = 15;
/** Redraws of the live line per second, then. */
const FRAMES = 8;

/** Begins or goes on, whatever an earlier session came to. The exit code: 0, or 130 if it was stopped. */
export async function runVectorTraining(
  context: Context,
  { vectorRun, backend, json }: { vectorRun: VectorRun; backend: Backend; json: boolean },
): Promise<number> {
  const { run } = vectorRun;
  await restoreResult(vectorRun);
  if (!isFinished(vectorRun)) return runTraining(context, new VectorTraining(context, vectorRun, backend, json));
  removeWork(vectorRun);
  if (json) printJson(context, { event: "end", run: run.location, outcome: "complete" });
  else context.terminal.print(`${run.location} is complete. Its vectors: ${commandName()} nearest ${run.location} WORD`);
  return 0;
}

class VectorTraining implements Training {
  readonly json: boolean;
  readonly opening: Training["opening"];
  readonly form: ProgressForm;
  readonly #context: Context;
  readonly #vectorRun: VectorRun;
  /** What is lost, and what is not, if it stops here. */
  #stage: "reading" | "counting" | "training" = "reading";
  #prepared: { readonly corpus: VectorCorpus; readonly trainer: VectorTrainer; readonly checkpoint: Checkpoint | undefined } | undefined;
  #saved: { readonly path: string; readonly bytes: number } | undefined;

  constructor(context: Context, vectorRun: VectorRun, backend: Backend, json: boolean) {
    const { config, run } = vectorRun;
    this.#context = context;
    this.#vectorRun = vectorRun;
    this.json = json;
    this.opening = {
      facts: { config: config.vectors },
      rows: [
        ["text", inputsText(config.data.inputs)],
        ["method", settingsText(config.vectors)],
        ["runs on", backendText(backend)],
        ["folder", run.location],
      ],
    };
    this.form = progressForm(config.vectors.method);
  }

  get run(): Run {
    return this.#vectorRun.run;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const vectorRun = this.#vectorRun;
    const { vectors } = vectorRun.config;
    const corpus = (await openCorpus(vectorRun)) ?? (await this.#read(signal));
    this.#tellCorpus(corpus);
    requireFitting(vectorRun, corpus.facts);
    this.#stage = "counting";
    const show = this.#stageDisplay<CooccurrenceProgress>(({ stage, done }) => `${stage} pairs of words  ${(100 * done).toFixed(0)} %`);
    const records = vectors.method === "glove" ? await countPairs(vectorRun, corpus, { signal, onProgress: show }) : undefined;
    if (records !== undefined) this.#tell("pairs", `${grouped(records.count)} within ${vectors.window} words of each other`, { pairs: records.count });
    this.#stage = "training";
    const trainer = createTrainer(vectorRun, corpus, records);
    const { checkpoint, notes } = await this.run.resume();
    for (const note of notes) warn(this.#context, note);
    if (checkpoint !== undefined && !this.json) printRow(this.#context, ["going on", `from step ${grouped(checkpoint.step)} of ${grouped(trainer.steps)}`]);
    this.#prepared = { corpus, trainer, checkpoint };
  }

  async train(watched: Watched): Promise<TrainingResult> {
    const { trainer, checkpoint } = this.#prepared!;
    const { checkpointEvery } = this.#vectorRun.config.vectors;
    const result = await trainVectors(trainer, { run: this.run, checkpoint, ...(checkpointEvery > 0 && { checkpointEvery }), ...watched });
    if (result.outcome === "complete") {
      this.#saved = saveVectors(this.#vectorRun, await trainer.vectors());
      removeWork(this.#vectorRun);
    }
    return result;
  }

  closing({ elapsed, trainingLoss }: TrainingResult) {
    const { vocabulary, facts } = this.#prepared!.corpus;
    const { path, bytes: size } = this.#saved!;
    const { terminal } = this.#context;
    const { vectors } = this.#vectorRun.config;
    const { dimensions } = vectors;
    const { name, format } = this.form.unit;
    const epochs = epochsOf(vectors, facts);
    return {
      facts: { vectors: path, words: vocabulary.size, dimensions },
      lines: [
        `${grouped(epochs)} epoch${epochs === 1 ? "" : "s"} in ${duration(elapsed)}: ${terminal.style("cyan", format(trainingLoss))} ${name}`,
        `${path}: ${grouped(vocabulary.size)} words of ${dimensions} dimensions, ${bytes(size)}`,
        "",
        ...nextSteps(terminal, usesOf(this.run.location, vocabulary)),
      ],
    };
  }

  stopped(result: TrainingResult | undefined) {
    const facts = { stage: this.#stage };
    if (this.#stage === "reading" && this.#vectorRun.config.data.inputs.includes("-")) {
      return { facts, line: "Stopped before all of standard input was read: nothing was saved." };
    }
    const what = {
      reading: "while reading, which begins anew next time",
      counting: "and what was counted is saved",
      training: savedAt(result),
    }[this.#stage];
    const comma = this.#stage === "counting" ? "," : "";
    return { facts, line: `Stopped${comma} ${what}. ${goOn(this.#context.terminal, this.run)}` };
  }

  advice(): string | undefined {
    return this.#stage === "reading" ? `${commandName()} resume ${this.run.location} reads the text again.` : undefined;
  }

  async #read(signal: AbortSignal): Promise<VectorCorpus> {
    const skipped: string[] = [];
    const began = performance.now();
    const show = this.#stageDisplay<WordCorpusProgress>(({ stage, words, types }) => {
      if (stage !== "reading") return stage === "phrases" ? "joining phrases" : "numbering words";
      const rate = words / ((performance.now() - began) / 1000);
      return `reading  ${short(words)} words, ${short(types)} different  ${short(rate)} words/s`;
    });
    const { standardInput } = this.#context;
    const corpus = await readCorpus(this.#vectorRun, {
      standardInput, signal, onProgress: show, onSkip: (line) => void skipped.push(line),
    });
    warnSkipped(this.#context, skipped);
    return corpus;
  }

  /** A row for people, an event for machines. */
  #tell(title: string, value: string, facts: object): void {
    this.#context.terminal.endLive();
    if (this.json) printJson(this.#context, { event: title, ...facts });
    else printRow(this.#context, [title, value]);
  }

  #tellCorpus({ facts }: VectorCorpus): void {
    const settings = this.#vectorRun.config.vectors;
    const epochs = epochsOf(settings, facts);
    const words = `${grouped(facts.words)}, ${grouped(facts.types)} different; vectors for ${keptWordsText(settings, facts)}`;
    this.#tell("words", words, { ...facts, epochs });
    if (!this.json) printRow(this.#context, ["epochs", String(epochs)]);
  }

  /** Shows what comes before the training. */
  #stageDisplay<P>(textOf: (progress: P) => string): (progress: P) => void {
    const { terminal } = this.#context;
    let shownAt = performance.now();
    return (progress) => {
      if (this.json) return;
      const now = performance.now();
      if (now - shownAt < 1000 * (terminal.interactive ? 1 / FRAMES : LOG_SECONDS)) return;
      shownAt = now;
      if (terminal.interactive) terminal.live(textOf(progress));
      else terminal.print(textOf(progress));
    };
  }
}

/** A line in a log file every twentieth of the steps. */
function progressForm(method: VectorMethod): ProgressForm {
  let next: number | undefined;
  return {
    read: method === "glove" ? "records" : "words",
    unit: lossUnitOf(method),
    losses: [{ name: "loss", style: "cyan", of: ({ trainingLoss }) => trainingLoss }],
    isLogged: ({ step, steps = 0, logged }) => {
      const every = Math.max(1, Math.round(steps / LOG_LINES));
      next ??= every;
      if (logged === undefined || (step < next && step !== steps)) return false;
      next = step + every;
      return true;
    },
  };
}

/** What the loss of a method is told in. Those of GloVe are small. */
export function lossUnitOf(method: VectorMethod): LossUnit {
  const names = method === "glove" ? { name: "weighted squared error", short: "squared error" } : { name: "nats per pair", short: "nats/pair" };
  return { ...names, of: (loss) => loss, format: (loss) => loss.toPrecision(4) };
}

/** A word for an example: neither a function word nor a rare one. */
function exampleWord({ words }: WordVocabulary): string {
  return words.slice(100).find((word) => /^\p{L}{8,}$/u.test(word)) ?? words.find((word) => /^\p{L}{5,}$/u.test(word)) ?? words[0]!;
}

function usesOf(folder: string, vocabulary: WordVocabulary): (readonly [string, string])[] {
  const known = ["king", "man", "woman"].every((word) => vocabulary.idOf(word) !== undefined);
  return [
    [`nearest ${folder} ${exampleWord(vocabulary)}`, "its neighbours"],
    [`analogy ${folder} ${known ? "king - man + woman" : "A - B + C"}`, known ? "calculate" : "with words of your own"],
    [`eval ${folder} --analogies FILE`, "how good they are"],
    [`export ${folder} --format word2vec`, "for other programs"],
  ];
}
