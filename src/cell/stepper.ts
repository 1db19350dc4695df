/** A network that is run one step at a time: a step is one kernel call, whose operands were bound before, and allocates nothing. */
import type { Backend } from "../backend/backend.js";
import { formatShape, shapeError, type Tensor } from "../tensor/index.js";
import { uncleared } from "../tensor/tensor.js";
import type { Assembly } from "./assembly.js";
import { tableFloats, writeTable } from "./binding.js";
import { rowOrder } from "./row-order.js";
import type { StepValue } from "./step-program.js";

/** Made by `StepProgram.finish`. */
export class Stepper {
  readonly #backend: Backend;
  /** A step of even and one of odd number. */
  readonly #calls: readonly [() => void, () => void];
  /** Of the step that comes. */
  #parity: 0 | 1 = 0;
  readonly #states: readonly [even: readonly Readonly<Record<string, Tensor>>[], odd: readonly Readonly<Record<string, Tensor>>[]];
  /** Everything that operands point to. */
  readonly #held: Tensor[];

  /** @param cells the states of each cell */
  constructor(
    backend: Backend,
    batch: number,
    assemblies: readonly [even: Assembly, odd: Assembly],
    cells: readonly Readonly<Record<string, StepValue>>[],
    held: readonly Tensor[],
  ) {
    this.#backend = backend;
    this.#held = [...held];
    const [even, odd] = assemblies;
    const rows = rowOrder(backend, "stepper", 1, batch, undefined, false);
    const words = this.#hold(uncleared("stepper", backend, [even.words.length], "int32", true).set(even.words));
    const constants = this.#hold(uncleared("stepper", backend, [even.constants.length], "float32", true).set(even.constants));
    this.#held.push(rows.index, rows.length);
    const call = ({ bindings }: Assembly) => {
      const table = this.#hold(uncleared("stepper", backend, [tableFloats(bindings)], "float32", true));
      writeTable(backend.memory, table.pointer, bindings);
      // Bound arguments are numbers made once; passing them anew would make new ones at every step.
      return backend.kernels.sequenceRun.bind(
        undefined, words.pointer, words.size, constants.pointer, table.pointer, batch, rows.index.pointer, rows.length.pointer, 0, 0, 0, 0, 0,
      );
    };
    this.#calls = [call(even), call(odd)];
    const states = (parity: 0 | 1) =>
      cells.map((values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value[parity]])));
    this.#states = [states(0), states(1)];
  }

  /** Runs a step on what the inputs hold. */
  step(): void {
    this.#calls[this.#parity]();
    this.#parity = this.#parity === 0 ? 1 : 0;
  }

  /** A value of the last step, [batch, columns]; valid until the next step but one. */
  last(value: StepValue): Tensor {
    return value[this.#parity === 0 ? 1 : 0];
  }

  /** Every state of every cell after the last step: [batch, hiddenSize], valid until the next step but one. */
  get states(): readonly Readonly<Record<string, Tensor>>[] {
    return this.#states[this.#parity === 0 ? 1 : 0];
  }

  /** Sets the states of cell `index`, by name; those not named become zero. */
  reset(index: number, states: Readonly<Record<string, Tensor>> = {}): void {
    const own = this.states[index]!;
    for (const [name, tensor] of Object.entries(own)) {
      const given = states[name];
      if (given && formatShape(given.shape) !== formatShape(tensor.shape)) {
        throw shapeError(`cell ${index}`, name, formatShape(tensor.shape), formatShape(given.shape));
      }
      if (given) tensor.assign(given);
      else this.#backend.kernels.fill(tensor.pointer, 0, tensor.size);
    }
  }

  #hold(tensor: Tensor): Tensor {
    this.#held.push(tensor);
    return tensor;
  }
}
