/** Truncated backpropagation through time: windows of a long sequence, the states carried from one to the next. */
import { fromInts, keep, noGrad, sameShape, tensor, type Tensor } from "../tensor/index.js";
import { crossEntropy, type States } from "../nn/index.js";
import { IGNORED, type Window } from "./window.js";

/** A recurrent network over token ids. */
export interface TokenNetwork {
  /** Runs over `tokens` [time, batch]; output [time, batch, features]. */
  run(tokens: Tensor, options: { initial?: States; lengths?: readonly number[] }): { output: Tensor; final: States };
  /** [time, batch, features] to [time, batch, vocabulary]. */
  logits(output: Tensor): Tensor;
}

/**
 * The states that wait between windows. They live outside the steps, in the same memory all the time; gradients do not pass
 * through them.
 */
export class CarriedStates {
  /** One record per layer and direction; empty before the first window. */
  #states: Record<string, Tensor>[] = [];
  /** Where the next ones go: the tape still reads the old ones when the new ones are kept. */
  #spare: Record<string, Tensor>[] = [];

  /** The states a window starts from, cleared on the rows that begin a document. Undefined: all zero. */
  begin(resets: readonly boolean[] | undefined): States | undefined {
    if (this.#states.length === 0 || resets?.every(Boolean)) return undefined;
    if (resets === undefined) return this.#states;
    const mask = tensor(resets.map((reset) => (reset ? 0 : 1)), [resets.length, 1]);
    return this.#states.map((layer) => mapValues(layer, (state) => state.mul(mask)));
  }

  /** Keeps a copy; `undefined` stands for all zero. */
  carry(states: States | undefined): void {
    if (states === undefined) {
      this.#states = [];
      return;
    }
    const target = this.#spare.length === states.length ? this.#spare : [];
    this.#spare = this.#states;
    this.#states = states.map((layer, i) => {
      return Object.fromEntries(
        Object.entries(layer).map(([name, state]) => {
          const into = target[i]?.[name];
          return [name, into !== undefined && sameShape(into.shape, state.shape) ? keep(state, into) : keep(state)];
        }),
      );
    });
  }

  /** By name: "0.h", "0.c", "1.h", … */
  tensors(): Map<string, Tensor> {
    return new Map(this.#states.flatMap((layer, i) => Object.entries(layer).map(([name, state]) => [`${i}.${name}`, state] as const)));
  }

  restore(tensors: ReadonlyMap<string, Tensor>): void {
    this.#states = [];
    for (const [name, state] of tensors) {
      const dot = name.indexOf(".");
      (this.#states[Number(name.slice(0, dot))] ??= {})[name.slice(dot + 1)] = state;
    }
  }
}

/**
 * The mean loss of a window's predictions, in nats, ready for `backward()`; carries the states on. Inside a step.
 */
export function windowLoss(network: TokenNetwork, window: Window, carried: CarriedStates): Tensor {
  let states = carried.begin(window.resets);
  if (window.carryAfter < 0) carried.carry(states);
  let total: Tensor | undefined;
  for (const [i, piece] of window.pieces.entries()) {
    const shape = [piece.timeSteps, piece.inputs.length / piece.timeSteps];
    const run = (): { output: Tensor; final: States } =>
      network.run(fromInts(piece.inputs, shape), {
        ...(states !== undefined && { initial: states }),
        ...(piece.lengths !== undefined && { lengths: piece.lengths }),
      });
    const { output, final } = piece.learns ? run() : noGrad(run);
    states = final;
    if (i === window.carryAfter) carried.carry(final);
    if (piece.predictions === 0) continue;
    const targets = fromInts(piece.targets, shape);
    const loss = crossEntropy(network.logits(output), targets, { ignore: IGNORED, reduction: "sum" });
    total = total === undefined ? loss : total.add(loss);
  }
  if (total === undefined) throw new RangeError("windowLoss: window: expected at least one prediction that counts, got none");
  return total.scale(1 / window.predictions);
}

function mapValues(layer: Readonly<Record<string, Tensor>>, change: (state: Tensor) => Tensor): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(layer).map(([name, state]) => [name, change(state)]));
}
