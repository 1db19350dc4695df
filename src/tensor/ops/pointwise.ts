/** Element by element: the tables of one- and two-operand functions, each with its gradient. */
import {
  MAP_ABS, MAP_CLIP, MAP_COS, MAP_EXP, MAP_LEAKY, MAP_LOG, MAP_NEG, MAP_OFFSET, MAP_POW, MAP_RECIPROCAL, MAP_RELU,
  MAP_SCALE, MAP_SIGMOID, MAP_SIN, MAP_SOFTPLUS, MAP_SQRT, MAP_SQUARE, MAP_STEP, MAP_TANH, ZIP_ADD, ZIP_DIV, ZIP_EQUAL,
  ZIP_GREATER, ZIP_MAX, ZIP_MIN, ZIP_MUL, ZIP_SUB,
} from "../../backend/generated/kernels.js";
import { addSumInto, zipInto } from "../launch.js";
import { broadcastShapes, sameShape } from "../shape.js";
import { record, type GradientAccess } from "../tape.js";
import { uncleared, type Tensor } from "../tensor.js";
import { requireSameBackend, requireType } from "./check.js";

// ---- One operand: y = f(x; p) ------------------------------------------------------------------------------------------

export const neg = unary("neg", MAP_NEG, (dy) => neg(dy));
export const abs = unary("abs", MAP_ABS);
export const square = unary("square", MAP_SQUARE);
export const sqrt = unary("sqrt", MAP_SQRT);
/** 1 / x */
export const reciprocal = unary("reciprocal", MAP_RECIPROCAL);
export const exp = unary("exp", MAP_EXP, (dy, y) => mul(dy, y));
/** Natural logarithm. */
export const log = unary("log", MAP_LOG);
export const tanh = unary("tanh", MAP_TANH);
export const sigmoid = unary("sigmoid", MAP_SIGMOID);
export const relu = unary("relu", MAP_RELU);
/** log(1 + exp(x)) */
export const softplus = unary("softplus", MAP_SOFTPLUS);
export const sin = unary("sin", MAP_SIN);
export const cos = unary("cos", MAP_COS);

/** p x */
export const scale = unaryWith("scale", MAP_SCALE, (dy, _y, p) => scale(dy, p));
/** x + p */
export const offset = unaryWith("offset", MAP_OFFSET, (dy) => dy);
/** |x|^p, meant for x >= 0. */
export const pow = unaryWith("pow", MAP_POW);
/** x held between -p and p; the gradient passes only inside. */
export const clip = unaryWith("clip", MAP_CLIP);
/** x where it is positive, p x elsewhere. */
export const leakyRelu = unaryWith("leakyRelu", MAP_LEAKY);

/** 1 where x > 0, else 0: a mask, without gradient. */
export function isPositive(x: Tensor): Tensor {
  return map("isPositive", MAP_STEP, x, 0);
}

// ---- Two operands, broadcast: y = f(a, b) --------------------------------------------------------------------------------

export const add = binary("add", ZIP_ADD, {
  a: (dy) => dy,
  b: (dy) => dy,
  withNumber: (a, k) => offset(a, k),
  fromNumber: (k, b) => offset(b, k),
});
export const sub = binary("sub", ZIP_SUB, {
  a: (dy) => dy,
  b: (dy) => neg(dy),
  withNumber: (a, k) => offset(a, -k),
  fromNumber: (k, b) => offset(neg(b), k),
});
export const mul = binary("mul", ZIP_MUL, {
  a: (dy, { b }) => mul(dy, b),
  b: (dy, { a }) => mul(dy, a),
  withNumber: (a, k) => scale(a, k),
  fromNumber: (k, b) => scale(b, k),
});
export const div = binary("div", ZIP_DIV, {
  a: (dy, { b }) => div(dy, b),
  b: (dy, { b, y }) => neg(mul(dy, div(y, b))),
  withNumber: (a, k) => scale(a, 1 / k),
  fromNumber: (k, b) => scale(reciprocal(b), k),
});
/** The smaller one; where both are equal each gets half the gradient. */
export const minimum = binary("minimum", ZIP_MIN, {
  a: (dy, { a, b }) => mul(dy, winner(b, a)),
  b: (dy, { a, b }) => mul(dy, winner(a, b)),
});
/** The larger one; where both are equal each gets half the gradient. */
export const maximum = binary("maximum", ZIP_MAX, {
  a: (dy, { a, b }) => mul(dy, winner(a, b)),
  b: (dy, { a, b }) => mul(dy, winner(b, a)),
});

/** 1 where a > b, else 0: a mask, without gradient. */
export function greater(a: Tensor, b: Tensor | number): Tensor {
  return zip("greater", ZIP_GREATER, a, operand(b, a));
}

/** 1 where a equals b, else 0: a mask, without gradient. */
export function equal(a: Tensor, b: Tensor | number): Tensor {
  return zip("equal", ZIP_EQUAL, a, operand(b, a));
}

/** a where `mask` is 1, b where it is 0. All finite: what is masked out is multiplied by 0. */
export function select(mask: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
  return add(mul(a as Tensor, mask), mul(b as Tensor, sub(1, mask)));
}

/** 1 where a > b, 1/2 where they are equal, else 0. */
function winner(a: Tensor, b: Tensor): Tensor {
  return add(greater(a, b), scale(equal(a, b), 0.5));
}

// ---- How the tables work -------------------------------------------------------------------------------------------------

/** The gradient of x, from that of y. */
type UnaryRule = (dy: Tensor, y: Tensor, p: number) => Tensor;

function unary(op: string, code: number, rule?: UnaryRule): (x: Tensor) => Tensor {
  return (x) => differentiableMap(op, code, x, 0, rule);
}

function unaryWith(op: string, code: number, rule?: UnaryRule): (x: Tensor, p: number) => Tensor {
  return (x, p) => differentiableMap(op, code, x, p, rule);
}

function differentiableMap(op: string, code: number, x: Tensor, p: number, rule: UnaryRule | undefined): Tensor {
  const y = map(op, code, x, p);
  record(op, [x], [y], (g) => {
    const dy = g.output(0)!;
    if (rule !== undefined) {
      g.add(0, rule(dy, y, p));
    } else {
      const dx = g.into(0);
      x.backend.kernels.mapBackward(code, dx.pointer, x.pointer, y.pointer, dy.pointer, x.size, p);
    }
  });
  return y;
}

function map(op: string, code: number, x: Tensor, p: number): Tensor {
  requireType(op, "x", x, "float32");
  const y = uncleared(op, x.backend, x.shape);
  x.backend.kernels.map(code, y.pointer, x.pointer, x.size, p);
  return y;
}

type BinaryRule = (dy: Tensor, values: { a: Tensor; b: Tensor; y: Tensor }) => Tensor;

interface BinaryRules {
  /** The gradient of a in y's shape; where a was stretched, its sum is taken. */
  readonly a: BinaryRule;
  readonly b: BinaryRule;
  /** f(a, k) and f(k, b) for a number k, where something shorter than a tensor of k does it. */
  readonly withNumber?: (a: Tensor, k: number) => Tensor;
  readonly fromNumber?: (k: number, b: Tensor) => Tensor;
}

interface BinaryOp {
  (a: Tensor, b: Tensor | number): Tensor;
  (a: number, b: Tensor): Tensor;
}

function binary(op: string, code: number, rules: BinaryRules): BinaryOp {
  return (left: Tensor | number, right: Tensor | number): Tensor => {
    if (typeof right === "number") {
      if (rules.withNumber !== undefined) return rules.withNumber(left as Tensor, right);
    } else if (typeof left === "number") {
      if (rules.fromNumber !== undefined) return rules.fromNumber(left, right);
    }
    const a = operand(left, right as Tensor);
    const b = operand(right, a);
    const y = zip(op, code, a, b);
    record(op, [a, b], [y], (g) => {
      const dy = g.output(0)!;
      if (g.wants(0)) addUnstretched(g, 0, a, rules.a(dy, { a, b, y }));
      if (g.wants(1)) addUnstretched(g, 1, b, rules.b(dy, { a, b, y }));
    });
    return y;
  };
}

function zip(op: string, code: number, a: Tensor, b: Tensor): Tensor {
  requireType(op, "a", a, "float32");
  requireType(op, "b", b, "float32");
  requireSameBackend(op, a, b);
  const y = uncleared(op, a.backend, broadcastShapes(op, a.shape, b.shape));
  zipInto(code, y, a, b);
  return y;
}

/** A number as a scalar tensor where `other` lives. */
function operand(value: Tensor | number, other: Tensor): Tensor {
  if (typeof value !== "number") return value;
  const scalar = uncleared("number", other.backend, []);
  scalar.backend.kernels.fill(scalar.pointer, value, 1);
  return scalar;
}

/** Adds a gradient in the shape of the result to that of input i, summed over the axes along which it was stretched. */
function addUnstretched(g: GradientAccess, i: number, input: Tensor, contribution: Tensor): void {
  if (sameShape(input.shape, contribution.shape)) g.add(i, contribution);
  else addSumInto(g.into(i), contribution);
}
