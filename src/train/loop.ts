/** The training loop. Every system trains through this one. */
import { restore, snapshot, type NamedTensors } from "../nn/state-dict.js";
import { clipGradientNorm, clipGradientValue, gradientNorm, type Optimizer } from "../optim/index.js";
import { keep, step as tensorStep, type Tensor } from "../tensor/index.js";
import type { StoredTensor } from "../tensor/safetensors.js";
import type { Json } from "./json.js";
import { Pace, type Budget, type Plan, type ScheduleName } from "./plan.js";
import type { Checkpoint, Run } from "./run.js";
import { explainTrouble } from "./trouble.js";

/** What the loop trains: a model together with the data it reads. */
export interface Learner {
  readonly parameters: NamedTensors;
  /** Reads the next batch and computes its loss, inside a step; the data position and carried states move on. */
  loss(): StepLoss;
  /**
   * The loss per unit on held-out data, undefined if there is none. Must leave no trace: neither on random streams nor on the data
   * position nor on carried states.
   */
  validate(): Promise<number | undefined>;
  /** What `load` needs, beside the parameters, to go on exactly: data position, random streams, carried states. */
  state(): { readonly json: Json; readonly tensors: NamedTensors };
  load(state: { readonly json: Json; readonly tensors: ReadonlyMap<string, StoredTensor> }): void;
}

export interface StepLoss {
  /** The mean over `predictions`, in nats: what is differentiated. */
  readonly loss: Tensor;
  readonly predictions: number;
  /** What reported losses are divided by: characters, words, frames. */
  readonly units: number;
}

export interface TrainingSettings {
  /** The peak learning rate. */
  readonly lr: number;
  readonly schedule: ScheduleName;
  /** Limit on the norm of the whole gradient; 0 or undefined for none. */
  readonly clip?: number;
  /** Limit on every element of the gradient. */
  readonly clipValue?: number;
  /** Steps between lines in metrics.jsonl. @default 10 */
  readonly logEvery?: number;
  /** Steps between validations. @default a twentieth of the budget, in steps or seconds, or rarer where they take long */
  readonly validateEvery?: number;
  /** Steps between checkpoints. @default none by steps */
  readonly checkpointEvery?: number;
  /** Seconds between checkpoints. @default 30 */
  readonly checkpointSeconds?: number;
}

export interface TrainOptions {
  readonly learner: Learner;
  readonly optimizer: Optimizer;
  readonly settings: TrainingSettings;
  /** Needed at the start; on going on, replaces the budget of the checkpoint. Steps count from the very first, seconds from now. */
  readonly budget?: Budget;
  readonly run?: Run;
  /** Where to go on from. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Ends the training after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly step: number;
  /** The step at which the run will be complete, once known. */
  readonly steps: number | undefined;
  readonly predictions: number;
  readonly predictionsPerSecond: number;
  readonly elapsed: number;
  readonly secondsLeft: number;
  /** Nats per unit, smoothed. */
  readonly trainingLoss: number;
  /** The last one measured. */
  readonly validationLoss: number | undefined;
  /** What was just written to metrics.jsonl, if something was. */
  readonly logged: Readonly<Record<string, number>> | undefined;
}

export interface TrainingResult {
  readonly outcome: "complete" | "interrupted";
  readonly step: number;
  readonly elapsed: number;
  readonly trainingLoss: number;
  readonly validationLoss: number | undefined;
}

/** What the loop itself keeps in a checkpoint. */
interface LoopState {
  readonly budget: Budget;
  readonly startStep: number;
  readonly startElapsed: number;
  readonly plan?: Plan;
  readonly elapsed: number;
  readonly predictions: number;
  /** Of the last steps, before clipping. */
  readonly gradientNorms: readonly number[];
  readonly smoothedLoss?: number;
  /** Loss and units since the last line of metrics. */
  readonly pending: { readonly nats: number; readonly units: number };
  readonly validationLoss?: number;
  /** The step of the last validation. */
  readonly validatedStep: number;
  readonly optimizer: { readonly kind: string; readonly scalars: Readonly<Record<string, number>> };
  readonly learner: Json;
}

/** Steps whose gradient norms are told when training breaks. */
const REMEMBERED_NORMS = 8;
/** Time constants of the running means that are shown: speed in seconds, loss per step. */
const SPEED_SECONDS = 2;
const LOSS_SMOOTHING = 0.1;
/** Validation takes at most this part of the time that training does, where the budget is one of time. */
const VALIDATION_SHARE = 0.1;
/** Control goes back to the host this often, so that it can handle signals and draw. */
const YIELD_SECONDS = 0.05;

/**
 * Trains until the budget is used up or `signal` fires.
 *
 * With the same settings and a budget in steps the result is the same to the last bit, however often the training was stopped and
 * taken up again from its checkpoints.
 *
 * @throws DivergedError when the loss or a gradient is not finite; the last checkpoint stays as it is
 */
export async function train(options: TrainOptions): Promise<TrainingResult> {
  const loop = new Loop(options);
  await loop.run();
  return loop.result();
}

class Loop {
  readonly #options: TrainOptions;
  readonly #pace: Pace;
  readonly #budget: Budget;
  readonly #startStep: number;
  readonly #startElapsed: number;
  #step = 0;
  #predictions = 0;
  #pending = { nats: 0, units: 0 };
  #norms: number[] = [];
  #validationLoss: number | undefined;
  #validatedStep = -1;
  #interrupted = false;
  /** Of the current step, outside its arena so that they can be read after it; in the same memory all the time. */
  #loss: Tensor | undefined;
  #norm: Tensor | undefined;

  /** Moments on the host's clock, in seconds; they decide when to save and draw, never what is computed. */
  readonly #startedAt: number;
  readonly #elapsedBefore: number;
  #savedAt: number;
  #savedStep = -1;
  #validatedAt: number;
  #validationTook = 0;
  #yieldedAt: number;
  #speed: number | undefined;
  #warm = false;
  #smoothed: number | undefined;
  #stepStartedAt: number;

  constructor(options: TrainOptions) {
    this.#options = options;
    const { checkpoint, budget } = options;
    const state = checkpoint === undefined ? undefined : loadCheckpoint(checkpoint, options);
    this.#step = checkpoint?.step ?? 0;
    this.#predictions = state?.predictions ?? 0;
    this.#pending = { ...(state?.pending ?? this.#pending) };
    this.#norms = [...(state?.gradientNorms ?? [])];
    this.#smoothed = state?.smoothedLoss;
    this.#validationLoss = state?.validationLoss;
    this.#validatedStep = state?.validatedStep ?? -1;
    this.#elapsedBefore = state?.elapsed ?? 0;
    if (budget === undefined && state === undefined) throw new RangeError("train: budget: expected steps or seconds, got none");
    const goesOn = budget === undefined || (state !== undefined && sameBudget(budget, state.budget));
    this.#budget = budget ?? state!.budget;
    this.#startStep = goesOn ? (state?.startStep ?? 0) : this.#step;
    this.#startElapsed = goesOn ? (state?.startElapsed ?? 0) : this.#elapsedBefore;
    this.#pace = new Pace(this.#budget, options.settings.schedule, this.#startStep, goesOn ? state?.plan : undefined);
    const now = seconds();
    this.#startedAt = this.#savedAt = this.#validatedAt = this.#yieldedAt = this.#stepStartedAt = now;
    if (checkpoint !== undefined) this.#savedStep = checkpoint.step;
  }

  async run(): Promise<void> {
    const { signal } = this.#options;
    const { lr } = this.#options.settings;
    this.#options.optimizer.lr = (step) => lr * this.#pace.factor(step);
    while (!this.#pace.done(this.#step)) {
      if (signal?.aborted) {
        this.#interrupted = true;
        await this.#save();
        return;
      }
      this.#stepStartedAt = seconds();
      await this.#trainStep();
      const planned = this.#pace.observe(this.#step, this.#elapsed() - this.#startElapsed);
      const logged = await this.#logIfDue();
      if (planned || this.#checkpointIsDue()) await this.#save();
      this.#report(logged);
      await this.#yield();
    }
    // The checkpoint comes before the closing line of metrics, so that a run that is trained on drops that line again.
    await this.#save();
    this.#report(await this.#logEnd());
  }

  /** The event loop is free while the backend computes, where that can run beside JavaScript. */
  async #trainStep(): Promise<void> {
    const { learner, optimizer, settings } = this.#options;
    const { predictions, units } = tensorStep(() => {
      const { loss, predictions, units } = learner.loss();
      loss.backward();
      const norm = settings.clip ? clipGradientNorm(learner.parameters, settings.clip) : gradientNorm(learner.parameters);
      this.#loss = keep(loss, this.#loss);
      this.#norm = keep(norm, this.#norm);
      return { predictions, units };
    });
    const { backend } = this.#loss!;
    await backend.finish();
    // It has been free since, and will be after the next step.
    if (backend.asynchronous) this.#yieldedAt = seconds();
    const [loss, norm] = [this.#loss!.item(), this.#norm!.item()];
    this.#norms = [...this.#norms, norm].slice(-REMEMBERED_NORMS - 1);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw explainTrouble({
        step: this.#step + 1,
        loss,
        gradientNorms: this.#norms,
        parameters: learner.parameters,
        learningRate: optimizer.currentLr,
        clip: settings.clip || undefined,
      });
    }
    tensorStep(() => {
      if (settings.clipValue) clipGradientValue(learner.parameters, settings.clipValue);
      optimizer.step();
      optimizer.zeroGrad();
    });
    const nats = loss * predictions;
    this.#step++;
    this.#predictions += predictions;
    this.#pending.nats += nats;
    this.#pending.units += units;
    const took = seconds() - this.#stepStartedAt;
    // The first step of a session also compiles and allocates: it says nothing about the speed of the others.
    if (this.#warm) this.#speed = towards(this.#speed, predictions / took, 1 - Math.exp(-took / SPEED_SECONDS));
    this.#warm = true;
    this.#smoothed = towards(this.#smoothed, nats / Math.max(1, units), LOSS_SMOOTHING);
  }

  /** Writes a line of metrics when it is time, with a validation when it is time for that. */
  async #logIfDue(): Promise<Record<string, number> | undefined> {
    const { logEvery = 10 } = this.#options.settings;
    const validation = this.#validationIsDue();
    if (this.#step % logEvery !== 0 && !validation) return undefined;
    return this.#log(validation);
  }

  async #logEnd(): Promise<Record<string, number> | undefined> {
    const done = this.#pending.units === 0 && this.#validatedStep === this.#step;
    return done ? undefined : this.#log(true);
  }

  #validationIsDue(): boolean {
    const { validateEvery } = this.#options.settings;
    if (validateEvery !== undefined) return this.#step % validateEvery === 0;
    if ("steps" in this.#budget) return this.#step % Math.max(1, Math.round(this.#budget.steps / 20)) === 0;
    const wait = Math.max(this.#budget.seconds / 20, this.#validationTook / VALIDATION_SHARE);
    return seconds() - this.#validatedAt >= wait;
  }

  async #log(validation: boolean): Promise<Record<string, number>> {
    const { nats, units } = this.#pending;
    this.#pending = { nats: 0, units: 0 };
    const { lr } = this.#options.settings;
    const line: Record<string, number> = { step: this.#step, predictions: this.#predictions };
    if (units > 0) {
      line["trainingLoss"] = nats / units;
      line["gradientNorm"] = this.#norms.at(-1)!;
      line["learningRate"] = lr * this.#pace.factor(this.#step - 1);
    }
    if (validation) {
      const began = seconds();
      const loss = await this.#options.learner.validate();
      this.#validatedAt = seconds();
      this.#validationTook = this.#validatedAt - began;
      this.#validatedStep = this.#step;
      if (loss !== undefined) line["validationLoss"] = this.#validationLoss = loss;
    }
    await this.#options.run?.logMetrics(line);
    return line;
  }

  #checkpointIsDue(): boolean {
    const { checkpointEvery, checkpointSeconds = 30 } = this.#options.settings;
    if (checkpointEvery && this.#step % checkpointEvery === 0) return true;
    return seconds() - this.#savedAt >= checkpointSeconds;
  }

  async #save(): Promise<void> {
    const { run, learner, optimizer } = this.#options;
    if (run === undefined || this.#savedStep === this.#step) return;
    const { json, tensors } = learner.state();
    const { kind, scalars, tensors: moments } = optimizer.state();
    const plan = this.#pace.plan;
    const state: LoopState = {
      budget: this.#budget,
      startStep: this.#startStep,
      startElapsed: this.#startElapsed,
      ...(plan !== undefined && { plan }),
      elapsed: this.#elapsed(),
      predictions: this.#predictions,
      gradientNorms: this.#norms,
      ...(this.#smoothed !== undefined && { smoothedLoss: this.#smoothed }),
      pending: this.#pending,
      ...(this.#validationLoss !== undefined && { validationLoss: this.#validationLoss }),
      validatedStep: this.#validatedStep,
      optimizer: { kind, scalars },
      learner: json,
    };
    const named = [
      ...prefixed("model", learner.parameters),
      ...prefixed("optimizer", moments),
      ...prefixed("learner", tensors),
    ];
    await run.saveCheckpoint({
      step: this.#step,
      tensors: await snapshot(new Map(named)),
      state: state as unknown as Json,
    });
    this.#savedStep = this.#step;
    this.#savedAt = seconds();
  }

  #elapsed(): number {
    return this.#elapsedBefore + seconds() - this.#startedAt;
  }

  #report(logged: Record<string, number> | undefined): void {
    const { onProgress } = this.#options;
    if (onProgress === undefined) return;
    const elapsed = this.#elapsed();
    const done = this.#step - (this.#options.checkpoint?.step ?? 0);
    const perStep = done === 0 ? 0 : (elapsed - this.#elapsedBefore) / done;
    onProgress({
      step: this.#step,
      steps: this.#pace.plan?.steps,
      predictions: this.#predictions,
      predictionsPerSecond: this.#speed ?? 0,
      elapsed,
      secondsLeft: this.#pace.secondsLeft(this.#step, elapsed - this.#startElapsed, perStep),
      trainingLoss: this.#smoothed ?? NaN,
      validationLoss: this.#validationLoss,
      logged,
    });
  }

  async #yield(): Promise<void> {
    if (seconds() - this.#yieldedAt < YIELD_SECONDS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#yieldedAt = seconds();
  }

  result(): TrainingResult {
    return {
      outcome: this.#interrupted ? "interrupted" : "complete",
      step: this.#step,
      elapsed: this.#elapsed(),
      trainingLoss: this.#smoothed ?? NaN,
      validationLoss: this.#validationLoss,
    };
  }
}

/** Brings learner and optimiser to a checkpoint and gives what belongs to the loop. */
function loadCheckpoint({ tensors, state }: Checkpoint, { learner, optimizer }: TrainOptions): LoopState {
  const loop = state as unknown as LoopState;
  loadParameters(tensors, learner.parameters);
  optimizer.load({ ...loop.optimizer, tensors: unprefixed("optimizer", tensors) });
  learner.load({ json: loop.learner, tensors: unprefixed("learner", tensors) });
  return loop;
}

/** Sets a model's parameters to those of a checkpoint. */
export function loadParameters(tensors: Checkpoint["tensors"], parameters: NamedTensors): void {
  restore("checkpoint", parameters, unprefixed("model", tensors));
}

/** How far a checkpoint's run has come, for people. */
export function checkpointProgress({ step, state }: Checkpoint): {
  step: number;
  steps: number | undefined;
  budget: Budget;
  elapsed: number;
  predictions: number;
  validationLoss: number | undefined;
} {
  const { plan, budget, elapsed, predictions, validationLoss } = state as unknown as LoopState;
  return { step, steps: plan?.steps, budget, elapsed, predictions, validationLoss };
}

function prefixed(prefix: string, tensors: NamedTensors): [string, Tensor][] {
  return [...tensors].map(([name, tensor]) => [`${prefix}.${name}`, tensor]);
}

function unprefixed(prefix: string, tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const start = `${prefix}.`;
  return new Map([...tensors].filter(([name]) => name.startsWith(start)).map(([name, tensor]) => [name.slice(start.length), tensor]));
}

function sameBudget(a: Budget, b: Budget): boolean {
  return "steps" in a && "steps" in b && a.steps === b.steps;
}

/** A running mean, moved a part of the way to a new value. */
function towards(mean: number | undefined, value: number, part: number): number {
  return mean === undefined ? value : mean + part * (value - mean);
}

function seconds(): number {
  return performance.now() / 1000;
}
