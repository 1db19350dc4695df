/**
 * A compiled cell over a whole sequence, as one differentiable operation: binds programs to memory, does the products that are
 * left out of the loop (the input's before it, the weights' gradients after it), and records itself on the tape. Either in one run,
 * whose values are kept for the backward pass, or segment by segment, computed again when the backward pass comes to them.
 */
import type { Backend, Pointer } from "../backend/backend.js";
import * as K from "../backend/generated/kernels.js";
import { type Tensor, isRecording, record, transpose } from "../tensor/index.js";
import { temporarily } from "../tensor/arena.js";
import { shapeError } from "../tensor/errors.js";
import type { GradientAccess } from "../tensor/tape.js";
import { sizeOf } from "../tensor/shape.js";
import { uncleared, viewOf } from "../tensor/tensor.js";
import { type Binding, packRows, programInMemory, slotRuns, splitName, tableFloats, writeTable } from "./binding.js";
import { columnCount, type CompiledCell, type Extent, type Matrix, type PackedWeights } from "./compile.js";
import { type MemoryGradients, type MemoryInput, SequenceMemory } from "./memory.js";
import { addColumns, type ColumnsOperands, oneHotPart, type OneHotInput, takeColumns } from "./one-hot.js";
import { convertedRowFloats, productForm } from "./precision.js";
import type { Program } from "./schedule.js";
import { isRagged, type RowOrder, rowOrder } from "./row-order.js";
import { checkSequence } from "./sequence-checks.js";
import { type Segment, type SegmentLength, segmentsOf } from "./segments.js";

/** The learned tensors of a cell. */
export interface CellParameters {
  /** By name, in the order of `CompiledCell.matrices`: [rows of all linear maps, columns]; then the maps of the memory, `CompiledCell.keys`. */
  readonly matrices: Readonly<Record<string, Tensor>>;
  /** Of all linear maps one after the other, or undefined where none has one. */
  readonly bias: Tensor | undefined;
  /** By name: [hiddenSize], or as wide as the cell made them. */
  readonly vectors: Readonly<Record<string, Tensor>>;
}

export interface SequenceOptions {
  /** States before the first token, by name: [batch, hiddenSize], or as wide as the cell made them. Zeros where missing. */
  readonly initial?: Readonly<Record<string, Tensor | undefined>> | undefined;
  /** Tokens of each row, 0..time, in any order. All rows are `time` long where missing. */
  readonly lengths?: readonly number[] | undefined;
  /** Each row is read from its own last token to its first. */
  readonly reversed?: boolean | undefined;
  /** What a cell with a memory reads. */
  readonly memory?: MemoryInput | undefined;
  /** The first features of the input where these are one-hot vectors; x has the others, or none. */
  readonly oneHot?: OneHotInput | undefined;
  /** Masks by name: [time, batch, hiddenSize], or [batch, hiddenSize] for the same at every token. */
  readonly given?: Readonly<Record<string, Tensor>> | undefined;
  /**
   * Steps of a segment: training then keeps only the output and the states between segments, and the backward pass runs each segment
   * forward again, for the price of one more forward pass. "sqrt" takes as many steps as there are segments, which keeps least.
   * Gradients are equal up to rounding. Everything is kept where missing.
   */
  readonly recompute?: SegmentLength | undefined;
}

export interface SequenceResult {
  /** The output state at every token, [time, batch, hiddenSize]; zeros past a row's length. */
  readonly output: Tensor;
  /** Every state after a row's last token, by name: [batch, hiddenSize]. */
  readonly final: Readonly<Record<string, Tensor>>;
  /** The values asked for by `outputs`, [time, batch, columns], with gradients; zeros past a row's length. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /**
   * The values asked for by `inspect`, [time, batch, columns] (columns 1 for numbers per row, as many as the memory has positions for
   * numbers per position); undefined past a row's length.
   */
  readonly inspected: Readonly<Record<string, Tensor>>;
  /**
   * The gradients asked for by `inspectGradients`, of the shape of their values: zeros until a `backward` in the same step fills them in,
   * and past a row's length. Empty where nothing is recorded for a backward pass.
   */
  readonly inspectedGradients: Readonly<Record<string, Tensor>>;
}

/**
 * Runs a compiled cell over a batch of sequences.
 * @param x [time, batch, inputSize]; less the features of `oneHot`
 * @throws ShapeError naming the argument
 */
export function runSequence(compiled: CompiledCell, parameters: CellParameters, x: Tensor, options: SequenceOptions = {}): SequenceResult {
  return new Sequence(compiled, parameters, x, options).result();
}

type States = Readonly<Record<string, Tensor>>;

/** What a backward pass over a run reads and adds to. */
interface RunGradients {
  /** What reaches the output, [time, batch, hiddenSize]. */
  readonly arriving: Tensor | undefined;
  /** What reaches the other outputs, by name. */
  readonly arrivals: States;
  /** What reaches the states after each row's last token; afterwards what reaches those before its first. */
  readonly carries: States;
  /** The gradient of the input; where `fresh` it holds nothing yet and every element is to be written. */
  readonly dx: Tensor | undefined;
  readonly fresh: boolean;
  /** Those of the matrices, where wanted. */
  readonly matrices: readonly (Tensor | undefined)[];
  /** Column totals, see `CompiledCell.totals`. */
  readonly totals: Tensor;
  readonly memory: MemoryGradients | undefined;
  /** Where the gradients of named values go, [time, batch, columns]. */
  readonly inspected: States;
}

/** The whole sequence: its segments (one, unless they are computed again) and its place on the tape. */
class Sequence {
  readonly #backend: Backend;
  readonly #time: number;
  readonly #batch: number;
  readonly #memory: SequenceMemory | undefined;
  readonly #segments: readonly Segment[];
  /** The states before each segment. */
  readonly #before: SequenceOptions["initial"][] = [];
  readonly #ragged: boolean;
  /** Everything `record` may give a gradient to. */
  readonly #inputs: Tensor[];
  readonly #training: boolean;
  readonly #output: Tensor;
  readonly #outputs: States;
  readonly #inspected: States;
  readonly #inspectedGradients: States;
  /** The one run, with what it keeps; undefined where segments are computed again. */
  #kept: SequenceRun | undefined;

  constructor(
    readonly compiled: CompiledCell,
    readonly parameters: CellParameters,
    readonly x: Tensor,
    readonly options: SequenceOptions,
  ) {
    const { cell } = compiled;
    const { lengths, recompute, reversed = false } = options;
    const [time = 0, batch = 0] = x.shape;
    checkSequence(compiled, x, options);
    this.#backend = x.backend;
    this.#time = time;
    this.#batch = batch;
    this.#ragged = isRagged(time, lengths);
    this.#segments = segmentsOf(time, recompute ?? Math.max(1, time), lengths, reversed);
    const { matrices, bias, vectors } = parameters;
    this.#inputs = [x, ...compiled.matrices.map(({ name }) => matrices[name]!)];
    if (bias) this.#inputs.push(bias);
    this.#inputs.push(...cell.vectors.map(({ name }) => vectors[name]!));
    this.#inputs.push(...cell.states.flatMap((state) => options.initial?.[state] ?? []));
    if (options.memory) {
      const values = transpose(options.memory.values, [1, 0, 2]);
      this.#memory = new SequenceMemory(compiled, parameters, values, options.memory.lengths);
      this.#inputs.push(...compiled.keys.map(({ name }) => matrices[name]!), values);
    }
    this.#training = isRecording(this.#inputs);
    this.#output = this.#empty([time, batch, compiled.stateColumns[cell.output]!]);
    this.#outputs = this.#values(compiled.outputs);
    if (this.#ragged) for (const output of Object.values(this.#outputs)) this.#clear(output);
    this.#inspected = this.#values(compiled.inspected);
    this.#inspectedGradients = this.#training ? this.#values(compiled.inspectedGradients) : {};
    for (const gradient of Object.values(this.#inspectedGradients)) this.#clear(gradient);
  }

  #values(extents: Readonly<Record<string, Extent>>): States {
    const columns = (extent: Extent) => columnCount(extent, this.#memory?.positions);
    return Object.fromEntries(Object.entries(extents).map(([name, extent]) => [name, this.#empty([this.#time, this.#batch, columns(extent)])]));
  }

  #clear(tensor: Tensor): Tensor {
    this.#backend.kernels.fill(tensor.pointer, 0, tensor.size);
    return tensor;
  }

  result(): SequenceResult {
    const { cell } = this.compiled;
    const after = this.#segments.map(() => this.#statesOf((state) => this.#empty([this.#batch, this.compiled.stateColumns[state]!])));
    this.#before.push(this.options.initial, ...after.slice(0, -1));
    if (this.#training && this.#segments.length === 1) {
      this.#kept = this.#run(0, this.#segments[0]!, new Map());
      this.#kept.forward(after[0]);
    } else this.#runEach([...this.#segments.keys()], (run, _, i) => run.forward(after[i]));
    const final = after.at(-1)!;
    const output = this.#output;
    const outputs = this.#outputs;
    record(`cell ${cell.name}`, this.#inputs, [output, ...Object.values(final), ...Object.values(outputs)], (g) => this.#backward(g));
    return { output, final, outputs, inspected: this.#inspected, inspectedGradients: this.#inspectedGradients };
  }

  /** Visits a run over each segment in the given order, all in the same memory. */
  #runEach(order: readonly number[], visit: (run: SequenceRun, segment: Segment, index: number) => void): void {
    temporarily(this.#backend, () => {
      const packed = new Map<string, Tensor>();
      const [first] = order;
      if (first !== undefined && order.length > 1) {
        // Without tokens: packs the weights once for all that follow.
        const { from } = this.#segments[first]!;
        const none: Segment = { from, to: from, lengths: undefined };
        visit(this.#run(first, none, packed), none, first);
      }
      for (const i of order) {
        const segment = this.#segments[i]!;
        temporarily(this.#backend, () => visit(this.#run(i, segment, packed), segment, i));
      }
    });
  }

  #run(index: number, segment: Segment, packed: Map<string, Tensor>): SequenceRun {
    const within = (tensors: States) => partsOf(tensors, segment);
    const { given = {}, reversed, oneHot } = this.options;
    return new SequenceRun(
      this.compiled,
      this.parameters,
      part(this.x, segment),
      { initial: this.#before[index], lengths: segment.lengths, reversed, given: within(given), oneHot: oneHot && oneHotPart(oneHot, segment) },
      {
        training: this.#training, output: part(this.#output, segment), outputs: within(this.#outputs), inspected: within(this.#inspected),
        memory: this.#memory, packed,
      },
    );
  }

  #backward(g: GradientAccess): void {
    const { compiled, options } = this;
    const { kernels } = this.#backend;
    const { cell } = compiled;
    const carries = this.#statesOf((state, i) => {
      const carry = this.#empty([this.#batch, compiled.stateColumns[state]!]);
      const arrived = g.output(1 + i);
      if (arrived) kernels.map(K.MAP_COPY, carry.pointer, arrived.pointer, carry.size, 0);
      else this.#clear(carry);
      return carry;
    });
    const arrivals = Object.entries(this.#outputs).map(([name, output], i) => {
      return [name, g.output(1 + cell.states.length + i) ?? this.#clear(this.#empty(output.shape))] as const;
    });
    const wantsX = g.wants(0);
    const fresh = wantsX && !this.#ragged && !compiled.inputGradientInProgram && compiled.inputLinears.length > 0 && g.untouched(0);
    const dx = wantsX ? (fresh ? g.overwrite(0) : g.into(0)) : undefined;
    const matrices = compiled.matrices.map((_, i) => (g.wants(1 + i) ? g.into(1 + i) : undefined));
    const totals = this.#clear(this.#empty([compiled.totalOffsets.at(-1)!]));
    const values = this.#inputs.length - 1;
    const memory = this.#memory?.gradients(g.wants(values) ? g.into(values) : undefined);
    const gradients: RunGradients = {
      arriving: g.output(0), arrivals: Object.fromEntries(arrivals), carries, dx, fresh, matrices, totals, memory,
      inspected: this.#inspectedGradients,
    };
    if (this.#kept) this.#kept.backward(gradients);
    else {
      this.#runEach([...this.#segments.keys()].reverse(), (run, segment) => {
        run.forward();
        run.backward({
          ...gradients,
          arriving: gradients.arriving && part(gradients.arriving, segment),
          arrivals: partsOf(gradients.arrivals, segment),
          inspected: partsOf(this.#inspectedGradients, segment),
          dx: dx && part(dx, segment),
        });
      });
    }

    let next = 1 + compiled.matrices.length;
    if (this.parameters.bias) {
      if (g.wants(next)) kernels.axpy(g.into(next).pointer, 1, totals.pointer, compiled.biasOffsets.at(-1)!);
      next++;
    }
    for (const { name } of cell.vectors) {
      const at = compiled.totalOffsets[compiled.totals.indexOf(`vector:${name}`)]!;
      if (g.wants(next)) kernels.axpy(g.into(next).pointer, 1, totals.pointer + 4 * at, compiled.vectorColumns[name]!);
      next++;
    }
    for (const state of cell.states) {
      if (!options.initial?.[state]) continue;
      if (g.wants(next)) g.add(next, carries[state]!);
      next++;
    }
    if (memory) this.#memory!.finish(memory, g, next);
  }

  #statesOf(make: (state: string, index: number) => Tensor): States {
    return Object.fromEntries(this.compiled.cell.states.map((state, i) => [state, make(state, i)]));
  }

  #empty(shape: readonly number[]): Tensor {
    return uncleared(`cell ${this.compiled.cell.name}`, this.#backend, shape);
  }
}

/** A tensor [time, ...] within a segment. */
function part(tensor: Tensor, { from, to }: Segment): Tensor {
  const step = tensor.shape.slice(1);
  return viewOf(tensor, [to - from, ...step], from * sizeOf(step));
}

/** The same of those among several that have a time axis. */
function partsOf(tensors: States, segment: Segment): States {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.shape.length === 3 ? part(tensor, segment) : tensor]));
}

/** What a run works with beside its input. */
interface RunSetting {
  /** Whether it keeps what `backward` will need. */
  readonly training: boolean;
  /** Where the outputs and recorded values go: [time, batch, columns]. */
  readonly output: Tensor;
  readonly outputs: States;
  readonly inspected: States;
  readonly memory: SequenceMemory | undefined;
  /** Packed weights so far; what is missing is added. */
  readonly packed: Map<string, Tensor>;
}

/** One run of the programs over a segment. */
class SequenceRun {
  readonly #backend: Backend;
  readonly #time: number;
  readonly #batch: number;
  /** Features of x, and of the one-hot vectors before them. */
  readonly #inputSize: number;
  readonly #oneHotSize: number;
  readonly #rows: RowOrder;
  readonly #states: Record<string, Tensor> = {};
  readonly #slots: Tensor;
  readonly #slotWidth: number;
  readonly #saved = new Map<string, Tensor>();
  /** Buffers that products over all tokens of a row read after the loop: zeros past its length. */
  readonly #summed: ReadonlySet<string>;
  /** Temporaries stay referenced until the kernels that use them have been called. */
  readonly #held: Tensor[] = [];

  constructor(
    readonly compiled: CompiledCell,
    readonly parameters: CellParameters,
    readonly x: Tensor,
    readonly options: SequenceOptions,
    readonly setting: RunSetting,
  ) {
    const { cell, slotOffsets, inputLinears, memoryGradients } = compiled;
    const [time = 0, batch = 0, inputSize = 0] = x.shape;
    this.#backend = x.backend;
    this.#time = time;
    this.#batch = batch;
    this.#inputSize = inputSize;
    this.#oneHotSize = options.oneHot?.size ?? 0;
    this.#rows = rowOrder(this.#backend, `cell "${cell.name}"`, time, batch, options.lengths, options.reversed ?? false);
    this.#summed = new Set(this.#rows.dense ? [] : memoryGradients.flatMap(({ weights, row }) => [weights, row]));
    this.#slotWidth = setting.training ? slotOffsets.at(-1)! : slotOffsets[inputLinears.length]!;
    this.#slots = this.#empty([time, batch, this.#slotWidth]);
  }

  /** @param final where the states after each row's last token go */
  forward(final?: States): void {
    const { compiled, setting } = this;
    const { cell } = compiled;
    for (const state of cell.states) {
      this.#states[state] = state === cell.output ? setting.output : (setting.outputs[state] ?? this.#perTokens(`state:${state}`, compiled.stateColumns[state]!));
    }
    if (!this.#rows.dense) this.#clear(setting.output);
    for (const [name, tensor] of Object.entries(setting.inspected)) if (this.#summed.has(`inspect:${name}`)) this.#clear(tensor);
    this.#projectInput();
    const program = setting.training ? compiled.training : compiled.inference;
    this.#run(program, this.#bindings(program));
    if (final) this.#final(final);
  }

  #empty(shape: readonly number[]): Tensor {
    return uncleared(`cell ${this.compiled.cell.name}`, this.#backend, shape);
  }

  #clear(tensor: Tensor): Tensor {
    this.#backend.kernels.fill(tensor.pointer, 0, tensor.size);
    return tensor;
  }

  /** Memory for all tokens. */
  #perTokens(buffer: string, extent: Extent): Tensor {
    const tensor = this.#empty([this.#time, this.#batch, this.#columns(extent)]);
    return this.#summed.has(buffer) ? this.#clear(tensor) : tensor;
  }

  get #precision() {
    return this.compiled.options.precision ?? "float32";
  }

  get #form(): number {
    return productForm(this.#precision);
  }

  // ---- Programs ---------------------------------------------------------------------------------------------------------------

  /** What the buffers of a program mean. */
  #bindings(program: Program, gradients?: RunGradients): Binding[] {
    return program.buffers.map((buffer): Binding => {
      const [kind, name = ""] = splitName(buffer);
      switch (kind) {
        case "x":
          return this.#perToken(this.x.pointer, this.#inputSize);
        case "state": {
          const initial = this.options.initial?.[name];
          const columns = this.compiled.stateColumns[name]!;
          return { ...this.#perToken(this.#states[name]!.pointer, columns), initial: initial?.pointer ?? 0, initialStride: columns };
        }
        case "slot":
          return this.#perToken(this.#slot(Number(name)), this.#slotWidth);
        case "source":
        case "saved":
          return this.#whole(this.#kept(buffer, this.compiled.saved.get(buffer)!));
        case "share":
          return this.#whole(this.#kept(buffer, this.compiled.shares.get(buffer)!));
        case "inspect":
          return this.#whole(this.setting.inspected[name]!);
        case "inspectGradients":
          return this.#whole(gradients!.inspected[name]!);
        case "output":
          return this.#whole(this.setting.outputs[name]!);
        case "positions":
        case "memory":
        case "keys":
          return this.setting.memory!.binding(kind, name, gradients?.memory)!;
        case "spill": {
          const columns = this.#columns(program.spills.get(buffer)!);
          return { pointer: this.#hold(this.#empty([this.#batch, columns])).pointer, rowStride: columns };
        }
        case "converted": {
          const floats = convertedRowFloats(this.#backend.kernels, this.#precision, program.rows!.get(buffer)!);
          return { pointer: this.#hold(this.#empty([this.#batch, floats])).pointer, rowStride: floats };
        }
        case "given": {
          const mask = this.options.given?.[name];
          if (!mask) throw shapeError(`cell "${this.compiled.cell.name}"`, `given ${name}`, "a mask", "none");
          const binding = this.#perToken(mask.pointer, mask.shape.at(-1)!);
          return mask.shape.length === 3 ? binding : { ...binding, timeStride: 0 };
        }
        case "vector":
          return { pointer: this.parameters.vectors[name]!.pointer };
        case "bias":
          return { pointer: this.parameters.bias!.pointer + 4 * this.compiled.biasOffsets[this.compiled.biases.indexOf(name)]! };
        case "packed":
          return { pointer: this.#packed(this.compiled.packed.get(buffer)!) };
        case "arriving":
          if (name !== "") return this.#whole(gradients!.arrivals[name]!);
          return this.#perToken(gradients!.arriving?.pointer ?? 0, this.setting.output.shape[2]!);
        case "dx":
          return this.#perToken((gradients!.dx ?? this.#hold(this.#empty(this.x.shape))).pointer, this.#inputSize);
        case "carry":
          return { pointer: gradients!.carries[name]!.pointer, rowStride: this.compiled.stateColumns[name]! };
        default:
          throw new Error(`program names a buffer of no known kind, ${buffer}`);
      }
    });
  }

  #perToken(pointer: Pointer, columns: number): Binding {
    return { pointer, timeStride: this.#batch * columns, rowStride: columns };
  }

  /** A tensor [time, batch, columns]. */
  #whole(tensor: Tensor): Binding {
    return this.#perToken(tensor.pointer, tensor.shape[2]!);
  }

  #columns(extent: Extent): number {
    return columnCount(extent, this.setting.memory?.positions);
  }

  #slot(index: number): Pointer {
    return this.#slots.pointer + 4 * this.compiled.slotOffsets[index]!;
  }

  #kept(buffer: string, extent: Extent): Tensor {
    let tensor = this.#saved.get(buffer);
    if (!tensor) this.#saved.set(buffer, (tensor = this.#perTokens(buffer, extent)));
    return tensor;
  }

  /** What a buffer of the memory's gradient holds. */
  #tokens(buffer: string): Tensor {
    const [kind, name = ""] = splitName(buffer);
    const { inspected, outputs } = this.setting;
    const named: Readonly<Record<string, States>> = { state: this.#states, inspect: inspected, output: outputs };
    return named[kind]?.[name] ?? this.#saved.get(buffer)!;
  }

  #hold(tensor: Tensor): Tensor {
    this.#held.push(tensor);
    return tensor;
  }

  #packed(weights: PackedWeights): Pointer {
    return this.#packRows(weights.matrix, weights.from, weights.to, weights.direction);
  }

  /** Rows [from, to) of a matrix, packed, of the input's those columns that x takes. Forward: columns in, rows out; backward the other way. */
  #packRows(name: string, from: number, to: number, direction: "forward" | "backward"): Pointer {
    const key = `${name} ${from} ${to} ${direction}`;
    let packed = this.setting.packed.get(key);
    if (!packed) {
      const firstColumn = name === "x" ? this.#oneHotSize : 0;
      packed = packRows(this.parameters.matrices[name]!, from, to, direction, this.#form, (floats) => this.#empty([floats]), firstColumn);
      this.setting.packed.set(key, packed);
    }
    return packed.pointer;
  }

  /** @param totals where the column totals of a backward program gather */
  #run(program: Program, bindings: readonly Binding[], totals?: Tensor): void {
    const { kernels, memory } = this.#backend;
    const code = programInMemory(program, this.#backend);
    const table = this.#hold(this.#empty([tableFloats(bindings)]));
    const totalsSize = totals?.size ?? 0;
    const partial = this.#hold(this.#empty([this.#backend.threads * totalsSize]));
    writeTable(memory, table.pointer, bindings);
    kernels.sequenceRun(
      code.words.pointer, program.words.length, code.constants.pointer, table.pointer, this.#batch, this.#rows.index.pointer,
      this.#rows.length.pointer, this.options.reversed ? 1 : 0, totals ? 1 : 0, totals?.pointer ?? 0, partial.pointer, totalsSize,
    );
  }

  // ---- Forward ----------------------------------------------------------------------------------------------------------------

  /** The input's share of every linear map that takes it in, with the bias, for all tokens. */
  #projectInput(): void {
    const { kernels } = this.#backend;
    const matrix = this.compiled.matrices.find(({ name }) => name === "x");
    if (!matrix) return;
    const { tokens } = this.#rows;
    const { oneHot } = this.options;
    for (const { slot, from, to, bias } of slotRuns(this.compiled, matrix)) {
      const start = bias === undefined ? 0 : this.parameters.bias!.pointer + 4 * bias;
      if (oneHot) takeColumns(this.#backend, oneHot, start, this.#columnsOperands(this.parameters.matrices["x"]!, from, to, slot));
      if (oneHot && this.#inputSize === 0) continue;
      const packed = this.#packRows("x", from, to, "forward");
      kernels.gemmRows(
        tokens.count, tokens.rows?.pointer ?? 0, to - from, this.#inputSize, this.x.pointer, this.#inputSize, packed, start, oneHot ? 1 : 0,
        this.#slots.pointer + 4 * slot, this.#slotWidth, this.#form,
      );
    }
  }

  /** Rows [from, to) of the input's matrix, or of its gradient, beside what is in the slots of all tokens. */
  #columnsOperands(matrix: Tensor, from: number, to: number, slot: number): ColumnsOperands {
    const matrixColumns = matrix.shape[1]!;
    return {
      matrix: matrix.pointer + 4 * from * matrixColumns, matrixColumns, rows: to - from, tokens: this.#rows.tokens,
      perToken: this.#slots.pointer + 4 * slot, perTokenColumns: this.#slotWidth,
    };
  }

  #final(into: States): void {
    const { kernels } = this.#backend;
    const { last, unmoved } = this.#rows;
    const [tokens, batch] = [this.#time * this.#batch, this.#batch];
    for (const [state, final] of Object.entries(into)) {
      const columns = this.compiled.stateColumns[state]!;
      kernels.gatherRows(final.pointer, this.#states[state]!.pointer, last.pointer, batch, columns, tokens);
      // Rows without tokens end where they began.
      const initial = this.options.initial?.[state];
      if (initial && unmoved) kernels.scatterAddRows(final.pointer, initial.pointer, unmoved.pointer, batch, columns, batch);
    }
  }

  // ---- Backward ---------------------------------------------------------------------------------------------------------------

  /** After `forward`. */
  backward(gradients: RunGradients): void {
    const { backward, matrices } = this.compiled;
    this.#run(backward, this.#bindings(backward, gradients), gradients.totals);
    matrices.forEach((matrix, i) => {
      const into = gradients.matrices[i];
      if (into) this.#weightGradient(matrix, into);
    });
    if (gradients.dx) this.#inputGradient(gradients.dx, gradients.fresh);
    if (gradients.memory) this.#memoryGradient(gradients.memory);
  }

  #memoryGradient({ values, keys }: MemoryGradients): void {
    for (const { into, weights, row, columns } of this.compiled.memoryGradients) {
      const target = into.keys === undefined ? values : keys[into.keys];
      if (!target) continue;
      this.setting.memory!.addProducts(target, this.#time, this.#tokens(weights).pointer, this.#tokens(row).pointer, columns);
    }
  }

  /** dW += the sum over tokens of (gradient of the linear maps) x (what they took in). */
  #weightGradient(matrix: Matrix, into: Tensor): void {
    const { kernels } = this.#backend;
    const stride = into.shape[1]!;
    const oneHot = matrix.name === "x" ? this.options.oneHot : undefined;
    const firstColumn = oneHot?.size ?? 0;
    const columns = stride - firstColumn;
    const source = this.compiled.sources.find((candidate) => candidate.matrix === matrix.name);
    const state = source?.previous ? source.buffer.slice("state:".length) : undefined;
    for (const { slot, from: row, to: end } of slotRuns(this.compiled, matrix)) {
      if (oneHot) addColumns(this.#backend, oneHot, this.#columnsOperands(into, row, end, slot));
      if (oneHot && columns === 0) continue;
      const to = into.pointer + 4 * (row * stride + firstColumn);
      const add = (count: number, slotRows: Pointer, slotOffset: number, from: Pointer, fromRows: Pointer) => {
        const gradient = this.#slots.pointer + 4 * (slot + slotOffset * this.#slotWidth);
        kernels.gemmTokensAdd(count, end - row, columns, gradient, slotRows, this.#slotWidth, from, fromRows, columns, to, stride, this.#form);
      };
      if (state === undefined) {
        const { count, rows: list } = this.#rows.tokens;
        const from = source ? this.#tokens(source.buffer).pointer : this.x.pointer;
        add(count, list?.pointer ?? 0, 0, from, list?.pointer ?? 0);
        continue;
      }
      const { following, first } = this.#rows;
      const from = this.#states[state]!.pointer + 4 * following.previousOffset * columns;
      add(following.count, following.rows?.pointer ?? 0, following.offset, from, following.previousRows?.pointer ?? 0);
      const initial = this.options.initial?.[state];
      if (initial) add(first.count, first.rows?.pointer ?? 0, first.offset, initial.pointer, first.batchRows?.pointer ?? 0);
    }
  }

  #inputGradient(dx: Tensor, fresh: boolean): void {
    const { kernels } = this.#backend;
    const matrix = this.compiled.matrices.find(({ name }) => name === "x");
    if (!matrix) return;
    const { count, rows: list } = this.#rows.tokens;
    slotRuns(this.compiled, matrix).forEach(({ slot, from, to }, i) => {
      const packed = this.#packRows("x", from, to, "backward");
      kernels.gemmRows(
        count, list?.pointer ?? 0, this.#inputSize, to - from, this.#slots.pointer + 4 * slot, this.#slotWidth, packed, 0, fresh && i === 0 ? 0 : 1,
        dx.pointer, this.#inputSize, this.#form,
      );
    });
  }
}
