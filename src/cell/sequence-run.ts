/**
 * One run of a compiled cell's programs over a sequence or a segment of one: binds them to memory, and does the products that are left out
 * of the loop (the input's before it, the weights' gradients after it).
 */
import type { Backend, Pointer } from "../backend/backend.js";
import { shapeError } from "../tensor/errors.js";
import type { Tensor } from "../tensor/index.js";
import { uncleared } from "../tensor/tensor.js";
import { type Binding, namedBuffers, packRows, programInMemory, slotRuns, splitName, tableFloats, writeTable } from "./binding.js";
import { columnCount, type CompiledCell, type Extent, type Matrix, type PackedWeights } from "./compile.js";
import type { MemoryGradients, SequenceMemory } from "./memory.js";
import { addColumns, type ColumnsOperands, takeColumns } from "./one-hot.js";
import { convertedRowFloats, productForm } from "./precision.js";
import { type RowOrder, rowOrder } from "./row-order.js";
import type { Program } from "./schedule.js";
import type { CellParameters, SequenceOptions } from "./sequence.js";

/** Tensors by the name of a state or a value. */
export type States = Readonly<Record<string, Tensor>>;

/** What a backward pass over a run reads and adds to. */
export interface RunGradients {
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

/** What a run works with beside its input. */
export interface RunSetting {
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
export class SequenceRun {
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
    return namedBuffers(program).map(({ buffer, kind, name }): Binding => {
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
