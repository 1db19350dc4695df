import { copies, type NamedTensors, type TensorSource } from "../nn/state-dict.js";
import type { RandomState, RandomStream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { inRange, namedParameters, type Parameters } from "./optimizer.js";

/** What noise needs, beside the parameters, to go on to the same bits. */
export interface NoiseState<T = Tensor> {
  readonly random: RandomState;
  readonly tensors: ReadonlyMap<string, T>;
}

/** Noise that is on the weights while a gradient is computed, and off again, to the last bit, before the update. */
export abstract class NoisyWeights {
  protected readonly parameters: NamedTensors;
  protected readonly random: RandomStream;
  readonly #kind: string;
  readonly #clean: NamedTensors;
  #active = false;

  /** @param random draws the noise; it should be used for nothing else */
  constructor(kind: string, parameters: Parameters, random: RandomStream) {
    this.#kind = kind;
    this.parameters = namedParameters(parameters);
    this.random = random;
    this.#clean = copies(kind, this.parameters);
  }

  /** Whether the noise is on the weights now. */
  get active(): boolean {
    return this.#active;
  }

  /** Puts fresh noise on the weights. */
  apply(): void {
    if (this.#active) throw new Error(`${this.#kind}: apply: the noise is on already; call remove first`);
    for (const [name, parameter] of this.parameters) {
      this.#clean.get(name)!.assign(parameter);
      const noise = this.noise(name, parameter);
      parameter.backend.kernels.axpy(parameter.pointer, 1, noise.pointer, parameter.size);
      noise.storage.release();
    }
    this.#active = true;
  }

  /** Restores the weights as they were. */
  remove(): void {
    if (!this.#active) throw new Error(`${this.#kind}: remove: there is no noise on the weights`);
    for (const [name, parameter] of this.parameters) parameter.assign(this.#clean.get(name)!);
    this.#active = false;
  }

  /** Runs `fn` with noise on the weights, and takes it off whatever happens. */
  within<R>(fn: () => R): R {
    this.apply();
    try {
      return fn();
    } finally {
      this.remove();
    }
  }

  /**
   * Adds to the gradients what the weights themselves cost, where the kind of noise says so. Between `backward` and the update.
   * @param _weight sequences that the differentiated loss was a mean over
   */
  addComplexity(_weight: number): void {}

  /** What the weights cost, in nats for each training sequence, as of the last `addComplexity`; undefined where they cost nothing. */
  get complexity(): Tensor | undefined {
    return undefined;
  }

  /** Fresh noise for one parameter. */
  protected abstract noise(name: string, parameter: Tensor): Tensor;

  /** Live tensors; `snapshot` copies them. */
  state(): NoiseState {
    return { random: this.random.state(), tensors: new Map() };
  }

  load({ random }: NoiseState<TensorSource>): void {
    this.random.restore(random);
  }
}

/**
 * Gaussian weight noise (Jim, Giles & Horne 1996; Graves, Mohamed & Hinton 2013): fresh noise is on the weights while
 * a gradient is computed and off again, to the last bit, before the update.
 *
 * @example
 * const noise = new WeightNoise(model, 0.075, random);
 * noise.within(() => loss(model).backward());
 * optimizer.step();
 */
export class WeightNoise extends NoisyWeights {
  readonly #deviation: number;

  /** @param deviation standard deviation of the noise; Graves uses 0.075 */
  constructor(parameters: Parameters, deviation: number, random: RandomStream) {
    inRange("weight noise", "deviation", deviation, 0, Infinity);
    super("weight noise", parameters, random);
    this.#deviation = deviation;
  }

  protected override noise(_name: string, { shape, backend }: Tensor): Tensor {
    return this.random.normal(shape, 0, this.#deviation, backend);
  }
}
