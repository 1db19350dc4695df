import { defineCell, type Cell } from "../define.js";
import { type Expression, relu, tanh } from "../expression.js";

/**
 * The simple recurrent network with any pointwise function g (Elman 1990): h_t = g(W_I x_t + W_R h_{t-1} + b).
 *
 * ```ts
 * const cell = elman((a) => relu(clip(a, 5)));
 * ```
 */
export function elman(g: (a: Expression) => Expression = tanh, name = "elman"): Cell {
  return defineCell(name, ({ x, h }, { linear }) => ({ h: g(linear("hidden", x, h)) }));
}

export const elmanTanh = elman(tanh, "elman");
export const elmanRelu = elman(relu, "elman-relu");
