/** How long a run trains, and how its learning rate goes with it. */

/** What was asked for: a number of steps, or a time. */
export type Budget = { readonly steps: number } | { readonly seconds: number };

/**
 * "constant": the same rate throughout. "decay": the same rate for two thirds of the way, then a straight line down to a
 * twentieth of it; a short rise at the start. With a fixed number of steps either is a function of the step alone.
 */
export type ScheduleName = "constant" | "decay";
export const SCHEDULE_NAMES: readonly ScheduleName[] = ["decay", "constant"];

/** The part of a run in which the rate falls. */
const DECAY_SHARE = 1 / 3;
const FINAL_FACTOR = 0.05;
const WARM_UP_STEPS = 20;

/** Where the run ends, once that is known in steps. */
export interface Plan {
  /** The rate falls from this step on. */
  readonly decayFrom: number;
  /** The run is complete after this many steps. */
  readonly steps: number;
}

/**
 * Turns a budget into steps. A time becomes steps when two thirds of it are over: as many steps again as fit in the rest, half of
 * those done so far in this session. From then on the run is a matter of steps only, and as repeatable as one.
 */
export class Pace {
  #plan: Plan | undefined;
  readonly #seconds: number;
  readonly #startStep: number;
  readonly #schedule: ScheduleName;

  /** `startStep` is where this budget begins: 0, or the step from which a run is trained on. */
  constructor(budget: Budget, schedule: ScheduleName, startStep = 0, plan?: Plan) {
    this.#schedule = schedule;
    this.#startStep = startStep;
    this.#seconds = "seconds" in budget ? budget.seconds : Infinity;
    this.#plan = plan;
    if ("steps" in budget) {
      const decayFrom = Math.max(startStep, Math.floor(budget.steps * (1 - DECAY_SHARE)));
      this.#plan = { decayFrom, steps: budget.steps };
    }
  }

  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** Fixes the plan when its time has come; true if that happened now. `elapsed` counts from `startStep`, in seconds. */
  observe(step: number, elapsed: number): boolean {
    if (this.#plan !== undefined || step === this.#startStep) return false;
    if (this.#schedule === "constant") {
      if (elapsed < this.#seconds) return false;
      this.#plan = { decayFrom: step, steps: step };
      return true;
    }
    if (elapsed < this.#seconds * (1 - DECAY_SHARE)) return false;
    this.#plan = { decayFrom: step, steps: step + Math.ceil((step - this.#startStep) / 2) };
    return true;
  }

  /** What the peak learning rate is multiplied by at a step. */
  factor(step: number): number {
    if (this.#schedule === "constant") return 1;
    const rise = Math.min(1, (step + 1) / WARM_UP_STEPS);
    const plan = this.#plan;
    if (plan === undefined || step < plan.decayFrom) return rise;
    const way = (step - plan.decayFrom) / Math.max(1, plan.steps - plan.decayFrom);
    return rise * (1 - (1 - FINAL_FACTOR) * Math.min(1, way));
  }

  done(step: number): boolean {
    return this.#plan !== undefined && step >= this.#plan.steps;
  }

  /** Seconds until the end at `secondsPerStep`. */
  secondsLeft(step: number, elapsed: number, secondsPerStep: number): number {
    if (this.#plan !== undefined) return Math.max(0, this.#plan.steps - step) * secondsPerStep;
    return Math.max(0, this.#seconds - elapsed);
  }
}
