/** A recurrent network whose first layer reads a memory, for itself and for the layers above. */
import { StepProgram, type Cell, type MemoryInput, type SegmentLength, type StepValue } from "../cell/index.js";
import { concat, formatShape, type RandomStream, shapeError, type Tensor } from "../tensor/index.js";
import type { Initialiser } from "./initialisers.js";
import { Module, type ModuleDescription } from "./module.js";
import { RecurrentLayer } from "./recurrent-layer.js";
import type { States } from "./recurrent.js";
import { RecurrentStream, type StreamOptions } from "./recurrent-stream.js";

export interface ReadingRecurrentOptions {
  /** The first layer's cell; `reads` names the state or value that holds what it has read. @default "w" */
  readonly reader: Cell;
  readonly reads?: string;
  /** The cell of the layers above, for more than one layer. */
  readonly above?: Cell;
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Features of a position of the memory. */
  readonly memorySize: number;
  /** @default 1 */
  readonly layers?: number;
  /** Draws initial parameters. */
  readonly random: RandomStream;
  /** Clamps the gradients that reach the linear maps (Graves 2013). */
  readonly clipPreactivations?: number;
  /** Steps of the segments that the backward pass computes again; see `RecurrentOptions`. */
  readonly recompute?: SegmentLength;
  /** Values of the first layer to record at every step: the window or the attention over the positions. */
  readonly inspect?: readonly string[];
  /** Values of the first layer given out at every step, with gradients. */
  readonly outputs?: readonly string[];
  readonly initialInput?: Initialiser;
  readonly initialRecurrent?: Initialiser;
}

export interface ReadingInput {
  readonly memory: MemoryInput;
  /** States to start from, one record per layer; zeros where missing. */
  readonly initial?: States;
  /** Tokens of each row, in any order; all of them where missing. */
  readonly lengths?: readonly number[];
}

export interface ReadingResult {
  /** The outputs of all layers side by side, [time, batch, layers * hiddenSize]; zeros past a row's length. */
  readonly output: Tensor;
  /** What was read, [time, batch, memorySize]. */
  readonly read: Tensor;
  /** States after each row's last token, one record per layer. */
  readonly final: States;
  /** What `outputs` and `inspect` asked for: [time, batch, columns]. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly inspected: Readonly<Record<string, Tensor>>;
}

/**
 * The network of handwriting synthesis (Graves 2013, section 5): the first layer takes in the input and reads the memory; every layer
 * above takes in the input, the layer below and what was read at the same step. What follows sees the outputs of all layers.
 *
 * @example
 * const network = new ReadingRecurrent({
 *   reader: gravesWindow(10), above: peepholeLstm, inputSize: 3, hiddenSize: 400, memorySize: 57, layers: 3, random,
 * });
 * const { output } = network.forward(strokes, { memory: { values: text, lengths } }); // text [positions, batch, 57]
 */
export class ReadingRecurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly memorySize: number;
  readonly layers: number;
  readonly outputSize: number;
  readonly #reads: string;
  readonly #layers: readonly RecurrentLayer[];

  constructor(options: ReadingRecurrentOptions) {
    super();
    const { reader, reads = "w", above, inputSize, hiddenSize, memorySize, layers = 1, random } = options;
    const { clipPreactivations, recompute, inspect, outputs = [], initialInput, initialRecurrent } = options;
    if (!Number.isInteger(layers) || layers < 1) throw shapeError("ReadingRecurrent", "layers", "a whole number from 1 on", String(layers));
    if (layers > 1 && !above) throw shapeError("ReadingRecurrent", "above", "the cell of the layers above the first", "none");
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.memorySize = memorySize;
    this.layers = layers;
    this.outputSize = layers * hiddenSize;
    this.#reads = reads;
    const common = {
      hiddenSize, random,
      ...(clipPreactivations !== undefined && { clipPreactivations }),
      ...(recompute !== undefined && { recompute }),
      ...(initialInput && { initialInput }),
      ...(initialRecurrent && { initialRecurrent }),
    };
    const first = new RecurrentLayer(reader, {
      ...common, inputSize, memorySize, outputs: [...new Set([reads, ...outputs])], ...(inspect && { inspect }),
    });
    const others = Array.from(
      { length: layers - 1 },
      () => new RecurrentLayer(above!, { ...common, inputSize: inputSize + hiddenSize + memorySize }),
    );
    this.#layers = [first, ...others];
  }

  protected override *members(): Iterable<readonly [string, Module]> {
    for (const [i, layer] of this.#layers.entries()) yield [`layer${i}`, layer];
  }

  /** @param x [time, batch, inputSize] @throws ShapeError naming the argument */
  forward(x: Tensor, { memory, initial, lengths }: ReadingInput): ReadingResult {
    if (x.shape.length !== 3 || x.shape[2] !== this.inputSize) {
      throw shapeError("ReadingRecurrent", "x", `[time, batch, ${this.inputSize}]`, formatShape(x.shape));
    }
    if (initial && initial.length !== this.layers) {
      throw shapeError("ReadingRecurrent", "initial", `${this.layers} records of states, one per layer`, String(initial.length));
    }
    const [first, ...others] = this.#layers;
    const bottom = first!.forward(x, { memory, lengths, initial: initial?.[0] });
    const { [this.#reads]: read } = bottom.outputs;
    const results = [bottom];
    others.forEach((layer, i) => {
      const input = concat([x, results[i]!.output, read!], 2);
      results.push(layer.forward(input, { lengths, initial: initial?.[i + 1] }));
    });
    const { outputs, inspected } = bottom;
    return {
      output: results.length === 1 ? bottom.output : concat(results.map((result) => result.output), 2),
      read: read!, final: results.map((result) => result.final), outputs, inspected,
    };
  }

  /** The network as a reader of streams, one step at a time, with this memory. What `outputs` asked for is there after each step. */
  stream(batch: number, { precision = "float32", memory }: StreamOptions & { readonly memory: MemoryInput }): RecurrentStream {
    const program = new StepProgram(memory.values.backend, { batch, precision });
    const x = program.input(this.inputSize);
    const { output, outputs } = this.addStep(program, x, memory);
    return new RecurrentStream(x, output, program, outputs);
  }

  /** Puts a step of this network, with its parameters and the memory as they are now, behind what a program has. */
  addStep(program: StepProgram, x: StepValue, memory: MemoryInput): { output: StepValue; outputs: Readonly<Record<string, StepValue>> } {
    const [first, ...others] = this.#layers;
    const { output, outputs } = first!.addStep(program, x, memory);
    const results = [output];
    for (const layer of others) results.push(layer.addStep(program, program.concat([x, results.at(-1)!, outputs[this.#reads]!])).output);
    return { output: results.length === 1 ? output : program.concat(results), outputs };
  }

  protected override describe(): ModuleDescription {
    const { inputSize: input, hiddenSize: hidden, memorySize: memory, layers } = this;
    return { name: `ReadingRecurrent ${this.#layers[0]!.cell.name}`, settings: { input, hidden, memory, layers } };
  }
}
