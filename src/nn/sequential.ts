import type { Tensor } from "../tensor/tensor.js";
import { Module, type Layer } from "./module.js";

/**
 * Layers one after the other. Parameters are named by position: `0.weight`, `2.bias`.
 *
 * @example new Sequential(new Linear(8, 8, { random }), new Dropout(0.5, { random }), new Linear(8, 2, { random }))
 */
export class Sequential extends Module {
  readonly layers: readonly Layer[];

  constructor(...layers: readonly Layer[]) {
    super();
    this.layers = layers;
  }

  protected override members(): Iterable<readonly [string, Module]> {
    return this.layers.map((layer, i) => [String(i), layer] as const);
  }

  forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }
}
