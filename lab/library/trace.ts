/**
 * One look into a small network: every value of every step, and the gradient of one of them along every edge.
 *
 * Values and gradients are those that the compiled program records (`inspect`, `inspectGradients`): every expression of the cell is given
 * a name first. What flows back along an edge is the gradient of the value it leads into, times the slope of that value's operation.
 */
import { add, mul, relu, reshape, sigmoid, slice, step, tanh, tensor, type Cell, type Tensor } from "unrolled";
import { compileCell, runSequence, type CellParameters, type CompiledCell, type Expression } from "unrolled/cell";
import { cellOf, type Activation, type NetworkSpec } from "./network.js";
import type { Service } from "./protocol.js";

export interface TraceRequest {
  readonly network: NetworkSpec;
  /** The value whose gradient is wanted: a node's key, and the step counted from 0. */
  readonly of?: { readonly node: string; readonly step: number } | undefined;
}

export interface TraceNode {
  /** What it is called: a state (`h`), a gate (`forget`), `x`, a state before the step (`h'`), `y`, or else its equation (`forget*c'`). */
  readonly key: string;
  readonly op: string;
  /** Of a linear map: its name; of a state: its name. */
  readonly label: string | undefined;
  /** Keys of what it is computed from. */
  readonly inputs: readonly string[];
  /** By step. */
  readonly values: readonly number[];
  /** By step; zeros where no gradient was asked for. */
  readonly gradients: readonly number[];
  /** For each input, by step: the gradient that flows back to it from here. */
  readonly edges: readonly (readonly number[])[];
}

export interface Trace {
  readonly network: NetworkSpec;
  readonly of: TraceRequest["of"];
  /** In an order in which they can be computed. */
  readonly nodes: readonly TraceNode[];
  /** Key of the value that each state takes on. */
  readonly states: Readonly<Record<string, string>>;
  /** By linear map (`y` is the readout): gradients of its weights, in the order of its inputs, then of its bias; summed over the steps. */
  readonly weightGradients: Readonly<Record<string, readonly number[]>>;
}

/** One value of a step, of the cell or of the readout after it. */
interface Node {
  readonly key: string;
  readonly op: string;
  readonly label: string | undefined;
  readonly inputs: readonly Node[];
}

export const trace: Service<TraceRequest, Trace> = (request) => traceNetwork(request);

export function traceNetwork({ network, of }: TraceRequest): Trace {
  const cell = cellOf(network);
  const { nodes, states, expressions } = graphOf(cell, network.output);
  const recorded = step(() => record(cell, expressions, network, of));
  const steps = network.inputs.length;
  const values = new Map(nodes.map((node) => [node, Array.from({ length: steps }, (): number => 0)]));
  for (let t = 0; t < steps; t++) {
    for (const node of nodes) {
      const before = node.op === "previous" && t > 0 ? values.get(states[node.label!]!)![t - 1]! : (network.initial[node.label ?? ""] ?? 0);
      values.get(node)![t] = node.op === "input" ? network.inputs[t]! : node.op === "previous" ? before : recorded.values.get(node.key)![t]!;
    }
  }
  const gradients = new Map(nodes.map((node) => [node, recorded.gradients.get(node.key) ?? Array.from({ length: steps }, () => 0)]));
  const edges = new Map<Node, readonly (readonly number[])[]>();
  // Users come after what they use: what only passes a value on, the input or a state, gets the sum of what flows back to it.
  for (const node of nodes.toReversed()) {
    edges.set(node, node.inputs.map((input, i) => {
      const along = gradients.get(node)!.map((gradient, t) => (gradient === 0 ? 0 : gradient * slopeOf(node, i, t, values, network)));
      if (input.inputs.length === 0) gradients.set(input, gradients.get(input)!.map((sum, t) => sum + along[t]!));
      return along;
    }));
  }
  return {
    network,
    of,
    states: Object.fromEntries(Object.entries(states).map(([state, node]) => [state, node.key])),
    nodes: nodes.map((node) => ({
      key: node.key,
      op: node.op,
      label: node.label,
      inputs: node.inputs.map((input) => input.key),
      values: values.get(node)!,
      gradients: gradients.get(node)!,
      edges: edges.get(node)!,
    })),
    weightGradients: recorded.weightGradients,
  };
}

/** By how much a value changes per unit of one of its inputs. */
function slopeOf(node: Node, input: number, t: number, values: ReadonlyMap<Node, readonly number[]>, network: NetworkSpec): number {
  const { op, label, inputs } = node;
  const value = values.get(node)![t]!;
  switch (op) {
    case "add":
      return 1;
    case "sub":
      return input === 0 ? 1 : -1;
    case "mul":
      return values.get(inputs[1 - input]!)![t]!;
    case "tanh":
      return 1 - value * value;
    case "sigmoid":
      return value * (1 - value);
    case "relu":
      return value > 0 ? 1 : 0;
    case "linear":
      return (label === "y" ? network.readout : network.weights[label!]!)[input]!;
    default:
      throw new Error(`a gradient through "${op}" is not drawn`);
  }
}

/** The equations of a cell and the readout as nodes with keys, in topological order. */
function graphOf(cell: Cell, output: Activation) {
  const names = new Map<Expression, string>();
  for (const [name, e] of Object.entries(cell.named)) names.set(e, name);
  for (const [state, e] of Object.entries(cell.next)) names.set(e, state);
  const made = new Map<Expression, Node>();
  const expressions = new Map<string, Expression>();
  const make = (e: Expression): Node => {
    const known = made.get(e);
    if (known) return known;
    const inputs = e.inputs.map(make);
    const node = { key: names.get(e) ?? keyOf(e, inputs), op: e.op, label: e.label, inputs };
    made.set(e, node);
    if (inputs.length > 0) expressions.set(node.key, e);
    return node;
  };
  const states = Object.fromEntries(Object.entries(cell.next).map(([state, e]) => [state, make(e)]));
  // As the cell's equations are written, which is an order in which they can be computed.
  const nodes = [...made].sort(([a], [b]) => a.id - b.id).map(([, node]) => node);
  const plain = output === "identity";
  const readout: Node = { key: plain ? "y" : "linear y", op: "linear", label: "y", inputs: [states[cell.output]!] };
  nodes.push(readout);
  if (!plain) nodes.push({ key: "y", op: output, label: undefined, inputs: [readout] });
  return { nodes, states, expressions };
}

const SIGNS: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*" };

function keyOf(e: Expression, inputs: readonly Node[]): string {
  if (e.op === "input") return "x";
  if (e.op === "previous") return `${e.label}'`;
  if (e.op === "linear") return `linear ${e.label}`;
  const [a = "", b] = inputs.map(({ key }) => key);
  return b !== undefined ? `${a}${SIGNS[e.op] ?? ` ${e.op} `}${b}` : `${e.op}(${a})`;
}

/** What the compiled program and the readout recorded, by key. */
interface Recorded {
  readonly values: ReadonlyMap<string, readonly number[]>;
  readonly gradients: ReadonlyMap<string, readonly number[]>;
  readonly weightGradients: Trace["weightGradients"];
}

/** Runs the compiled cell and the readout with everything looked at, forward and back from the value that is asked for. Lives within one `step`. */
function record(cell: Cell, expressions: ReadonlyMap<string, Expression>, network: NetworkSpec, of: TraceRequest["of"]): Recorded {
  const keys = [...expressions.keys()];
  const nameOf = (key: string) => `value${keys.indexOf(key)}`;
  const named = Object.fromEntries(keys.map((key) => [nameOf(key), expressions.get(key)!]));
  const looking = Object.keys(named);
  const compiled = compileCell({ ...cell, named }, { inputSize: 1, hiddenSize: 1 }, { inspect: looking, inspectGradients: looking });
  const parameters = parametersOf(compiled, network);
  const steps = network.inputs.length;
  const x = tensor(network.inputs, [steps, 1, 1]);
  const initial = Object.fromEntries(Object.entries(network.initial).map(([state, value]) => [state, tensor([value], [1, 1])]));
  const { output, inspected } = runSequence(compiled, parameters, x, { initial });
  const weights = network.readout.map((value) => tensor([value], [1], { requiresGrad: true }));
  const sums = add(mul(reshape(output, [steps]), weights[0]!), weights[1]!);
  const y = OUTPUTS[network.output](sums);
  const values = new Map(keys.map((key) => [key, numbers(inspected[nameOf(key)]!)]));
  values.set("linear y", numbers(sums)).set("y", numbers(y));

  const gradients = new Map<string, number[]>();
  const none = Array.from({ length: steps }, () => 0);
  if (of !== undefined && of.step < steps) {
    // Nothing later has a part in it.
    const upTo = of.step + 1;
    const run = runSequence(compiled, parameters, slice(x, 0, 0, upTo), { initial });
    const state = run.final[of.node];
    const sum = add(mul(reshape(run.final[cell.output]!, [1]), weights[0]!), weights[1]!);
    const target = of.node === "y" ? OUTPUTS[network.output](sum) : state;
    if (!target) throw new Error(`there is no value "${of.node}" to differentiate`);
    target.backward();
    for (const key of keys) gradients.set(key, [...numbers(run.inspectedGradients[nameOf(key)]!), ...none].slice(0, steps));
    if (of.node === "y") {
      const last = Array.from({ length: steps }, (_, t) => (t === of.step ? 1 : 0));
      gradients.set("y", last);
      const slope = last.map((one, t) => one * slopeOfOutput(network.output, values.get("y")![t]!));
      if (network.output !== "identity") gradients.set("linear y", slope);
    }
  }
  return { values, gradients, weightGradients: { ...weightGradients(compiled, parameters), y: weights.map((weight) => weight.grad?.item() ?? 0) } };
}

const OUTPUTS: Readonly<Record<Activation, (a: Tensor) => Tensor>> = {
  relu: (a) => relu(a), tanh: (a) => tanh(a), sigmoid: (a) => sigmoid(a), identity: (a) => a,
};

function slopeOfOutput(output: Activation, y: number): number {
  return { relu: y > 0 ? 1 : 0, tanh: 1 - y * y, sigmoid: y * (1 - y), identity: 1 }[output];
}

function numbers(tensor: Tensor): number[] {
  return [...tensor.dataSync()];
}

function parametersOf(compiled: CompiledCell, { weights }: NetworkSpec): CellParameters {
  const { biases, matrices } = compiled;
  const column = (values: readonly number[], shape: number[]) => tensor(values, shape, { requiresGrad: true });
  return {
    matrices: Object.fromEntries(
      matrices.map(({ name, linears }) => {
        const values = linears.map((linear) => weights[linear]![placeOf(compiled, linear, name)]!);
        return [name, column(values, [values.length, 1])] as const;
      }),
    ),
    bias: biases.length === 0 ? undefined : column(biases.map((name) => weights[name]!.at(-1)!), [biases.length]),
    vectors: {},
  };
}

/** Gradients in the order of `NetworkSpec.weights`. */
function weightGradients(compiled: CompiledCell, parameters: CellParameters): Trace["weightGradients"] {
  const { cell, biases, matrices } = compiled;
  const gradients = Object.fromEntries(cell.linears.map(({ name, expression }) => [name, Array.from({ length: expression.inputs.length + 1 }, () => 0)]));
  for (const { name, linears } of matrices) {
    const found = parameters.matrices[name]!.grad;
    linears.forEach((linear, row) => (gradients[linear]![placeOf(compiled, linear, name)] = found?.dataSync()[row] ?? 0));
  }
  biases.forEach((linear, row) => (gradients[linear]![gradients[linear]!.length - 1] = parameters.bias?.grad?.dataSync()[row] ?? 0));
  return gradients;
}

/** Which input of a linear map a matrix takes in. */
function placeOf({ cell }: CompiledCell, linear: string, matrix: string): number {
  const { inputs } = cell.linears.find(({ name }) => name === linear)!.expression;
  return inputs.findIndex((e) => (e.op === "input" ? "x" : e.label) === matrix);
}
