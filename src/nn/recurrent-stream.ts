/** A recurrent network that reads a stream, one step at a time. */
import type { MemoryInput, Precision, StepProgram, Stepper, StepValue } from "../cell/index.js";
import { formatShape, shapeError, type Tensor } from "../tensor/index.js";
import type { States } from "./recurrent.js";

export interface StreamOptions {
  /** What weights are held and multiplied in; int8 is faster where reading the weights takes the time, and a little less exact. @default "float32" */
  readonly precision?: Precision;
  /** What a cell with a memory reads: [positions, batch, features], as it is now. */
  readonly memory?: MemoryInput;
}

/**
 * Made by `Recurrent.stream`. Weights are those of the moment it was made.
 *
 * @example
 * const stream = network.stream();
 * for (const x of samples) console.log(stream.step(x).dataSync()); // x: inputSize numbers
 */
export class RecurrentStream {
  /** [batch, inputSize]: what a step reads. */
  readonly input: Tensor;
  readonly batch: number;
  readonly precision: Precision;
  readonly #stepper: Stepper;
  readonly #output: StepValue;
  readonly #outputs: Readonly<Record<string, StepValue>>;

  /** @param program that makes `output`, and other values by name, of `input`, its cells the network's layers */
  constructor(input: StepValue, output: StepValue, program: StepProgram, outputs: Readonly<Record<string, StepValue>> = {}) {
    this.input = input[0];
    this.batch = program.batch;
    this.precision = program.precision;
    this.#stepper = program.finish();
    this.#output = output;
    this.#outputs = outputs;
  }

  /**
   * Reads one step.
   * @param x [batch, inputSize], or as many numbers; where missing, what `input` holds
   * @returns [batch, outputSize], valid until the next step but one
   */
  step(x?: Tensor | ArrayLike<number>): Tensor {
    if (x !== undefined) this.#read(x);
    this.#stepper.step();
    return this.#stepper.last(this.#output);
  }

  #read(x: Tensor | ArrayLike<number>): void {
    if (!("shape" in x)) {
      this.input.set(x);
      return;
    }
    if (x.shape.length !== 2 || x.shape[0] !== this.batch || x.shape[1] !== this.input.shape[1]) {
      throw shapeError("stream", "x", formatShape(this.input.shape), formatShape(x.shape));
    }
    this.input.assign(x);
  }

  /** What else the last step has given out, by name: [batch, columns], valid until the next step. */
  get outputs(): Readonly<Record<string, Tensor>> {
    return Object.fromEntries(Object.entries(this.#outputs).map(([name, value]) => [name, this.#stepper.last(value)]));
  }

  get states(): States {
    return this.#stepper.states;
  }

  /** Starts anew, from zero or from given states. */
  reset(states?: States): void {
    const layers = this.states.length;
    if (states && states.length !== layers) {
      throw shapeError("stream", "states", `${layers} records, one per layer`, String(states.length));
    }
    for (let i = 0; i < layers; i++) this.#stepper.reset(i, states?.[i]);
  }

  toString(): string {
    return `RecurrentStream {layers: ${this.states.length}, batch: ${this.batch}, precision: ${this.precision}}`;
  }
}
