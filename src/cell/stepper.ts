/**
 * One step at a time: weights packed once, operands bound once, states kept in place. A step is two kernel calls and allocates
 * nothing.
 */
import type { Backend, Pointer } from "../backend/backend.js";
import { formatShape, shapeError, type Tensor, zeros } from "../tensor/index.js";
import { uncleared } from "../tensor/tensor.js";
import { type Binding, packRows, programInMemory, slotRuns, splitName, tableFloats, writeTable } from "./binding.js";
import { columnCount, type CompiledCell } from "./compile.js";
import { rowOrder } from "./row-order.js";
import type { CellParameters } from "./sequence.js";

/** The input's share of some neighbouring linear maps: one product. */
interface Projection {
  readonly packed: Tensor;
  readonly bias: Pointer;
  readonly slot: Pointer;
  readonly rows: number;
}

/** A cell that reads a stream: `step()` reads `input`, moves the states, and leaves its output in `output`. */
export class CellStepper {
  /** [batch, inputSize]: written before each step. */
  readonly input: Tensor;
  readonly #backend: Backend;
  readonly #compiled: CompiledCell;
  readonly #batch: number;
  /** States before and after the step that comes; the two change places after it. */
  #states: Readonly<Record<string, Tensor>>;
  #next: Readonly<Record<string, Tensor>>;
  /** Operands for steps that read the first and write the second pair of states, and the other way. */
  #table: Tensor;
  #nextTable: Tensor;
  readonly #projections: readonly Projection[];
  readonly #slots: Tensor;
  /** Everything the tables point to. */
  readonly #held: Tensor[] = [];
  readonly #rows;

  /**
   * @param parameters taken as they are now: later changes are not seen
   * @param input where the input will be, [batch, inputSize]; a tensor of its own if missing
   */
  constructor(compiled: CompiledCell, parameters: CellParameters, batch: number, input?: Tensor) {
    const { inputSize, hiddenSize } = compiled.sizes;
    const backend = (input ?? Object.values(parameters.matrices)[0] ?? parameters.bias!).backend;
    this.#compiled = compiled;
    this.#backend = backend;
    this.#batch = batch;
    this.input = input ?? zeros([batch, inputSize], { backend });
    const states = () => Object.fromEntries(compiled.cell.states.map((state) => [state, zeros([batch, hiddenSize], { backend })]));
    this.#states = states();
    this.#next = states();
    this.#slots = this.#hold(compiled.inputLinears.length * hiddenSize * batch);
    this.#rows = rowOrder(backend, `cell "${compiled.cell.name}"`, 1, batch, undefined, false);
    const own: CellParameters = {
      matrices: parameters.matrices,
      bias: parameters.bias && this.#copyOf(parameters.bias),
      vectors: Object.fromEntries(Object.entries(parameters.vectors).map(([name, vector]) => [name, this.#copyOf(vector)])),
    };
    this.#projections = this.#projectionsOf(own);
    const packed = new Map(
      compiled.inference.buffers.filter((buffer) => buffer.startsWith("packed:")).map((buffer) => {
        const { matrix, from, to, direction } = compiled.packed.get(buffer)!;
        return [buffer, packRows(parameters.matrices[matrix]!, from, to, direction, (floats) => this.#hold(floats))];
      }),
    );
    this.#table = this.#bind(own, packed, this.#states, this.#next);
    this.#nextTable = this.#bind(own, packed, this.#next, this.#states);
  }

  /** The output state after the last step, [batch, hiddenSize]; another tensor after every step. */
  get output(): Tensor {
    return this.#states[this.#compiled.cell.output]!;
  }

  /** Every state after the last step. */
  get states(): Readonly<Record<string, Tensor>> {
    return this.#states;
  }

  /** Sets states, by name; those not named become zero. */
  reset(states: Readonly<Record<string, Tensor>> = {}): void {
    for (const [name, own] of Object.entries(this.#states)) {
      const given = states[name];
      if (given && formatShape(given.shape) !== formatShape(own.shape)) {
        throw shapeError(`cell "${this.#compiled.cell.name}"`, name, formatShape(own.shape), formatShape(given.shape));
      }
      if (given) own.assign(given);
      else this.#backend.kernels.fill(own.pointer, 0, own.size);
    }
  }

  step(): Tensor {
    const { kernels } = this.#backend;
    const { inputSize, hiddenSize } = this.#compiled.sizes;
    const slotWidth = this.#compiled.inputLinears.length * hiddenSize;
    for (const { packed, bias, slot, rows } of this.#projections) {
      kernels.gemmRows(this.#batch, 0, rows, inputSize, this.input.pointer, inputSize, packed.pointer, bias, 0, slot, slotWidth);
    }
    const program = this.#compiled.inference;
    const { words, constants } = programInMemory(program, this.#backend);
    kernels.sequenceRun(
      words.pointer, program.words.length, constants.pointer, this.#table.pointer, this.#batch, this.#rows.index.pointer,
      this.#rows.length.pointer, 0, 0, 0, 0, 0,
    );
    [this.#states, this.#next] = [this.#next, this.#states];
    [this.#table, this.#nextTable] = [this.#nextTable, this.#table];
    return this.output;
  }

  #hold(floats: number): Tensor {
    const tensor = uncleared("stepper", this.#backend, [floats], "float32", true);
    this.#held.push(tensor);
    return tensor;
  }

  #projectionsOf(parameters: CellParameters): Projection[] {
    const matrix = this.#compiled.matrices.find(({ name }) => name === "x");
    if (!matrix) return [];
    const { hiddenSize } = this.#compiled.sizes;
    return slotRuns(this.#compiled, matrix).map(({ slot, block, blocks, bias }) => ({
      packed: packRows(parameters.matrices["x"]!, block * hiddenSize, (block + blocks) * hiddenSize, "forward", (floats) => this.#hold(floats)),
      bias: bias === undefined ? 0 : parameters.bias!.pointer + 4 * bias * hiddenSize,
      slot: this.#slots.pointer + 4 * slot * hiddenSize,
      rows: blocks * hiddenSize,
    }));
  }

  #copyOf(parameter: Tensor): Tensor {
    const copy = uncleared("stepper", this.#backend, parameter.shape, "float32", true).assign(parameter);
    this.#held.push(copy);
    return copy;
  }

  #bind(
    parameters: CellParameters,
    packed: ReadonlyMap<string, Tensor>,
    before: Readonly<Record<string, Tensor>>,
    after: Readonly<Record<string, Tensor>>,
  ): Tensor {
    const { inference, inputLinears, biases, sizes } = this.#compiled;
    const { inputSize, hiddenSize } = sizes;
    const bindings = inference.buffers.map((buffer): Binding => {
      const [kind, name = ""] = splitName(buffer);
      switch (kind) {
        case "x":
          return { pointer: this.input.pointer, rowStride: inputSize };
        case "state":
          return { pointer: after[name]!.pointer, rowStride: hiddenSize, initial: before[name]!.pointer, initialStride: hiddenSize };
        case "slot":
          return { pointer: this.#slots.pointer + 4 * Number(name) * hiddenSize, rowStride: inputLinears.length * hiddenSize };
        case "spill": {
          const columns = columnCount(sizes, inference.spills.get(buffer)!);
          return { pointer: this.#hold(columns * this.#batch).pointer, rowStride: columns };
        }
        case "inspect": {
          const columns = columnCount(sizes, this.#compiled.inspected[name]!);
          return { pointer: this.#hold(columns * this.#batch).pointer, rowStride: columns };
        }
        case "vector":
          return { pointer: parameters.vectors[name]!.pointer };
        case "bias":
          return { pointer: parameters.bias!.pointer + 4 * biases.indexOf(name) * hiddenSize };
        case "packed":
          return { pointer: packed.get(buffer)!.pointer };
        default:
          throw new Error(`an inference program names ${buffer}`);
      }
    });
    const table = this.#hold(tableFloats(bindings));
    writeTable(this.#backend.memory, table.pointer, bindings);
    return table;
  }
}
