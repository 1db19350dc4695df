/**
 * The run that is trained, as the page sees it. It outlives the page, which may be left and come back to, and there is one: its Worker
 * and what it has told.
 */
import { batch, signal } from "@preact/signals";
import { Library, type Call } from "../../library/client.js";
import type { NamedFile } from "../../library/run-folder.js";
import type { MetricsLine, Sample } from "../../library/runs.js";
import type { BeginRequest, HeldRun, MissingTexts, TrainingReport } from "../../library/train.js";

export type Phase = "none" | "starting" | "training" | "paused" | "done";

export const phase = signal<Phase>("none");
export const run = signal<HeldRun | undefined>(undefined);
export const lines = signal<readonly MetricsLine[]>([]);
export const progress = signal<TrainingReport["progress"] | undefined>(undefined);
/** What the model wrote on the way. */
export const samples = signal<readonly Sample[]>([]);
export const trouble = signal<string | undefined>(undefined);
/** A run that was opened, and waits for its texts. */
export const waiting = signal<(MissingTexts & { readonly files: readonly NamedFile[]; readonly what: string }) | undefined>(undefined);
/** The step at which the run was last taken away. */
export const takenAt = signal(-1);

let library: Library | undefined;
let training: Call<"trainOn"> | undefined;

/** The step that the run is at. */
export function stepNow(): number {
  return progress.value?.step ?? run.value?.step ?? 0;
}

/** Whether something would be lost. */
export function isUnsaved(): boolean {
  return run.value !== undefined && stepNow() > Math.max(takenAt.value, 0);
}

addEventListener("beforeunload", (event) => {
  if (isUnsaved()) event.preventDefault();
});

/** Starts a run, in place of the one that there may be. */
export async function begin(request: BeginRequest): Promise<void> {
  await hold(() => worker().call("beginRun", request).result);
  if (phase.value === "paused") await goOn();
}

/** Takes up a run from its folder, at rest. */
export async function open(files: readonly NamedFile[], what: string): Promise<void> {
  await hold(async () => {
    const answer = await worker().call("openRun", { files, what }).result;
    if (!("missing" in answer)) {
      takenAt.value = answer.step;
      return answer;
    }
    waiting.value = { ...answer, files, what };
    return undefined;
  });
}

/** Gives the run that waits for them its texts. */
export async function addTexts(files: readonly NamedFile[]): Promise<void> {
  const { value } = waiting;
  if (value) await open([...value.files, ...files], value.what);
}

async function hold(ask: () => Promise<HeldRun | undefined>): Promise<void> {
  await pause();
  const before = { phase: phase.value, run: run.value };
  batch(() => {
    phase.value = "starting";
    trouble.value = waiting.value = undefined;
  });
  try {
    const made = await ask();
    if (made === undefined) {
      phase.value = before.phase;
      return;
    }
    batch(() => {
      if (made.step === 0) takenAt.value = -1;
      run.value = made;
      lines.value = made.metrics;
      progress.value = undefined;
      samples.value = made.samples;
      phase.value = made.complete ? "done" : "paused";
    });
  } catch (error) {
    batch(() => {
      trouble.value = (error as Error).message;
      // What was there before is there still.
      phase.value = before.phase;
    });
  }
}

/** Trains on; up to a step, where more is wanted than was asked for at first. */
export async function goOn(steps?: number): Promise<void> {
  if (!run.value || training) return;
  batch(() => {
    phase.value = "training";
    trouble.value = undefined;
    // The closing line of metrics goes when there is more to come.
    if (steps !== undefined) lines.value = lines.value.filter(({ step }) => step !== stepNow() || step % 10 === 0);
  });
  training = worker().call("trainOn", { steps }, told);
  try {
    const now = await training.result;
    batch(() => {
      run.value = now;
      lines.value = now.metrics;
      samples.value = now.samples;
      phase.value = now.complete ? "done" : "paused";
    });
  } catch (error) {
    batch(() => {
      trouble.value = (error as Error).message;
      phase.value = "paused";
    });
  } finally {
    training = undefined;
  }
}

function told({ progress: now, lines: more, samples: texts }: TrainingReport): void {
  batch(() => {
    progress.value = now;
    if (more.length > 0) lines.value = [...lines.value, ...more];
    if (texts.length > 0) samples.value = [...samples.value, ...texts];
  });
}

/** Resolves when it is at rest, and saved. */
export async function pause(): Promise<void> {
  const call = training;
  if (!call) return;
  call.tell("pause");
  await call.result.catch(() => {});
  // Until `goOn` has taken notice.
  await new Promise((resolve) => setTimeout(resolve));
}

/** The run's folder, as it is now, as a file to keep. What trains goes on afterwards. */
export async function takeAway(): Promise<{ readonly name: string; readonly file: Blob } | undefined> {
  const wasTraining = phase.value === "training";
  await pause();
  try {
    const { name, zip } = await worker().call("packRun", undefined).result;
    takenAt.value = stepNow();
    return { name, file: new Blob([zip], { type: "application/zip" }) };
  } catch (error) {
    trouble.value = (error as Error).message;
    return undefined;
  } finally {
    if (wasTraining && phase.value === "paused") void goOn();
  }
}

function worker(): Library {
  return (library ??= new Library());
}
