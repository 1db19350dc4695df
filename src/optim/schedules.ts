/**
 * Learning-rate schedules: pure functions of the update's number, so that a resumed run needs no schedule state.
 *
 * Every optimiser takes one wherever it takes a learning rate. The first update has step 0. Only `Plateau`, which
 * listens to a measured loss, has memory; it can be saved and loaded.
 */

/** The learning rate of update number `step`, counted from 0. */
export type Schedule = (step: number) => number;

export function constant(rate: number): Schedule {
  nonNegative("constant", "rate", rate);
  return () => rate;
}

export interface StepDecayOptions {
  readonly initial: number;
  /** What the rate is multiplied with each time. */
  readonly factor: number;
  /** Updates between two decays. */
  readonly every: number;
  /** The update at which the first decay happens. @default every */
  readonly from?: number;
}

/**
 * Holds the rate, then multiplies it by `factor` at update `from` and every `every` updates after it: "halve it every
 * half epoch after five epochs" (Sutskever et al. 2014).
 */
export function stepDecay({ initial, factor, every, from = every }: StepDecayOptions): Schedule {
  nonNegative("stepDecay", "initial", initial);
  nonNegative("stepDecay", "factor", factor);
  positiveInteger("stepDecay", "every", every);
  return (step) => (step < from ? initial : initial * factor ** (1 + Math.floor((step - from) / every)));
}

/** `initial * factor^(step / every)`: the same decay as stepDecay's, smooth. */
export function exponential({
  initial,
  factor,
  every = 1,
}: {
  initial: number;
  factor: number;
  every?: number;
}): Schedule {
  nonNegative("exponential", "initial", initial);
  nonNegative("exponential", "factor", factor);
  positiveInteger("exponential", "every", every);
  return (step) => initial * factor ** (step / every);
}

/** A straight line from `initial` to `final` over `steps` updates, `final` from then on. */
export function linear({ initial, final = 0, steps }: { initial: number; final?: number; steps: number }): Schedule {
  nonNegative("linear", "initial", initial);
  nonNegative("linear", "final", final);
  positiveInteger("linear", "steps", steps);
  return (step) => initial + (final - initial) * Math.min(1, step / steps);
}

/** Half a cosine from `initial` to `final` over `steps` updates, then `final` (Loshchilov & Hutter 2017, unrestarted). */
export function cosine({ initial, final = 0, steps }: { initial: number; final?: number; steps: number }): Schedule {
  nonNegative("cosine", "initial", initial);
  nonNegative("cosine", "final", final);
  positiveInteger("cosine", "steps", steps);
  return (step) => final + ((initial - final) / 2) * (1 + Math.cos(Math.PI * Math.min(1, step / steps)));
}

/** A linear rise over the first `steps` updates to where `schedule` begins, then `schedule` from its own step 0. */
export function warmUp(steps: number, schedule: Schedule): Schedule {
  positiveInteger("warmUp", "steps", steps);
  return (step) => (step < steps ? (schedule(0) * (step + 1)) / steps : schedule(step - steps));
}

/**
 * Different schedules one after the other. Each is given with the update it begins at and counts its own steps from
 * there.
 *
 * @example piecewise([[0, constant(1e-3)], [60_000, stepDecay({ initial: 0.5, factor: 0.5, every: 200_000 })]])
 */
export function piecewise(pieces: readonly (readonly [from: number, schedule: Schedule])[]): Schedule {
  if (pieces[0]?.[0] !== 0)
    throw new RangeError(`piecewise: pieces: expected the first to begin at step 0, got ${pieces[0]?.[0]}`);
  pieces.forEach(([from], i) => {
    if (i > 0 && !(from > pieces[i - 1]![0]))
      throw new RangeError(`piecewise: pieces: expected rising steps, got ${pieces.map(([at]) => at).join(", ")}`);
  });
  const latestFirst = [...pieces].reverse();
  return (step) => {
    const [from, schedule] = latestFirst.find(([at]) => step >= at) ?? pieces[0]!;
    return schedule(step - from);
  };
}

export interface PlateauOptions {
  readonly initial: number;
  /** What the rate is multiplied with when nothing improves. @default 0.5 */
  readonly factor?: number;
  /** Observations without improvement that are borne before the rate falls. @default 0 */
  readonly patience?: number;
  /** Improvement that counts, as a part of the best value so far. @default 0 */
  readonly threshold?: number;
  /** The rate never falls below this. @default 0 */
  readonly minimum?: number;
  /** Whether lower or higher observations are better. @default "lower" */
  readonly better?: "lower" | "higher";
}

export interface PlateauState {
  readonly rate: number;
  /** null before the first observation. */
  readonly best: number | null;
  readonly waited: number;
}

/**
 * Lowers the rate when an observed quantity, usually the validation loss, stops improving.
 *
 * @example
 * const plateau = new Plateau({ initial: 1, factor: 0.8 });
 * optimizer.learningRate = plateau.observe(validationLoss); // once per evaluation
 */
export class Plateau {
  readonly #options: Required<PlateauOptions>;
  #rate: number;
  #best: number | null = null;
  #waited = 0;

  constructor({ initial, factor = 0.5, patience = 0, threshold = 0, minimum = 0, better = "lower" }: PlateauOptions) {
    nonNegative("Plateau", "initial", initial);
    nonNegative("Plateau", "patience", patience);
    nonNegative("Plateau", "threshold", threshold);
    nonNegative("Plateau", "minimum", minimum);
    if (!(factor > 0 && factor < 1))
      throw new RangeError(`Plateau: factor: expected a number between 0 and 1, got ${factor}`);
    this.#options = { initial, factor, patience, threshold, minimum, better };
    this.#rate = initial;
  }

  get rate(): number {
    return this.#rate;
  }

  /** Takes one observation (NaN counts as no improvement) and returns the rate from now on. */
  observe(value: number): number {
    const { factor, patience, minimum } = this.#options;
    if (this.#improves(value)) {
      this.#best = value;
      this.#waited = 0;
    } else if (++this.#waited > patience) {
      this.#rate = Math.max(this.#rate * factor, minimum);
      this.#waited = 0;
    }
    return this.#rate;
  }

  #improves(value: number): boolean {
    if (Number.isNaN(value)) return false;
    if (this.#best === null) return true;
    const margin = this.#options.threshold * Math.abs(this.#best);
    return this.#options.better === "lower" ? value < this.#best - margin : value > this.#best + margin;
  }

  /** Plain JSON; `load` of it goes on exactly. */
  state(): PlateauState {
    return { rate: this.#rate, best: this.#best, waited: this.#waited };
  }

  load({ rate, best, waited }: PlateauState): void {
    this.#rate = rate;
    this.#best = best;
    this.#waited = waited;
  }
}

function nonNegative(schedule: string, argument: string, value: number): void {
  if (!(value >= 0 && value < Infinity))
    throw new RangeError(`${schedule}: ${argument}: expected a number of at least 0, got ${value}`);
}

function positiveInteger(schedule: string, argument: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0))
    throw new RangeError(`${schedule}: ${argument}: expected a whole number of updates above 0, got ${value}`);
}
