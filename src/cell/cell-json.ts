/**
 * A cell as plain data: the graph that `defineCell` traced, without the function. So a run can carry a cell that does not come with the
 * library, and whoever opens the run executes none of its code.
 */
import { type Cell, defineCell, reachable } from "./define.js";
import { CellError } from "./errors.js";
import * as E from "./expression.js";
import type { Expression, MemoryValue, Width } from "./expression.js";
import { additiveScores, dotScores, gaussianWindow, read } from "./reading.js";

export interface CellJson {
  readonly name: string;
  /** In an order in which they can be computed; what they take in comes before them. */
  readonly nodes: readonly CellNodeJson[];
  /** The node whose value each state takes on. */
  readonly states: Readonly<Record<string, number>>;
  /** Of states that are not as wide as the layer. */
  readonly widths?: Readonly<Record<string, Width>>;
  /** Learned maps of the memory. */
  readonly keys?: Readonly<Record<string, Width>>;
  /** Values that can be inspected. */
  readonly named: Readonly<Record<string, number>>;
}

export interface CellNodeJson {
  readonly op: string;
  /** Places in the list of nodes. */
  readonly inputs?: readonly number[];
  /** Name of a state, a parameter or a linear map. */
  readonly label?: string;
  /** Of constants, limits, factors; what a parameter starts from. Numbers that JSON does not have, -0 and infinities, are texts. */
  readonly value?: number | string;
  /** What the bias of a linear map starts from; missing where it has none. */
  readonly bias?: number | string;
  /** Of linear maps and parameters, where they are not as wide as the layer. */
  readonly width?: Width;
  /** What of the memory is read: the name of its keys, or null for the memory itself. */
  readonly memory?: string | null;
}

export function cellToJson(cell: Cell): CellJson {
  const expressions = reachable([...Object.values(cell.next), ...Object.values(cell.named)]);
  const places = new Map(expressions.map((e, place) => [e, place]));
  const placesOf = (roots: Readonly<Record<string, Expression>>) => Object.fromEntries(Object.entries(roots).map(([name, e]) => [name, places.get(e)!]));
  const widths = Object.entries(cell.widths).filter(([, width]) => width !== "hidden");
  return {
    name: cell.name,
    nodes: expressions.map((e) => nodeJson(cell, e, e.inputs.map((input) => places.get(input)!))),
    states: placesOf(cell.next),
    ...(widths.length > 0 && { widths: Object.fromEntries(widths) }),
    ...(cell.keys.length > 0 && { keys: Object.fromEntries(cell.keys.map(({ name, width }) => [name, width])) }),
    named: placesOf(cell.named),
  };
}

function nodeJson(cell: Cell, e: Expression, inputs: readonly number[]): CellNodeJson {
  const { op, label, width } = e;
  const bias = op === "linear" ? cell.linears.find(({ name }) => name === label)!.bias : undefined;
  const value = op === "parameter" ? cell.vectors.find(({ name }) => name === label)!.initial : op === "linear" ? undefined : e.value;
  return {
    op,
    ...(inputs.length > 0 && { inputs }),
    ...(label !== undefined && op !== "input" && { label }),
    ...(value !== undefined && { value: written(value) }),
    ...(bias !== undefined && { bias: written(bias) }),
    ...((op === "linear" || op === "parameter") && width !== "hidden" && { width }),
    ...(e.memory !== undefined && { memory: e.memory.keys ?? null }),
  };
}

function written(value: number): number | string {
  return Object.is(value, -0) ? "-0" : Number.isFinite(value) ? value : String(value);
}

/** The functions of the cell language that take values and give one, by operation. */
const POINTWISE = {
  neg: E.neg, abs: E.abs, square: E.square, sqrt: E.sqrt, reciprocal: E.reciprocal, exp: E.exp, log: E.log, tanh: E.tanh, sigmoid: E.sigmoid,
  relu: E.relu, softplus: E.softplus, step: E.step, stopGradient: E.stopGradient, rowSum: E.sum, rowMax: E.rowMax, divideByWidth: E.divideByWidth,
  add: E.add, positionAdd: E.add, sub: E.sub, mul: E.mul, div: E.div, min: E.min, max: E.max, greater: E.greater, positionSoftmax: E.softmax,
  gaussianWindow,
} as unknown as Readonly<Record<string, (...inputs: Expression[]) => Expression>>;
/** Those with a number. */
const WITH_NUMBER = { clip: E.clip, scale: E.scale, offset: E.offset, clipGradient: E.clipGradient } as Readonly<Record<string, (a: Expression, value: number) => Expression>>;

/** The cell that was written, checked as one that is defined anew. @throws CellError where it makes none, naming the node */
export function cellFromJson(json: CellJson): Cell {
  const name = typeof json?.name === "string" ? json.name : "?";
  const { nodes, states, named, widths = {}, keys = {} } = json ?? {};
  const fail = (what: string): never => {
    throw new CellError(name, what);
  };
  if (!Array.isArray(nodes) || !isRecord(states) || !isRecord(named) || !isRecord(widths) || !isRecord(keys)) {
    return fail("expected { name, nodes, states, named }, as cellToJson writes them");
  }
  return defineCell<string>(name, (values, tools) => {
    const memories = new Map<string | null, MemoryValue>([[null, tools.memory]]);
    for (const [key, width] of Object.entries(keys)) memories.set(key, tools.keys(key, width as Width));
    const made: Expression[] = [];
    const at = (place: unknown, where: string) => made[place as number] ?? fail(`${where}: expected the place of an earlier node, got ${JSON.stringify(place)}`);
    nodes.forEach((node: CellNodeJson, i) => {
      const where = `node ${i}`;
      if (!isRecord(node)) return fail(`${where}: expected an object, got ${JSON.stringify(node)}`);
      const { op, label, width = "hidden", memory } = node as unknown as CellNodeJson;
      if (node.inputs !== undefined && !Array.isArray(node.inputs)) fail(`${where}: inputs: expected a list, got ${JSON.stringify(node.inputs)}`);
      const inputs = (node.inputs ?? []).map((place) => at(place, where));
      const wanted = (count: number) => inputs.length === count || fail(`${where}, ${op}: expected ${count} inputs, got ${inputs.length}`);
      const named = () => (typeof label === "string" ? label : fail(`${where}, ${op}: expected a label, got ${JSON.stringify(label)}`));
      const numberIn = (field: "value" | "bias") => {
        const value = typeof node[field] === "string" ? Number(node[field]) : node[field];
        return typeof value === "number" && !Number.isNaN(value) ? value : fail(`${where}, ${op}: ${field}: expected a number, got ${JSON.stringify(node[field])}`);
      };
      const place = () => memories.get(memory ?? null) ?? fail(`${where}, ${op}: there are no keys ${JSON.stringify(memory)}`);
      const make = (): Expression => {
        switch (op) {
          case "input":
            return values["x"]!;
          case "previous":
            return values[named()]!;
          case "constant":
            return E.node("constant", [], "any", { value: numberIn("value") });
          case "parameter":
            return tools.parameter(named(), numberIn("value"), width);
          case "linear":
            return tools.linear(named(), ...inputs, { bias: node.bias === undefined ? false : numberIn("bias"), width });
          case "dotScores":
            return wanted(1) && dotScores(place(), inputs[0]!);
          case "additiveScores":
            return wanted(2) && additiveScores(place(), inputs[0]!, inputs[1]!);
          case "read":
            return wanted(1) && read(inputs[0]!, place());
        }
        if (Object.hasOwn(WITH_NUMBER, op)) return wanted(1) && WITH_NUMBER[op]!(inputs[0]!, numberIn("value"));
        if (!Object.hasOwn(POINTWISE, op)) return fail(`${where}: there is no operation ${JSON.stringify(op)}`);
        const apply = POINTWISE[op]!;
        return wanted(apply === E.add || apply === E.mul ? 2 : apply.length) && apply(...inputs);
      };
      made.push(make());
    });
    const next = Object.entries(states).map(([state, place]) => [state, at(place, `state ${state}`)] as const);
    for (const [value, place] of Object.entries(named)) tools.name(value, at(place, `named ${value}`));
    return Object.fromEntries(next);
  }, { widths: widths as Record<string, Width> });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
