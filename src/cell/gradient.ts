/**
 * The derivative of a cell's step, as expressions: each rule gives, for the gradient `dy` that reaches an operation's result,
 * what reaches its arguments. Where a rule can be written in terms of the result (`e` itself) it is, since results tend to be kept.
 */
import type { Cell } from "./define.js";
import { reachable } from "./define.js";
import {
  type BinaryOp, type Expression, type MemoryValue, type UnaryOp, abs, add, clip, div, greater, mul, neg, node, oneMinus, scale, sigmoid,
  sigmoidSlope, step, sub, tanhSlope,
} from "./expression.js";

type ReadOp = "dotScores" | "additiveScores" | "gaussianWindow" | "read" | "positionSoftmax" | "positionAdd";

type Rule = (dy: Expression, e: Expression, a: Expression, b: Expression) => readonly (Expression | undefined)[];

const rules: { readonly [op in UnaryOp | BinaryOp | ReadOp | "rowSum" | "rowMax"]: Rule } = {
  neg: (dy) => [neg(dy)],
  abs: (dy, _e, a) => [mul(dy, sub(step(a), step(neg(a))))],
  square: (dy, _e, a) => [mul(scale(dy, 2), a)], // dy may be a number per row
  sqrt: (dy, e) => [div(scale(dy, 0.5), e)],
  reciprocal: (dy, e) => [neg(mul(dy, e, e))],
  exp: (dy, e) => [mul(dy, e)],
  log: (dy, _e, a) => [div(dy, a)],
  tanh: (dy, e) => [tanhSlope(dy, e)],
  sigmoid: (dy, e) => [sigmoidSlope(dy, e)],
  relu: (dy, e) => [mul(dy, step(e))],
  softplus: (dy, _e, a) => [mul(dy, sigmoid(a))],
  step: () => [undefined],
  clip: (dy, e, a) => [mul(dy, oneMinus(greater(abs(a), e.value!)))],
  scale: (dy, e) => [scale(dy, e.value!)],
  offset: (dy) => [dy],
  divideByWidth: (dy, e) => [node("divideByWidth", [dy], dy.width, { over: e.over! })],
  clipGradient: (dy, e) => [clip(dy, e.value!)],
  stopGradient: () => [undefined],
  add: (dy) => [dy, dy],
  sub: (dy) => [dy, neg(dy)],
  mul: (dy, _e, a, b) => [mul(dy, b), mul(dy, a)],
  div: (dy, e, _a, b) => {
    const da = div(dy, b);
    return [da, neg(mul(da, e))];
  },
  min: (dy, _e, a, b) => [mul(dy, greater(b, a)), mul(dy, oneMinus(greater(b, a)))],
  max: (dy, _e, a, b) => [mul(dy, greater(a, b)), mul(dy, oneMinus(greater(a, b)))],
  greater: () => [undefined, undefined],
  rowSum: (dy) => [dy],
  rowMax: () => [undefined],
  // Each is the other's: a sum of positions changes by what they have in common with dy, a score by the position.
  read: (dy, e) => [node("dotScores", [dy], "positions", { memory: e.memory! })],
  dotScores: (dy, e) => [node("read", [dy], e.memory!.width, { memory: e.memory! })],
  additiveScores: (dy, e, query, v) => [mul(v, node("additiveSlope", [query, dy, v], query.width, { memory: e.memory! })), undefined],
  gaussianWindow: (dy, e, alpha, beta) => {
    const kappa = e.inputs[2]!;
    // Of e_k = exp(-beta_k (kappa_k - u)^2), over the positions u: the sum of dy(u) e_k(u) (kappa_k - u)^power.
    const moment = (power: number) => node("windowMoment", [beta, kappa, dy], beta.width, { value: power });
    return [moment(0), neg(mul(alpha, moment(2))), scale(mul(alpha, beta, moment(1)), -2)];
  },
  positionSoftmax: (dy, e) => [node("positionSoftmaxGradient", [e, dy], "positions")],
  positionAdd: (dy) => [dy, dy],
};

/** A share of what reaches the memory or its keys: at every position u the sum over tokens of weights(u) times row. */
export interface MemoryShare {
  readonly into: MemoryValue;
  readonly weights: Expression;
  readonly row: Expression;
}

export interface CellGradient {
  /** The gradient that reaches each linear map's result, where any does. */
  readonly linears: ReadonlyMap<Expression, Expression>;
  /** What is handed on to each state of the step before. */
  readonly states: ReadonlyMap<string, Expression>;
  /** Per parameter vector and token. */
  readonly vectors: ReadonlyMap<string, Expression>;
  /** The gradient of the input other than through linear maps. */
  readonly input: Expression | undefined;
  /** What reaches the memory and its keys, other than where the program itself adds it up (`additiveSlope`). */
  readonly memory: readonly MemoryShare[];
  /** What reaches each value of the step, where anything does; for the input, as above. */
  readonly reached: ReadonlyMap<Expression, Expression>;
}

/** Which expressions a linear map takes in, other than the cell's input: these products depend on the step before. */
export function recurrentSources(linear: Expression): Expression[] {
  return linear.inputs.filter((source) => source.op !== "input");
}

/**
 * Differentiates one step. Gradients arrive at every state's next value from the following step (`carried`), and at the outputs from
 * outside (`arriving`).
 * @param outputs values by name
 */
export function differentiate(next: Cell["next"], outputs: Readonly<Record<string, Expression>>): CellGradient {
  const forward = reachable([...Object.values(next), ...Object.values(outputs)]);
  const users = new Map<Expression, Expression[]>();
  for (const e of forward) {
    if (e.op === "linear") for (const source of recurrentSources(e)) users.set(source, [...(users.get(source) ?? []), e]);
  }
  const arrived = new Map<Expression, Expression>();
  const contribute = (e: Expression, gradient: Expression) => {
    const before = arrived.get(e);
    arrived.set(e, before ? add(before, gradient) : gradient);
  };
  for (const [state, e] of Object.entries(next)) {
    contribute(e, node("carried", [], e.width, { label: state }));
  }
  for (const [name, e] of Object.entries(outputs)) contribute(e, node("arriving", [], e.width, { label: name }));

  const linears = new Map<Expression, Expression>();
  const states = new Map<string, Expression>();
  const vectors = new Map<string, Expression>();
  const memory: MemoryShare[] = [];
  let input: Expression | undefined;
  for (const e of forward.toReversed()) {
    const through = (users.get(e) ?? []).filter((linear) => linears.has(linear));
    if (through.length > 0) {
      const pointwise = arrived.get(e);
      const gradients = through.map((linear) => linears.get(linear)!);
      arrived.set(e, node("transposed", [...gradients, ...(pointwise ? [pointwise] : [])], e.width, { through, source: e }));
    }
    const dy = arrived.get(e);
    if (!dy) continue;
    switch (e.op) {
      case "linear":
        linears.set(e, dy);
        break;
      case "previous":
        states.set(e.label!, dy);
        break;
      case "parameter":
        vectors.set(e.label!, vectors.has(e.label!) ? add(vectors.get(e.label!)!, dy) : dy);
        break;
      case "input":
        input = dy;
        break;
      case "given":
      case "constant":
        break;
      case "transposed":
      case "carried":
      case "arriving":
        throw new Error(`${e.op} in a forward graph`);
      case "positionSoftmaxGradient":
      case "additiveSlope":
      case "windowMoment":
      case "tanhSlope":
      case "sigmoidSlope":
        throw new Error(`${e.op} in a forward graph`);
      default:
        if (e.op === "read") memory.push({ into: e.memory!, weights: e.inputs[0]!, row: dy });
        if (e.op === "dotScores") memory.push({ into: e.memory!, weights: dy, row: e.inputs[0]! });
        rules[e.op](dy, e, e.inputs[0]!, e.inputs[1]!).forEach((gradient, i) => {
          const argument = e.inputs[i]!;
          if (!gradient || argument.width === "any") return;
          // A number per row that was spread over columns gathers what reaches all of them.
          const narrowed = argument.width === "row" && e.width !== "row";
          contribute(argument, narrowed ? node("rowSum", [gradient], "row", { over: e.width }) : gradient);
        });
    }
  }
  return { linears, states, vectors, input, memory, reached: arrived };
}
