/**
 * What is told of recurrent networks and long lags, as pairs of trainings that differ in one remedy: each with what must come out.
 */
import { LONG_LAG_DEFAULTS, type LongLagConfig } from "./config.js";
import type { Summary } from "./summary.js";

export interface Story {
  /** As it stands in addresses: "clipping". */
  readonly name: string;
  readonly title: string;
  /** What there is to be seen, and why. */
  readonly text: string;
  readonly source: string;
  /** Without the remedy, and with it. */
  readonly left: Side;
  readonly right: Side;
  /** What must come out. */
  readonly claims: readonly Claim[];
}

export interface Side {
  readonly label: string;
  readonly config: LongLagConfig;
}

export interface Claim {
  readonly says: string;
  readonly holds: (left: Summary, right: Summary) => boolean;
}

/** A share of the loss of guessing at which nothing has been remembered, and one at which all has. */
const STUCK = 0.9;
const LEARNED = 0.05;

const leftStuck: Claim = { says: "left: the loss stays where guessing is", holds: (left) => left.share > STUCK };
const rightLearned: Claim = { says: `right: the loss falls below ${100 * LEARNED} % of guessing`, holds: (_, right) => right.share < LEARNED };
/** @param power of ten, with its sign */
const reachBelow = (power: "⁻³" | "⁻⁴" | "⁻⁵"): Claim => ({
  says: `left: of the gradient at the last step less than 10${power} reaches the first`,
  holds: (left) => left.firstReach < { "⁻³": 1e-3, "⁻⁴": 1e-4, "⁻⁵": 1e-5 }[power],
});
const reachAbove = (limit: number): Claim => ({
  says: `right: more than ${limit} of it does`,
  holds: (_, right) => right.firstReach > limit,
});

/** @param left, right what differs from the base */
function sides(base: Partial<LongLagConfig>, [leftLabel, left]: SideParts, [rightLabel, right]: SideParts): Pick<Story, "left" | "right"> {
  return {
    left: { label: leftLabel, config: { ...LONG_LAG_DEFAULTS, ...base, ...left } },
    right: { label: rightLabel, config: { ...LONG_LAG_DEFAULTS, ...base, ...right } },
  };
}
type SideParts = readonly [label: string, config: Partial<LongLagConfig>];

export const STORIES: readonly Story[] = [
  {
    name: "clipping",
    title: "Exploding, and clipped",
    text:
      "A ReLU does not hold back what grows: with a recurrent matrix of spectral radius 1.1 the gradient is multiplied by more than one at each " +
      "step back, and one update throws the weights out of all bounds. Scaled to a norm of at most 1 it keeps its direction, and the network learns.",
    source: "Pascanu, Mikolov & Bengio 2013",
    ...sides(
      { lag: 30, cell: "elman-relu", initial: "identity", gain: 1.1, optimizer: "sgd", lr: 0.05, steps: 500 },
      ["not clipped", { clip: 0 }],
      ["clipped to 1", { clip: 1 }],
    ),
    claims: [
      { says: "left: the norm of the gradient passes 100", holds: (left) => left.largestNorm > 100 },
      { says: "left: the loss is soon no longer a number", holds: (left) => left.diverged },
      rightLearned,
    ],
  },
  {
    name: "lstm",
    title: "Vanishing, and rescued by an LSTM",
    text:
      "A tanh network whose recurrent weights start small multiplies the gradient by about a half at each step back; after 20 steps there is nothing left " +
      "to learn from. The cell of an LSTM adds where the other multiplies: with its forget gate open the gradient comes through.",
    source: "Hochreiter & Schmidhuber 1997",
    ...sides(
      { lag: 20, gain: 0.5, forgetBias: 3, optimizer: "rmsprop", lr: 0.003, steps: 300 },
      ["Elman, tanh", { cell: "elman-tanh" }],
      ["LSTM", { cell: "lstm" }],
    ),
    claims: [reachBelow("⁻⁵"), leftStuck, reachAbove(0.01), rightLearned],
  },
  {
    name: "gru",
    title: "Vanishing, and rescued by a GRU",
    text:
      "A GRU’s new state is a mixture of the old one and a candidate. At first its update gates are half open and the gradient fades too, though less; " +
      "learning closes them, and from then on it reaches all the way.",
    source: "Cho et al. 2014",
    ...sides(
      { lag: 16, hidden: 32, gain: 0.4, optimizer: "rmsprop", lr: 0.003, steps: 500 },
      ["Elman, tanh", { cell: "elman-tanh" }],
      ["GRU", { cell: "gru" }],
    ),
    claims: [
      reachBelow("⁻⁴"),
      leftStuck,
      { says: "right: at the start ten times as much reaches the first step", holds: (left, right) => right.firstReach > 10 * left.firstReach },
      { says: "right: at the end more than 0.01 of it does", holds: (_, right) => right.lastReach > 0.01 },
      rightLearned,
    ],
  },
  {
    name: "identity",
    title: "ReLU, started from the identity",
    text:
      "Where the recurrent matrix starts as the identity, a ReLU network begins by copying its state, and the gradient passes unchanged. Gaussian weights of the " +
      "same spectral radius lose it: half of the units are off at each step.",
    source: "Le, Jaitly & Hinton 2015",
    ...sides(
      { lag: 30, cell: "elman-relu", gain: 1, optimizer: "adam", lr: 0.001, steps: 500 },
      ["Gaussian", { initial: "gaussian" }],
      ["identity", { initial: "identity" }],
    ),
    claims: [reachBelow("⁻³"), leftStuck, reachAbove(0.1), rightLearned],
  },
  {
    name: "orthogonal",
    title: "Orthogonal, or small and Gaussian",
    text:
      "An orthogonal matrix turns and never shrinks: all its singular values are 1, so only the slope of tanh takes something from the gradient. Small Gaussian " +
      "weights take half of it at each step.",
    source: "Saxe, McClelland & Ganguli 2014",
    ...sides(
      { lag: 20, cell: "elman-tanh", optimizer: "rmsprop", lr: 0.001, steps: 400 },
      ["Gaussian, half as large", { initial: "gaussian", gain: 0.5 }],
      ["orthogonal", { initial: "orthogonal", gain: 1 }],
    ),
    claims: [reachBelow("⁻⁵"), leftStuck, reachAbove(0.01), rightLearned],
  },
  {
    name: "rmsprop",
    title: "RMSprop, or plain gradient descent",
    text:
      "The same network, the same sequences, the same gradient at the first step, and little of it from far back. Plain descent moves each weight in proportion " +
      "to its gradient and hardly moves at all; RMSprop divides by the gradient’s running size, so that small ones count.",
    source: "Tieleman & Hinton 2012",
    ...sides(
      { lag: 20, cell: "gru", initial: "identity", steps: 400 },
      ["SGD", { optimizer: "sgd", lr: 0.1 }],
      ["RMSprop", { optimizer: "rmsprop", lr: 0.01 }],
    ),
    claims: [
      { says: "the first step has the same gradient on both sides", holds: (left, right) => left.startNorm === right.startNorm },
      leftStuck,
      rightLearned,
    ],
  },
  {
    name: "truncation",
    title: "Truncated before the lag",
    text:
      "Backpropagation that stops after 5 steps never sees the cause of a mistake 20 steps later: no gradient at all arrives where the symbol was. " +
      "The state still carries it forward, but nothing teaches the network to let it.",
    source: "Williams & Peng 1990",
    ...sides(
      { lag: 20, cell: "gru", initial: "identity", optimizer: "rmsprop", lr: 0.01, steps: 300 },
      ["back 5 steps", { truncate: 5 }],
      ["back to the start", { truncate: 0 }],
    ),
    claims: [
      { says: "left: no gradient reaches the first step", holds: (left) => left.firstReach === 0 && left.lastReach === 0 },
      leftStuck,
      { says: "right: some does", holds: (_, right) => right.firstReach > 0 },
      rightLearned,
    ],
  },
  {
    name: "forget-bias",
    title: "The bias of the forget gate",
    text:
      "With a bias of 0 the forget gate starts at a half, and the cell of an LSTM halves its content at each step: it vanishes as any other. With a bias of 3 " +
      "it starts at 0.95 and remembers before it has learned to.",
    source: "Gers, Schmidhuber & Cummins 2000; Jozefowicz, Zaremba & Sutskever 2015",
    ...sides(
      { lag: 30, cell: "lstm", optimizer: "rmsprop", lr: 0.01, steps: 300 },
      ["bias 0", { forgetBias: 0 }],
      ["bias 3", { forgetBias: 3 }],
    ),
    claims: [reachBelow("⁻⁴"), leftStuck, reachAbove(0.01), rightLearned],
  },
];

export function storyNamed(name: string): Story | undefined {
  return STORIES.find((story) => story.name === name);
}
