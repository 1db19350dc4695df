/** What a long-lag experiment is made of: task, network, remedies. Plain JSON. */
import { cellNamed, type Cell } from "../../cell/index.js";
import { initialisers, type Initialiser } from "../../nn/index.js";
import { Adam, RmsProp, Sgd, type Optimizer, type Parameters } from "../../optim/index.js";
import { longLagTask, TASK_NAMES, type TaskName } from "./tasks.js";

const CELLS = {
  "elman-tanh": { cell: "elman", map: "hidden" },
  "elman-relu": { cell: "elman-relu", map: "hidden" },
  lstm: { cell: "lstm", map: "candidate" },
  gru: { cell: "gru", map: "candidate_h" },
} as const;
export type LongLagCell = keyof typeof CELLS;
export const LONG_LAG_CELLS = Object.keys(CELLS) as LongLagCell[];

const INITIALS = {
  /** Independent, of deviation gain / sqrt(hidden): for large matrices the spectral radius is the gain. */
  gaussian: (gain: number): Initialiser => (shape, random) => random.normal(shape, 0, gain / Math.sqrt(shape[1]!)),
  /** gain times a random rotation (Saxe et al. 2014). */
  orthogonal: (gain: number): Initialiser => initialisers.orthogonal(gain),
  /** gain times the identity (Le, Jaitly & Hinton 2015). */
  identity: (gain: number): Initialiser => initialisers.identity(gain),
};
export type InitialName = keyof typeof INITIALS;
export const INITIAL_NAMES = Object.keys(INITIALS) as InitialName[];

const OPTIMIZERS: { readonly [name in "sgd" | "rmsprop" | "adam"]: (parameters: Parameters, lr: number) => Optimizer } = {
  sgd: (parameters, lr) => new Sgd(parameters, { lr }),
  rmsprop: (parameters, lr) => new RmsProp(parameters, { lr, rho: 0.9 }),
  adam: (parameters, lr) => new Adam(parameters, { lr }),
};
export type LongLagOptimizer = keyof typeof OPTIMIZERS;
export const LONG_LAG_OPTIMIZERS = Object.keys(OPTIMIZERS) as LongLagOptimizer[];

export interface LongLagConfig {
  readonly task: TaskName;
  /** In steps; see `LongLagTask`. */
  readonly lag: number;
  readonly cell: LongLagCell;
  readonly hidden: number;
  /** Where the recurrent matrices start; one of this kind for each gate. */
  readonly initial: InitialName;
  readonly gain: number;
  /** Where the bias of an LSTM's forget gate starts; other cells have none. */
  readonly forgetBias: number;
  readonly optimizer: LongLagOptimizer;
  readonly lr: number;
  /** Limit on the norm of the gradient; 0 for none. */
  readonly clip: number;
  /** Steps through which the gradient flows back at most; 0 for all. */
  readonly truncate: number;
  /** Sequences per training step. */
  readonly batch: number;
  /** Training steps. */
  readonly steps: number;
  readonly seed: number;
}

export const LONG_LAG_DEFAULTS: LongLagConfig = {
  task: "recall", lag: 30, cell: "elman-tanh", hidden: 24, initial: "gaussian", gain: 1, forgetBias: 1, optimizer: "sgd", lr: 0.1, clip: 0,
  truncate: 0, batch: 16, steps: 300, seed: 1,
};

/** @throws RangeError naming the setting, what was expected and what came */
export function checkLongLagConfig(config: LongLagConfig): void {
  const fail = (setting: keyof LongLagConfig, expected: string): never => {
    throw new RangeError(`long-lag: ${setting}: expected ${expected}, got ${JSON.stringify(config[setting])}`);
  };
  const oneOf = (setting: "task" | "cell" | "initial" | "optimizer", names: readonly string[]) => {
    if (!names.includes(config[setting])) fail(setting, `one of ${names.join(", ")}`);
  };
  oneOf("task", TASK_NAMES);
  oneOf("cell", LONG_LAG_CELLS);
  oneOf("initial", INITIAL_NAMES);
  oneOf("optimizer", LONG_LAG_OPTIMIZERS);
  for (const setting of ["hidden", "batch", "steps"] as const) {
    if (!(Number.isInteger(config[setting]) && config[setting] > 0)) fail(setting, "a whole number from 1 on");
  }
  if (!(Number.isInteger(config.truncate) && config.truncate >= 0)) fail("truncate", "a whole number of steps, or 0 for all");
  if (!(Number.isSafeInteger(config.seed) && config.seed >= 0)) fail("seed", "a whole number from 0 to 2^53 - 1");
  for (const setting of ["gain", "lr", "clip"] as const) {
    if (!(Number.isFinite(config[setting]) && config[setting] >= 0)) fail(setting, "a number of at least 0");
  }
  if (!Number.isFinite(config.forgetBias)) fail("forgetBias", "a number");
  longLagTask(config.task, config.lag);
}

export function longLagCell({ cell }: LongLagConfig): Cell {
  return cellNamed(CELLS[cell].cell)!;
}

/** The linear map whose matrix carries the state from step to step: the one map of an Elman network, the candidate of LSTM and GRU. */
export function carryingMap({ cell }: LongLagConfig): string {
  return CELLS[cell].map;
}

export function initialRecurrent({ initial, gain }: LongLagConfig): Initialiser {
  return INITIALS[initial](gain);
}

export function longLagOptimizer({ optimizer, lr }: LongLagConfig, parameters: Parameters): Optimizer {
  return OPTIMIZERS[optimizer](parameters, lr);
}
