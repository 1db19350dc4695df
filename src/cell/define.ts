/** `defineCell`: from a function that reads like the textbook to a graph. */
import { CellError } from "./errors.js";
import { type Expression, type MemoryValue, type Value, type Width, add, hasColumns, isExpression, mul, node, show, standardize } from "./expression.js";

/** A learned affine map of a cell. */
export interface LinearMap {
  readonly name: string;
  /** The expression that stands for its result. */
  readonly expression: Expression;
  /** Where a bias is wanted, the number it starts from; undefined without bias. */
  readonly bias: number | undefined;
}

/** A learned vector of a cell. */
export interface VectorParameter {
  readonly name: string;
  readonly initial: number;
  readonly width: Width;
}

/** A learned linear map of every position of the memory. */
export interface KeyMap {
  readonly name: string;
  readonly width: Width;
}

export interface Cell {
  readonly name: string;
  /** States in the order in which the cell returns them. */
  readonly states: readonly string[];
  /** The state that is the layer's output: `h`, or the first. */
  readonly output: string;
  /** How wide each state is. */
  readonly widths: Readonly<Record<string, Width>>;
  /** The next value of every state. */
  readonly next: Readonly<Record<string, Expression>>;
  readonly linears: readonly LinearMap[];
  readonly vectors: readonly VectorParameter[];
  /** Whether it reads a memory, and the learned maps of that. */
  readonly readsMemory: boolean;
  readonly keys: readonly KeyMap[];
  /** Values by name, for inspection: those given by `name(...)`, and each linear map's activation. */
  readonly named: Readonly<Record<string, Expression>>;
}

export interface LinearOptions {
  /** What the bias starts from; false for none. @default 0 */
  bias?: number | false;
  /** How wide the result is: as wide as the state, the input or the memory, or so many columns. @default "hidden" */
  width?: Width;
}

export interface CellOptions<State extends string> {
  /** States that are not as wide as the layer: as wide as the input or the memory, or so many columns. */
  readonly widths?: Readonly<Partial<Record<State, Width>>>;
}

/** What a cell may use beyond the pointwise functions. */
export interface CellTools {
  /**
   * A learned affine map, to the width of the state where no other is asked for: one matrix per input, a bias.
   * `linear("forget", x, h, { bias: 1 })` is W_x x + W_h h + b with b starting at 1. All maps of one input are kept as one matrix,
   * blocks in order of definition.
   */
  linear(name: string, ...inputs: (Expression | LinearOptions)[]): Expression;
  /** A learned vector (a peephole, a gain), as wide as the state by default. @param initial what it starts from, 0 by default */
  parameter(name: string, initial?: number, width?: Width): Expression;
  /** Layer normalisation with learned gain and bias (Ba et al. 2016). */
  layerNorm(name: string, a: Value, options?: { gain?: number; epsilon?: number; bias?: boolean }): Expression;
  /** Gives a value a name under which it can be inspected. */
  name(name: string, a: Expression): Expression;
  /** The memory that is given beside the sequence, a number of positions for each row of the batch (reading.ts). */
  readonly memory: MemoryValue;
  /** A learned linear map of every position of the memory, made once for the whole sequence; as wide as the state by default. */
  keys(name: string, width?: Width): MemoryValue;
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
export function defineCell<State extends string = "h" | "c">(
  name: string,
  equations: CellFunction<State>,
  options: CellOptions<State> = {},
): Cell {
  const fail = (message: string): never => {
    throw new CellError(name, message);
  };
  function checkWidth(where: string, width: Width): void {
    const fits = typeof width === "number" ? Number.isInteger(width) && width > 0 : ["input", "hidden", "memory"].includes(width);
    if (!fits) fail(`${where}: expected "hidden", "input", "memory" or a number of columns, got ${JSON.stringify(width)}`);
  }
  const input = node("input", [], "input", { label: "x" });
  const read = new Map<string, Expression>();
  const linears: LinearMap[] = [];
  const vectors: VectorParameter[] = [];
  const keys: KeyMap[] = [];
  const declared: Readonly<Record<string, Width | undefined>> = options.widths ?? {};
  for (const [state, width] of Object.entries(declared)) checkWidth(`widths.${state}`, width!);
  const names: Record<string, Expression> = {};

  const values = new Proxy({} as Record<string, Expression>, {
    get(_target, key) {
      if (typeof key !== "string") return undefined;
      if (key === "x") return input;
      let state = read.get(key);
      if (!state) read.set(key, (state = node("previous", [], declared[key] ?? "hidden", { label: key })));
      return state;
    },
  });

  const claimName = (kind: string, wanted: string) => {
    if (typeof wanted !== "string" || !/^[A-Za-z][A-Za-z0-9_ -]*$/.test(wanted)) {
      fail(`${kind}: expected a name (letters, digits, _), got ${JSON.stringify(wanted)}`);
    }
    if ([...linears, ...vectors, ...keys].some((other) => other.name === wanted)) {
      fail(`${kind}("${wanted}"): the name is taken; every linear map and parameter needs its own`);
    }
  };

  const tools: CellTools = {
    linear(wanted, ...rest) {
      claimName("linear", wanted);
      const last = rest.at(-1);
      const options = typeof last === "object" && last !== null && !isExpression(last) ? (rest.pop() as LinearOptions) : {};
      const unknown = Object.keys(options).find((key) => key !== "bias" && key !== "width");
      if (unknown !== undefined) fail(`linear("${wanted}"): unknown option "${unknown}"; there are bias and width`);
      const { width: columns = "hidden" } = options;
      checkWidth(`linear("${wanted}"): width`, columns);
      if (rest.length === 0) fail(`linear("${wanted}"): needs at least one input`);
      rest.forEach((value, i) => {
        if (!isExpression(value)) fail(`linear("${wanted}"): input ${i + 1} must be a value of the cell, got ${typeof value}`);
        if (!hasColumns((value as Expression).width)) {
          fail(`linear("${wanted}"): input ${i + 1}, ${show(value as Expression)}, has no columns to multiply`);
        }
        if (rest.indexOf(value) !== i) fail(`linear("${wanted}"): input ${i + 1} is given twice`);
      });
      const bias = options.bias === false ? undefined : (options.bias ?? 0);
      const expression = node("linear", rest as Expression[], columns, { label: wanted, value: bias === undefined ? 0 : 1 });
      linears.push({ name: wanted, expression, bias });
      return expression;
    },
    parameter(wanted, initial = 0, width = "hidden") {
      claimName("parameter", wanted);
      checkWidth(`parameter("${wanted}"): width`, width);
      vectors.push({ name: wanted, initial, width });
      return node("parameter", [], width, { label: wanted });
    },
    layerNorm(wanted, a, { gain = 1, epsilon = 1e-5, bias = true } = {}) {
      const standard = standardize(a, epsilon);
      const scaled = mul(standard, tools.parameter(`${wanted}_gain`, gain, standard.width));
      return bias ? add(scaled, tools.parameter(`${wanted}_bias`, 0, standard.width)) : scaled;
    },
    name(wanted, a) {
      names[wanted] = a;
      return a;
    },
    memory: { keys: undefined, width: "memory" },
    keys(wanted, width = "hidden") {
      claimName("keys", wanted);
      checkWidth(`keys("${wanted}")`, width);
      keys.push({ name: wanted, width });
      return { keys: wanted, width };
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
    if (state === "x") fail(`returns x, which is the input; states need other names`);
    if (!hasColumns((value as Expression).width)) {
      fail(`state ${state} is set to ${show(value as Expression)}, which has no columns; expected the width of the state`);
    }
  }
  const used = new Set(reachable(Object.values(next)));
  const idle = linears.find((map) => !used.has(map.expression));
  if (idle) fail(`linear("${idle.name}") has no influence on any state; use it or remove it`);
  const idleVector = vectors.find(({ name }) => ![...used].some((e) => e.op === "parameter" && e.label === name));
  if (idleVector) fail(`parameter("${idleVector.name}") has no influence on any state; use it or remove it`);
  const idleKeys = keys.find((map) => ![...used].some((e) => e.memory?.keys === map.name));
  if (idleKeys) fail(`keys("${idleKeys.name}") has no influence on any state; use it or remove it`);
  const strange = Object.keys(declared).find((state) => !states.includes(state));
  if (strange !== undefined) fail(`widths: there is no state "${strange}"; it returns ${states.join(", ")}`);
  for (const state of read.keys()) {
    if (!states.includes(state)) {
      fail(`reads state ${state} but never sets it; it returns ${states.join(", ")}. Return { ${[...states, state].join(", ")} }, or read another`);
    }
  }
  return {
    name,
    states,
    output: states.includes("h") ? "h" : states[0]!,
    widths: Object.fromEntries(states.map((state) => [state, declared[state] ?? "hidden"])),
    next,
    linears,
    vectors,
    readsMemory: [...used].some((e) => e.memory !== undefined || e.op === "gaussianWindow"),
    keys,
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
