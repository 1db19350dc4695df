/** `defineCell`: from a function that reads like the textbook to a graph. */
import { CellError } from "./errors.js";
import { type Expression, type Value, add, isExpression, mul, node, show, standardize } from "./expression.js";

/** A learned affine map of a cell. */
export interface LinearMap {
  readonly name: string;
  /** The expression that stands for its result. */
  readonly expression: Expression;
  /** Where a bias is wanted, the number it starts from; undefined without bias. */
  readonly bias: number | undefined;
}

/** A learned vector of a cell, as wide as the state. */
export interface VectorParameter {
  readonly name: string;
  readonly initial: number;
}

export interface Cell {
  readonly name: string;
  /** States in the order in which the cell returns them. */
  readonly states: readonly string[];
  /** The state that is the layer's output: `h`, or the first. */
  readonly output: string;
  /** The next value of every state. */
  readonly next: Readonly<Record<string, Expression>>;
  readonly linears: readonly LinearMap[];
  readonly vectors: readonly VectorParameter[];
  /** Values by name, for inspection: those given by `name(...)`, and each linear map's activation. */
  readonly named: Readonly<Record<string, Expression>>;
}

export interface LinearOptions {
  /** What the bias starts from; false for none. @default 0 */
  bias?: number | false;
}

/** What a cell may use beyond the pointwise functions. */
export interface CellTools {
  /**
   * A learned affine map to the width of the state: one matrix per input, a bias. `linear("forget", x, h, { bias: 1 })` is
   * W_x x + W_h h + b with b starting at 1. All maps of one input are kept as one matrix, blocks in order of definition.
   */
  linear(name: string, ...inputs: (Expression | LinearOptions)[]): Expression;
  /** A learned vector as wide as the state (a peephole, a gain). @param initial what it starts from, 0 by default */
  parameter(name: string, initial?: number): Expression;
  /** Layer normalisation with learned gain and bias (Ba et al. 2016). */
  layerNorm(name: string, a: Value, options?: { gain?: number; epsilon?: number; bias?: boolean }): Expression;
  /** Gives a value a name under which it can be inspected. */
  name(name: string, a: Expression): Expression;
}

/** The input `x` and the states as the previous step left them; reading a state declares it. */
export type CellValues<State extends string> = Readonly<Record<"x" | State, Expression>>;

export type CellFunction<State extends string> = (
  values: CellValues<State>,
  tools: CellTools,
) => Readonly<Record<string, Expression>>;

/**
 * Defines a recurrent cell by its equations. The function is traced once.
 *
 * ```ts
 * const elman = defineCell("elman", ({ x, h }, { linear }) => ({ h: tanh(linear("hidden", x, h)) }));
 * ```
 * @throws CellError for a state that is read but never set, a name used twice, or a value that is none of the cell's.
 */
export function defineCell<State extends string = "h" | "c">(name: string, equations: CellFunction<State>): Cell {
  const fail = (message: string): never => {
    throw new CellError(name, message);
  };
  const input = node("input", [], "input", { label: "x" });
  const read = new Map<string, Expression>();
  const linears: LinearMap[] = [];
  const vectors: VectorParameter[] = [];
  const names: Record<string, Expression> = {};

  const values = new Proxy({} as Record<string, Expression>, {
    get(_target, key) {
      if (typeof key !== "string") return undefined;
      if (key === "x") return input;
      let state = read.get(key);
      if (!state) read.set(key, (state = node("previous", [], "hidden", { label: key })));
      return state;
    },
  });

  const claimName = (kind: string, wanted: string) => {
    if (typeof wanted !== "string" || !/^[A-Za-z][A-Za-z0-9_ -]*$/.test(wanted)) {
      fail(`${kind}: expected a name (letters, digits, _), got ${JSON.stringify(wanted)}`);
    }
    if (linears.some((map) => map.name === wanted) || vectors.some((vector) => vector.name === wanted)) {
      fail(`${kind}("${wanted}"): the name is taken; every linear map and parameter needs its own`);
    }
  };

  const tools: CellTools = {
    linear(wanted, ...rest) {
      claimName("linear", wanted);
      const last = rest.at(-1);
      const options = typeof last === "object" && last !== null && !isExpression(last) ? (rest.pop() as LinearOptions) : {};
      const unknown = Object.keys(options).find((key) => key !== "bias");
      if (unknown !== undefined) fail(`linear("${wanted}"): unknown option "${unknown}"; there is bias`);
      if (rest.length === 0) fail(`linear("${wanted}"): needs at least one input`);
      rest.forEach((value, i) => {
        if (!isExpression(value)) fail(`linear("${wanted}"): input ${i + 1} must be a value of the cell, got ${typeof value}`);
        const { width } = value as Expression;
        if (width === "row" || width === "any") {
          fail(`linear("${wanted}"): input ${i + 1}, ${show(value as Expression)}, has no columns to multiply`);
        }
        if (rest.indexOf(value) !== i) fail(`linear("${wanted}"): input ${i + 1} is given twice`);
      });
      const bias = options.bias === false ? undefined : (options.bias ?? 0);
      const expression = node("linear", rest as Expression[], "hidden", { label: wanted, value: bias === undefined ? 0 : 1 });
      linears.push({ name: wanted, expression, bias });
      return expression;
    },
    parameter(wanted, initial = 0) {
      claimName("parameter", wanted);
      vectors.push({ name: wanted, initial });
      return node("parameter", [], "hidden", { label: wanted });
    },
    layerNorm(wanted, a, { gain = 1, epsilon = 1e-5, bias = true } = {}) {
      const scaled = mul(standardize(a, epsilon), tools.parameter(`${wanted}_gain`, gain));
      return bias ? add(scaled, tools.parameter(`${wanted}_bias`, 0)) : scaled;
    },
    name(wanted, a) {
      names[wanted] = a;
      return a;
    },
  };

  let next: Readonly<Record<string, Expression>>;
  try {
    next = equations(values as CellValues<State>, tools);
  } catch (error) {
    if (error instanceof TypeError) throw new CellError(name, error.message);
    throw error;
  }
  if (typeof next !== "object" || next === null || Object.keys(next).length === 0) {
    fail(`must return the next value of each state, like { h: … }; got ${next === null ? "null" : typeof next}`);
  }
  const states = Object.keys(next);
  for (const state of states) {
    const value: unknown = next[state];
    if (!isExpression(value)) fail(`returns ${state}: ${typeof value}; expected a value of the cell`);
    const { width } = value as Expression;
    if (state === "x") fail(`returns x, which is the input; states need other names`);
    if (width === "row" || width === "any") {
      fail(`state ${state} is set to ${show(value as Expression)}, which has no columns; expected the width of the state`);
    }
  }
  const used = new Set(reachable(Object.values(next)));
  const idle = linears.find((map) => !used.has(map.expression));
  if (idle) fail(`linear("${idle.name}") has no influence on any state; use it or remove it`);
  const idleVector = vectors.find(({ name }) => ![...used].some((e) => e.op === "parameter" && e.label === name));
  if (idleVector) fail(`parameter("${idleVector.name}") has no influence on any state; use it or remove it`);
  for (const state of read.keys()) {
    if (!states.includes(state)) {
      fail(`reads state ${state} but never sets it; it returns ${states.join(", ")}. Return { ${[...states, state].join(", ")} }, or read another`);
    }
  }
  return {
    name,
    states,
    output: states.includes("h") ? "h" : states[0]!,
    next,
    linears,
    vectors,
    named: { ...activations(next, linears), ...names },
  };
}

/** For each linear map the function that is applied to it, where there is just one (its gate); else the map itself. */
function activations(next: Cell["next"], linears: readonly LinearMap[]): Record<string, Expression> {
  const consumers = new Map<Expression, Expression[]>();
  for (const e of reachable(Object.values(next))) {
    for (const input of e.inputs) consumers.set(input, [...(consumers.get(input) ?? []), e]);
  }
  const gates = new Set(["sigmoid", "tanh", "relu", "softplus"]);
  return Object.fromEntries(
    linears.map(({ name, expression }) => {
      const users = consumers.get(expression) ?? [];
      return [name, users.length === 1 && gates.has(users[0]!.op) ? users[0]! : expression];
    }),
  );
}

/** Every expression that the roots depend on, in topological order. */
export function reachable(roots: Iterable<Expression>): Expression[] {
  const seen = new Set<Expression>();
  const open = [...roots];
  for (let e = open.pop(); e; e = open.pop()) {
    if (seen.has(e)) continue;
    seen.add(e);
    open.push(...e.inputs);
  }
  return [...seen].sort((a, b) => a.id - b.id);
}
