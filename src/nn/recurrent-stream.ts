/** A recurrent network that reads a stream, one step at a time. */
import { MAP_COPY } from "../backend/generated/kernels.js";
import type { CellStepper } from "../cell/index.js";
import { formatShape, shapeError, zeros, type Tensor } from "../tensor/index.js";
import type { States } from "./recurrent.js";

/** How the layers of a `Recurrent` are wired. */
export interface StreamWiring {
  readonly residual: boolean;
  readonly skip: boolean;
}

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
  readonly #wiring: StreamWiring;
  /** What the network gives after the step that comes, and after the last one, where that is not a layer's state. */
  #outputs: readonly [Tensor, Tensor] | undefined;

  constructor(layers: readonly CellStepper[], batch: number, wiring: StreamWiring) {
    this.#layers = layers;
    this.#batch = batch;
    this.#wiring = wiring;
    if (layers.length > 1 && (wiring.residual || wiring.skip)) {
      const { backend } = layers[0]!.input;
      const hiddenSize = layers[0]!.output.shape[1]!;
      const output = () => zeros([batch, wiring.skip ? layers.length * hiddenSize : hiddenSize], { backend });
      this.#outputs = [output(), output()];
    }
  }

  /**
   * Reads one step.
   * @param x [batch, inputSize], or as many numbers
   * @returns [batch, outputSize], valid until the next step but one
   */
  step(x: Tensor | ArrayLike<number>): Tensor {
    const first = this.#layers[0]!;
    if ("shape" in x) {
      if (formatShape(x.shape) !== formatShape(first.input.shape)) {
        throw shapeError("stream", "x", formatShape(first.input.shape), formatShape(x.shape));
      }
      first.input.assign(x);
    } else first.input.set(x);
    const { residual, skip } = this.#wiring;
    let output = first.step();
    this.#collect(0, output);
    for (let i = 1; i < this.#layers.length; i++) {
      const layer = this.#layers[i]!;
      const { input } = layer;
      if (skip) {
        placeColumns(input, 0, first.input);
        placeColumns(input, first.input.shape[1]!, output);
      } else input.assign(output);
      output = layer.step();
      if (residual) {
        // The input has been read; the sum may take its place.
        input.backend.kernels.axpy(input.pointer, 1, output.pointer, input.size);
        output = input;
      }
      this.#collect(i, output);
    }
    if (!this.#outputs) return output;
    this.#outputs = [this.#outputs[1], this.#outputs[0]];
    return this.#outputs[1];
  }

  /** Puts the output of a layer where the network's output needs it. */
  #collect(layer: number, output: Tensor): void {
    if (!this.#outputs) return;
    if (this.#wiring.skip) placeColumns(this.#outputs[0], layer * output.shape[1]!, output);
    else if (layer === this.#layers.length - 1) this.#outputs[0].assign(output);
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

/** Copies a matrix into the columns of a wider one, from `column` on. */
function placeColumns(to: Tensor, column: number, from: Tensor): void {
  const { kernels } = to.backend;
  const [rows, columns] = from.shape as readonly [number, number];
  const width = to.shape[1]!;
  for (let row = 0; row < rows; row++) {
    kernels.map(MAP_COPY, to.pointer + 4 * (row * width + column), from.pointer + 4 * row * columns, columns, 0);
  }
}
