/** From the expressions of a step to the nodes of a program: what is read from which buffer, and what is computed. */
import * as K from "../backend/generated/kernels.js";
import type { Compiler } from "./compile.js";
import { type Expression, hasColumns } from "./expression.js";
import { recurrentSources } from "./gradient.js";
import { type BufferName, GraphBuilder, type GraphNode, type Term } from "./graph.js";

/** The instructions of reads, which work on whole rows. */
const READING = {
  dotScores: K.SEQ_DOT_SCORES, additiveScores: K.SEQ_ADDITIVE_SCORES, gaussianWindow: K.SEQ_WINDOW, read: K.SEQ_READ,
  positionSoftmax: K.SEQ_POSITION_SOFTMAX, positionAdd: K.SEQ_POSITION_ADD, positionSoftmaxGradient: K.SEQ_POSITION_SOFTMAX_GRADIENT,
  additiveSlope: K.SEQ_ADDITIVE_SLOPE, windowMoment: K.SEQ_WINDOW_MOMENT,
} as const;

export const SLOT = (index: number): BufferName => `slot:${index}`;

export function takesInput(linear: Expression): boolean {
  return linear.inputs.some((source) => source.op === "input");
}

/** Expressions to graph nodes. */
export class Lowering {
  readonly builder = new GraphBuilder();
  readonly #done = new Map<Expression, GraphNode>();
  readonly #places: ReadonlyMap<Expression, BufferName>;
  readonly #inputInside: boolean;

  /**
   * @param options `places`: which expressions of the forward pass can be read from memory. `inputInside`: the program itself multiplies
   * the input; else its share, with the bias, was computed for all tokens beforehand and lies in the slots.
   */
  constructor(
    readonly compiler: Compiler,
    { places = new Map(), inputInside = false }: { places?: ReadonlyMap<Expression, BufferName>; inputInside?: boolean } = {},
  ) {
    this.#places = places;
    this.#inputInside = inputInside;
  }

  value(e: Expression): GraphNode {
    let done = this.#done.get(e);
    if (!done) this.#done.set(e, (done = this.#lower(e)));
    return done;
  }

  #lower(e: Expression): GraphNode {
    const { builder, compiler } = this;
    const place = this.#places.get(e);
    if (place !== undefined) {
      return e.width === "row" ? builder.read("loadRow", place, "row") : builder.read("load", place, this.#width(e));
    }
    switch (e.op) {
      case "constant":
        return builder.constant(e.value!);
      case "input":
        return builder.read("load", "x", this.#width(e));
      case "previous":
        return builder.read("loadPrevious", `state:${e.label}`, this.#width(e));
      case "parameter":
        return builder.read("vector", `vector:${e.label}`, this.#width(e));
      case "given":
        return builder.read("load", `given:${e.label}`, this.#width(e));
      case "carried":
        return builder.read("load", `carry:${e.label}`, this.#width(e));
      case "arriving": {
        const buffer = e.label === compiler.cell.output ? "arriving" : `arriving:${e.label}`;
        return e.width === "row" ? builder.read("loadRow", buffer, "row") : builder.read("load", buffer, this.#width(e));
      }
      case "linear":
        return this.#linear(e);
      case "transposed":
        return this.#transposed(e);
      case "rowSum":
      case "rowMax":
        return builder.rowTotal(e.op, this.value(e.inputs[0]!), compiler.columns(e.over!));
      case "divideByWidth":
        return builder.unary("scale", this.value(e.inputs[0]!), 1 / compiler.columns(e.over!));
      case "clipGradient":
      case "stopGradient":
        return this.value(e.inputs[0]!);
      case "dotScores":
      case "additiveScores":
      case "gaussianWindow":
      case "read":
      case "positionSoftmax":
      case "positionAdd":
      case "positionSoftmaxGradient":
      case "additiveSlope":
      case "windowMoment":
        return this.#reading(e, e.op);
      case "add":
      case "sub":
      case "mul":
      case "div":
      case "min":
      case "max":
      case "greater":
      case "tanhSlope":
      case "sigmoidSlope":
        return builder.binary(e.op, this.value(e.inputs[0]!), this.value(e.inputs[1]!));
      default:
        return builder.unary(e.op, this.value(e.inputs[0]!), e.value);
    }
  }

  #width(e: Expression): number | "positions" {
    return e.width === "positions" ? "positions" : this.compiler.columns(e.width);
  }

  #reading(e: Expression, op: keyof typeof READING): GraphNode {
    const { builder, compiler } = this;
    const columns = compiler.columns(e.inputs.map((input) => input.width).concat(e.width, e.memory?.width ?? 0).find(hasColumns) ?? 0);
    return builder.whole(READING[op], e.inputs.map((input) => builder.spread(this.value(input), columns)), this.#width(e), {
      ...(e.memory && { memory: e.memory.keys === undefined ? "memory" : `keys:${e.memory.keys}` }),
      columns,
      ...(e.op === "windowMoment" && { number: e.value! }),
      ...(e.op === "additiveSlope" && { number: compiler.total(`vector:${e.inputs[2]!.label}`) }),
    });
  }

  #linear(e: Expression): GraphNode {
    const { builder, compiler } = this;
    const beforehand = takesInput(e) && !this.#inputInside;
    const height = compiler.columns(e.width);
    const start = beforehand
      ? builder.read("load", SLOT(compiler.slot(e)), height)
      : e.value === 1
        ? builder.read("vector", `bias:${e.label}`, height)
        : builder.constant(0);
    const sources = beforehand ? recurrentSources(e) : e.inputs;
    const terms = sources.map((source, i): Term => {
      const matrix = compiler.matrix(source);
      const from = matrix.offsets[matrix.linears.indexOf(e.label!)]!;
      return {
        weights: compiler.pack({ matrix: matrix.name, from, to: from + height, direction: "forward" }),
        depth: matrix.columns,
        input: i + 1,
      };
    });
    return builder.product(start, sources.map((source) => this.value(source)), terms, height);
  }

  /** Maps whose slots and whose blocks of rows are neighbours share one product. */
  #transposed(e: Expression): GraphNode {
    const { builder, compiler } = this;
    const source = e.source!;
    const linears = e.through!;
    const start = e.inputs.length > linears.length ? this.value(e.inputs.at(-1)!) : builder.constant(0);
    const matrix = compiler.matrix(source);
    const blocks = linears
      .map((linear, i) => ({ gradient: e.inputs[i]!, slot: compiler.slot(linear), block: matrix.linears.indexOf(linear.label!) }))
      .sort((a, b) => a.slot - b.slot);
    const terms: Term[] = [];
    for (let i = 0; i < blocks.length; ) {
      let j = i + 1;
      while (j < blocks.length && blocks[j]!.slot === blocks[i]!.slot + j - i && blocks[j]!.block === blocks[i]!.block + j - i) j++;
      const { slot, block } = blocks[i]!;
      const [from, to] = [matrix.offsets[block]!, matrix.offsets[block + j - i]!];
      terms.push({
        weights: compiler.pack({ matrix: matrix.name, from, to, direction: "backward" }),
        depth: to - from,
        input: i + 1,
        buffer: SLOT(slot),
      });
      i = j;
    }
    const sources = blocks.map(({ gradient }) => this.value(gradient));
    return builder.product(start, sources, terms, matrix.columns);
  }
}
