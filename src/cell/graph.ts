/**
 * The compiler's middle form: what a program reads, computes and writes, with every operand in a named buffer. Equal nodes are
 * one node.
 */
import * as K from "../backend/generated/kernels.js";
import type { BinaryOp, SlopeOp, UnaryOp } from "./expression.js";

/** What a buffer's name means is decided where programs are bound to memory (sequence.ts). */
export type BufferName = string;

/** So many columns, one number for each position of the memory, one per row, or a constant that fits anything. */
export type GraphWidth = number | "positions" | "row" | "any";

export type GraphNode = { readonly id: number; readonly width: GraphWidth } & (
  | { readonly kind: "load" | "loadPrevious" | "vector" | "loadRow"; readonly buffer: BufferName }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "op"; readonly opcode: number; readonly inputs: readonly GraphNode[]; readonly value: number }
  | { readonly kind: "rowTotal"; readonly opcode: number; readonly inputs: readonly [GraphNode]; readonly over: number }
  /** inputs[0], where the sum starts, then everything that must be stored before the product reads it. */
  | { readonly kind: "product"; readonly inputs: readonly GraphNode[]; readonly terms: readonly Term[] }
  /** Works on whole rows, those of the memory among them: what it takes in must be stored before, and it stores its result itself. */
  | ({ readonly kind: "whole"; readonly opcode: number; readonly inputs: readonly GraphNode[] } & WholeRows)
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

/** What an instruction over whole rows needs beside its inputs. */
export interface WholeRows {
  /** What of the memory it reads. */
  readonly memory?: BufferName;
  /** Columns of the rows that it takes in or gives. */
  readonly columns: number;
  /** The power of a moment, the offset of column totals. */
  readonly number?: number;
}

/** What a program writes. Where `observed`, only so that it can be looked at: nothing else is then computed in another way. */
export type Effect =
  | {
    readonly kind: "store"; readonly buffer: BufferName; readonly value: GraphNode; readonly width: number | "positions";
    readonly observed?: boolean;
  }
  | { readonly kind: "storeRow"; readonly buffer: BufferName; readonly value: GraphNode; readonly observed?: boolean }
  /** Adds to the column totals from `offset` on. */
  | { readonly kind: "columnSum"; readonly offset: number; readonly value: GraphNode; readonly width: number };

const UNARY: { readonly [op in Exclude<UnaryOp, "divideByWidth" | "clipGradient" | "stopGradient">]: number } = {
  neg: K.SEQ_NEG, abs: K.SEQ_ABS, square: K.SEQ_SQUARE, sqrt: K.SEQ_SQRT, reciprocal: K.SEQ_RECIPROCAL, exp: K.SEQ_EXP,
  log: K.SEQ_LOG, tanh: K.SEQ_TANH, sigmoid: K.SEQ_SIGMOID, relu: K.SEQ_RELU, softplus: K.SEQ_SOFTPLUS, step: K.SEQ_STEP,
  clip: K.SEQ_CLIP, scale: K.SEQ_SCALE, offset: K.SEQ_OFFSET,
};
const BINARY: { readonly [op in BinaryOp | SlopeOp]: number } = {
  add: K.SEQ_ADD, sub: K.SEQ_SUB, mul: K.SEQ_MUL, div: K.SEQ_DIV, min: K.SEQ_MIN, max: K.SEQ_MAX, greater: K.SEQ_GREATER,
  tanhSlope: K.SEQ_TANH_SLOPE, sigmoidSlope: K.SEQ_SIGMOID_SLOPE,
};

/** Makes nodes, each distinct one once. */
export class GraphBuilder {
  readonly #known = new Map<string, GraphNode>();

  #unique(key: string, make: (id: number) => GraphNode): GraphNode {
    let known = this.#known.get(key);
    if (!known) this.#known.set(key, (known = make(this.#known.size)));
    return known;
  }

  read(kind: "load" | "loadPrevious" | "vector" | "loadRow", buffer: BufferName, width: GraphWidth): GraphNode {
    return this.#unique(`${kind} ${buffer}`, (id) => ({ id, kind, buffer, width }));
  }

  constant(value: number): GraphNode {
    return this.#unique(`constant ${Object.is(value, -0) ? "-0" : value}`, (id) => ({ id, kind: "constant", value, width: "any" }));
  }

  unary(op: keyof typeof UNARY, a: GraphNode, value = 0): GraphNode {
    return this.#op(UNARY[op], [a], value);
  }

  binary(op: BinaryOp | SlopeOp, a: GraphNode, b: GraphNode): GraphNode {
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
    const widths = inputs.map((input) => input.width);
    const width = widths.find((other) => typeof other === "number") ?? (widths.includes("row") ? "row" : "any");
    const key = `op ${opcode} ${inputs.map((input) => input.id).join(" ")} ${value}`;
    return this.#unique(key, (id) => ({ id, kind: "op", opcode, inputs, value, width }));
  }

  /** A value so many columns wide, where it may be a number per row. */
  spread(a: GraphNode, columns: number): GraphNode {
    if (a.width !== "row" && a.width !== "any") return a;
    return this.#unique(`spread ${a.id} ${columns}`, (id) => ({ id, kind: "op", opcode: K.SEQ_COPY, inputs: [a], value: 0, width: columns }));
  }

  rowTotal(op: "rowSum" | "rowMax", a: GraphNode, over: number): GraphNode {
    const opcode = op === "rowSum" ? K.SEQ_ROW_SUM : K.SEQ_ROW_MAX;
    return this.#unique(`${op} ${a.id} ${over}`, (id) => ({ id, kind: "rowTotal", opcode, inputs: [a], over, width: "row" }));
  }

  product(start: GraphNode, sources: readonly GraphNode[], terms: readonly Term[], width: number): GraphNode {
    if (terms.length === 0) return start;
    const inputs = [start, ...sources];
    const key = `product ${inputs.map((input) => input.id).join(" ")} ${terms.map((term) => `${term.weights}@${term.input}`).join(" ")}`;
    return this.#unique(key, (id) => ({ id, kind: "product", inputs, terms, width }));
  }

  whole(opcode: number, inputs: readonly GraphNode[], width: number | "positions", rest: WholeRows): GraphNode {
    const key = `whole ${opcode} ${inputs.map((input) => input.id).join(" ")} ${rest.memory} ${rest.number}`;
    return this.#unique(key, (id) => ({ id, kind: "whole", opcode, inputs, width, ...rest }));
  }
}

export function inputsOf(n: GraphNode): readonly GraphNode[] {
  return "inputs" in n ? n.inputs : [];
}
