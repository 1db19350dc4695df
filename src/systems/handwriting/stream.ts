/** A handwriting model that reads one movement after another. */
import { StepProgram, type Stepper, type StepValue } from "../../cell/index.js";
import { mixtureOf, type Mixture } from "../../nn/index.js";
import type { Tensor } from "../../tensor/index.js";
import type { HandwritingModel } from "./model.js";

/** All layers and the mixture's numbers are one kernel call a movement. Weights are those of the moment it was made. */
export class HandwritingStream {
  readonly #input: Tensor;
  readonly #stepper: Stepper;
  readonly #raw: StepValue;
  readonly #layers: number;

  constructor(model: HandwritingModel) {
    const { weight, bias } = model.density.linear;
    const program = new StepProgram(weight.backend, { batch: 1, precision: "float32" });
    const input = program.input(model.recurrent.inputSize);
    this.#input = input[0];
    this.#raw = program.linear(weight, bias, model.recurrent.addStep(program, input));
    this.#stepper = program.finish();
    this.#layers = model.recurrent.layers;
  }

  /**
   * Reads a movement, scaled as in training.
   * @param bias of the mixture that comes: from 0, as learnt, on to neater writing
   * @returns what the pen may do next
   */
  read(move: ArrayLike<number>, bias = 0): Mixture {
    this.#input.set(move);
    this.#stepper.step();
    return mixtureOf(this.#stepper.last(this.#raw).dataSync(), bias);
  }

  /** Starts anew. */
  reset(): void {
    for (let layer = 0; layer < this.#layers; layer++) this.#stepper.reset(layer);
  }
}
