/**
 * A compiled cell over a whole sequence, as one differentiable operation with a place on the tape: either in one run, whose values are kept
 * for the backward pass, or segment by segment, computed again when the backward pass comes to them.
 */
import type { Backend } from "../backend/backend.js";
import * as K from "../backend/generated/kernels.js";
import { type Tensor, isRecording, record, transpose } from "../tensor/index.js";
import { temporarily } from "../tensor/arena.js";
import type { GradientAccess } from "../tensor/tape.js";
import { sizeOf } from "../tensor/shape.js";
import { uncleared, viewOf } from "../tensor/tensor.js";
import { columnCount, type CompiledCell, type Extent } from "./compile.js";
import { type MemoryInput, SequenceMemory } from "./memory.js";
import { oneHotPart, type OneHotInput } from "./one-hot.js";
import { isRagged } from "./row-order.js";
import { checkSequence } from "./sequence-checks.js";
import { type RunGradients, SequenceRun, type States } from "./sequence-run.js";
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
