import type { NamedTensors, TensorSource } from "../nn/state-dict.js";
import type { Optimizer, OptimizerState } from "./optimizer.js";
import type { Schedule } from "./schedules.js";

export interface Phase {
  readonly optimizer: Optimizer;
  /** Updates before the next phase begins. The last phase has none and goes on for ever. */
  readonly steps?: number;
}

/**
 * One optimiser after another over the same parameters, as in "Adam for 60,000 updates, then SGD" (Wu et al. 2016).
 * Each counts its own updates, and so does its schedule.
 *
 * @example
 * new Phases([
 *   { optimizer: new Adam(model, { lr: 2e-4 }), steps: 60_000 },
 *   { optimizer: new Sgd(model, { lr: stepDecay({ initial: 0.5, factor: 0.5, every: 200_000 }) }) },
 * ]);
 */
export class Phases implements Optimizer {
  readonly #phases: readonly Phase[];

  constructor(phases: readonly Phase[]) {
    if (phases.length === 0) throw new RangeError("phases: expected at least one phase, got none");
    phases.forEach(({ steps }, i) => {
      const last = i === phases.length - 1;
      if (last ? steps !== undefined : !(Number.isInteger(steps) && steps! > 0)) {
        const expected = last ? "none in the last phase" : "a whole number of updates above 0";
        throw new RangeError(`phases: phase ${i}: steps: expected ${expected}, got ${steps}`);
      }
    });
    const names = phases.map(({ optimizer }) => [...optimizer.parameters.keys()].join());
    const other = names.findIndex((list) => list !== names[0]);
    if (other >= 0) throw new RangeError(`phases: phase ${other}: expected the parameters of phase 0, got others`);
    this.#phases = phases;
  }

  /** The optimiser that makes the next update. */
  get current(): Optimizer {
    return this.#phases.find(({ optimizer, steps = Infinity }) => optimizer.steps < steps)!.optimizer;
  }

  get parameters(): NamedTensors {
    return this.#phases[0]!.optimizer.parameters;
  }

  get lr(): number | Schedule {
    return this.current.lr;
  }

  set lr(lr: number | Schedule) {
    this.current.lr = lr;
  }

  get steps(): number {
    return this.#phases.reduce((sum, { optimizer }) => sum + optimizer.steps, 0);
  }

  get currentLr(): number {
    return this.current.currentLr;
  }

  step(): void {
    this.current.step();
  }

  zeroGrad(): void {
    this.current.zeroGrad();
  }

  state(): OptimizerState {
    const states = this.#phases.map(({ optimizer }) => optimizer.state());
    return {
      kind: `phases(${states.map(({ kind }) => kind).join(",")})`,
      scalars: Object.fromEntries(
        states.flatMap(({ scalars }, i) => Object.entries(scalars).map(([name, value]) => [`${i}.${name}`, value])),
      ),
      tensors: new Map(
        states.flatMap(({ tensors }, i) => [...tensors].map(([name, tensor]) => [`${i}.${name}`, tensor] as const)),
      ),
    };
  }

  load({ kind, scalars, tensors }: OptimizerState<TensorSource>): void {
    const own = this.state().kind;
    if (kind !== own) throw new Error(`${own}: load: expected the state of ${own}, got that of ${kind}`);
    const kinds = kind.slice("phases(".length, -1).split(",");
    this.#phases.forEach(({ optimizer }, i) => {
      const own = `${i}.`;
      const mine = <T>(entries: Iterable<readonly [string, T]>): [string, T][] =>
        [...entries].flatMap(([name, value]) => (name.startsWith(own) ? [[name.slice(own.length), value]] : []));
      optimizer.load({
        kind: kinds[i]!,
        scalars: Object.fromEntries(mine(Object.entries(scalars))),
        tensors: new Map(mine(tensors)),
      });
    });
  }
}
