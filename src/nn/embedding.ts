import { ones } from "../tensor/create.js";
import { shapeError } from "../tensor/errors.js";
import { gather, mul } from "../tensor/ops/index.js";
import type { RandomStream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { normal, type Initialiser } from "./initialisers.js";
import { Module, parameter, type ModuleDescription, type Parameter } from "./module.js";

export interface EmbeddingOptions {
  readonly random: RandomStream;
  /** An index that stands for nothing: gives zeros and learns nothing here, also in a shared table. @default none */
  readonly paddingIndex?: number;
  /** @default normal(1) */
  readonly initialWeight?: Initialiser;
}

/** A vector for each index of a vocabulary. An index outside it, such as -1, gives zeros. */
export class Embedding extends Module {
  readonly count: number;
  readonly size: number;
  /** [count, size] */
  readonly weight: Parameter;
  readonly #paddingIndex: number | undefined;
  /** [count, 1], 0 at the padding index and 1 elsewhere. */
  readonly #present: Tensor | undefined;

  /** @param count of vectors @param size of each */
  constructor(count: number, size: number, options: EmbeddingOptions) {
    super();
    const { random, paddingIndex, initialWeight = normal(1) } = options;
    this.count = count;
    this.size = size;
    this.weight = parameter(initialWeight([count, size], random));
    this.#paddingIndex = paddingIndex;
    if (paddingIndex === undefined) return;
    if (!(Number.isInteger(paddingIndex) && paddingIndex >= 0 && paddingIndex < count)) {
      throw shapeError("Embedding", "paddingIndex", `a whole number from 0 to ${count - 1}`, String(paddingIndex));
    }
    this.weight.backend.kernels.fill(this.weight.pointer + 4 * paddingIndex * size, 0, size);
    this.#present = ones([count, 1]).set(Float32Array.from({ length: count }, (_, i) => Number(i !== paddingIndex)));
  }

  /** int32 [...] to [..., size] */
  forward(indices: Tensor): Tensor {
    const y = gather(this.weight, indices);
    return this.#present === undefined ? y : mul(y, gather(this.#present, indices));
  }

  protected override describe(): ModuleDescription {
    const padding = this.#paddingIndex === undefined ? {} : { paddingIndex: this.#paddingIndex };
    return { name: "Embedding", settings: { count: this.count, size: this.size, ...padding } };
  }
}
