/**
 * The compiler's middle form: what a program reads, computes and writes, with every operand in a named buffer. Equal nodes are
 * one node.
 */
import * as K from "../backend/generated/kernels.js";
import { type BinaryOp, type UnaryOp, type Width, commonWidth } from "./expression.js";

/** What a buffer's name means is decided where programs are bound to memory (sequence.ts). */
export type BufferName = string;

/** Widths that columns have in a program. */
export type ColumnWidth = "input" | "hidden";

export type GraphNode = { readonly id: number; readonly width: Width } & (
  | { readonly kind: "load" | "loadPrevious" | "vector" | "loadRow"; readonly buffer: BufferName }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "op"; readonly opcode: number; readonly inputs: readonly GraphNode[]; readonly value: number }
  | { readonly kind: "rowTotal"; readonly opcode: number; readonly inputs: readonly [GraphNode]; readonly over: ColumnWidth }
  /** inputs[0], where the sum starts, then everything that must be stored before the product reads it. */
  | { readonly kind: "product"; readonly inputs: readonly GraphNode[]; readonly terms: readonly Term[] }
);

/** One matrix product: a source (whole rows) times a packed matrix. */
export interface Term {
  readonly weights: BufferName;
  /** Rows of the packed matrix. */
  readonly depth: number;
  /** Which of the product's inputs is the source. */
  readonly input: number;
  /** Where the source lies, if it is stored in a place of its own together with its neighbours. */
  readonly buffer?: BufferName;
}

/** What a program writes. Where `observed`, only so that it can be looked at: nothing else is then computed in another way. */
export type Effect =
  | { readonly kind: "store"; readonly buffer: BufferName; readonly value: GraphNode; readonly width: ColumnWidth; readonly observed?: boolean }
  | { readonly kind: "storeRow"; readonly buffer: BufferName; readonly value: GraphNode; readonly observed?: boolean }
  /** Adds to the column total at `slot` (a multiple of the state's width). */
  | { readonly kind: "columnSum"; readonly slot: number; readonly value: GraphNode };

const UNARY: { readonly [op in Exclude<UnaryOp, "divideByWidth" | "clipGradient" | "stopGradient">]: number } = {
  neg: K.SEQ_NEG, abs: K.SEQ_ABS, square: K.SEQ_SQUARE, sqrt: K.SEQ_SQRT, reciprocal: K.SEQ_RECIPROCAL, exp: K.SEQ_EXP,
  log: K.SEQ_LOG, tanh: K.SEQ_TANH, sigmoid: K.SEQ_SIGMOID, relu: K.SEQ_RELU, softplus: K.SEQ_SOFTPLUS, step: K.SEQ_STEP,
  clip: K.SEQ_CLIP, scale: K.SEQ_SCALE, offset: K.SEQ_OFFSET,
};
const BINARY: { readonly [op in BinaryOp]: number } = {
  add: K.SEQ_ADD, sub: K.SEQ_SUB, mul: K.SEQ_MUL, div: K.SEQ_DIV, min: K.SEQ_MIN, max: K.SEQ_MAX, greater: K.SEQ_GREATER,
};

/** Makes nodes, each distinct one once. */
export class GraphBuilder {
  readonly #known = new Map<string, GraphNode>();

  #unique(key: string, make: (id: number) => GraphNode): GraphNode {
    let known = this.#known.get(key);
    if (!known) this.#known.set(key, (known = make(this.#known.size)));
    return known;
  }

  read(kind: "load" | "loadPrevious" | "vector" | "loadRow", buffer: BufferName, width: Width): GraphNode {
    return this.#unique(`${kind} ${buffer}`, (id) => ({ id, kind, buffer, width }));
  }

  constant(value: number): GraphNode {
    return this.#unique(`constant ${Object.is(value, -0) ? "-0" : value}`, (id) => ({ id, kind: "constant", value, width: "any" }));
  }

  unary(op: keyof typeof UNARY, a: GraphNode, value = 0): GraphNode {
    return this.#op(UNARY[op], [a], value);
  }

  binary(op: BinaryOp, a: GraphNode, b: GraphNode): GraphNode {
    if (b.kind === "constant") {
      if (op === "mul" || op === "div") return this.unary("scale", a, op === "mul" ? b.value : 1 / b.value);
      if (op === "add" || op === "sub") return this.unary("offset", a, op === "add" ? b.value : -b.value);
    }
    if (a.kind === "constant") {
      if (op === "mul" || op === "add") return this.binary(op, b, a);
      if (op === "sub") return this.unary("offset", this.unary("neg", b), a.value);
    }
    return this.#op(BINARY[op], [a, b], 0);
  }

  #op(opcode: number, inputs: readonly GraphNode[], value: number): GraphNode {
    const width = commonWidth(inputs.map((input) => input.width));
    const key = `op ${opcode} ${inputs.map((input) => input.id).join(" ")} ${value}`;
    return this.#unique(key, (id) => ({ id, kind: "op", opcode, inputs, value, width }));
  }

  rowTotal(op: "rowSum" | "rowMax", a: GraphNode, over: ColumnWidth): GraphNode {
    const opcode = op === "rowSum" ? K.SEQ_ROW_SUM : K.SEQ_ROW_MAX;
    return this.#unique(`${op} ${a.id} ${over}`, (id) => ({ id, kind: "rowTotal", opcode, inputs: [a], over, width: "row" }));
  }

  product(start: GraphNode, sources: readonly GraphNode[], terms: readonly Term[], width: ColumnWidth): GraphNode {
    if (terms.length === 0) return start;
    const inputs = [start, ...sources];
    const key = `product ${inputs.map((input) => input.id).join(" ")} ${terms.map((term) => `${term.weights}@${term.input}`).join(" ")}`;
    return this.#unique(key, (id) => ({ id, kind: "product", inputs, terms, width }));
  }
}

export function inputsOf(n: GraphNode): readonly GraphNode[] {
  return "inputs" in n ? n.inputs : [];
}
