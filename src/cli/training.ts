/** Training as the commands do it, of whatever kind: told how it begins, shown while it goes on, stopped by signals, its end explained. */
import type { Backend } from "../backend/index.js";
import type { Budget, Checkpoint, Progress, Run, TrainingResult } from "../train/index.js";
import type { Context } from "./context.js";
import { duration, grouped } from "./format.js";
import { printJson, printRow, type Row } from "./messages.js";
import { commandName } from "./next-steps.js";
import { lossCurve, ProgressDisplay, type LossUnit, type ProgressForm } from "./progress.js";
import { INTERRUPTED, stoppable } from "./stoppable.js";
import type { Terminal } from "./terminal.js";

/** What the kinds of training differ in. */
export interface Training {
  readonly run: Run;
  /** Text for people, or an event a line for machines. */
  readonly json: boolean;
  /** What is told first: facts of the "start" event, and rows for people. */
  readonly opening: { readonly facts: object; readonly rows: readonly Row[] };
  /** How progress looks. */
  readonly form: ProgressForm;
  /** What comes before the training and tells rows and events of its own. It throws the signal's reason when stopped. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
  /** The training, and what has to be saved after it. */
  readonly train: (watched: Watched) => Promise<TrainingResult>;
  /** What machines are told of losses. @default as they are */
  readonly losses?: (line: Losses) => Losses;
  /** What is told of a training that is complete, below its curve. @default steps, time and losses */
  readonly closing?: (result: TrainingResult) => { readonly facts: object; readonly lines: readonly string[] };
  /** What is told when stopped. @default that it was saved at such a step, and how to go on */
  readonly stopped?: (result: TrainingResult | undefined) => { readonly facts: object; readonly line: string };
  /** What to do when the disk was full, where that is not to go on from what was saved. */
  readonly advice?: () => string | undefined;
}

/** What a kind of training by gradient descent is asked for. */
export interface TrainingRequest<Session> {
  readonly session: Session;
  readonly backend: Backend;
  readonly budget?: Budget;
  readonly checkpoint?: Checkpoint | undefined;
  readonly json: boolean;
}

/** What `train` of the training loop takes to be stopped and watched. */
export interface Watched {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

type Losses = Readonly<Record<string, number>>;

/** Trains, and says how it went. The exit code: 0, or 130 if it was stopped. */
export async function runTraining(context: Context, training: Training): Promise<number> {
  const { run, json, opening, losses = (line) => line } = training;
  const { terminal } = context;
  const result = await stoppable(context, { folder: run.location, json, advice: () => training.advice?.() }, async (signal) => {
    if (json) printJson(context, { event: "start", run: run.location, ...opening.facts });
    else for (const row of opening.rows) printRow(context, row);
    try {
      await training.prepare?.(signal);
    } catch (error) {
      if (signal.aborted && error === signal.reason) return undefined;
      throw error;
    }
    if (!json) terminal.print();
    const display = new ProgressDisplay(terminal, training.form);
    const onProgress = (progress: Progress) => {
      if (!json) display.show(progress);
      else if (progress.logged !== undefined) printJson(context, { event: "metrics", ...losses(progress.logged), sample: progress.sample });
    };
    return training.train({ signal, onProgress });
  });

  if (result?.outcome !== "complete") {
    const { facts, line } = training.stopped?.(result) ?? { facts: {}, line: `Stopped ${savedAt(result)}. ${goOn(terminal, run)}` };
    if (json) printJson(context, { event: "end", run: run.location, outcome: "interrupted", ...facts, ...result, ...losses(lossesOf(result)) });
    else terminal.print(line);
    return INTERRUPTED;
  }
  const { facts, lines } = training.closing?.(result) ?? { facts: {}, lines: [summary(terminal, result, training.form.unit)] };
  if (json) printJson(context, { event: "end", run: run.location, ...result, ...losses(lossesOf(result)), ...facts });
  else for (const line of [...lossCurve(terminal, await run.metrics(), training.form.unit), "", ...lines]) terminal.print(line);
  return 0;
}

/** "runs/moby-dick, going on from step 20" */
export function folderRow({ location }: Run, checkpoint: Checkpoint | undefined): Row {
  return ["folder", location + (checkpoint === undefined ? "" : `, going on from step ${grouped(checkpoint.step)}`)];
}

/** "at step 20 and saved" */
export function savedAt(result: TrainingResult | undefined): string {
  return `at step ${grouped(result?.step ?? 0)} and saved`;
}

/** "Go on: unrolled resume runs/moby-dick" */
export function goOn(terminal: Terminal, { location }: Run): string {
  return `Go on: ${terminal.style("bold", `${commandName()} resume ${location}`)}`;
}

function summary(terminal: Terminal, { step, elapsed, trainingLoss, validationLoss }: TrainingResult, { name, format }: LossUnit): string {
  const validation = validationLoss === undefined ? "" : `, validation ${terminal.style("yellow", format(validationLoss))}`;
  return `${grouped(step)} steps in ${duration(elapsed)}: training ${terminal.style("cyan", format(trainingLoss))}${validation} ${name}`;
}

function lossesOf(result: TrainingResult | undefined): Losses {
  if (result === undefined) return {};
  const { trainingLoss, validationLoss } = result;
  return { trainingLoss, ...(validationLoss !== undefined && { validationLoss }) };
}
