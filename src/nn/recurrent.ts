/** Recurrent networks of any cell: layers, directions, and what runs between them. */
import { StepProgram, type Cell, type MemoryInput, type OneHotInput, type StepValue, type SegmentLength } from "../cell/index.js";
import { add, concat, formatShape, type RandomStream, shapeError, Tensor, zeros } from "../tensor/index.js";
import { Dropout } from "./dropout.js";
import type { Initialiser } from "./initialisers.js";
import { Module, type ModuleDescription } from "./module.js";
import { RecurrentLayer } from "./recurrent-layer.js";
import { RecurrentStream, type StreamOptions } from "./recurrent-stream.js";

/** The states of a network, one record per layer and direction (layer 0 forward, layer 0 backward, layer 1 …): [batch, hiddenSize]. */
export type States = readonly Readonly<Record<string, Tensor>>[];

export interface RecurrentOptions {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Features of a position of the memory, for a cell that reads one (as every layer then does). */
  readonly memorySize?: number;
  /** Draws initial parameters now and masks later. */
  readonly random: RandomStream;
  /** @default 1 */
  readonly layers?: number;
  /** Adds a second reader from each row's end to its start; outputs lie side by side. @default false */
  readonly bidirectional?: boolean;
  /** Between layers (not before the first, not after the last). @default 0 */
  readonly dropout?: number;
  /** One dropout mask for all steps of a sequence (Gal & Ghahramani 2016). @default false */
  readonly variational?: boolean;
  /** Hides units of the states from the recurrent maps, the same at every step (Gal & Ghahramani 2016). @default 0 */
  readonly recurrentDropout?: number;
  /** Probability with which units keep their old value (Krueger et al. 2017), for all states or by state. @default 0 */
  readonly zoneout?: number | Readonly<Record<string, number>>;
  /** Adds what went into a layer to what comes out, from the second layer on (Wu et al. 2016). @default false */
  readonly residual?: boolean;
  /** Gives the input to every layer, and every layer's output to what follows the network (Graves 2013). @default false */
  readonly skip?: boolean;
  /** Clamps the gradients that reach the linear maps (Graves 2013). */
  readonly clipPreactivations?: number;
  /**
   * For long sequences: training keeps only every layer's output and its states between segments of so many steps, and computes the
   * rest again in the backward pass, for one more forward pass. "sqrt" takes the root of the sequence's length, which keeps
   * least. Gradients are equal up to rounding. Everything is kept where missing.
   */
  readonly recompute?: SegmentLength;
  /** Values given out at every step beside the output, by the cell's names, with gradients: what attention has read, its weights. */
  readonly outputs?: readonly string[];
  /** What matrix products round their operands to, in both passes; a stream has a precision of its own. @default "float32" */
  readonly precision?: "float32" | "bfloat16";
  /** Values to record at every step, by the cell's names. */
  readonly inspect?: readonly string[];
  /** Values of which to record, at every step, the gradient that reaches them, by the cell's names. */
  readonly inspectGradients?: readonly string[];
  /** Of the matrices that take in the input. @default glorotUniform() */
  readonly initialInput?: Initialiser;
  /** Of the matrices that take in states. @default orthogonal() */
  readonly initialRecurrent?: Initialiser;
}

export interface RecurrentInput {
  /** States to start from; zeros where missing. */
  readonly initial?: States;
  /** Tokens of each row, in any order; all of them where missing. */
  readonly lengths?: readonly number[];
  /** What a cell with a memory reads. */
  readonly memory?: MemoryInput;
}

export interface RecurrentResult {
  /** [time, batch, outputSize]; zeros past a row's length. */
  readonly output: Tensor;
  /** States after each row's last token (for the second direction: its first). */
  readonly final: States;
  /** What `outputs` asked for, one record per layer and direction: [time, batch, columns]; zeros past a row's length. */
  readonly outputs: States;
  /** What `inspect` asked for, one record per layer and direction: [time, batch, columns]. */
  readonly inspected: States;
  /** What `inspectGradients` asked for, in the same order and of the same shapes; see `SequenceResult`. */
  readonly inspectedGradients: States;
}

/**
 * A recurrent network of any cell.
 *
 * @example
 * const network = new Recurrent(lstm, { inputSize: 96, hiddenSize: 256, layers: 2, random });
 * const { output, final } = network.forward(x); // x [time, batch, 96], output [time, batch, 256]
 */
export class Recurrent extends Module {
  readonly cell: Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Features of the output. */
  readonly outputSize: number;
  readonly layers: number;
  readonly directions: number;
  readonly residual: boolean;
  readonly skip: boolean;
  /** Layer by layer, direction by direction. */
  readonly #stack: readonly (readonly RecurrentLayer[])[];
  readonly #between: Dropout | undefined;

  constructor(cell: Cell, options: RecurrentOptions) {
    super();
    const { inputSize, hiddenSize, layers = 1, bidirectional = false, dropout = 0, variational = false } = options;
    const { residual = false, skip = false, zoneout = 0, random } = options;
    for (const [name, size] of Object.entries({ inputSize, hiddenSize, layers })) {
      if (!Number.isInteger(size) || size < 1) throw shapeError("Recurrent", name, "a whole number from 1 on", String(size));
    }
    for (const name of ["recurrentDropout", "zoneout"] as const) {
      for (const rate of typeof options[name] === "object" ? Object.values(options[name]) : [options[name] ?? 0]) {
        if (!(rate >= 0 && rate < 1)) throw shapeError("Recurrent", name, "0 up to, not including, 1", String(rate));
      }
    }
    if (residual && skip) throw shapeError("Recurrent", "residual and skip", "one of them", "both");
    this.cell = cell;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.layers = layers;
    this.directions = bidirectional ? 2 : 1;
    this.residual = residual;
    this.skip = skip;
    const width = hiddenSize * this.directions;
    this.outputSize = skip ? width * layers : width;
    this.#between = dropout > 0 ? new Dropout(dropout, { random, variational }) : undefined;
    const {
      recurrentDropout = 0, clipPreactivations, recompute, precision, inspect, inspectGradients, outputs, memorySize, initialInput,
      initialRecurrent,
    } = options;
    this.#stack = Array.from({ length: layers }, (_, layer) =>
      Array.from({ length: this.directions }, () =>
        new RecurrentLayer(cell, {
          inputSize: layer === 0 ? inputSize : skip ? inputSize + width : width,
          hiddenSize,
          random,
          recurrentDropout,
          zoneout: typeof zoneout === "number" ? Object.fromEntries(cell.states.map((state) => [state, zoneout])) : zoneout,
          ...(clipPreactivations !== undefined && { clipPreactivations }),
          ...(recompute !== undefined && { recompute }),
          ...(memorySize !== undefined && { memorySize }),
          ...(outputs && { outputs }),
          ...(precision !== undefined && { precision }),
          ...(inspect && { inspect }),
          ...(inspectGradients && { inspectGradients }),
          ...(initialInput && { initialInput }),
          ...(initialRecurrent && { initialRecurrent }),
        }),
      ),
    );
  }

  protected override *members(): Iterable<readonly [string, Module]> {
    for (const [i, directions] of this.#stack.entries()) {
      yield [`layer${i}.forward`, directions[0]!];
      if (directions[1]) yield [`layer${i}.backward`, directions[1]];
    }
    if (this.#between) yield ["dropout", this.#between];
  }

  /** The layer in one direction, for whoever drives it by hand. */
  layer(layer: number, direction: "forward" | "backward" = "forward"): RecurrentLayer {
    const found = this.#stack[layer]?.[direction === "forward" ? 0 : 1];
    if (!found) throw shapeError("Recurrent", "layer", `0 to ${this.layers - 1}${this.directions === 1 ? ", forward" : ""}`, `${layer}, ${direction}`);
    return found;
  }

  /**
   * @param x [time, batch, inputSize], or as many features that are one-hot
   * @throws ShapeError naming the argument
   */
  forward(x: Tensor | OneHotInput, { initial, lengths, memory }: RecurrentInput = {}): RecurrentResult {
    const oneHot = x instanceof Tensor ? undefined : x;
    const [shape, features] = x instanceof Tensor ? [x.shape, x.shape[2]] : [x.indices.shape, x.size];
    if (shape.length !== (oneHot ? 2 : 3) || features !== this.inputSize) {
      const expected = oneHot ? `indices [time, batch] of size ${this.inputSize}` : `[time, batch, ${this.inputSize}]`;
      throw shapeError("Recurrent", "x", expected, oneHot ? `${formatShape(shape)} of size ${oneHot.size}` : formatShape(shape));
    }
    const expected = this.layers * this.directions;
    if (initial && initial.length !== expected) {
      throw shapeError("Recurrent", "initial", `${expected} records of states, one per layer and direction`, String(initial.length));
    }
    const final: Readonly<Record<string, Tensor>>[] = [];
    const inspected: Readonly<Record<string, Tensor>>[] = [];
    const inspectedGradients: Readonly<Record<string, Tensor>>[] = [];
    const given: Readonly<Record<string, Tensor>>[] = [];
    const outputs: Tensor[] = [];
    // What stands beside one-hot features: nothing, for the first layer.
    let input = x instanceof Tensor ? x : zeros([...x.indices.shape, 0], { backend: x.indices.backend });
    this.#stack.forEach((directions, layer) => {
      if (layer > 0 && this.#between) input = this.#between.forward(input);
      const takesX = layer === 0 || this.skip;
      const source = takesX && layer > 0 && x instanceof Tensor ? concat([x, input], 2) : input;
      const results = directions.map((part, direction) =>
        part.forward(source, {
          initial: initial?.[layer * this.directions + direction], lengths, memory, reversed: direction === 1, ...(takesX && { oneHot }),
        }),
      );
      final.push(...results.map((result) => result.final));
      given.push(...results.map((result) => result.outputs));
      inspected.push(...results.map((result) => result.inspected));
      inspectedGradients.push(...results.map((result) => result.inspectedGradients));
      const output = results.length === 1 ? results[0]!.output : concat(results.map((result) => result.output), 2);
      input = this.residual && layer > 0 ? add(output, input) : output;
      outputs.push(input);
    });
    return { output: this.skip && outputs.length > 1 ? concat(outputs, 2) : input, final, outputs: given, inspected, inspectedGradients };
  }

  /**
   * The network as a reader of streams, one step at a time, without dropout.
   * @throws ShapeError for a bidirectional network, which needs the whole sequence
   */
  stream(batch = 1, { precision = "float32", memory }: StreamOptions = {}): RecurrentStream {
    const program = new StepProgram(this.layer(0).parameters()[0]!.backend, { batch, precision });
    const x = program.input(this.inputSize);
    return new RecurrentStream(x, this.addStep(program, x, memory), program);
  }

  /**
   * Puts a step of this network, with its parameters as they are now, behind what a program has.
   * @returns its output, [batch, outputSize]
   * @throws ShapeError for a bidirectional network
   */
  addStep(program: StepProgram, x: StepValue, memory?: MemoryInput): StepValue {
    if (this.directions === 2) throw shapeError("stream", "network", "one direction", "bidirectional");
    const outputs: StepValue[] = [];
    for (const [i, [layer]] of this.#stack.entries()) {
      const below = outputs.at(-1);
      const input = !below ? x : this.skip ? program.concat([x, below]) : below;
      const { output } = layer!.addStep(program, input, memory);
      outputs.push(this.residual && i > 0 ? program.add(output, input) : output);
    }
    return this.skip && outputs.length > 1 ? program.concat(outputs) : outputs.at(-1)!;
  }

  protected override describe(): ModuleDescription {
    const { inputSize: input, hiddenSize: hidden, layers, residual, skip } = this;
    return {
      name: `Recurrent ${this.cell.name}`,
      settings: {
        input, hidden, layers,
        ...(this.directions === 2 && { bidirectional: true }),
        ...(residual && { residual }),
        ...(skip && { skip }),
      },
    };
  }
}
