/** From the classes of connectionist temporal classification, step by step, to labels. */

/** Log probabilities of one sequence, row by row. */
export interface CtcFrames {
  /** [steps, classes]: logarithms of a softmax; for the best path logits do as well. */
  readonly values: ArrayLike<number>;
  readonly classes: number;
  /** The class that stands for no label. @default 0 */
  readonly blank?: number;
}

/**
 * The labels of the likeliest path: the likeliest class of each step, repeated classes and then blanks taken out. Not always
 * the likeliest labels, of which many a path may tell: see `ctcBeamSearch`.
 */
export function ctcBestPath({ values, classes, blank = 0 }: CtcFrames): number[] {
  const labels: number[] = [];
  let before = blank;
  for (let at = 0; at + classes <= values.length; at += classes) {
    let best = 0;
    for (let k = 1; k < classes; k++) if (values[at + k]! > values[at + best]!) best = k;
    if (best !== blank && best !== before) labels.push(best);
    before = best;
  }
  return labels;
}

/**
 * What is known about labels apart from the sequence: a language model, a dictionary, a bonus for each label. States are those of
 * whoever made it, and are shared among hypotheses: `extend` gives a new one and leaves the old one as it is.
 */
export interface CtcPrior<State> {
  readonly start: State;
  /** The state after one more label, and what is added to the log probability of labels that go on so; -Infinity forbids it. */
  extend(state: State, label: number): { readonly state: State; readonly score: number };
  /** What is added when the labels end in this state. @default 0 */
  end?(state: State): number;
}

export interface CtcBeamOptions<State> {
  /** Labellings kept from step to step. @default 16 */
  readonly beamWidth?: number;
  readonly prior?: CtcPrior<State>;
  /** Classes less likely than this, as a log probability, do not begin a new label. @default -Infinity */
  readonly least?: number;
}

export interface CtcHypothesis {
  readonly labels: readonly number[];
  /** log p(labels) as far as paths within the beam told of them, and what the prior added. */
  readonly score: number;
}

/**
 * The likeliest labellings, best first: prefix beam search, which adds up the paths that give the same labels (Graves & Jaitly 2014,
 * algorithm 1, with the prior as an added function of the prefix). With a beam that holds every prefix it is exact.
 *
 * @example
 * const [best] = ctcBeamSearch({ values: logSoftmax(logits).dataSync(), classes: 29 }, { beamWidth: 32 });
 */
export function ctcBeamSearch<State = undefined>({ values, classes, blank = 0 }: CtcFrames, options: CtcBeamOptions<State> = {}): CtcHypothesis[] {
  const { beamWidth = 16, prior, least = -Infinity } = options;
  if (!(Number.isInteger(beamWidth) && beamWidth >= 1)) throw new RangeError(`ctcBeamSearch: beamWidth: expected a whole number from 1 on, got ${beamWidth}`);
  const root = new Prefix<State>(undefined, blank, prior?.start as State, 0);
  root.endingInBlank = 0;
  let beam = [root];
  for (let at = 0; at + classes <= values.length; at += classes) {
    const reached = new Set<Prefix<State>>();
    for (const prefix of beam) {
      const all = logAdd(prefix.endingInBlank, prefix.endingInLabel);
      reached.add(prefix.stay(all + values[at + blank]!, prefix.endingInLabel + values[at + prefix.label]!));
      for (let k = 0; k < classes; k++) {
        const value = values[at + k]!;
        if (k === blank || value < least) continue;
        // A label that is repeated without a blank between is the same label.
        const from = k === prefix.label ? prefix.endingInBlank : all;
        const longer = from + value === -Infinity ? undefined : prefix.child(k, prior);
        if (longer !== undefined) reached.add(longer.arrive(from + value));
      }
    }
    for (const prefix of reached) prefix.step();
    const ranked = [...reached].sort((a, b) => b.score - a.score);
    beam = ranked.slice(0, beamWidth);
    for (const dropped of ranked.slice(beamWidth)) dropped.drop();
  }
  return beam
    .map((prefix) => ({ labels: labelsOf(prefix), score: prefix.score + (prior?.end?.(prefix.state) ?? 0) }))
    .filter(({ score }) => score > -Infinity)
    .sort((a, b) => b.score - a.score);
}

/** Labels so far, as a tree in which each node knows its last one. */
class Prefix<State> {
  /** Log probabilities of the paths that give these labels: those that end with a blank, and those that end with the last label. */
  endingInBlank = -Infinity;
  endingInLabel = -Infinity;
  #nextInBlank = -Infinity;
  #nextInLabel = -Infinity;
  readonly #children = new Map<number, Prefix<State>>();

  /** @param label the blank, at the root @param prior what it has added up to here */
  constructor(
    readonly parent: Prefix<State> | undefined,
    readonly label: number,
    readonly state: State,
    readonly prior: number,
  ) {}

  get score(): number {
    return logAdd(this.endingInBlank, this.endingInLabel) + this.prior;
  }

  /** The next step brings nothing new: a blank, or the last label once more. */
  stay(blank: number, again: number): this {
    this.#nextInBlank = logAdd(this.#nextInBlank, blank);
    return this.parent === undefined ? this : this.arrive(again);
  }

  /** The next step brings the last label. */
  arrive(logProbability: number): this {
    this.#nextInLabel = logAdd(this.#nextInLabel, logProbability);
    return this;
  }

  /** These labels and one more; undefined where the prior forbids it. */
  child(label: number, prior: CtcPrior<State> | undefined): Prefix<State> | undefined {
    const known = this.#children.get(label);
    if (known !== undefined) return known;
    const { state, score } = prior?.extend(this.state, label) ?? { state: this.state, score: 0 };
    if (score === -Infinity) return undefined;
    const made = new Prefix(this, label, state, this.prior + score);
    this.#children.set(label, made);
    return made;
  }

  step(): void {
    [this.endingInBlank, this.endingInLabel] = [this.#nextInBlank, this.#nextInLabel];
    this.#nextInBlank = this.#nextInLabel = -Infinity;
  }

  /** Leaves the beam. What goes on from here may stay in it, and must meet this very node if that comes back. */
  drop(): void {
    this.endingInBlank = this.endingInLabel = -Infinity;
    const { parent } = this;
    if (this.#children.size === 0 && parent !== undefined) parent.#children.delete(this.label);
  }
}

function labelsOf<State>(prefix: Prefix<State>): number[] {
  const labels: number[] = [];
  for (let node = prefix; node.parent !== undefined; node = node.parent) labels.push(node.label);
  return labels.reverse();
}

/** log(exp a + exp b) */
function logAdd(a: number, b: number): number {
  if (a === -Infinity) return b;
  if (b === -Infinity) return a;
  return a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b));
}
