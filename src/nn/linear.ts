import { formatShape, shapeError } from "../tensor/errors.js";
import { add, matmul } from "../tensor/ops/index.js";
import type { RandomStream } from "../tensor/random.js";
import type { Tensor } from "../tensor/tensor.js";
import { constant, glorotUniform, type Initialiser } from "./initialisers.js";
import { Module, parameter, type ModuleDescription, type Parameter } from "./module.js";

export interface LinearOptions {
  readonly random: RandomStream;
  /** @default true */
  readonly bias?: boolean;
  /** @default glorotUniform() */
  readonly initialWeight?: Initialiser;
  /** @default constant(0) */
  readonly initialBias?: Initialiser;
}

/** y = x W' + b over the last axis. */
export class Linear extends Module {
  readonly inputSize: number;
  readonly outputSize: number;
  /** [outputSize, inputSize] */
  readonly weight: Parameter;
  /** [outputSize] */
  readonly bias: Parameter | undefined;

  constructor(inputSize: number, outputSize: number, options: LinearOptions) {
    super();
    const { random, bias = true, initialWeight = glorotUniform(), initialBias = constant(0) } = options;
    this.inputSize = inputSize;
    this.outputSize = outputSize;
    this.weight = parameter(initialWeight([outputSize, inputSize], random));
    this.bias = bias ? parameter(initialBias([outputSize], random)) : undefined;
  }

  /** [..., inputSize] to [..., outputSize] */
  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inputSize) {
      throw shapeError("Linear", "x", `[..., ${this.inputSize}]`, formatShape(x.shape));
    }
    const y = matmul(x, this.weight, { transposeB: true });
    return this.bias === undefined ? y : add(y, this.bias);
  }

  protected override describe(): ModuleDescription {
    const { inputSize: input, outputSize: output } = this;
    return { name: "Linear", settings: { input, output, ...(this.bias ? {} : { bias: false }) } };
  }
}
