/** Training as the commands do it: progress shown, signals heeded, the end explained. */
import { StorageError, train, type Budget, type Checkpoint, type TrainingResult } from "../train/index.js";
import { warn, type Context } from "./context.js";
import { duration, grouped } from "./format.js";
import { backendText } from "./common-options.js";
import type { Backend } from "../backend/index.js";
import { commandName } from "./next-steps.js";
import { bits, lossCurve, ProgressDisplay, textProgress } from "./progress.js";
import type { TextSession } from "./text-run.js";

/** Exit code of a run that was stopped and saved, as shells expect of Ctrl-C. */
export const INTERRUPTED = 130;

export interface TrainingRequest {
  readonly session: TextSession;
  readonly backend: Backend;
  readonly budget?: Budget;
  readonly checkpoint?: Checkpoint | undefined;
  readonly json: boolean;
}

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export async function runTraining(context: Context, request: TrainingRequest): Promise<number> {
  const { session, budget, checkpoint, json } = request;
  const { run, config, vocabulary } = session;
  const { terminal } = context;
  if (!json) for (const line of openingLines(context, request)) terminal.print(line);
  else {
    const { parameters, text } = config;
    printJson(context, { event: "start", run: run.location, step: checkpoint?.step ?? 0, parameters, config: text });
  }

  const display = new ProgressDisplay(terminal, textProgress(vocabulary.unit));
  const stop = new AbortController();
  const removeHandler = context.onStop(() => {
    if (stop.signal.aborted) return context.exit(INTERRUPTED);
    stop.abort();
    if (!json) terminal.print("Stopping after this step. Once more to quit without saving.");
  });
  let result: TrainingResult;
  try {
    result = await train({
      learner: session.learner,
      optimizer: session.optimizer,
      noise: session.noise,
      settings: config.text,
      run,
      checkpoint,
      ...(budget !== undefined && { budget }),
      signal: stop.signal,
      onProgress: (progress) => {
        if (!json) display.show(progress);
        else if (progress.logged !== undefined) printJson(context, { event: "metrics", ...withBits(progress.logged) });
      },
    });
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const advice = `What was saved before is whole: ${commandName()} resume ${run.location} goes on from there.`;
    throw new StorageError(`${error.message}\n${advice}`);
  } finally {
    removeHandler();
    terminal.endLive();
  }
  if (json) printJson(context, { event: "end", run: run.location, ...result, ...withBits({ ...lossesOf(result) }) });
  else for (const line of await closingLines(context, session, result)) terminal.print(line);
  return result.outcome === "complete" ? 0 : INTERRUPTED;
}

function openingLines({ terminal }: Context, { session, backend, checkpoint }: TrainingRequest): string[] {
  const { config, vocabulary, run } = session;
  const { training, validation, test } = config.data.units;
  const heldOut = validation + test === 0 ? "" : `, and ${grouped(validation + test)} held out`;
  const { text } = config;
  const plural = (count: number, unit: string) => `${grouped(count)} ${unit}${count === 1 ? "" : "s"}`;
  const name = config.data.inputs.length === 0 ? "Moby Dick" : "Text";
  const rows = [
    ["text", `${name}: ${plural(training, vocabulary.unit)} to learn from${heldOut}`],
    ["model", `${text.cell}, ${plural(text.layers, "layer")} of ${text.hidden}, ${grouped(config.parameters)} parameters`],
    ["runs on", backendText(backend)],
    ["folder", run.location + (checkpoint === undefined ? "" : `, going on from step ${grouped(checkpoint.step)}`)],
  ] as const;
  return [...rows.map(([title, value]) => `${terminal.style("dim", title.padEnd(8))} ${value}`), ""];
}

async function closingLines({ terminal }: Context, { run, vocabulary }: TextSession, result: TrainingResult): Promise<string[]> {
  const { outcome, step, elapsed, trainingLoss, validationLoss } = result;
  if (outcome === "interrupted") {
    return [`Stopped at step ${grouped(step)} and saved. Go on: ${terminal.style("bold", `${commandName()} resume ${run.location}`)}`];
  }
  const valid = validationLoss === undefined ? "" : `, validation ${terminal.style("yellow", bits(validationLoss))}`;
  return [
    ...lossCurve(terminal, await run.metrics(), `bits per ${vocabulary.unit}`),
    "",
    `${grouped(step)} steps in ${duration(elapsed)}: training ${terminal.style("cyan", bits(trainingLoss))}${valid} bits per ${vocabulary.unit}`,
  ];
}

/** Tells what was passed over while reading. */
export function tellSkipped(context: Context, skipped: readonly string[]): void {
  if (skipped.length === 0) return;
  const more = skipped.length > 3 ? ` and ${skipped.length - 3} more` : "";
  warn(context, `Skipped ${skipped.slice(0, 3).join(", ")}${more}.`);
}

export function printJson({ terminal }: Context, value: unknown): void {
  terminal.print(JSON.stringify(value));
}

/** Adds every loss in bits. */
function withBits(line: Readonly<Record<string, number>>): Record<string, number> {
  const inBits = Object.entries(line)
    .filter(([name]) => name.endsWith("Loss"))
    .map(([name, nats]) => [name.replace(/Loss$/, "Bits"), nats / Math.LN2] as const);
  return { ...line, ...Object.fromEntries(inBits) };
}

function lossesOf({ trainingLoss, validationLoss }: TrainingResult): Record<string, number> {
  return { trainingLoss, ...(validationLoss !== undefined && { validationLoss }) };
}

