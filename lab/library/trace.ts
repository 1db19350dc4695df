/**
 * One look into a small network: every value of every step, and the gradient of one of them along every edge.
 *
 * Values are those that the compiled program records (`inspect`): every expression of the cell is given a name first. Gradients
 * come from the library's tape, on which the same expressions are evaluated one by one with a probe, a zero that is added, on
 * every edge: the gradient of the probe is the gradient along the edge.
 */
import { add, mul, sigmoid, relu, step, sub, tanh, tensor, zeros, type Cell, type Tensor } from "unrolled";
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
  const recorded = recordedValues(cell, expressions, network);
  const taped = step(() => new TapedNetwork(nodes, states, network).run(of));
  return {
    network,
    of,
    states: Object.fromEntries(Object.entries(states).map(([state, node]) => [state, node.key])),
    nodes: nodes.map((node) => ({
      key: node.key,
      op: node.op,
      label: node.label,
      inputs: node.inputs.map((input) => input.key),
      values: recorded.get(node.key) ?? taped.values(node),
      gradients: taped.gradients(node),
      edges: node.inputs.map((_, i) => taped.edge(node, i)),
    })),
    weightGradients: taped.weightGradients,
  };
}

/** The equations of a cell and the readout as nodes with keys, in topological order. */
function graphOf(cell: Cell, output: Activation) {
  const names = new Map<Expression, string>();
  for (const [name, e] of Object.entries(cell.named)) names.set(e, name);
  for (const [state, e] of Object.entries(cell.next)) names.set(e, state);
  const made = new Map<Expression, Node>();
  const expressions = new Map<string, Expression>();
  const nodes: Node[] = [];
  const make = (e: Expression): Node => {
    const known = made.get(e);
    if (known) return known;
    const inputs = e.inputs.map(make);
    const node = { key: names.get(e) ?? keyOf(e, inputs), op: e.op, label: e.label, inputs };
    made.set(e, node);
    nodes.push(node);
    if (inputs.length > 0) expressions.set(node.key, e);
    return node;
  };
  const states = Object.fromEntries(Object.entries(cell.next).map(([state, e]) => [state, make(e)]));
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

/** The compiled cell, run over the sequence with every value of it recorded. */
function recordedValues(cell: Cell, expressions: ReadonlyMap<string, Expression>, network: NetworkSpec): ReadonlyMap<string, number[]> {
  const keys = [...expressions.keys()];
  const named = Object.fromEntries(keys.map((key, i) => [`value${i}`, expressions.get(key)!]));
  const compiled = compileCell({ ...cell, named }, { inputSize: 1, hiddenSize: 1 }, { inspect: Object.keys(named) });
  return step(() => {
    const initial = Object.fromEntries(Object.entries(network.initial).map(([state, value]) => [state, tensor([value], [1, 1])]));
    const x = tensor(network.inputs, [network.inputs.length, 1, 1]);
    const { inspected } = runSequence(compiled, parametersOf(compiled, network), x, { initial });
    return new Map(keys.map((key, i) => [key, [...inspected[`value${i}`]!.dataSync()]]));
  });
}

function parametersOf(compiled: CompiledCell, { weights }: NetworkSpec): CellParameters {
  const { cell, matrices, biases } = compiled;
  const inputsOf = (name: string) => cell.linears.find((linear) => linear.name === name)!.expression.inputs;
  const columns = matrices.map(({ name, linears }) => {
    const values = linears.map((linear) => weights[linear]![inputsOf(linear).findIndex((e) => (e.op === "input" ? "x" : e.label) === name)]!);
    return [name, tensor(values, [values.length, 1])] as const;
  });
  return {
    matrices: Object.fromEntries(columns),
    bias: biases.length === 0 ? undefined : tensor(biases.map((name) => weights[name]!.at(-1)!)),
    vectors: {},
  };
}

const APPLY: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add, sub, mul, tanh: (a) => tanh(a), sigmoid: (a) => sigmoid(a), relu: (a) => relu(a),
};

/** The network on the tape, node by node and step by step. Lives within one `step`. */
class TapedNetwork {
  readonly #steps: number;
  readonly #values = new Map<Node, Tensor[]>();
  /** By node, input and step. */
  readonly #probes = new Map<Node, Tensor[][]>();
  readonly #weights: Readonly<Record<string, Tensor[]>>;

  constructor(readonly nodes: readonly Node[], readonly states: Readonly<Record<string, Node>>, readonly network: NetworkSpec) {
    this.#steps = network.inputs.length;
    const all = Object.entries({ ...network.weights, y: network.readout });
    this.#weights = Object.fromEntries(all.map(([name, values]) => [name, values.map((value) => scalar(value, true))]));
    for (const node of nodes) {
      this.#values.set(node, []);
      this.#probes.set(node, node.inputs.map(() => []));
    }
  }

  run(of: TraceRequest["of"]) {
    for (let t = 0; t < this.#steps; t++) {
      for (const node of this.nodes) this.#values.get(node)!.push(this.#value(node, t));
    }
    const target = of && this.nodes.find(({ key }) => key === of.node);
    if (of && target) this.#values.get(target)![of.step]?.backward();
    const numbers = (tensors: readonly Tensor[]) => tensors.map((tensor) => tensor.item());
    const slopes = (tensors: readonly Tensor[]) => tensors.map((tensor) => tensor.grad?.item() ?? 0);
    const values = new Map(this.nodes.map((node) => [node, numbers(this.#values.get(node)!)]));
    const edges = new Map(this.nodes.map((node) => [node, this.#probes.get(node)!.map(slopes)]));
    return {
      values: (node: Node) => values.get(node)!,
      edge: (node: Node, input: number) => edges.get(node)![input]!,
      gradients: (node: Node) => this.#total(node, edges, of && target ? { node: target, step: of.step } : undefined),
      weightGradients: Object.fromEntries(Object.entries(this.#weights).map(([name, tensors]) => [name, slopes(tensors)])),
    };
  }

  #value(node: Node, t: number): Tensor {
    if (node.op === "input") return scalar(this.network.inputs[t]!);
    if (node.op === "previous") {
      const label = node.label!;
      return t > 0 ? this.#values.get(this.states[label]!)![t - 1]! : scalar(this.network.initial[label] ?? 0);
    }
    const inputs = node.inputs.map((input, i) => {
      const probe = zeros([1], { requiresGrad: true });
      this.#probes.get(node)![i]!.push(probe);
      return add(this.#values.get(input)![t]!, probe);
    });
    if (node.op !== "linear") return APPLY[node.op]!(inputs[0]!, inputs[1]!);
    const weights = this.#weights[node.label!]!;
    return inputs.reduce((sum, input, i) => add(sum, mul(weights[i]!, input)), weights[inputs.length]!);
  }

  /** What reaches a node: the sum over its edges, through time for states; 1 for the target itself. */
  #total(node: Node, edges: ReadonlyMap<Node, readonly (readonly number[])[]>, target: { node: Node; step: number } | undefined): number[] {
    const at = (wanted: Node, t: number): number => {
      let total = target?.node === wanted && target.step === t ? 1 : 0;
      for (const user of this.nodes) {
        user.inputs.forEach((input, i) => {
          if (input === wanted) total += edges.get(user)![i]![t]!;
        });
      }
      // A state goes on as the next step's previous one.
      for (const [state, source] of Object.entries(this.states)) {
        const later = this.nodes.find(({ op, label }) => op === "previous" && label === state);
        if (source === wanted && later && t + 1 < this.#steps) total += at(later, t + 1);
      }
      return total;
    };
    return Array.from({ length: this.#steps }, (_, t) => at(node, t));
  }
}

function scalar(value: number, requiresGrad = false): Tensor {
  return tensor([value], [1], { requiresGrad });
}
