/**
 * A compiled cell over a whole sequence, as one differentiable operation: binds programs to memory, does the products that are
 * left out of the loop (the input's before it, the weights' gradients after it), and records itself on the tape. Either in one run,
 * whose values are kept for the backward pass, or segment by segment, computed again when the backward pass comes to them.
 */
import type { Backend, Pointer } from "../backend/backend.js";
import * as K from "../backend/generated/kernels.js";
import { type Tensor, isRecording, record } from "../tensor/index.js";
import { temporarily } from "../tensor/arena.js";
import { formatShape, shapeError } from "../tensor/errors.js";
import type { GradientAccess } from "../tensor/tape.js";
import { sizeOf } from "../tensor/shape.js";
import { uncleared, viewOf } from "../tensor/tensor.js";
import { type Binding, packRows, programInMemory, slotRuns, splitName, tableFloats, writeTable } from "./binding.js";
import { columnCount, type CompiledCell, type Matrix, type PackedWeights } from "./compile.js";
import { convertedRowFloats, productForm } from "./precision.js";
import type { Program } from "./schedule.js";
import { checkLengths, isRagged, type RowOrder, rowOrder } from "./row-order.js";
import { type Segment, type SegmentLength, segmentsOf } from "./segments.js";

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
  /** The values asked for by `inspect`, [time, batch, columns] (columns 1 for numbers per row); undefined past a row's length. */
  readonly inspected: Readonly<Record<string, Tensor>>;
  /**
   * The gradients asked for by `inspectGradients`, of the shape of their values: zeros until a `backward` in the same step fills them in,
   * and past a row's length. Empty where nothing is recorded for a backward pass.
   */
  readonly inspectedGradients: Readonly<Record<string, Tensor>>;
}

/**
 * Runs a compiled cell over a batch of sequences.
 * @param x [time, batch, inputSize]
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
  /** What reaches the states after each row's last token; afterwards what reaches those before its first. */
  readonly carries: States;
  /** The gradient of the input; where `fresh` it holds nothing yet and every element is to be written. */
  readonly dx: Tensor | undefined;
  readonly fresh: boolean;
  /** Those of the matrices, where wanted. */
  readonly matrices: readonly (Tensor | undefined)[];
  /** Column totals, see `CompiledCell.totals`. */
  readonly totals: Tensor;
  /** Where the gradients of named values go, [time, batch, columns]. */
  readonly inspected: States;
}

/** The whole sequence: its segments (one, unless they are computed again) and its place on the tape. */
class Sequence {
  readonly #backend: Backend;
  readonly #time: number;
  readonly #batch: number;
  readonly #hiddenSize: number;
  readonly #segments: readonly Segment[];
  /** The states before each segment. */
  readonly #before: SequenceOptions["initial"][] = [];
  readonly #ragged: boolean;
  /** Everything `record` may give a gradient to. */
  readonly #inputs: Tensor[];
  readonly #training: boolean;
  readonly #output: Tensor;
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
    const { cell, sizes } = compiled;
    const { lengths, recompute, reversed = false } = options;
    const operation = `cell "${cell.name}"`;
    const [time = 0, batch = 0, features] = x.shape;
    if (x.shape.length !== 3 || features !== sizes.inputSize) {
      throw shapeError(operation, "x", `[time, batch, ${sizes.inputSize}]`, formatShape(x.shape));
    }
    this.#backend = x.backend;
    this.#time = time;
    this.#batch = batch;
    this.#hiddenSize = sizes.hiddenSize;
    this.#checkStates(operation);
    this.#checkGiven(operation);
    checkLengths(operation, time, batch, lengths);
    if (typeof recompute === "number" && !(Number.isInteger(recompute) && recompute > 0)) {
      throw shapeError(operation, "recompute", `a whole number of steps from 1 on, or "sqrt"`, String(recompute));
    }
    this.#ragged = isRagged(time, lengths);
    this.#segments = segmentsOf(time, recompute ?? Math.max(1, time), lengths, reversed);
    const { matrices, bias, vectors } = parameters;
    this.#inputs = [x, ...compiled.matrices.map(({ name }) => matrices[name]!)];
    if (bias) this.#inputs.push(bias);
    this.#inputs.push(...cell.vectors.map(({ name }) => vectors[name]!));
    this.#inputs.push(...cell.states.flatMap((state) => options.initial?.[state] ?? []));
    this.#training = isRecording(this.#inputs);
    this.#output = this.#empty([time, batch, sizes.hiddenSize]);
    const perToken = (widths: CompiledCell["inspected"]) =>
      Object.fromEntries(Object.entries(widths).map(([name, width]) => [name, this.#empty([time, batch, columnCount(sizes, width)])]));
    this.#inspected = perToken(compiled.inspected);
    this.#inspectedGradients = this.#training ? perToken(compiled.inspectedGradients) : {};
    for (const { pointer, size } of Object.values(this.#inspectedGradients)) this.#backend.kernels.fill(pointer, 0, size);
  }

  result(): SequenceResult {
    const { cell } = this.compiled;
    const after = this.#segments.map(() => this.#statesOf(() => this.#empty([this.#batch, this.#hiddenSize])));
    this.#before.push(this.options.initial, ...after.slice(0, -1));
    if (this.#training && this.#segments.length === 1) {
      this.#kept = this.#run(0, this.#segments[0]!, new Map());
      this.#kept.forward(after[0]);
    } else this.#runEach([...this.#segments.keys()], (run, _, i) => run.forward(after[i]));
    const final = after.at(-1)!;
    const output = this.#output;
    record(`cell ${cell.name}`, this.#inputs, [output, ...Object.values(final)], (g) => this.#backward(g));
    return { output, final, inspected: this.#inspected, inspectedGradients: this.#inspectedGradients };
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
    const { given = {}, reversed } = this.options;
    return new SequenceRun(
      this.compiled,
      this.parameters,
      part(this.x, segment),
      { initial: this.#before[index], lengths: segment.lengths, reversed, given: within(given) },
      { training: this.#training, output: part(this.#output, segment), inspected: within(this.#inspected), packed },
    );
  }

  #backward(g: GradientAccess): void {
    const { compiled, options } = this;
    const { kernels } = this.#backend;
    const { cell } = compiled;
    const carries = this.#statesOf((i) => {
      const carry = this.#empty([this.#batch, this.#hiddenSize]);
      const arrived = g.output(1 + i);
      if (arrived) kernels.map(K.MAP_COPY, carry.pointer, arrived.pointer, carry.size, 0);
      else kernels.fill(carry.pointer, 0, carry.size);
      return carry;
    });
    const wantsX = g.wants(0);
    const fresh = wantsX && !this.#ragged && !compiled.inputGradientInProgram && compiled.inputLinears.length > 0 && g.untouched(0);
    const dx = wantsX ? (fresh ? g.overwrite(0) : g.into(0)) : undefined;
    const matrices = compiled.matrices.map((_, i) => (g.wants(1 + i) ? g.into(1 + i) : undefined));
    const totals = this.#empty([compiled.totals.length * this.#hiddenSize]);
    kernels.fill(totals.pointer, 0, totals.size);
    const gradients: RunGradients = { arriving: g.output(0), carries, dx, fresh, matrices, totals, inspected: this.#inspectedGradients };
    if (this.#kept) this.#kept.backward(gradients);
    else {
      this.#runEach([...this.#segments.keys()].reverse(), (run, segment) => {
        run.forward();
        const { arriving } = gradients;
        run.backward({
          ...gradients,
          arriving: arriving && part(arriving, segment),
          dx: dx && part(dx, segment),
          inspected: partsOf(this.#inspectedGradients, segment),
        });
      });
    }

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
      if (!options.initial?.[state]) continue;
      if (g.wants(next)) g.add(next, carries[state]!);
      next++;
    }
  }

  #statesOf(make: (index: number) => Tensor): States {
    return Object.fromEntries(this.compiled.cell.states.map((state, i) => [state, make(i)]));
  }

  #empty(shape: readonly number[]): Tensor {
    return uncleared(`cell ${this.compiled.cell.name}`, this.#backend, shape);
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
  /** Where the output and recorded values go: [time, batch, columns]. */
  readonly output: Tensor;
  readonly inspected: States;
  /** Packed weights so far; what is missing is added. */
  readonly packed: Map<string, Tensor>;
}

/** One run of the programs over a segment. */
class SequenceRun {
  readonly #backend: Backend;
  readonly #time: number;
  readonly #batch: number;
  readonly #inputSize: number;
  readonly #hiddenSize: number;
  readonly #rows: RowOrder;
  readonly #states: Record<string, Tensor> = {};
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
    readonly setting: RunSetting,
  ) {
    const { cell, sizes, slotCount, inputLinears } = compiled;
    const [time = 0, batch = 0] = x.shape;
    this.#backend = x.backend;
    this.#time = time;
    this.#batch = batch;
    this.#inputSize = sizes.inputSize;
    this.#hiddenSize = sizes.hiddenSize;
    this.#rows = rowOrder(this.#backend, `cell "${cell.name}"`, time, batch, options.lengths, options.reversed ?? false);
    this.#slotWidth = (setting.training ? slotCount : inputLinears.length) * sizes.hiddenSize;
    this.#slots = this.#empty([time, batch, this.#slotWidth]);
  }

  /** @param final where the states after each row's last token go */
  forward(final?: States): void {
    const { compiled, setting } = this;
    const { cell } = compiled;
    for (const state of cell.states) {
      this.#states[state] = state === cell.output ? setting.output : this.#empty([this.#time, this.#batch, this.#hiddenSize]);
    }
    if (!this.#rows.dense) this.#clear(setting.output);
    this.#projectInput();
    const program = setting.training ? compiled.training : compiled.inference;
    this.#run(program, this.#bindings(program));
    if (final) this.#final(final);
  }

  #empty(shape: readonly number[]): Tensor {
    return uncleared(`cell ${this.compiled.cell.name}`, this.#backend, shape);
  }

  #clear(tensor: Tensor): void {
    this.#backend.kernels.fill(tensor.pointer, 0, tensor.size);
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
        case "inspect":
          return this.#perToken(this.setting.inspected[name]!.pointer, this.#columns(this.compiled.inspected[name]!));
        case "inspectGradients":
          return this.#perToken(gradients!.inspected[name]!.pointer, this.#columns(this.compiled.inspectedGradients[name]!));
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
          return this.#perToken(gradients!.arriving?.pointer ?? 0, this.#hiddenSize);
        case "dx":
          return this.#perToken((gradients!.dx ?? this.#hold(this.#empty(this.x.shape))).pointer, this.#inputSize);
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
    const key = `${name} ${from} ${to} ${direction}`;
    let packed = this.setting.packed.get(key);
    if (!packed) {
      packed = packRows(this.parameters.matrices[name]!, from, to, direction, this.#form, (floats) => this.#empty([floats]));
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
    for (const { slot, block, blocks, bias } of slotRuns(this.compiled, matrix)) {
      const rows = blocks * this.#hiddenSize;
      const packed = this.#packRows("x", block * this.#hiddenSize, block * this.#hiddenSize + rows, "forward");
      const from = bias === undefined ? 0 : this.parameters.bias!.pointer + 4 * bias * this.#hiddenSize;
      kernels.gemmRows(
        tokens.count, tokens.rows?.pointer ?? 0, rows, this.#inputSize, this.x.pointer, this.#inputSize, packed, from, 0,
        this.#slot(slot), this.#slotWidth, this.#form,
      );
    }
  }

  #final(into: States): void {
    const { kernels } = this.#backend;
    const { last, unmoved } = this.#rows;
    const [tokens, batch, columns] = [this.#time * this.#batch, this.#batch, this.#hiddenSize];
    for (const [state, final] of Object.entries(into)) {
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
        kernels.gemmTokensAdd(count, rows, columns, this.#slot(slot) + 4 * slotOffset * this.#slotWidth, slotRows, this.#slotWidth, from, fromRows, columns, to, columns, this.#form);
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
        dx.pointer, this.#inputSize, this.#form,
      );
    });
  }
}
