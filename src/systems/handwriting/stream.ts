/** Models that read one movement after another: all layers and the mixture's numbers are one kernel call a movement. */
import { StepProgram, type Stepper, type StepValue } from "../../cell/index.js";
import { MOVE_WIDTH } from "../../data/index.js";
import { mixtureOf, type Mixture } from "../../nn/index.js";
import type { Tensor } from "../../tensor/index.js";
import { checkTold, type Told } from "./conditions.js";
import type { HandwritingModel, PenModel } from "./model.js";
import type { SynthesisModel } from "./synthesis-model.js";

/** What the streams of both tasks do. Weights are those of the moment one was made. */
abstract class PenStream {
  readonly #input: Tensor;
  readonly #stepper: Stepper;
  readonly #raw: StepValue;
  readonly #layers: number;
  /** The movement read last, and what the model is told beside it. */
  readonly #read: Float32Array;

  constructor({ density, conditions }: PenModel, told: Told, layers: number, addStep: (program: StepProgram, input: StepValue) => StepValue) {
    checkTold(conditions, told);
    const { weight, bias } = density.linear;
    const program = new StepProgram(weight.backend, { batch: 1, precision: "float32" });
    this.#read = Float32Array.from([...Array.from({ length: MOVE_WIDTH }, () => 0), ...(conditions?.vector(told) ?? [])]);
    const input = program.input(this.#read.length);
    this.#input = input[0];
    this.#raw = program.linear(weight, bias, addStep(program, input));
    this.#stepper = program.finish();
    this.#layers = layers;
  }

  /**
   * Reads a movement, scaled as in training.
   * @param bias of the mixture that comes: from 0, as learnt, on to neater writing
   * @returns what the pen may do next
   */
  read(move: ArrayLike<number>, bias = 0): Mixture {
    this.#read.set(move);
    this.#input.set(this.#read);
    this.#stepper.step();
    return mixtureOf(this.last(this.#raw), bias);
  }

  /** Starts anew. */
  reset(): void {
    for (let layer = 0; layer < this.#layers; layer++) this.#stepper.reset(layer);
  }

  protected last(value: StepValue): ArrayLike<number> {
    return this.#stepper.last(value).dataSync();
  }
}

export class HandwritingStream extends PenStream {
  /** @throws RangeError naming what the model does not know of what it is told */
  constructor(model: HandwritingModel, told: Told = {}) {
    const { recurrent } = model;
    super(model, told, recurrent.layers, (program, input) => recurrent.addStep(program, input));
  }
}

export class SynthesisStream extends PenStream {
  readonly #window: StepValue;

  /**
   * @param text a character that the model does not know shows it nothing
   * @throws RangeError naming what the model does not know of what it is told
   */
  constructor(model: SynthesisModel, text: string, told: Told = {}) {
    const { recurrent, alphabet } = model;
    let window: StepValue | undefined;
    super(model, told, recurrent.layers, (program, input) => {
      const { output, outputs } = recurrent.addStep(program, input, alphabet.memory([text], { end: true }));
      window = outputs["window"];
      return output;
    });
    this.#window = window!;
  }

  /** phi after the movement read last: a number for each character of the text, and one for the place behind them. */
  get window(): Float32Array {
    return Float32Array.from(this.last(this.#window));
  }
}

/** Graves' stop rule (2013, section 5.3): more of the window is behind the text than on any of its characters. */
export function hasPassed(window: ArrayLike<number>): boolean {
  const behind = window[window.length - 1]!;
  for (let u = 0; u + 1 < window.length; u++) if (!(behind > window[u]!)) return false;
  return true;
}
