/**
 * A compiled cell over a whole sequence, as one differentiable operation: binds programs to memory, does the products that are
 * left out of the loop (the input's before it, the weights' gradients after it), and records itself on the tape.
 */
import type { Backend, Pointer } from "../backend/backend.js";
import * as K from "../backend/generated/kernels.js";
import { type Tensor, isRecording, record } from "../tensor/index.js";
import { formatShape, shapeError } from "../tensor/errors.js";
import { uncleared } from "../tensor/tensor.js";
import { type Binding, packRows, programInMemory, slotRuns, splitName, tableFloats, writeTable } from "./binding.js";
import { columnCount, type CompiledCell, type Matrix, type PackedWeights } from "./compile.js";
import type { Program } from "./schedule.js";
import { type RowOrder, rowOrder } from "./row-order.js";

/** The learned tensors of a cell. */
export interface CellParameters {
  /** By name, in the order of `CompiledCell.matrices`: [linear maps * hiddenSize, columns]. */
  readonly matrices: Readonly<Record<string, Tensor>>;
  /** [biases * hiddenSize], or undefined where no linear map has one. */
  readonly bias: Tensor | undefined;
  /** By name: [hiddenSize]. */
  readonly vectors: Readonly<Record<string, Tensor>>;
}

export interface SequenceOptions {
  /** States before the first token, by name: [batch, hiddenSize]. Zeros where missing. */
  readonly initial?: Readonly<Record<string, Tensor | undefined>> | undefined;
  /** Tokens of each row, 0..time, in any order. All rows are `time` long where missing. */
  readonly lengths?: readonly number[] | undefined;
  /** Each row is read from its own last token to its first. */
  readonly reversed?: boolean | undefined;
  /** Masks by name: [time, batch, hiddenSize], or [batch, hiddenSize] for the same at every token. */
  readonly given?: Readonly<Record<string, Tensor>> | undefined;
}

export interface SequenceResult {
  /** The output state at every token, [time, batch, hiddenSize]; zeros past a row's length. */
  readonly output: Tensor;
  /** Every state after a row's last token, by name: [batch, hiddenSize]. */
  readonly final: Readonly<Record<string, Tensor>>;
  /** The values asked for by `inspect`, [time, batch, columns] (columns 1 for numbers per row); undefined past a row's length. */
  readonly inspected: Readonly<Record<string, Tensor>>;
}

/**
 * Runs a compiled cell over a batch of sequences.
 * @param x [time, batch, inputSize]
 * @throws ShapeError naming the argument
 */
export function runSequence(compiled: CompiledCell, parameters: CellParameters, x: Tensor, options: SequenceOptions = {}): SequenceResult {
  return new SequenceRun(compiled, parameters, x, options).result();
}

class SequenceRun {
  readonly #backend: Backend;
  readonly #time: number;
  readonly #batch: number;
  readonly #inputSize: number;
  readonly #hiddenSize: number;
  readonly #rows: RowOrder;
  /** Everything `record` may give a gradient to. */
  readonly #inputs: Tensor[];
  readonly #training: boolean;
  readonly #states: Record<string, Tensor> = {};
  readonly #inspected: Record<string, Tensor> = {};
  readonly #slots: Tensor;
  readonly #slotWidth: number;
  readonly #saved = new Map<string, Tensor>();
  /** Temporaries stay referenced until the kernels that use them have been called. */
  readonly #held: Tensor[] = [];

  constructor(
    readonly compiled: CompiledCell,
    readonly parameters: CellParameters,
    readonly x: Tensor,
    readonly options: SequenceOptions,
  ) {
    const { cell, sizes } = compiled;
    const operation = `cell "${cell.name}"`;
    const [time, batch, features] = x.shape;
    if (x.shape.length !== 3 || features !== sizes.inputSize) {
      throw shapeError(operation, "x", `[time, batch, ${sizes.inputSize}]`, formatShape(x.shape));
    }
    this.#backend = x.backend;
    this.#time = time!;
    this.#batch = batch!;
    this.#inputSize = sizes.inputSize;
    this.#hiddenSize = sizes.hiddenSize;
    this.#checkStates(operation);
    this.#checkGiven(operation);
    this.#rows = rowOrder(this.#backend, operation, this.#time, this.#batch, options.lengths, options.reversed ?? false);
    const { matrices, bias, vectors } = parameters;
    this.#inputs = [x, ...compiled.matrices.map(({ name }) => matrices[name]!)];
    if (bias) this.#inputs.push(bias);
    this.#inputs.push(...cell.vectors.map(({ name }) => vectors[name]!));
    this.#inputs.push(...cell.states.flatMap((state) => options.initial?.[state] ?? []));
    this.#training = isRecording(this.#inputs);
    this.#slotWidth = (this.#training ? compiled.slotCount : compiled.inputLinears.length) * this.#hiddenSize;
    this.#slots = this.#empty([this.#time, this.#batch, this.#slotWidth]);
  }

  result(): SequenceResult {
    const { compiled } = this;
    const { cell } = compiled;
    for (const state of cell.states) this.#states[state] = this.#empty([this.#time, this.#batch, this.#hiddenSize]);
    if (!this.#rows.dense) this.#clear(this.#states[cell.output]!);
    this.#projectInput();
    const program = this.#training ? compiled.training : compiled.inference;
    this.#run(program, this.#bindings(program), false);
    const final = this.#final();
    const output = this.#states[cell.output]!;
    record(`cell ${cell.name}`, this.#inputs, [output, ...Object.values(final)], (g) => this.#backward(g));
    return { output, final, inspected: this.#inspected };
  }

  #empty(shape: readonly number[]): Tensor {
    return uncleared(`cell ${this.compiled.cell.name}`, this.#backend, shape);
  }

  #clear(tensor: Tensor): void {
    this.#backend.kernels.fill(tensor.pointer, 0, tensor.size);
  }

  #checkStates(operation: string): void {
    for (const [state, tensor] of Object.entries(this.options.initial ?? {})) {
      if (!this.compiled.cell.states.includes(state)) {
        throw shapeError(operation, `initial.${state}`, `one of the states ${this.compiled.cell.states.join(", ")}`, state);
      }
      const expected = [this.#batch, this.#hiddenSize];
      if (tensor && formatShape(tensor.shape) !== formatShape(expected)) {
        throw shapeError(operation, `initial.${state}`, formatShape(expected), formatShape(tensor.shape));
      }
    }
  }

  #checkGiven(operation: string): void {
    const constant = formatShape([this.#batch, this.#hiddenSize]);
    const varying = formatShape([this.#time, this.#batch, this.#hiddenSize]);
    for (const [name, tensor] of Object.entries(this.options.given ?? {})) {
      const shape = formatShape(tensor.shape);
      if (shape !== constant && shape !== varying) throw shapeError(operation, `given ${name}`, `${varying} or ${constant}`, shape);
    }
  }

  // ---- Programs ---------------------------------------------------------------------------------------------------------------

  /** What the buffers of a program mean. */
  #bindings(program: Program, gradients?: { arriving: Pointer; carries: Readonly<Record<string, Tensor>>; dx: Pointer }): Binding[] {
    return program.buffers.map((buffer): Binding => {
      const [kind, name = ""] = splitName(buffer);
      switch (kind) {
        case "x":
          return this.#perToken(this.x.pointer, this.#inputSize);
        case "state": {
          const initial = this.options.initial?.[name];
          const binding = this.#perToken(this.#states[name]!.pointer, this.#hiddenSize);
          return { ...binding, initial: initial?.pointer ?? 0, initialStride: this.#hiddenSize };
        }
        case "slot":
          return this.#perToken(this.#slot(Number(name)), this.#slotWidth);
        case "source":
        case "saved": {
          const columns = this.compiled.saved.get(buffer)!;
          return this.#perToken(this.#kept(buffer, columns).pointer, this.#columns(columns));
        }
        case "inspect": {
          const e = this.compiled.inspected[name]!;
          this.#inspected[name] ??= this.#empty([this.#time, this.#batch, this.#columns(e)]);
          return this.#perToken(this.#inspected[name]!.pointer, this.#columns(e));
        }
        case "spill": {
          const columns = this.#columns(program.spills.get(buffer)!);
          return { pointer: this.#hold(this.#empty([this.#batch, columns])).pointer, rowStride: columns };
        }
        case "given": {
          const mask = this.options.given?.[name];
          if (!mask) throw shapeError(`cell "${this.compiled.cell.name}"`, `given ${name}`, "a mask", "none");
          const binding = this.#perToken(mask.pointer, this.#hiddenSize);
          return mask.shape.length === 3 ? binding : { ...binding, timeStride: 0 };
        }
        case "vector":
          return { pointer: this.parameters.vectors[name]!.pointer };
        case "bias":
          return { pointer: this.parameters.bias!.pointer + 4 * this.compiled.biases.indexOf(name) * this.#hiddenSize };
        case "packed":
          return { pointer: this.#packed(this.compiled.packed.get(buffer)!) };
        case "arriving":
          return this.#perToken(gradients!.arriving, this.#hiddenSize);
        case "dx":
          return this.#perToken(gradients!.dx, this.#inputSize);
        case "carry":
          return { pointer: gradients!.carries[name]!.pointer, rowStride: this.#hiddenSize };
        default:
          throw new Error(`program names a buffer of no known kind, ${buffer}`);
      }
    });
  }

  #perToken(pointer: Pointer, columns: number): Binding {
    return { pointer, timeStride: this.#batch * columns, rowStride: columns };
  }

  #columns(width: "input" | "hidden" | "row"): number {
    return columnCount(this.compiled.sizes, width);
  }

  #slot(index: number): Pointer {
    return this.#slots.pointer + 4 * index * this.#hiddenSize;
  }

  #kept(buffer: string, columns: "input" | "hidden" | "row"): Tensor {
    let tensor = this.#saved.get(buffer);
    if (!tensor) this.#saved.set(buffer, (tensor = this.#empty([this.#time, this.#batch, this.#columns(columns)])));
    return tensor;
  }

  #hold(tensor: Tensor): Tensor {
    this.#held.push(tensor);
    return tensor;
  }

  #packed(weights: PackedWeights): Pointer {
    return this.#packRows(weights.matrix, weights.from, weights.to, weights.direction);
  }

  /** Rows [from, to) of a matrix, packed. Forward: columns in, rows out; backward the other way. */
  #packRows(name: string, from: number, to: number, direction: "forward" | "backward"): Pointer {
    return this.#hold(packRows(this.parameters.matrices[name]!, from, to, direction, (floats) => this.#empty([floats]))).pointer;
  }

  /** @returns the column totals of a backward program */
  #run(program: Program, bindings: readonly Binding[], backward: boolean): Tensor {
    const { kernels, memory } = this.#backend;
    const code = programInMemory(program, this.#backend);
    const table = this.#hold(this.#empty([tableFloats(bindings)]));
    const totalsSize = backward ? this.compiled.totals.length * this.#hiddenSize : 0;
    const totals = this.#empty([totalsSize]);
    this.#clear(totals);
    const partial = this.#hold(this.#empty([this.#backend.threads * totalsSize]));
    writeTable(memory, table.pointer, bindings);
    kernels.sequenceRun(
      code.words.pointer, program.words.length, code.constants.pointer, table.pointer, this.#batch, this.#rows.index.pointer,
      this.#rows.length.pointer, this.options.reversed ? 1 : 0, backward ? 1 : 0, totals.pointer, partial.pointer, totalsSize,
    );
    return totals;
  }

  // ---- Forward ----------------------------------------------------------------------------------------------------------------

  /** The input's share of every linear map that takes it in, with the bias, for all tokens. */
  #projectInput(): void {
    const { kernels } = this.#backend;
    const matrix = this.compiled.matrices.find(({ name }) => name === "x");
    if (!matrix) return;
    const { tokens } = this.#rows;
    for (const { slot, block, blocks, bias } of slotRuns(this.compiled, matrix)) {
      const rows = blocks * this.#hiddenSize;
      const packed = this.#packRows("x", block * this.#hiddenSize, block * this.#hiddenSize + rows, "forward");
      const from = bias === undefined ? 0 : this.parameters.bias!.pointer + 4 * bias * this.#hiddenSize;
      kernels.gemmRows(
        tokens.count, tokens.rows?.pointer ?? 0, rows, this.#inputSize, this.x.pointer, this.#inputSize, packed, from, 0,
        this.#slot(slot), this.#slotWidth,
      );
    }
  }

  #final(): Record<string, Tensor> {
    const { kernels } = this.#backend;
    const { last, unmoved } = this.#rows;
    const [tokens, batch, columns] = [this.#time * this.#batch, this.#batch, this.#hiddenSize];
    return Object.fromEntries(
      this.compiled.cell.states.map((state) => {
        const final = this.#empty([batch, columns]);
        kernels.gatherRows(final.pointer, this.#states[state]!.pointer, last.pointer, batch, columns, tokens);
        // Rows without tokens end where they began.
        const initial = this.options.initial?.[state];
        if (initial && unmoved) kernels.scatterAddRows(final.pointer, initial.pointer, unmoved.pointer, batch, columns, batch);
        return [state, final];
      }),
    );
  }

  // ---- Backward ---------------------------------------------------------------------------------------------------------------

  #backward(g: Parameters<Parameters<typeof record>[3]>[0]): void {
    const { compiled } = this;
    const { kernels } = this.#backend;
    const { cell } = compiled;
    const carries = Object.fromEntries(
      cell.states.map((state, i) => {
        const carry = this.#empty([this.#batch, this.#hiddenSize]);
        const arrived = g.output(1 + i);
        if (arrived) kernels.map(K.MAP_COPY, carry.pointer, arrived.pointer, carry.size, 0);
        else this.#clear(carry);
        return [state, carry];
      }),
    );
    const wantsX = g.wants(0);
    const fresh = wantsX && this.#rows.dense && !compiled.inputGradientInProgram && compiled.inputLinears.length > 0 && g.untouched(0);
    const dx = wantsX ? (fresh ? g.overwrite(0) : g.into(0)) : compiled.inputGradientInProgram ? this.#hold(this.#empty(this.x.shape)) : undefined;
    const program = compiled.backward;
    const arriving = g.output(0)?.pointer ?? 0;
    const totals = this.#run(program, this.#bindings(program, { arriving, carries, dx: dx?.pointer ?? 0 }), true);

    compiled.matrices.forEach((matrix, i) => {
      if (g.wants(1 + i)) this.#weightGradient(matrix, g.into(1 + i));
    });
    if (wantsX) this.#inputGradient(dx!, fresh);
    let next = 1 + compiled.matrices.length;
    if (this.parameters.bias) {
      if (g.wants(next)) kernels.axpy(g.into(next).pointer, 1, totals.pointer, compiled.biases.length * this.#hiddenSize);
      next++;
    }
    for (const { name } of cell.vectors) {
      const at = compiled.totals.indexOf(`vector:${name}`);
      if (g.wants(next)) kernels.axpy(g.into(next).pointer, 1, totals.pointer + 4 * at * this.#hiddenSize, this.#hiddenSize);
      next++;
    }
    for (const state of cell.states) {
      if (!this.options.initial?.[state]) continue;
      if (g.wants(next)) g.add(next, carries[state]!);
      next++;
    }
  }

  /** dW += the sum over tokens of (gradient of the linear maps) x (what they took in). */
  #weightGradient(matrix: Matrix, into: Tensor): void {
    const { kernels } = this.#backend;
    const columns = into.shape[1]!;
    const source = this.compiled.sources.find((candidate) => candidate.matrix === matrix.name);
    const state = source?.previous ? source.buffer.slice("state:".length) : undefined;
    for (const { slot, block, blocks } of slotRuns(this.compiled, matrix)) {
      const rows = blocks * this.#hiddenSize;
      const to = into.pointer + 4 * block * this.#hiddenSize * columns;
      const add = (count: number, slotRows: Pointer, slotOffset: number, from: Pointer, fromRows: Pointer) => {
        kernels.gemmTokensAdd(count, rows, columns, this.#slot(slot) + 4 * slotOffset * this.#slotWidth, slotRows, this.#slotWidth, from, fromRows, columns, to, columns);
      };
      if (state === undefined) {
        const { count, rows: list } = this.#rows.tokens;
        const from = source ? this.#saved.get(source.buffer)!.pointer : this.x.pointer;
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
    slotRuns(this.compiled, matrix).forEach(({ slot, block, blocks }, i) => {
      const rows = blocks * this.#hiddenSize;
      const packed = this.#packRows("x", block * this.#hiddenSize, block * this.#hiddenSize + rows, "backward");
      kernels.gemmRows(
        count, list?.pointer ?? 0, this.#inputSize, rows, this.#slot(slot), this.#slotWidth, packed, 0, fresh && i === 0 ? 0 : 1,
        dx.pointer, this.#inputSize,
      );
    });
  }
}
