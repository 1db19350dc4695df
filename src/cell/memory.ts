/**
 * The memory beside a sequence as the programs read it: a row of the batch after the other, with the keys that learned maps make
 * of it beforehand, and the gradients of both. Padding is neither multiplied nor read.
 */
import { type Tensor, shapeError } from "../tensor/index.js";
import { formatShape } from "../tensor/errors.js";
import type { GradientAccess } from "../tensor/tape.js";
import { uncleared } from "../tensor/tensor.js";
import { type Binding, packRows } from "./binding.js";
import type { CompiledCell } from "./compile.js";
import { productForm } from "./precision.js";
import type { CellParameters } from "./sequence.js";
import { checkLengths, isRagged } from "./row-order.js";

/** What a cell reads beside its input. */
export interface MemoryInput {
  /** [positions, batch, features] */
  readonly values: Tensor;
  /** Positions of each row, 0 to all of them; what lies behind has no influence. All where missing. */
  readonly lengths?: readonly number[] | undefined;
}

/** @throws ShapeError where the memory does not fit the cell and the batch, or is missing */
export function checkMemory({ cell, sizes }: CompiledCell, batch: number, memory: MemoryInput | undefined): void {
  const operation = `cell "${cell.name}"`;
  if (!cell.readsMemory) {
    if (memory) throw shapeError(operation, "memory", "none, as the cell reads none", formatShape(memory.values.shape));
    return;
  }
  const expected = `[positions, ${batch}, ${sizes.memorySize}]`;
  if (!memory) throw shapeError(operation, "memory", expected, "none");
  const { shape } = memory.values;
  if (shape.length !== 3 || shape[1] !== batch || shape[2] !== sizes.memorySize) {
    throw shapeError(operation, "memory.values", expected, formatShape(shape));
  }
  checkLengths(`${operation}: memory`, shape[0]!, batch, memory.lengths);
}

/** What gathers in a backward pass. */
export interface MemoryGradients {
  /** [batch, positions, features]; undefined where it is not wanted. */
  readonly values: Tensor | undefined;
  /** By name: [batch, positions, columns]. */
  readonly keys: Readonly<Record<string, Tensor>>;
}

export class SequenceMemory {
  readonly positions: number;
  readonly #batch: number;
  readonly #features: number;
  /** Positions of each row, int32 [batch]. */
  readonly #lengths: Tensor;
  /** The positions that exist, as rows of [batch * positions, ...]; no list where all do. */
  readonly #existing: { readonly count: number; readonly rows: Tensor | undefined };
  readonly #keys: Readonly<Record<string, Tensor>>;

  /**
   * @param values [batch, positions, features]
   * @param free whether it outlives the running step
   */
  constructor(
    readonly compiled: CompiledCell,
    readonly parameters: CellParameters,
    readonly values: Tensor,
    lengths: readonly number[] | undefined,
    readonly free = false,
  ) {
    const { backend } = values;
    const [batch = 0, positions = 0, features = 0] = values.shape;
    this.#batch = batch;
    this.positions = positions;
    this.#features = features;
    const own = lengths ?? new Array<number>(batch).fill(positions);
    const ints = (numbers: readonly number[]) => uncleared("memory", backend, [numbers.length], "int32", free).set(numbers);
    this.#lengths = ints(own);
    const existing = isRagged(positions, lengths) ? own.flatMap((length, row) => Array.from({ length }, (_, u) => row * positions + u)) : undefined;
    this.#existing = { count: existing?.length ?? batch * positions, rows: existing && ints(existing) };
    this.#keys = Object.fromEntries(compiled.keys.map(({ name, rows }) => [name, this.#project(name, rows)]));
  }

  #project(name: string, columns: number): Tensor {
    const { kernels } = this.values.backend;
    const packed = this.#packed(name, "forward");
    const keys = this.#empty([this.#batch, this.positions, columns]);
    const { count, rows } = this.#existing;
    kernels.gemmRows(
      count, rows?.pointer ?? 0, columns, this.#features, this.values.pointer, this.#features, packed.pointer, 0, 0, keys.pointer, columns,
      this.#form,
    );
    return keys;
  }

  #packed(name: string, direction: "forward" | "backward"): Tensor {
    const matrix = this.parameters.matrices[name]!;
    return packRows(matrix, 0, matrix.shape[0]!, direction, this.#form, (floats) => this.#empty([floats]));
  }

  get #form(): number {
    return productForm(this.compiled.options.precision ?? "float32");
  }

  #empty(shape: readonly number[]): Tensor {
    return uncleared(`cell ${this.compiled.cell.name}`, this.values.backend, shape, "float32", this.free);
  }

  /** What the buffers of a program that are the memory's mean; undefined for others. */
  binding(kind: string, name: string, gradients?: MemoryGradients): Binding | undefined {
    const rows = (tensor: Tensor, gradient?: Tensor): Binding => {
      const columns = tensor.shape[2]!;
      return { pointer: tensor.pointer, timeStride: columns, rowStride: this.positions * columns, initial: gradient?.pointer ?? 0 };
    };
    switch (kind) {
      case "positions":
        return { pointer: this.#lengths.pointer, timeStride: this.positions, rowStride: 1 };
      case "memory":
        return rows(this.values);
      case "keys":
        return rows(this.#keys[name]!, gradients?.keys[name]);
      default:
        return undefined;
    }
  }

  /** Everything that programs point to. */
  get tensors(): readonly Tensor[] {
    const { rows } = this.#existing;
    return [this.values, this.#lengths, ...Object.values(this.#keys), ...(rows ? [rows] : [])];
  }

  /** Where gradients gather: that of the values, if it is wanted, and those of the keys, zeros at first. */
  gradients(values: Tensor | undefined): MemoryGradients {
    const keys = Object.entries(this.#keys).map(([name, tensor]) => {
      const gradient = this.#empty(tensor.shape);
      gradient.backend.kernels.fill(gradient.pointer, 0, gradient.size);
      return [name, gradient] as const;
    });
    return { values, keys: Object.fromEntries(keys) };
  }

  /** Adds, at every position, the sum over tokens of weights [time, batch, positions] times row [time, batch, columns]. */
  addProducts(into: Tensor, time: number, weights: number, row: number, columns: number): void {
    if (this.positions === 0 || time === 0) return;
    const [batch, positions] = [this.#batch, this.positions];
    into.backend.kernels.gemmBatched(
      batch, 1, 0, positions, columns, time, 1, weights, batch * positions, positions, row, batch * columns, columns, 1, into.pointer,
      columns, positions * columns,
    );
  }

  /** From the gradients of the keys to those of their maps and of the memory. @param first index of the first map's matrix */
  finish({ values, keys }: MemoryGradients, g: GradientAccess, first: number): void {
    const { kernels } = this.values.backend;
    const { count, rows } = this.#existing;
    const list = rows?.pointer ?? 0;
    const features = this.#features;
    this.compiled.keys.forEach(({ name, rows: columns }, i) => {
      const gradient = keys[name]!;
      if (g.wants(first + i)) {
        kernels.gemmTokensAdd(
          count, columns, features, gradient.pointer, list, columns, this.values.pointer, list, features, g.into(first + i).pointer, features,
          this.#form,
        );
      }
      if (values) {
        const packed = this.#packed(name, "backward");
        kernels.gemmRows(count, list, features, columns, gradient.pointer, columns, packed.pointer, 0, 1, values.pointer, features, this.#form);
      }
    });
  }
}
