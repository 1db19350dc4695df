/** One layer of a recurrent network in one direction: the parameters of a cell, and its compiled forms. */
import {
  type Cell, type CellSizes, compileCell, type CompiledCell, type CompileOptions, type MemoryInput, runSequence, type SegmentLength, type SequenceOptions,
  type CellStep, type SequenceResult, type StepProgram, type StepValue,
} from "../cell/index.js";
import { concat, full, type RandomStream, type Tensor } from "../tensor/index.js";
import { glorotUniform, type Initialiser, orthogonal } from "./initialisers.js";
import { Module, parameter, type ModuleDescription, type Parameter } from "./module.js";

export interface RecurrentLayerOptions extends Omit<CompileOptions, "recurrentMask" | "sampled"> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  /** Features of a position of the memory, for a cell that reads one. */
  readonly memorySize?: number;
  readonly random: RandomStream;
  /** Probability with which a unit of a state is hidden from the recurrent maps, the same units at every step. @default 0 */
  readonly recurrentDropout?: number;
  /** Steps of the segments that the backward pass computes again instead of keeping all; see `SequenceOptions`. */
  readonly recompute?: SegmentLength;
  /** Of the matrix that takes in the input, per linear map. @default glorotUniform() */
  readonly initialInput?: Initialiser;
  /** Of the matrices that take in states, per linear map. @default orthogonal() */
  readonly initialRecurrent?: Initialiser;
}

export class RecurrentLayer extends Module {
  readonly cell: Cell;
  readonly sizes: CellSizes;
  readonly #options: RecurrentLayerOptions;
  readonly #matrices: Record<string, Parameter> = {};
  readonly #bias: Parameter | undefined;
  readonly #vectors: Record<string, Parameter> = {};
  /** Compiled forms by whether masks are drawn. */
  readonly #compiled = new Map<boolean, CompiledCell>();

  constructor(cell: Cell, options: RecurrentLayerOptions) {
    super();
    const { inputSize, hiddenSize, memorySize, random, initialInput = glorotUniform(), initialRecurrent = orthogonal() } = options;
    this.cell = cell;
    this.sizes = { inputSize, hiddenSize, ...(memorySize !== undefined && { memorySize }) };
    this.#options = options;
    const compiled = this.compiled(false);
    for (const { name, offsets, columns } of compiled.matrices) {
      const block = name === "x" ? initialInput : initialRecurrent;
      const blocks = offsets.slice(1).map((end, i) => block([end - offsets[i]!, columns], random));
      this.#matrices[name] = parameter(concat(blocks, 0));
    }
    for (const { name, rows, columns } of compiled.keys) this.#matrices[name] = parameter(initialInput([rows, columns], random));
    const biases = compiled.biases.map((name, i) => {
      const height = compiled.biasOffsets[i + 1]! - compiled.biasOffsets[i]!;
      return full([height], cell.linears.find((map) => map.name === name)!.bias!);
    });
    this.#bias = biases.length > 0 ? parameter(concat(biases, 0)) : undefined;
    for (const { name, initial } of cell.vectors) this.#vectors[name] = parameter(full([compiled.vectorColumns[name]!], initial));
  }

  /** The matrices by what they take in (`x`, `h`, …: rows of all linear maps, in order of definition), `bias`, and the cell's vectors. */
  protected override *members(): Iterable<readonly [string, Parameter]> {
    yield* Object.entries(this.#matrices);
    if (this.#bias) yield ["bias", this.#bias];
    yield* Object.entries(this.#vectors);
  }

  /** The programs that run this layer; where `sampled`, with the masks of training. */
  compiled(sampled: boolean): CompiledCell {
    let compiled = this.#compiled.get(sampled);
    if (!compiled) {
      const { clipPreactivations, zoneout, inspect, inspectGradients, outputs, precision, recurrentDropout = 0 } = this.#options;
      compiled = compileCell(this.cell, this.sizes, {
        ...(clipPreactivations !== undefined && { clipPreactivations }),
        ...(zoneout && { zoneout }),
        ...(precision && { precision }),
        ...(inspect && { inspect }),
        ...(inspectGradients && { inspectGradients }),
        ...(outputs && { outputs }),
        recurrentMask: recurrentDropout > 0,
        sampled,
      });
      this.#compiled.set(sampled, compiled);
    }
    return compiled;
  }

  /** @param x [time, batch, inputSize]; less the features of `oneHot` */
  forward(x: Tensor, options: Omit<SequenceOptions, "given"> = {}): SequenceResult {
    const sampled = this.training && this.#sampling();
    const given = sampled ? this.#masks(x) : {};
    return runSequence(
      this.compiled(sampled),
      { matrices: this.#matrices, bias: this.#bias, vectors: this.#vectors },
      x,
      { recompute: this.#options.recompute, ...options, given },
    );
  }

  /** Puts a step of this layer, with its parameters and the memory as they are now, behind what a program has. */
  addStep(program: StepProgram, x: StepValue, memory?: MemoryInput): CellStep {
    return program.cell(this.compiled(false), { matrices: this.#matrices, bias: this.#bias, vectors: this.#vectors }, x, memory);
  }

  #sampling(): boolean {
    const { zoneout = {}, recurrentDropout = 0 } = this.#options;
    return recurrentDropout > 0 || Object.values(zoneout).some((rate) => rate > 0);
  }

  #masks(x: Tensor): Record<string, Tensor> {
    const { random, zoneout = {}, recurrentDropout = 0 } = this.#options;
    const [time = 0, batch = 0] = x.shape;
    const { stateColumns } = this.compiled(true);
    const { backend } = x;
    const masks: Record<string, Tensor> = {};
    for (const state of this.cell.states) {
      const rate = zoneout[state] ?? 0;
      if (rate > 0) masks[`zoneout:${state}`] = random.mask([time, batch, stateColumns[state]!], rate, { value: 1, backend });
      if (recurrentDropout > 0) masks[`recurrent:${state}`] = random.mask([batch, stateColumns[state]!], 1 - recurrentDropout, { backend });
    }
    return masks;
  }

  protected override describe(): ModuleDescription {
    const { inputSize: input, hiddenSize: hidden } = this.sizes;
    return { name: this.cell.name, settings: { input, hidden } };
  }
}
