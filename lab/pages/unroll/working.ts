/** A trace as people read it: which nodes are drawn, what they are called, and each value's substitution. */
import type { CellName } from "../../library/network.js";
import type { Trace, TraceNode } from "../../library/trace.js";
import { bracketed, shown } from "../../numbers.js";

/** A node that is drawn. A linear map that only feeds its activation is drawn as one with it. */
export interface Drawn {
  readonly key: string;
  readonly values: readonly number[];
  readonly gradients: readonly number[];
  /** The function that is applied to the linear map, or undefined. */
  readonly activation: string | undefined;
  /** What it is computed by: the linear map where there is one, else the node itself. */
  readonly body: TraceNode;
  readonly inputs: readonly DrawnInput[];
}

export interface DrawnInput {
  /** Where it comes from; a state that is used once is not drawn before the step: the edge comes from the step before. */
  readonly from: string;
  readonly state: string | undefined;
  /** By step. */
  readonly values: readonly number[];
  readonly gradients: readonly number[];
}

const ACTIVATIONS: Readonly<Record<string, string>> = { relu: "ReLU", tanh: "tanh", sigmoid: "σ" };

export function drawnNodes(trace: Trace): Drawn[] {
  const byKey = new Map(trace.nodes.map((node) => [node.key, node]));
  const users = (key: string) => trace.nodes.filter(({ inputs }) => inputs.includes(key));
  const merged = new Set(
    trace.nodes.filter(({ key, op }) => op in ACTIVATIONS && byKey.get(key)!.inputs.some((input) => isOnlyUsed(byKey.get(input)!, users))).map(({ key }) => key),
  );
  const hidden = new Set([...merged].map((key) => byKey.get(key)!.inputs[0]!));
  const passing = new Set(trace.nodes.filter(({ key, op }) => op === "previous" && users(key).length === 1).map(({ key }) => key));
  return trace.nodes
    .filter(({ key }) => !hidden.has(key) && !passing.has(key))
    .map((node) => {
      const body = merged.has(node.key) ? byKey.get(node.inputs[0]!)! : node;
      const inputs = body.inputs.map((from, i) => {
        const source = byKey.get(from)!;
        const state = passing.has(from) ? source.label : undefined;
        return { from: state === undefined ? from : trace.states[state]!, state, values: source.values, gradients: body.edges[i]! };
      });
      const own = node.op === "previous" ? [{ from: trace.states[node.label!]!, state: node.label, values: node.values, gradients: node.gradients }] : inputs;
      const { key, values, gradients } = node;
      return { key, values, gradients, activation: merged.has(key) ? node.op : undefined, body, inputs: own };
    });
}

function isOnlyUsed(node: TraceNode, users: (key: string) => readonly TraceNode[]): boolean {
  return node.op === "linear" && users(node.key).length === 1;
}

/** How values are written: T stands for the step, P for the one before. */
const WRITTEN: Readonly<Record<CellName, Readonly<Record<string, string>>>> = {
  elman: {},
  lstm: { input: "iT", forget: "fT", candidate: "gT", output: "oT", "forget*c'": "fT·cP", "input*candidate": "iT·gT", "tanh(c)": "tanh cT" },
  gru: {
    reset: "rT", update: "zT", candidate_x: "vT", candidate_h: "uT",
    "reset*candidate_h": "rT·uT",
    "candidate_x+reset*candidate_h": "vT + rT·uT",
    "tanh(candidate_x+reset*candidate_h)": "nT",
    "h'-tanh(candidate_x+reset*candidate_h)": "hP − nT",
    "update*h'-tanh(candidate_x+reset*candidate_h)": "zT·(hP − nT)",
  },
};

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

export function subscript(step: number): string {
  return [...String(step)].map((digit) => SUBSCRIPTS[Number(digit)]).join("");
}

/** What a value is called at a step (counted from 0): h₂, f₂·c₁. */
export function nameOf(cell: CellName, key: string, step: number): string {
  const written = WRITTEN[cell][key] ?? (key.endsWith("'") ? `${key[0]}P` : `${key}T`);
  return written.replace(/[TP]/g, (which) => subscript(which === "T" ? step + 1 : step));
}

/**
 * The substitution of a value, in pieces that belong together on a line: `ReLU(0.1·0.4`, `+ 0·0`, `+ 0.3)`, `= ReLU(0.34)`, `= 0.34`.
 */
export function substitution(node: Drawn, step: number, weights: readonly number[] | undefined): string[] {
  const { body, activation } = node;
  const value = `= ${shown(node.values[step]!)}`;
  const inputs = node.inputs.map(({ values }) => values[step]!);
  if (body.op === "linear" && weights) {
    const products = inputs.map((input, i) => `${shownFactor(weights[i]!, i === 0)}·${bracketed(input)}`);
    const terms = [...products, shown(weights.at(-1)!)];
    const sum = terms.map((term, i) => (i === 0 ? term : signedTerm(term)));
    if (activation === undefined) return [...sum, value];
    const name = ACTIVATIONS[activation]!;
    const before = inputs.reduce((total, input, i) => total + weights[i]! * input, weights.at(-1)!);
    return [`${name}(${sum[0]}`, ...sum.slice(1, -1), `${sum.at(-1)})`, `= ${name}(${shown(before)})`, value];
  }
  const [a = 0, b = 0] = inputs;
  switch (body.op) {
    case "mul":
      return [`${shown(a)}·${bracketed(b)}`, value];
    case "add":
      return [shown(a), signedTerm(shown(b)), value];
    case "sub":
      return [shown(a), `− ${bracketed(b)}`, value];
    default:
      return body.op in ACTIVATIONS ? [`${ACTIVATIONS[body.op]}(${shown(a)})`, value] : [];
  }
}

function shownFactor(value: number, first: boolean): string {
  return first ? shown(value) : bracketed(value);
}

/** A term after the first: its sign, a space, its size. A product starts with its bracketed factor. */
function signedTerm(term: string): string {
  return term.startsWith("−") ? `− ${term.slice(1)}` : `+ ${term}`;
}

/** Pieces on lines of at most `width` characters. */
export function wrapped(pieces: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= width) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(piece);
  }
  return lines;
}
