import { ones, zeros } from "../tensor/create.js";
import { formatShape, shapeError } from "../tensor/errors.js";
import { layerNorm } from "../tensor/ops/index.js";
import type { Tensor } from "../tensor/tensor.js";
import { Module, parameter, type ModuleDescription, type Parameter } from "./module.js";

/** Brings the last axis to mean 0 and variance 1, then scales and shifts it (Ba, Kiros & Hinton 2016). */
export class LayerNorm extends Module {
  readonly size: number;
  /** Added to the variance. */
  readonly epsilon: number;
  /** [size] */
  readonly gain: Parameter;
  /** [size] */
  readonly bias: Parameter;

  constructor(size: number, { epsilon = 1e-5 }: { readonly epsilon?: number } = {}) {
    super();
    this.size = size;
    this.epsilon = epsilon;
    this.gain = parameter(ones([size]));
    this.bias = parameter(zeros([size]));
  }

  /** [..., size] to the same */
  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.size) throw shapeError("LayerNorm", "x", `[..., ${this.size}]`, formatShape(x.shape));
    return layerNorm(x, this.gain, this.bias, this.epsilon);
  }

  protected override describe(): ModuleDescription {
    return { name: "LayerNorm", settings: { size: this.size } };
  }
}
