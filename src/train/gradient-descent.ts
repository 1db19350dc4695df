/** One step of gradient descent: loss, gradient, clipping, update. */
import { clipGradientNorm, clipGradientValue, gradientNorm, type NoisyWeights, type Optimizer } from "../optim/index.js";
import { keep, step as tensorStep, type RandomState, type Tensor } from "../tensor/index.js";
import type { NamedTensors } from "../nn/state-dict.js";
import type { StoredTensor } from "../tensor/safetensors.js";
import type { Json } from "./json.js";
import type { Learner, SteppingLearner, StepLoss, TakenStep } from "./learner.js";
import { explainGradient } from "./trouble.js";

export interface DescentSettings {
  /** The peak learning rate. */
  readonly lr: number;
  /** Limit on the norm of the whole gradient; 0 or undefined for none. */
  readonly clip?: number;
  /** Limit on every element of the gradient. */
  readonly clipValue?: number;
}

/** What is kept in a checkpoint, beside arrays. */
export interface DescentState {
  /** Of the last steps, before clipping. */
  readonly gradientNorms: readonly number[];
  readonly optimizer: { readonly kind: string; readonly scalars: Readonly<Record<string, number>> };
  readonly learner: Json;
  /** Where the noise on the weights stands, if there is any. */
  readonly noise?: RandomState;
}

/** Steps whose gradient norms are told when training breaks. */
const REMEMBERED_NORMS = 8;

/** Makes a learner step: its loss is differentiated, and an optimiser changes the parameters. */
export class GradientDescent implements SteppingLearner {
  readonly parameters: NamedTensors;
  readonly #learner: Learner;
  readonly #optimizer: Optimizer;
  readonly #settings: DescentSettings;
  readonly #factor: (step: number) => number;
  readonly #noise: NoisyWeights | undefined;
  #norms: number[] = [];
  /** Of the current step, outside its arena so that they can be read after it; in the same memory all the time. */
  #loss: Tensor | undefined;
  #norm: Tensor | undefined;

  /**
   * @param factor what the peak learning rate is multiplied by at a step
   * @param noise on the weights while the gradient is computed; the optimiser must change what it adapts, too
   */
  constructor(learner: Learner, optimizer: Optimizer, settings: DescentSettings, factor: (step: number) => number, noise?: NoisyWeights) {
    this.parameters = learner.parameters;
    this.#learner = learner;
    this.#optimizer = optimizer;
    this.#settings = settings;
    this.#factor = factor;
    this.#noise = noise;
    optimizer.lr = (step) => settings.lr * factor(step);
  }

  /** The event loop is free while the backend computes, where that can run beside JavaScript. @throws DivergedError; nothing has changed then */
  async step(index: number): Promise<TakenStep> {
    const settings = this.#settings;
    const { predictions, units, weight } = tensorStep(() => {
      const { loss, predictions, units, weight = predictions } = this.#noise === undefined ? this.#backward() : this.#noise.within(() => this.#backward());
      this.#noise?.addComplexity(weight);
      const norm = settings.clip ? clipGradientNorm(this.parameters, settings.clip) : gradientNorm(this.parameters);
      this.#loss = keep(loss, this.#loss);
      this.#norm = keep(norm, this.#norm);
      return { predictions, units, weight };
    });
    await this.#loss!.backend.finish();
    const [loss, norm] = [this.#loss!.item(), this.#norm!.item()];
    this.#norms = [...this.#norms, norm].slice(-REMEMBERED_NORMS - 1);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      throw explainGradient({
        step: index + 1,
        loss,
        gradientNorms: this.#norms,
        parameters: this.parameters,
        learningRate: this.#optimizer.currentLr,
        clip: settings.clip || undefined,
      });
    }
    tensorStep(() => {
      if (settings.clipValue) clipGradientValue(this.parameters, settings.clipValue);
      this.#optimizer.step();
      this.#optimizer.zeroGrad();
    });
    const complexity = this.#noise?.complexity?.item();
    return {
      totalLoss: loss * weight,
      units,
      predictions,
      learningRate: settings.lr * this.#factor(index),
      gradientNorm: norm,
      ...(complexity !== undefined && { complexity: (complexity * weight) / Math.max(1, units) }),
    };
  }

  /** The loss of the next batch, its gradient left in the parameters. */
  #backward(): StepLoss {
    const result = this.#learner.loss();
    result.loss.backward();
    result.afterBackward?.();
    return result;
  }

  validate(): Promise<number | undefined> {
    return this.#learner.validate();
  }

  async sample(): Promise<string | undefined> {
    return this.#learner.sample?.();
  }

  /** What `load` needs beside the parameters. Names of tensors begin with "optimizer." or "learner.". */
  state(): { readonly json: DescentState; readonly tensors: NamedTensors } {
    const { json, tensors } = this.#learner.state();
    const { kind, scalars, tensors: moments } = this.#optimizer.state();
    const noise = this.#noise?.state();
    return {
      json: { gradientNorms: this.#norms, optimizer: { kind, scalars }, learner: json, ...(noise !== undefined && { noise: noise.random }) },
      tensors: new Map([...prefixed("optimizer", moments), ...prefixed("learner", tensors), ...prefixed("noise", noise?.tensors ?? new Map())]),
    };
  }

  load({ json, tensors }: { readonly json: DescentState; readonly tensors: ReadonlyMap<string, StoredTensor> }): void {
    this.#norms = [...json.gradientNorms];
    this.#optimizer.load({ ...json.optimizer, tensors: unprefixed("optimizer", tensors) });
    if (json.noise !== undefined) this.#noise?.load({ random: json.noise, tensors: unprefixed("noise", tensors) });
    this.#learner.load({ json: json.learner, tensors: unprefixed("learner", tensors) });
  }
}

/** Tensors under names that begin with "<prefix>.". */
export function prefixed(prefix: string, tensors: NamedTensors): [string, Tensor][] {
  return [...tensors].map(([name, tensor]) => [`${prefix}.${name}`, tensor]);
}

/** Those whose names begin with "<prefix>.", without it. */
export function unprefixed(prefix: string, tensors: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  const start = `${prefix}.`;
  return new Map([...tensors].filter(([name]) => name.startsWith(start)).map(([name, tensor]) => [name.slice(start.length), tensor]));
}
