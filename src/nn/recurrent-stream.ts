/** A recurrent network that reads a stream, one step at a time. */
import type { CellStepper } from "../cell/index.js";
import { formatShape, shapeError, type Tensor } from "../tensor/index.js";
import type { States } from "./recurrent.js";

/**
 * Made by `Recurrent.stream`. Weights are those of the moment it was made.
 *
 * @example
 * const stream = network.stream();
 * for (const x of samples) console.log(stream.step(x).dataSync()); // x: inputSize numbers
 */
export class RecurrentStream {
  readonly #layers: readonly CellStepper[];
  readonly #batch: number;

  constructor(layers: readonly CellStepper[], batch: number) {
    this.#layers = layers;
    this.#batch = batch;
  }

  /**
   * Reads one step.
   * @param x [batch, inputSize], or as many numbers
   * @returns [batch, hiddenSize], valid until the next step but one
   */
  step(x: Tensor | ArrayLike<number>): Tensor {
    const first = this.#layers[0]!;
    if ("shape" in x) {
      if (formatShape(x.shape) !== formatShape(first.input.shape)) {
        throw shapeError("stream", "x", formatShape(first.input.shape), formatShape(x.shape));
      }
      first.input.assign(x);
    } else first.input.set(x);
    let output = first.step();
    for (const layer of this.#layers.slice(1)) {
      layer.input.assign(output);
      output = layer.step();
    }
    return output;
  }

  get states(): States {
    return this.#layers.map(({ states }) => states);
  }

  /** Starts anew, from zero or from given states. */
  reset(states?: States): void {
    if (states && states.length !== this.#layers.length) {
      throw shapeError("stream", "states", `${this.#layers.length} records, one per layer`, String(states.length));
    }
    this.#layers.forEach((layer, i) => layer.reset(states?.[i]));
  }

  toString(): string {
    return `RecurrentStream {layers: ${this.#layers.length}, batch: ${this.#batch}}`;
  }
}
