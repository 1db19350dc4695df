/** For tests: the equations of a cell as a textbook would evaluate them, one tensor operation for each. */
import * as T from "../tensor/index.js";
import type { Tensor } from "../tensor/index.js";
import type { CompiledCell } from "./compile.js";
import { reachable } from "./define.js";
import type { Expression } from "./expression.js";
import type { CellParameters } from "./sequence.js";

const unary: { readonly [op: string]: (a: Tensor, e: Expression, columns: number) => Tensor } = {
  neg: (a) => T.neg(a), abs: (a) => T.abs(a), square: (a) => T.square(a), sqrt: (a) => T.sqrt(a),
  reciprocal: (a) => T.div(T.ones([1]), a), exp: (a) => T.exp(a), log: (a) => T.log(a), tanh: (a) => T.tanh(a),
  sigmoid: (a) => T.sigmoid(a), relu: (a) => T.relu(a), softplus: (a) => T.softplus(a),
  scale: (a, e) => T.scale(a, e.value!), offset: (a, e) => T.offset(a, e.value!), clip: (a, e) => T.clip(a, e.value!),
  divideByWidth: (a, _e, columns) => T.scale(a, 1 / columns), clipGradient: (a) => a, stopGradient: (a) => T.stopGradient(a),
  rowSum: (a) => T.sum(a, [1], true), rowMax: (a) => T.max(a, [1], true),
  step: (a) => T.isPositive(a),
};
const binary: { readonly [op: string]: (a: Tensor, b: Tensor) => Tensor } = {
  add: T.add, sub: T.sub, mul: T.mul, div: T.div, min: T.minimum, max: T.maximum,
};

/**
 * One step of a cell whose input is as wide as its state: the value of every expression, [batch, columns].
 * @param seen may put another tensor in the place of a value before the expressions that follow take it in
 */
export function evaluateStep(
  { cell, matrices, biases, sizes: { hiddenSize } }: CompiledCell,
  parameters: CellParameters,
  x: Tensor,
  states: Readonly<Record<string, Tensor>>,
  seen: (e: Expression, value: Tensor) => Tensor = (_, value) => value,
): ReadonlyMap<Expression, Tensor> {
  const values = new Map<Expression, Tensor>();
  const rows = (tensor: Tensor, block: number) => T.slice(tensor, 0, block * hiddenSize, (block + 1) * hiddenSize);
  /** Values in between: their matrices carry the name of the first map that takes them in. */
  const matrixOf = (source: Expression) =>
    source.op === "input" ? "x"
    : source.op === "previous" ? source.label!
    : `${cell.linears.find(({ expression }) => expression.inputs.includes(source))!.name}_inner`;
  const linear = (e: Expression) => {
    const terms = e.inputs.map((source) => {
      const { name, linears } = matrices.find((matrix) => matrix.name === matrixOf(source))!;
      return T.matmul(values.get(source)!, rows(parameters.matrices[name]!, linears.indexOf(e.label!)), { transposeB: true });
    });
    const bias = biases.indexOf(e.label!);
    if (bias >= 0) terms.push(rows(parameters.bias!, bias));
    return terms.reduce((sum, term) => T.add(sum, term));
  };
  for (const e of reachable([...Object.values(cell.next), ...Object.values(cell.named)])) {
    const [a, b] = e.inputs.map((input) => values.get(input)!);
    const value =
      e.op === "input" ? x
      : e.op === "previous" ? states[e.label!]!
      : e.op === "parameter" ? parameters.vectors[e.label!]!
      : e.op === "constant" ? T.full([1], e.value!)
      : e.op === "linear" ? linear(e)
      : b ? binary[e.op]!(a!, b)
      : unary[e.op]!(a!, e, hiddenSize);
    values.set(e, seen(e, value));
  }
  return values;
}
