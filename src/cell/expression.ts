/**
 * The expressions that a cell is made of. Writing `mul(f, c)` inside `defineCell` computes nothing: it builds a node of the
 * graph that the compiler turns into a program. Nodes are numbered as they are made, so ascending ids are a topological
 * order.
 */

/**
 * How wide a value is: as wide as the cell's input, as its states or as a position of its memory, so many columns, one number for each
 * position of the memory ("positions"), one number per row of the batch ("row"), or a constant that fits anything ("any").
 */
export type Width = "input" | "hidden" | "memory" | number | "positions" | "row" | "any";

/** Whether a value of that width has columns, whose number the sizes tell. */
export function hasColumns(width: Width): width is "input" | "hidden" | "memory" | number {
  return width !== "positions" && width !== "row" && width !== "any";
}

/** Pointwise operations with one argument. */
export type UnaryOp =
  | "neg" | "abs" | "square" | "sqrt" | "reciprocal" | "exp" | "log" | "tanh" | "sigmoid" | "relu" | "softplus" | "step"
  /** Clamps to [-value, value]. */
  | "clip"
  /** Times, plus `value`. */
  | "scale" | "offset"
  /** Divides by the number of columns of `over`. */
  | "divideByWidth"
  /** The identity, whose gradient is clamped to [-value, value] (Graves 2013). */
  | "clipGradient"
  /** The identity, through which no gradient flows. */
  | "stopGradient";

/** Pointwise operations with two arguments. */
export type BinaryOp = "add" | "sub" | "mul" | "div" | "min" | "max" | "greater";

/** Pointwise operations of backward programs: what reaches the argument of such a function, from what reaches its result and that. */
export type SlopeOp = "tanhSlope" | "sigmoidSlope";

export type Op =
  | UnaryOp
  | BinaryOp
  | SlopeOp
  /** The cell's input at this step. */
  | "input"
  /** State `label` as the previous step left it. */
  | "previous"
  /** A learned vector, `label`, the same at every step and for every row. */
  | "parameter"
  /** A tensor that is given with the sequence (a dropout mask), through which no gradient flows. */
  | "given"
  | "constant"
  /** A learned affine map of its inputs: the sum of one matrix product per input, plus a bias if `value` is 1. */
  | "linear"
  /** Sum and maximum over the columns of `over`. */
  | "rowSum"
  | "rowMax"
  /** Reads of the memory (reading.ts). The first three give a number for each position, `read` the sum of positions. */
  | "dotScores" | "additiveScores" | "gaussianWindow" | "read"
  /** Softmax over the positions that a row has, and a sum of two values that have a number for each. */
  | "positionSoftmax" | "positionAdd"
  /** Only in backward programs: what reaches the arguments of these. */
  | "positionSoftmaxGradient" | "additiveSlope" | "windowMoment"
  /** Only in backward programs: the gradient that reaches a value through the linear maps it feeds (inputs: gradients of these). */
  | "transposed"
  /** Only in backward programs: the gradient that arrives from the following step, and from the outside (at output `label`). */
  | "carried"
  | "arriving";

export interface Expression {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Expression[];
  readonly width: Width;
  /** Name of an input, state, parameter or linear map. */
  readonly label?: string;
  readonly value?: number;
  readonly over?: Width;
  /** Of "transposed": the linear maps whose gradients `inputs` starts with, and the value they all take in. */
  readonly through?: readonly Expression[];
  readonly source?: Expression;
  /** What a read reads. */
  readonly memory?: MemoryValue;
}

/** Something that every position of the memory has: its features, or what a learned map makes of them. */
export interface MemoryValue {
  /** The name of the map; undefined for the features themselves. */
  readonly keys: string | undefined;
  readonly width: Width;
}

/** A value where a cell writes an expression: a plain number is a constant. */
export type Value = Expression | number;

let nextId = 0;

export function node(op: Op, inputs: readonly Expression[], width: Width, rest: Partial<Expression> = {}): Expression {
  return { id: nextId++, op, inputs, width, ...rest };
}

export function isExpression(value: unknown): value is Expression {
  return typeof value === "object" && value !== null && "op" in value && "width" in value && "inputs" in value;
}

/** Operations whose functions have another name. */
const WRITTEN: { readonly [op in Op]?: string } = { rowSum: "sum", rowMax: "max", divideByWidth: "mean" };

/** How an expression reads in an error message, to a depth of two. */
export function show(e: Expression, depth = 2): string {
  if (e.op === "constant") return String(e.value);
  if (e.op === "linear") return `linear("${e.label}")`;
  if (e.inputs.length === 0) return e.label ?? e.op;
  const name = WRITTEN[e.op] ?? e.op;
  return depth === 0 ? `${name}(…)` : `${name}(${e.inputs.map((input) => show(input, depth - 1)).join(", ")})`;
}

export function toExpression(value: unknown, operation: string, position: number): Expression {
  if (typeof value === "number") return node("constant", [], "any", { value });
  if (isExpression(value)) return value;
  throw new TypeError(
    `${operation}: argument ${position} must be a value of the cell or a number, got ${value === null ? "null" : typeof value}`,
  );
}

/** The width of a pointwise result: the widest of its arguments. Widths of different kinds meet only where they are equal. */
function commonWidth(widths: readonly Width[]): Width {
  if (widths.includes("hidden")) return "hidden";
  return widths.find(hasColumns) ?? (widths.includes("row") ? "row" : "any");
}

function pointwise(value: Expression, op: string): Expression {
  if (value.width !== "positions") return value;
  throw new TypeError(`${op}: ${show(value)} has a number for each position of the memory; softmax, add and read take such values`);
}

function unary(op: UnaryOp, a: Value, rest: Partial<Expression> = {}): Expression {
  const x = pointwise(toExpression(a, op, 1), op);
  return node(op, [x], x.width, rest);
}

function binary(op: BinaryOp | SlopeOp, a: Value, b: Value): Expression {
  const inputs = [toExpression(a, op, 1), toExpression(b, op, 2)];
  if (op === "add" && inputs.every((input) => input.width === "positions")) return node("positionAdd", inputs, "positions");
  for (const input of inputs) pointwise(input, op);
  return node(op, inputs, commonWidth(inputs.map((input) => input.width)));
}

function fold(op: BinaryOp, first: Value, rest: readonly Value[]): Expression {
  return rest.reduce<Expression>((sum, next) => binary(op, sum, next), toExpression(first, op, 1));
}

export const add = (a: Value, b: Value, ...rest: Value[]) => fold("add", a, [b, ...rest]);
export const mul = (a: Value, b: Value, ...rest: Value[]) => fold("mul", a, [b, ...rest]);
export const sub = (a: Value, b: Value) => binary("sub", a, b);
export const div = (a: Value, b: Value) => binary("div", a, b);
export const min = (a: Value, b: Value) => binary("min", a, b);
export const max = (a: Value, b: Value) => binary("max", a, b);
/** a > b ? 1 : 0, without gradient. */
export const greater = (a: Value, b: Value) => binary("greater", a, b);
export const neg = (a: Value) => unary("neg", a);
export const abs = (a: Value) => unary("abs", a);
export const square = (a: Value) => unary("square", a);
export const sqrt = (a: Value) => unary("sqrt", a);
export const reciprocal = (a: Value) => unary("reciprocal", a);
export const exp = (a: Value) => unary("exp", a);
export const log = (a: Value) => unary("log", a);
export const tanh = (a: Value) => unary("tanh", a);
export const sigmoid = (a: Value) => unary("sigmoid", a);
export const relu = (a: Value) => unary("relu", a);
export const softplus = (a: Value) => unary("softplus", a);
/** a > 0 ? 1 : 0, without gradient. */
export const step = (a: Value) => unary("step", a);
/** dy (1 - y^2), y = tanh(x) */
export const tanhSlope = (dy: Value, y: Value) => binary("tanhSlope", dy, y);
/** dy y (1 - y), y = sigmoid(x) */
export const sigmoidSlope = (dy: Value, y: Value) => binary("sigmoidSlope", dy, y);
/** Clamps to [-limit, limit]. */
export const clip = (a: Value, limit: number) => unary("clip", a, { value: limit });
export const scale = (a: Value, factor: number) => unary("scale", a, { value: factor });
export const offset = (a: Value, amount: number) => unary("offset", a, { value: amount });
/** 1 - a */
export const oneMinus = (a: Value) => offset(neg(a), 1);
/** The identity, whose gradient is clamped to [-limit, limit] (Graves 2013, section 2.1). */
export const clipGradient = (a: Value, limit: number) => unary("clipGradient", a, { value: limit });
/** The identity, through which no gradient flows. */
export const stopGradient = (a: Value) => unary("stopGradient", a);
/** a where `condition` is 1, b where it is 0. */
export const select = (condition: Value, a: Value, b: Value) => add(b, mul(condition, sub(a, b)));

function overColumns(op: "rowSum" | "rowMax", a: Value, name: string): Expression {
  const x = toExpression(a, name, 1);
  if (!hasColumns(x.width)) {
    throw new TypeError(`${name}: ${show(x)} has no columns; expected a value as wide as the input or the state`);
  }
  return node(op, [x], "row", { over: x.width });
}

/** The sum of a row's columns: one number per row. */
export const sum = (a: Value) => overColumns("rowSum", a, "sum");
/** The largest of a row's columns. */
export const rowMax = (a: Value, name = "rowMax") => overColumns("rowMax", a, name);
/** The sum of a row's columns, divided by their number. */
export const divideByWidth = (total: Expression) => node("divideByWidth", [total], "row", { over: total.over! });
/** The mean of a row's columns. */
export const mean = (a: Value) => divideByWidth(overColumns("rowSum", a, "mean"));
/** Softmax over a row's columns; of scores of a memory, over the positions that the row has. */
export function softmax(a: Value): Expression {
  const x = toExpression(a, "softmax", 1);
  if (x.width === "positions") return node("positionSoftmax", [x], "positions");
  const largest = stopGradient(rowMax(x, "softmax"));
  const e = exp(sub(x, largest));
  return div(e, sum(e));
}
/** (a - mean) / sqrt(variance + epsilon) over a row's columns (Ba et al. 2016), without gain and bias. */
export function standardize(a: Value, epsilon = 1e-5): Expression {
  const centred = sub(a, mean(a));
  return mul(centred, reciprocal(sqrt(offset(mean(square(centred)), epsilon))));
}
