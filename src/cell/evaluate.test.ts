/**
 * The compiler against its definition: every cell evaluated node by node with tensor operations, one step after another, as a
 * textbook would, must give what the compiled programs give; so must cells under options, and what `inspect` records.
 */
import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import * as T from "../tensor/index.js";
import { RandomStream, type Tensor, setDefaultBackend } from "../tensor/index.js";
import { expectClose } from "../tensor/testing.js";
import { cells } from "./cells/index.js";
import { compileCell, type CompiledCell } from "./compile.js";
import { defineCell, reachable, type Cell } from "./define.js";
import * as E from "./expression.js";
import { runSequence, type CellParameters } from "./sequence.js";
import { randomParameters } from "./testing.js";

const SIZE = 6;

const unary: { readonly [op: string]: (a: Tensor, e: E.Expression) => Tensor } = {
  neg: (a) => T.neg(a), abs: (a) => T.abs(a), square: (a) => T.square(a), sqrt: (a) => T.sqrt(a),
  reciprocal: (a) => T.div(T.ones([1]), a), exp: (a) => T.exp(a), log: (a) => T.log(a), tanh: (a) => T.tanh(a),
  sigmoid: (a) => T.sigmoid(a), relu: (a) => T.relu(a), softplus: (a) => T.softplus(a),
  scale: (a, e) => T.scale(a, e.value!), offset: (a, e) => T.offset(a, e.value!), clip: (a, e) => T.clip(a, e.value!),
  divideByWidth: (a) => T.scale(a, 1 / SIZE), clipGradient: (a) => a, stopGradient: (a) => a,
  rowSum: (a) => T.sum(a, [1], true), rowMax: (a) => T.max(a, [1], true),
};
const binary: { readonly [op: string]: (a: Tensor, b: Tensor) => Tensor } = {
  add: T.add, sub: T.sub, mul: T.mul, div: T.div, min: T.minimum, max: T.maximum,
};

/** One step of the equations: every reachable expression's value. */
function evaluate(cell: Cell, compiled: CompiledCell, parameters: CellParameters, x: Tensor, states: Readonly<Record<string, Tensor>>) {
  const values = new Map<E.Expression, Tensor>();
  const rows = (tensor: Tensor, block: number) => T.slice(tensor, 0, block * SIZE, (block + 1) * SIZE);
  const linear = (e: E.Expression) => {
    const products = compiled.matrices
      .filter(({ linears }) => linears.includes(e.label!))
      .map(({ name, linears }) => {
        const source = e.inputs.find((input) => matrixOf(input, compiled) === name)!;
        return T.matmul(values.get(source)!, rows(parameters.matrices[name]!, linears.indexOf(e.label!)), { transposeB: true });
      });
    expect(products).toHaveLength(e.inputs.length);
    const bias = compiled.biases.indexOf(e.label!);
    if (bias >= 0) products.push(rows(parameters.bias!, bias));
    return products.reduce((sum, product) => T.add(sum, product));
  };
  for (const e of reachable([...Object.values(cell.next), ...Object.values(cell.named)])) {
    const [a, b] = e.inputs.map((input) => values.get(input)!);
    values.set(
      e,
      e.op === "input" ? x
      : e.op === "previous" ? states[e.label!]!
      : e.op === "parameter" ? parameters.vectors[e.label!]!
      : e.op === "constant" ? T.full([1], e.value!)
      : e.op === "linear" ? linear(e)
      : b ? binary[e.op]!(a!, b)
      : unary[e.op]!(a!, e),
    );
  }
  return values;
}

function matrixOf(source: E.Expression, compiled: CompiledCell): string {
  if (source.op === "input") return "x";
  if (source.op === "previous") return source.label!;
  // Values in between: their matrices carry the name of the first map that takes them in.
  const map = compiled.cell.linears.find(({ expression }) => expression.inputs.includes(source))!;
  return `${map.name}_inner`;
}

function compare(cell: Cell) {
  setDefaultBackend(createReferenceBackend());
  const random = new RandomStream(11);
  const names = Object.keys(cell.named);
  const compiled = compileCell(cell, { inputSize: SIZE, hiddenSize: SIZE }, { inspect: names });
  const parameters = randomParameters(compiled, random);
  const [time, batch] = [4, 3];
  const x = random.uniform([time, batch, SIZE], -1, 1);
  const initial = Object.fromEntries(cell.states.map((state) => [state, random.uniform([batch, SIZE], -1, 1)]));
  const result = runSequence(compiled, parameters, x, { initial });
  let states: Record<string, Tensor> = initial;
  for (let t = 0; t < time; t++) {
    const values = evaluate(cell, compiled, parameters, T.reshape(T.slice(x, 0, t, t + 1), [batch, SIZE]), states);
    states = Object.fromEntries(cell.states.map((state) => [state, values.get(cell.next[state]!)!]));
    const at = (tensor: Tensor) => T.slice(tensor, 0, t, t + 1).dataSync();
    expectClose(at(result.output), states[cell.output]!.dataSync(), 1e-10, `output at ${t}`);
    for (const name of names) expectClose(at(result.inspected[name]!), values.get(cell.named[name]!)!.dataSync(), 1e-10, `${name} at ${t}`);
  }
  for (const state of cell.states) expectClose(result.final[state]!.dataSync(), states[state]!.dataSync(), 1e-10, `final ${state}`);
}

describe("compiled programs give what the equations say", () => {
  for (const cell of cells.values()) it(cell.name, () => compare(cell));

  it("a cell of one's own, with values that stay between stages", () =>
    compare(
      defineCell<"h" | "m">("own", ({ x, h, m }, { linear, parameter, layerNorm, name }) => {
        const attention = name("attention", E.softmax(linear("scores", x, h)));
        const mixed = E.mul(attention, E.max(m, E.neg(m)));
        const inner = name("inner", E.relu(layerNorm("norm", E.add(linear("mix", mixed), h))));
        const total = name("total", E.sum(E.square(inner)));
        return { h: E.tanh(E.add(E.div(inner, E.sqrt(E.offset(total, 1))), E.mul(parameter("p", 0.3), x))), m: E.sub(m, E.mean(attention)) };
      }),
    ));
});
