/** Training word vectors as the commands do it: the corpus read, pairs counted, progress shown, signals heeded, the end explained. */
import type { Backend } from "../backend/index.js";
import type { WordCorpusProgress, WordVocabulary } from "../data/index.js";
import type { CooccurrenceProgress } from "../data/node-cooccurrence.js";
import { trainVectors, type VectorMethod, type VectorTrainer } from "../systems/vectors/index.js";
import type { Progress, TrainingResult } from "../train/index.js";
import { backendText } from "./common-options.js";
import { warn, type Context } from "./context.js";
import { bytes, duration, grouped, short } from "./format.js";
import { commandName, nextSteps } from "./next-steps.js";
import { lossCurve, ProgressDisplay } from "./progress.js";
import { printJson, tellSkipped } from "./run-training.js";
import { INTERRUPTED, stoppable } from "./stoppable.js";
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
  const session = new VectorTrainingSession(context, vectorRun, backend, json);
  return session.run();
}

class VectorTrainingSession {
  readonly #context: Context;
  readonly #vectorRun: VectorRun;
  readonly #backend: Backend;
  readonly #json: boolean;
  /** What is lost, and what is not, if it stops here. */
  #stage: "reading" | "counting" | "training" = "reading";

  constructor(context: Context, vectorRun: VectorRun, backend: Backend, json: boolean) {
    this.#context = context;
    this.#vectorRun = vectorRun;
    this.#backend = backend;
    this.#json = json;
  }

  async run(): Promise<number> {
    const { terminal } = this.#context;
    const { run } = this.#vectorRun;
    await restoreResult(this.#vectorRun);
    if (isFinished(this.#vectorRun)) {
      removeWork(this.#vectorRun);
      if (this.#json) printJson(this.#context, { event: "end", run: run.location, outcome: "complete" });
      else terminal.print(`${run.location} is complete. Its vectors: ${commandName()} nearest ${run.location} WORD`);
      return 0;
    }
    const folder = run.location;
    const advice = () => (this.#stage === "reading" ? `${commandName()} resume ${folder} reads the text again.` : undefined);
    return stoppable(this.#context, { folder, json: this.#json, advice }, async (signal) => {
      try {
        return await this.#train(signal);
      } catch (error) {
        if (signal.aborted && error === signal.reason) return this.#interrupted();
        throw error;
      }
    });
  }

  async #train(signal: AbortSignal): Promise<number> {
    const vectorRun = this.#vectorRun;
    const { run, config } = vectorRun;
    this.#tellOpening();
    const corpus = (await openCorpus(vectorRun)) ?? (await this.#read(signal));
    this.#tellCorpus(corpus);
    requireFitting(vectorRun, corpus.facts);
    this.#stage = "counting";
    const show = this.#stageDisplay<CooccurrenceProgress>(({ stage, done }) => `${stage} pairs of words  ${(100 * done).toFixed(0)} %`);
    const records = config.vectors.method === "glove" ? await countPairs(vectorRun, corpus, { signal, onProgress: show }) : undefined;
    if (records !== undefined) this.#tell("pairs", `${grouped(records.count)} within ${config.vectors.window} words of each other`, { pairs: records.count });
    this.#stage = "training";
    const trainer = createTrainer(vectorRun, corpus, records);
    const { checkpoint, notes } = await run.resume();
    for (const note of notes) warn(this.#context, note);
    if (checkpoint !== undefined && !this.#json) this.#row("going on", `from step ${grouped(checkpoint.step)} of ${grouped(trainer.steps)}`);
    if (!this.#json) this.#context.terminal.print();
    const { checkpointEvery } = config.vectors;
    const result = await trainVectors(trainer, {
      run, checkpoint, signal,
      ...(checkpointEvery > 0 && { checkpointEvery }),
      onProgress: this.#progressDisplay(trainer),
    });
    if (result.outcome === "interrupted") return this.#interrupted(result);
    await this.#finish(trainer, corpus, result);
    return 0;
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
    tellSkipped(this.#context, skipped);
    return corpus;
  }

  async #finish(trainer: VectorTrainer, { vocabulary, facts }: VectorCorpus, result: TrainingResult): Promise<void> {
    const vectorRun = this.#vectorRun;
    const { run, config } = vectorRun;
    const saved = saveVectors(vectorRun, await trainer.vectors());
    removeWork(vectorRun);
    const { terminal } = this.#context;
    const { dimensions } = config.vectors;
    if (this.#json) {
      const { outcome, step, elapsed, trainingLoss } = result;
      printJson(this.#context, {
        event: "end", run: run.location, outcome, step, elapsed, trainingLoss, vectors: saved.path, words: vocabulary.size, dimensions,
      });
      return;
    }
    terminal.endLive();
    const lossName = lossNameOf(config.vectors.method);
    for (const line of lossCurve(terminal, await run.metrics(), lossName, (loss) => loss)) terminal.print(line);
    terminal.print();
    const loss = terminal.style("cyan", formatLoss(result.trainingLoss));
    const epochs = epochsOf(config.vectors, facts);
    terminal.print(`${grouped(epochs)} epoch${epochs === 1 ? "" : "s"} in ${duration(result.elapsed)}: ${loss} ${lossName}`);
    terminal.print(`${saved.path}: ${grouped(vocabulary.size)} words of ${dimensions} dimensions, ${bytes(saved.bytes)}`);
    terminal.print();
    for (const line of nextSteps(terminal, usesOf(run.location, vocabulary))) terminal.print(line);
  }

  // ---- What is told ------------------------------------------------------------------------------------------------------

  #row(title: string, value: string): void {
    const { terminal } = this.#context;
    terminal.print(`${terminal.style("dim", title.padEnd(8))} ${value}`);
  }

  /** A row for people, an event for machines. */
  #tell(title: string, value: string, facts: object): void {
    this.#context.terminal.endLive();
    if (this.#json) printJson(this.#context, { event: title, ...facts });
    else this.#row(title, value);
  }

  #tellOpening(): void {
    const { run, config } = this.#vectorRun;
    if (this.#json) {
      printJson(this.#context, { event: "start", run: run.location, config: config.vectors });
      return;
    }
    this.#row("text", inputsText(config.data.inputs));
    this.#row("method", settingsText(config.vectors));
    this.#row("runs on", backendText(this.#backend));
    this.#row("folder", run.location);
  }

  #tellCorpus({ facts }: VectorCorpus): void {
    const settings = this.#vectorRun.config.vectors;
    const epochs = epochsOf(settings, facts);
    const words = `${grouped(facts.words)}, ${grouped(facts.types)} different; vectors for ${keptWordsText(settings, facts)}`;
    this.#tell("words", words, { ...facts, epochs });
    if (!this.#json) this.#row("epochs", String(epochs));
  }

  /** Shows what comes before the training. */
  #stageDisplay<P>(textOf: (progress: P) => string): (progress: P) => void {
    const { terminal } = this.#context;
    let shownAt = performance.now();
    return (progress) => {
      if (this.#json) return;
      const now = performance.now();
      if (now - shownAt < 1000 * (terminal.interactive ? 1 / FRAMES : LOG_SECONDS)) return;
      shownAt = now;
      if (terminal.interactive) terminal.live(textOf(progress));
      else terminal.print(textOf(progress));
    };
  }

  #progressDisplay({ steps }: VectorTrainer): (progress: Progress) => void {
    const context = this.#context;
    const { method } = this.#vectorRun.config.vectors;
    const every = Math.max(1, Math.round(steps / LOG_LINES));
    let next = every;
    const display = new ProgressDisplay(context.terminal, {
      ...(method === "glove" ? { read: "records", lossUnit: "squared error" } : { read: "words", lossUnit: "nats/pair" }),
      format: formatLoss,
      losses: [{ name: "loss", style: "cyan", of: ({ trainingLoss }) => trainingLoss }],
      isLogged: ({ step, logged }) => {
        if (logged === undefined || (step < next && step !== steps)) return false;
        next = step + every;
        return true;
      },
    });
    return (progress) => {
      if (!this.#json) display.show(progress);
      else if (progress.logged !== undefined) printJson(context, { event: "metrics", ...progress.logged });
    };
  }

  #interrupted(result?: TrainingResult): number {
    const { terminal } = this.#context;
    const { run, config } = this.#vectorRun;
    terminal.endLive();
    if (this.#json) printJson(this.#context, { event: "end", run: run.location, outcome: "interrupted", stage: this.#stage, ...result });
    else if (this.#stage === "reading" && config.data.inputs.includes("-")) {
      terminal.print("Stopped before all of standard input was read: nothing was saved.");
    } else {
      const what = {
        reading: "Stopped while reading, which begins anew next time",
        counting: "Stopped, and what was counted is saved",
        training: `Stopped at step ${grouped(result?.step ?? 0)} and saved`,
      }[this.#stage];
      terminal.print(`${what}. Go on: ${terminal.style("bold", `${commandName()} resume ${run.location}`)}`);
    }
    return INTERRUPTED;
  }
}

/** What the loss of a method is. */
export function lossNameOf(method: VectorMethod): string {
  return method === "glove" ? "weighted squared error" : "nats per pair";
}

/** Losses of GloVe are small. */
function formatLoss(loss: number): string {
  return loss.toPrecision(4);
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
