/**
 * A step of a whole network as one program: cells, affine maps, sums and joins of what they give, one after the other, with their
 * weights packed and their operands bound once. `finish` makes it ready to be run, one kernel call a step.
 */
import type { Backend } from "../backend/backend.js";
import * as K from "../backend/generated/kernels.js";
import { noGrad, reshape, transpose, type Tensor } from "../tensor/index.js";
import { uncleared } from "../tensor/tensor.js";
import { Assembly, type Code, codeOf } from "./assembly.js";
import { type Binding, packRows, splitName } from "./binding.js";
import { columnCount, type CompiledCell, type Extent } from "./compile.js";
import type { BufferName } from "./graph.js";
import { checkMemory, type MemoryInput, SequenceMemory } from "./memory.js";
import { convertedRowFloats, inPrecision, packRowsQuantized, type Precision, productForm } from "./precision.js";
import type { CellParameters } from "./sequence.js";
import { Stepper } from "./stepper.js";

/**
 * A value of a step, [batch, columns]: where it lies after a step of even number, and after one of odd number. A state changes places,
 * since a step reads what the one before it wrote.
 */
export type StepValue = readonly [even: Tensor, odd: Tensor];

/** What a cell gives out at a step: its output state, and by name what `CompileOptions.outputs` asked for beside it. */
export interface CellStep {
  readonly output: StepValue;
  readonly outputs: Readonly<Record<string, StepValue>>;
}

/** Rows [from, to) of a matrix. */
interface Weights {
  readonly matrix: Tensor;
  readonly from: number;
  readonly to: number;
  /** Whether what it multiplies lies in [-1, 1]. */
  readonly bounded: boolean;
}

interface PackedPlace {
  readonly weights: Weights;
}

/** Where a buffer lies: the same at every step, or here and there in turn; or what is packed for it. */
type Place = Binding | readonly [even: Binding, odd: Binding] | PackedPlace;

export class StepProgram {
  readonly backend: Backend;
  readonly batch: number;
  readonly precision: Precision;
  /** The program with its operands for steps of even and of odd number. */
  readonly #assemblies = [new Assembly(), new Assembly()] as const;
  readonly #states: Readonly<Record<string, StepValue>>[] = [];
  /** What operands point to. */
  readonly #held: Tensor[] = [];

  constructor(backend: Backend, { batch, precision }: { batch: number; precision: Precision }) {
    this.backend = backend;
    this.batch = batch;
    this.precision = precision;
  }

  /** A value that is written from outside before each step. */
  input(columns: number): StepValue {
    return this.#same(columns);
  }

  /** A value that lies at the same place after every step. */
  #same(columns: number): StepValue {
    const tensor = this.#zeros(columns);
    return [tensor, tensor];
  }

  /**
   * A cell. Its parameters, and the memory that it reads, are taken as they are now: later changes are not seen.
   */
  cell(compiled: CompiledCell, parameters: CellParameters, x: StepValue, memoryInput?: MemoryInput): CellStep {
    const { cell, streaming, stateColumns } = compiled;
    checkMemory(compiled, this.batch, memoryInput);
    const memory = memoryInput && this.#memory(compiled, parameters, memoryInput);
    const extent = (of: Extent) => columnCount(of, memory?.positions);
    const states = Object.fromEntries(cell.states.map((state) => [state, this.#value(stateColumns[state]!)]));
    this.#states.push(states);
    const bias = parameters.bias && this.#copyOf(parameters.bias);
    const outputs = Object.fromEntries(
      Object.entries(compiled.outputs).map(([name, of]) => [name, states[name] ?? this.#same(extent(of))] as const),
    );
    this.#append(streaming, (buffer) => {
      const [kind, name = ""] = splitName(buffer);
      switch (kind) {
        case "x":
          return rows(x);
        case "state": {
          const [even, odd] = rows(states[name]!);
          const after = (binding: Binding, before: Binding) => ({ ...binding, initial: before.pointer, initialStride: stateColumns[name]! });
          return [after(even, odd), after(odd, even)];
        }
        case "spill":
          return this.#rowsOf(extent(streaming.spills.get(buffer)!));
        case "inspect":
          return this.#rowsOf(extent(compiled.inspected[name]!));
        case "output":
          return rows(outputs[name]!);
        case "positions":
        case "memory":
        case "keys":
          return memory!.binding(kind, name)!;
        case "vector":
          return { pointer: this.#copyOf(parameters.vectors[name]!).pointer };
        case "bias":
          return { pointer: bias!.pointer + 4 * compiled.biasOffsets[compiled.biases.indexOf(name)]! };
        case "packed": {
          const { matrix, from, to } = compiled.packed.get(buffer)!;
          const bounded = compiled.sources.some((source) => source.matrix === matrix && source.bound <= 1);
          return { weights: { matrix: parameters.matrices[matrix]!, from, to, bounded } };
        }
        default:
          throw new Error(`a streaming program names ${buffer}`);
      }
    });
    return { output: states[cell.output]!, outputs };
  }

  #memory(compiled: CompiledCell, parameters: CellParameters, { values, lengths }: MemoryInput): SequenceMemory {
    const [positions = 0, batch = 0, features = 0] = values.shape;
    const own = uncleared("step program", this.backend, [batch, positions, features], "float32", true);
    own.assign(noGrad(() => transpose(values, [1, 0, 2])));
    const memory = new SequenceMemory(compiled, parameters, own, lengths, true);
    this.#held.push(...memory.tensors);
    return memory;
  }

  /** x W' + b, weight [outputs, inputs], bias [outputs], taken as they are now. */
  linear(weight: Tensor, bias: Tensor | undefined, x: StepValue): StepValue {
    const [outputs, inputs] = weight.shape as readonly [number, number];
    const y = this.#value(outputs);
    const start = bias ? { opcode: K.SEQ_VECTOR, a: 2 } : { opcode: K.SEQ_CONST };
    const code = codeOf(outputs, [start, { opcode: K.SEQ_PRODUCT, a: 0, b: 1, n: inputs }, { opcode: K.SEQ_STORE, dst: 3 }]);
    const places = [rows(x), { weights: { matrix: weight, from: 0, to: outputs, bounded: false } }, { pointer: bias ? this.#copyOf(bias).pointer : 0 }, rows(y)];
    this.#append({ ...code, buffers: ["x", "weight", "bias", "y"] }, (_buffer, i) => places[i]!);
    return y;
  }

  /** a + b, of one shape. */
  add(a: StepValue, b: StepValue): StepValue {
    const columns = a[0].shape[1]!;
    const y = this.#value(columns);
    const code = codeOf(columns, [
      { opcode: K.SEQ_LOAD, dst: 0, a: 0 }, { opcode: K.SEQ_LOAD, dst: 1, a: 1 }, { opcode: K.SEQ_ADD, dst: 0, a: 0, b: 1 },
      { opcode: K.SEQ_STORE, dst: 2, a: 0 },
    ]);
    this.#append({ ...code, buffers: ["a", "b", "y"] }, (_buffer, i) => rows([a, b, y][i]!));
    return y;
  }

  /** The columns of several values side by side. */
  concat(parts: readonly StepValue[]): StepValue {
    const widths = parts.map(([tensor]) => tensor.shape[1]!);
    const y = this.#value(widths.reduce((sum, width) => sum + width, 0));
    let column = 0;
    for (const [i, part] of parts.entries()) {
      const code = codeOf(widths[i]!, [{ opcode: K.SEQ_LOAD, dst: 0, a: 0 }, { opcode: K.SEQ_STORE, dst: 1, a: 0 }]);
      const places = [rows(part), rows(y, column)];
      this.#append({ ...code, buffers: ["part", "y"] }, (_buffer, buffer) => places[buffer]!);
      column += widths[i]!;
    }
    return y;
  }

  /** The program ready to run. Its states are those of its cells, in the order in which they came. */
  finish(): Stepper {
    return new Stepper(this.backend, this.batch, this.#assemblies, this.#states, this.#held);
  }

  /** Puts a program behind the others, in the precision asked for. */
  #append(code: Code, placeOf: (buffer: BufferName, index: number) => Place): void {
    const places = new Map(code.buffers.map((buffer, i) => [buffer, placeOf(buffer, i)]));
    const isBounded = (buffer: BufferName) => (places.get(buffer) as PackedPlace).weights.bounded;
    const { rows, ...written } = inPrecision(code, this.precision, isBounded);
    const bindings = written.buffers.map((buffer) => {
      const place = places.get(buffer) ?? this.#rowsOf(convertedRowFloats(this.backend.kernels, this.precision, rows.get(buffer)!));
      return "weights" in place ? this.#packed(place.weights) : place;
    });
    for (const parity of [0, 1] as const) {
      this.#assemblies[parity].append(written, bindings.map((place) => ("pointer" in place ? place : place[parity])));
    }
  }

  #packed({ matrix, from, to }: Weights): Binding {
    const allocate = (floats: number) => this.#hold(floats);
    const packed =
      this.precision === "int8"
        ? packRowsQuantized(matrix, from, to, allocate)
        : packRows(matrix, from, to, "forward", productForm(this.precision), allocate);
    return { pointer: packed.pointer };
  }

  /** Memory for a row of the batch each, the same at every step. */
  #rowsOf(columns: number): Binding {
    return { pointer: this.#hold(this.batch * columns).pointer, rowStride: columns };
  }

  #value(columns: number): StepValue {
    return [this.#zeros(columns), this.#zeros(columns)];
  }

  #zeros(columns: number): Tensor {
    const tensor = uncleared("step program", this.backend, [this.batch, columns], "float32", true);
    this.backend.kernels.fill(tensor.pointer, 0, tensor.size);
    this.#held.push(tensor);
    return tensor;
  }

  #copyOf(parameter: Tensor): Tensor {
    return this.#hold(parameter.size).assign(reshape(parameter, [parameter.size]));
  }

  #hold(floats: number): Tensor {
    const tensor = uncleared("step program", this.backend, [floats], "float32", true);
    this.#held.push(tensor);
    return tensor;
  }
}

/** @param column where the value begins in wider rows */
function rows([even, odd]: StepValue, column = 0): readonly [Binding, Binding] {
  const at = (tensor: Tensor) => ({ pointer: tensor.pointer + 4 * column, rowStride: tensor.shape[1]! });
  return [at(even), at(odd)];
}
