/** The training loop. Every system trains through this one. */
import { restore, snapshot, type NamedTensors } from "../nn/state-dict.js";
import type { NoisyWeights, Optimizer } from "../optim/index.js";
import { GradientDescent, prefixed, unprefixed, type DescentSettings, type DescentState } from "./gradient-descent.js";
import type { Json } from "./json.js";
import type { Learner, SteppingLearner, TakenStep } from "./learner.js";
import { Pace, type Budget, type Plan, type ScheduleName } from "./plan.js";
import { RunError, type Checkpoint, type Run } from "./run.js";
import { explainStep } from "./trouble.js";

/** When the loop does what, beside training. */
export interface LoopSettings {
  /** Steps between lines in metrics.jsonl. @default 10 */
  readonly logEvery?: number;
  /** Steps between validations. @default a twentieth of the budget, in steps or seconds, or rarer where they take long */
  readonly validateEvery?: number;
  /** Steps between checkpoints. @default none by steps */
  readonly checkpointEvery?: number;
  /** Seconds between checkpoints; where writing one takes long they are rarer. @default 30 */
  readonly checkpointSeconds?: number;
  /** The part of each step in the loss that is told, a running mean; 1 for steps so long that their own is smooth. @default 0.1 */
  readonly lossSmoothing?: number;
}

export interface TrainingSettings extends LoopSettings, DescentSettings {
  readonly schedule: ScheduleName;
}

interface LoopOptions {
  /** Needed at the start; on going on, replaces the budget of the checkpoint. Steps count from the very first, seconds from now. */
  readonly budget?: Budget;
  readonly run?: Run;
  /** Where to go on from. */
  readonly checkpoint?: Checkpoint | undefined;
  /** Ends the training after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Training by gradient descent. */
export interface DescentOptions extends LoopOptions {
  readonly learner: Learner;
  readonly optimizer: Optimizer;
  /** On the weights while gradients are computed. Validation sees the weights without it. */
  readonly noise?: NoisyWeights | undefined;
  readonly settings: TrainingSettings;
}

/** Training of a learner that changes its parameters itself. */
export interface SteppingOptions extends LoopOptions {
  readonly learner: SteppingLearner;
  readonly optimizer?: undefined;
  readonly settings?: LoopSettings;
}

export type TrainOptions = DescentOptions | SteppingOptions;

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
  /** The sample written with it, if one was. */
  readonly sample: string | undefined;
}

export interface TrainingResult {
  readonly outcome: "complete" | "interrupted";
  readonly step: number;
  readonly elapsed: number;
  readonly trainingLoss: number;
  readonly validationLoss: number | undefined;
}

/** What the loop itself keeps in a checkpoint; beside it stands the state of gradient descent, where there is one. */
interface LoopState {
  readonly budget: Budget;
  readonly startStep: number;
  readonly startElapsed: number;
  readonly plan?: Plan;
  readonly elapsed: number;
  readonly predictions: number;
  readonly smoothedLoss?: number;
  /** Loss and units since the last line of metrics. */
  readonly pending: { readonly nats: number; readonly units: number };
  /** Of the last step. */
  readonly rates?: Rates;
  readonly validationLoss?: number;
  /** The step of the last validation. */
  readonly validatedStep: number;
  /** Nothing but the parameters was kept. */
  readonly parametersOnly?: boolean;
}

/** What the names of parameters in a checkpoint begin with, before a dot. */
export const PARAMETERS = "model";

/** What a line of metrics.jsonl says. */
interface Logged {
  readonly line: Readonly<Record<string, number>>;
  readonly sample: string | undefined;
}

type Rates = Pick<TakenStep, "gradientNorm" | "learningRate" | "complexity">;

/** Time constants of the running means that are shown: speed in seconds, loss per step. */
const SPEED_SECONDS = 2;
const LOSS_SMOOTHING = 0.1;
/** Validation takes at most this part of the time that training does, where the budget is one of time; checkpoints, always. */
const VALIDATION_SHARE = 0.1;
const CHECKPOINT_SHARE = 0.1;
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
  const steps = trainSteps(options);
  for (;;) {
    const next = await steps.next();
    if (next.done) return next.value;
  }
}

/**
 * The same, one step whenever the caller asks for one: told after each step, and at the end once more with the closing line of metrics.
 * The time between two steps does not count. Whoever leaves early finds a checkpoint, as after `signal`.
 *
 *     for await (const { step, trainingLoss } of trainSteps(options)) if (draw(step, trainingLoss) === "enough") break;
 *
 * @throws DivergedError as `train` does
 */
export async function* trainSteps(options: TrainOptions): AsyncGenerator<Progress, TrainingResult, void> {
  const loop = new Loop(options);
  yield* loop.steps();
  return loop.result();
}

class Loop {
  readonly #options: TrainOptions;
  readonly #settings: LoopSettings;
  readonly #learner: SteppingLearner;
  /** The learner, where it is one that is made to step. */
  readonly #descent: GradientDescent | undefined;
  readonly #pace: Pace;
  readonly #budget: Budget;
  readonly #startStep: number;
  readonly #startElapsed: number;
  #step = 0;
  #predictions = 0;
  #pending = { nats: 0, units: 0 };
  #rates: Rates | undefined;
  #validationLoss: number | undefined;
  #validatedStep = -1;
  #interrupted = false;

  /** Moments on the host's clock, in seconds; they decide when to save and draw, never what is computed. */
  #startedAt: number;
  readonly #elapsedBefore: number;
  #savedAt: number;
  #savedStep = -1;
  #savingTook = 0;
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
    this.#settings = options.settings ?? {};
    if (options.optimizer === undefined) this.#learner = options.learner;
    else {
      this.#descent = new GradientDescent(options.learner, options.optimizer, options.settings, (step) => this.#pace.factor(step), options.noise);
      this.#learner = this.#descent;
    }
    const state = checkpoint === undefined ? undefined : this.#load(checkpoint);
    this.#step = checkpoint?.step ?? 0;
    this.#predictions = state?.predictions ?? 0;
    this.#pending = { ...(state?.pending ?? this.#pending) };
    this.#rates = state?.rates;
    this.#smoothed = state?.smoothedLoss;
    this.#validationLoss = state?.validationLoss;
    this.#validatedStep = state?.validatedStep ?? -1;
    this.#elapsedBefore = state?.elapsed ?? 0;
    if (budget === undefined && state === undefined) throw new RangeError("train: budget: expected steps or seconds, got none");
    const goesOn = budget === undefined || (state !== undefined && sameBudget(budget, state.budget));
    this.#budget = budget ?? state!.budget;
    this.#startStep = goesOn ? (state?.startStep ?? 0) : this.#step;
    this.#startElapsed = goesOn ? (state?.startElapsed ?? 0) : this.#elapsedBefore;
    // A learner that steps itself has a learning rate of its own.
    const schedule = options.optimizer === undefined ? "constant" : options.settings.schedule;
    this.#pace = new Pace(this.#budget, schedule, this.#startStep, goesOn ? state?.plan : undefined);
    const now = seconds();
    this.#startedAt = this.#savedAt = this.#validatedAt = this.#yieldedAt = this.#stepStartedAt = now;
    if (checkpoint !== undefined) this.#savedStep = checkpoint.step;
  }

  async *steps(): AsyncGenerator<Progress, void, void> {
    const { signal } = this.#options;
    while (!this.#pace.done(this.#step)) {
      if (signal?.aborted) {
        await this.#interrupt();
        return;
      }
      this.#stepStartedAt = seconds();
      await this.#trainStep();
      const planned = this.#pace.observe(this.#step, this.#elapsed() - this.#startElapsed);
      const logged = await this.#logIfDue();
      if (planned || this.#checkpointIsDue()) await this.#save();
      const progress = this.#report(logged);
      await this.#yield();
      yield* this.#handOver(progress);
    }
    // The checkpoint comes before the closing line of metrics, so that a run that is trained on drops that line again.
    await this.#save();
    yield this.#report(await this.#logEnd());
  }

  async *#handOver(progress: Progress): AsyncGenerator<Progress, void, void> {
    const left = seconds();
    let back = false;
    try {
      yield progress;
      back = true;
    } finally {
      if (!back) await this.#interrupt();
    }
    this.#startedAt += seconds() - left;
  }

  async #interrupt(): Promise<void> {
    this.#interrupted = true;
    await this.#save();
  }

  async #trainStep(): Promise<void> {
    const { totalLoss, units, predictions, ...rates } = await this.#learner.step(this.#step);
    // Beside JavaScript the event loop has been free since, and will be after the next step.
    if (runsBeside(this.#learner)) this.#yieldedAt = seconds();
    this.#step++;
    if (units > 0 && !Number.isFinite(totalLoss)) {
      throw explainStep({ step: this.#step, loss: totalLoss / units, parameters: this.#learner.parameters, learningRate: rates.learningRate });
    }
    this.#rates = rates;
    this.#predictions += predictions;
    const took = seconds() - this.#stepStartedAt;
    // The first step of a session also compiles and allocates: it says nothing about the speed of the others.
    if (this.#warm) this.#speed = towards(this.#speed, predictions / took, 1 - Math.exp(-took / SPEED_SECONDS));
    this.#warm = true;
    this.#pending.nats += totalLoss;
    this.#pending.units += units;
    if (units > 0) this.#smoothed = towards(this.#smoothed, totalLoss / units, this.#settings.lossSmoothing ?? LOSS_SMOOTHING);
  }

  /** Writes a line of metrics when it is time, with a validation when it is time for that. */
  async #logIfDue(): Promise<Logged | undefined> {
    const { logEvery = 10 } = this.#settings;
    const validation = this.#validationIsDue();
    if (this.#step % logEvery !== 0 && !validation) return undefined;
    return this.#log(validation);
  }

  async #logEnd(): Promise<Logged | undefined> {
    const validated = this.#learner.validate === undefined || this.#validatedStep === this.#step;
    const done = this.#pending.units === 0 && validated;
    return done ? undefined : this.#log(true);
  }

  #validationIsDue(): boolean {
    if (this.#learner.validate === undefined) return false;
    const { validateEvery } = this.#settings;
    if (validateEvery !== undefined) return this.#step % validateEvery === 0;
    if ("steps" in this.#budget) return this.#step % Math.max(1, Math.round(this.#budget.steps / 20)) === 0;
    const wait = Math.max(this.#budget.seconds / 20, this.#validationTook / VALIDATION_SHARE);
    return seconds() - this.#validatedAt >= wait;
  }

  async #log(validation: boolean): Promise<Logged> {
    const { nats, units } = this.#pending;
    this.#pending = { nats: 0, units: 0 };
    const line: Record<string, number> = { step: this.#step, predictions: this.#predictions, elapsed: rounded(this.#elapsed()) };
    let sample: string | undefined;
    if (units > 0) {
      line["trainingLoss"] = nats / units;
      const { gradientNorm, learningRate, complexity } = this.#rates ?? {};
      if (gradientNorm !== undefined) line["gradientNorm"] = gradientNorm;
      if (learningRate !== undefined) line["learningRate"] = learningRate;
      if (complexity !== undefined) Object.assign(line, { complexity, descriptionLength: nats / units + complexity });
    }
    if (validation) {
      const began = seconds();
      const loss = await this.#learner.validate?.();
      sample = await this.#learner.sample?.();
      this.#validatedAt = seconds();
      this.#validationTook = this.#validatedAt - began;
      this.#validatedStep = this.#step;
      if (loss !== undefined) line["validationLoss"] = this.#validationLoss = loss;
    }
    await this.#options.run?.logMetrics(line, sample);
    return { line, sample };
  }

  #checkpointIsDue(): boolean {
    const { checkpointEvery, checkpointSeconds = 30 } = this.#settings;
    if (checkpointEvery && this.#step % checkpointEvery === 0) return true;
    return seconds() - this.#savedAt >= Math.max(checkpointSeconds, this.#savingTook / CHECKPOINT_SHARE);
  }

  async #save(): Promise<void> {
    const { run } = this.#options;
    if (run === undefined || this.#savedStep === this.#step) return;
    const began = seconds();
    const descent = this.#descent?.state();
    const plan = this.#pace.plan;
    const state: LoopState & Partial<DescentState> = {
      budget: this.#budget,
      startStep: this.#startStep,
      startElapsed: this.#startElapsed,
      ...(plan !== undefined && { plan }),
      elapsed: this.#elapsed(),
      predictions: this.#predictions,
      ...(this.#smoothed !== undefined && { smoothedLoss: this.#smoothed }),
      pending: this.#pending,
      ...(this.#rates !== undefined && { rates: this.#rates }),
      ...(this.#validationLoss !== undefined && { validationLoss: this.#validationLoss }),
      validatedStep: this.#validatedStep,
      ...descent?.json,
    };
    const named = [...prefixed(PARAMETERS, this.#learner.parameters), ...(descent?.tensors ?? [])];
    await run.saveCheckpoint({
      step: this.#step,
      tensors: await snapshot(new Map(named)),
      state: state as unknown as Json,
    });
    this.#savedStep = this.#step;
    this.#savedAt = seconds();
    this.#savingTook = this.#savedAt - began;
  }

  /** Brings the learner to a checkpoint and gives what belongs to the loop. */
  #load({ tensors, state }: Checkpoint): LoopState {
    requireTrainable(state);
    loadParameters(tensors, this.#learner.parameters);
    this.#descent?.load({ json: state as unknown as DescentState, tensors });
    return state as unknown as LoopState;
  }

  #elapsed(): number {
    return this.#elapsedBefore + seconds() - this.#startedAt;
  }

  #report(logged: Logged | undefined): Progress {
    const elapsed = this.#elapsed();
    const done = this.#step - (this.#options.checkpoint?.step ?? 0);
    const perStep = done === 0 ? 0 : (elapsed - this.#elapsedBefore) / done;
    const progress: Progress = {
      step: this.#step,
      steps: this.#pace.plan?.steps,
      predictions: this.#predictions,
      predictionsPerSecond: this.#speed ?? 0,
      elapsed,
      secondsLeft: this.#pace.secondsLeft(this.#step, elapsed - this.#startElapsed, perStep),
      trainingLoss: this.#smoothed ?? NaN,
      validationLoss: this.#validationLoss,
      logged: logged?.line,
      sample: logged?.sample,
    };
    this.#options.onProgress?.(progress);
    return progress;
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

/** Sets a model's parameters to those of a checkpoint. */
export function loadParameters(tensors: Checkpoint["tensors"], parameters: NamedTensors): void {
  restore("checkpoint", parameters, unprefixed(PARAMETERS, tensors));
}

/** That a run can go on from a checkpoint, which those of compact runs are not for. @throws RunError */
export function requireTrainable(state: Checkpoint["state"]): void {
  if ((state as unknown as LoopState).parametersOnly) throw new RunError("Of this run only the parameters were kept: it can be used, but not trained on.");
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

function runsBeside({ parameters }: SteppingLearner): boolean {
  const [first] = parameters.values();
  return first?.backend.asynchronous ?? false;
}

function sameBudget(a: Budget, b: Budget): boolean {
  return "steps" in a && "steps" in b && a.steps === b.steps;
}

/** A running mean, moved a part of the way to a new value. */
function towards(mean: number | undefined, value: number, part: number): number {
  return mean === undefined ? value : mean + part * (value - mean);
}

/** Seconds to the millisecond. */
function rounded(seconds: number): number {
  return Math.round(1000 * seconds) / 1000;
}

function seconds(): number {
  return performance.now() / 1000;
}
