/** A language model that reads one token after another. */
import { type Precision, StepProgram, type Stepper, type StepValue } from "../../cell/index.js";
import { fromInts, noGrad, step, type Tensor } from "../../tensor/index.js";
import type { TextModel } from "./model.js";

export interface TextStreamOptions {
  /** Of the recurrent layers and the scores; the vectors of tokens stay in float32. @default "float32" */
  readonly precision?: Precision;
}

/** All layers and the scores are one kernel call a token. Weights are those of the moment it was made; there is no dropout. */
export class TextStream {
  readonly #model: TextModel;
  readonly #input: Tensor;
  readonly #stepper: Stepper;
  readonly #logits: StepValue;

  constructor(model: TextModel, { precision = "float32" }: TextStreamOptions = {}) {
    const { weight, bias } = model.output;
    const program = new StepProgram(weight.backend, { batch: 1, precision });
    const input = program.input(model.recurrent.inputSize);
    this.#model = model;
    this.#input = input[0];
    this.#logits = program.linear(weight, bias, model.recurrent.addStep(program, input));
    this.#stepper = program.finish();
  }

  /** Reads a token. @returns the logits of what comes after it */
  read(token: number): ArrayLike<number> {
    const { embedding, vocabularySize } = this.#model;
    if (embedding) step(() => noGrad(() => void this.#input.assign(embedding.forward(fromInts([token], [1])))));
    else this.#setOneHot(token, vocabularySize);
    this.#stepper.step();
    return this.#stepper.last(this.#logits).dataSync();
  }

  #setOneHot(token: number, size: number): void {
    const { pointer, backend: { kernels } } = this.#input;
    kernels.fill(pointer, 0, size);
    if (token >= 0 && token < size) kernels.fill(pointer + 4 * token, 1, 1);
  }

  /** Starts anew. */
  reset(): void {
    for (let layer = 0; layer < this.#model.recurrent.layers; layer++) this.#stepper.reset(layer);
  }
}
