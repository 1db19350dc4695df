/**
 * How large the values of a cell can become, whatever its weights: interval arithmetic on its equations. A gate is a sigmoid, so
 * |h| <= 1 for the output of an LSTM; a GRU's state stays between its old value and a tanh.
 */
import type { Cell } from "./define.js";
import type { Expression } from "./expression.js";

interface Interval {
  readonly low: number;
  readonly high: number;
}

const ANY: Interval = { low: -Infinity, high: Infinity };

/**
 * The bound of each value's magnitude in a step with these equations, Infinity where nothing is known. States are taken to start from
 * zeros or from whatever such steps leave in them.
 */
export function boundsOf(next: Cell["next"]): (e: Expression) => number {
  // Induction: if these states lie in [-1, 1] before a step, they do after it. Those for which that fails drop out until it holds.
  const bounded = new Set(Object.keys(next));
  for (;;) {
    const intervals = new Intervals(bounded);
    const failed = [...bounded].filter((state) => !(magnitude(intervals.of(next[state]!)) <= 1));
    if (failed.length === 0) return (e) => magnitude(intervals.of(e));
    for (const state of failed) bounded.delete(state);
  }
}

function magnitude({ low, high }: Interval): number {
  return Math.max(Math.abs(low), Math.abs(high));
}

class Intervals {
  readonly #known = new Map<Expression, Interval>();

  /** @param bounded the states that lie in [-1, 1] before the step */
  constructor(readonly bounded: ReadonlySet<string>) {}

  of(e: Expression): Interval {
    let known = this.#known.get(e);
    if (!known) this.#known.set(e, (known = this.#interval(e)));
    return known;
  }

  #interval(e: Expression): Interval {
    const [a = ANY, b = ANY] = e.inputs.map((input) => this.of(input));
    const monotone = (f: (x: number) => number): Interval => ({ low: f(a.low), high: f(a.high) });
    switch (e.op) {
      case "previous":
        return this.bounded.has(e.label!) ? { low: -1, high: 1 } : ANY;
      case "constant":
        return { low: e.value!, high: e.value! };
      case "neg":
        return negative(a);
      case "abs":
        return absolute(a);
      case "square":
        return product(absolute(a), absolute(a));
      case "sqrt":
        return a.low >= 0 ? monotone(Math.sqrt) : ANY;
      case "reciprocal":
        return reciprocal(a);
      case "exp":
        return monotone(Math.exp);
      case "log":
        return a.low >= 0 ? monotone(Math.log) : ANY;
      case "tanh":
        return monotone(Math.tanh);
      case "sigmoid":
        return monotone((x) => 1 / (1 + Math.exp(-x)));
      case "relu":
        return monotone((x) => Math.max(x, 0));
      case "softplus":
        return { low: 0, high: a.high === Infinity ? Infinity : Math.max(a.high, 0) + Math.LN2 };
      case "step":
      case "greater":
        return { low: 0, high: 1 };
      case "clip":
        return monotone((x) => Math.min(Math.max(x, -e.value!), e.value!));
      case "scale":
        return product(a, { low: e.value!, high: e.value! });
      case "offset":
        return monotone((x) => x + e.value!);
      case "clipGradient":
      case "stopGradient":
      case "rowMax":
        return a;
      case "add":
        return this.#mixture(e) ?? sum(a, b);
      case "sub":
        return sum(a, negative(b));
      case "mul":
        return e.inputs[0] === e.inputs[1] ? product(absolute(a), absolute(a)) : product(a, b);
      case "div":
        return product(a, reciprocal(b));
      case "min":
        return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high) };
      case "max":
        return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) };
      default:
        return ANY;
    }
  }

  /** a + w (b - a), or w a + (1 - w) b, with w in [0, 1], lies between a and b, which the intervals of its parts do not tell. */
  #mixture(e: Expression): Interval | undefined {
    for (const [first, second] of bothWays(e.inputs)) {
      for (const [weight, difference] of weighted(second)) {
        if (difference.op !== "sub" || difference.inputs[1] !== first || !this.#isShare(weight)) continue;
        return hull(this.of(first), this.of(difference.inputs[0]!));
      }
      for (const [share, a] of weighted(first)) {
        for (const [rest, b] of weighted(second)) {
          if (isOneMinus(rest, share) && this.#isShare(share)) return hull(this.of(a), this.of(b));
        }
      }
    }
    return undefined;
  }

  #isShare(weight: Expression | number): boolean {
    const { low, high } = typeof weight === "number" ? { low: weight, high: weight } : this.of(weight);
    return low >= 0 && high <= 1;
  }
}

/** A product as a weight and what it weighs, in every order. */
function weighted(e: Expression): (readonly [weight: Expression | number, value: Expression])[] {
  if (e.op === "scale") return [[e.value!, e.inputs[0]!]];
  return e.op === "mul" ? bothWays(e.inputs) : [];
}

function bothWays([a, b]: readonly Expression[]): (readonly [Expression, Expression])[] {
  return [[a!, b!], [b!, a!]];
}

/** 1 - share, as `oneMinus` and `sub(1, ...)` write it. */
function isOneMinus(e: Expression | number, share: Expression | number): boolean {
  if (typeof e === "number") return typeof share === "number" && e === 1 - share;
  const [a, b] = e.inputs;
  if (e.op === "sub") return a!.op === "constant" && a!.value === 1 && b === share;
  return e.op === "offset" && e.value === 1 && a!.op === "neg" && a!.inputs[0] === share;
}

function sum(a: Interval, b: Interval): Interval {
  return { low: a.low + b.low, high: a.high + b.high };
}

function negative({ low, high }: Interval): Interval {
  return { low: -high, high: -low };
}

function absolute(a: Interval): Interval {
  return { low: a.low > 0 ? a.low : a.high < 0 ? -a.high : 0, high: magnitude(a) };
}

function product(a: Interval, b: Interval): Interval {
  // Bounds may be infinite, values not: 0 times anything is 0.
  const ends = [a.low, a.high].flatMap((x) => [b.low, b.high].map((y) => (x === 0 || y === 0 ? 0 : x * y)));
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

function reciprocal(a: Interval): Interval {
  return a.low > 0 || a.high < 0 ? { low: 1 / a.high, high: 1 / a.low } : ANY;
}

function hull(a: Interval, b: Interval): Interval {
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}
