/** What binds programs to memory: tables of operands, packed weights, programs put in place. */
import type { Backend, Memory, Pointer } from "../backend/backend.js";
import { SEQUENCE_BUFFER_WORDS } from "../backend/generated/kernels.js";
import type { Tensor } from "../tensor/index.js";
import { uncleared } from "../tensor/tensor.js";
import type { CompiledCell, Matrix, PackedWeights } from "./compile.js";
import type { BufferName } from "./graph.js";
import type { Program } from "./schedule.js";

/** Where a buffer of a program lies: see kernels.h. Strides in floats. */
export interface Binding {
  readonly pointer: Pointer;
  readonly timeStride?: number;
  readonly rowStride?: number;
  readonly initial?: Pointer;
  readonly initialStride?: number;
}

/** "kind:name" */
export function splitName(buffer: string): [kind: string, name?: string] {
  const at = buffer.indexOf(":");
  return at < 0 ? [buffer] : [buffer.slice(0, at), buffer.slice(at + 1)];
}

/** A buffer that a program names, and its name in parts. */
export interface NamedBuffer {
  readonly buffer: BufferName;
  readonly kind: string;
  readonly name: string;
}

const named = new WeakMap<Program, readonly NamedBuffer[]>();

/** The buffers of a program, their names split once. */
export function namedBuffers(program: Program): readonly NamedBuffer[] {
  let buffers = named.get(program);
  if (!buffers) {
    buffers = program.buffers.map((buffer) => {
      const [kind, name = ""] = splitName(buffer);
      return { buffer, kind, name };
    });
    named.set(program, buffers);
  }
  return buffers;
}

/** Memory for a table of bindings, in floats. */
export function tableFloats(bindings: readonly Binding[]): number {
  return 2 * SEQUENCE_BUFFER_WORDS * Math.max(1, bindings.length);
}

export function writeTable(memory: Memory, at: Pointer, bindings: readonly Binding[]): void {
  const words = new Float64Array(SEQUENCE_BUFFER_WORDS * bindings.length);
  bindings.forEach(({ pointer, timeStride = 0, rowStride = 0, initial = 0, initialStride = 0 }, i) => {
    const first = SEQUENCE_BUFFER_WORDS * i;
    words[first] = pointer;
    words[first + 1] = timeStride;
    words[first + 2] = rowStride;
    words[first + 3] = initial;
    words[first + 4] = initialStride;
  });
  memory.writePointers(at, words);
}

/**
 * Rows [from, to) of a matrix, packed for products of that form: forward ones columns in, rows out; backward the other way.
 * @param firstColumn of those that are packed
 */
export function packRows(
  matrix: Tensor,
  from: number,
  to: number,
  direction: PackedWeights["direction"],
  form: number,
  allocate: (floats: number) => Tensor,
  firstColumn = 0,
): Tensor {
  const { kernels } = matrix.backend;
  const stride = matrix.shape[1]!;
  const columns = stride - firstColumn;
  const [k, n] = direction === "forward" ? [columns, to - from] : [to - from, columns];
  const packed = allocate(kernels.packedFloats(k, n, form));
  kernels.packMatrix(packed.pointer, matrix.pointer + 4 * (from * stride + firstColumn), direction === "forward" ? 1 : 0, k, n, stride, form);
  return packed;
}

/** Neighbouring slots whose blocks of a matrix (and of the bias) are neighbours too. */
export interface SlotRun {
  /** Where the first slot begins in those of a token. */
  readonly slot: number;
  /** Rows [from, to) of the matrix. */
  readonly from: number;
  readonly to: number;
  /** Where the first block of the bias begins; undefined without. */
  readonly bias: number | undefined;
}

const runsOf = new WeakMap<Matrix, readonly SlotRun[]>();

/** The blocks of a matrix by neighbouring slots: each run is one product. */
export function slotRuns(compiled: CompiledCell, matrix: Matrix): readonly SlotRun[] {
  let runs = runsOf.get(matrix);
  if (!runs) runsOf.set(matrix, (runs = findSlotRuns(compiled, matrix)));
  return runs;
}

function findSlotRuns({ slots, slotOffsets, biases, biasOffsets }: CompiledCell, matrix: Matrix): SlotRun[] {
  interface Run {
    readonly slot: number;
    readonly block: number;
    readonly blocks: number;
    readonly bias: number | undefined;
  }
  const runs: Run[] = [];
  matrix.linears
    .map((linear, block) => {
      const bias = biases.indexOf(linear);
      return { slot: slots.indexOf(linear), block, blocks: 1, bias: bias < 0 ? undefined : bias };
    })
    .sort((a, b) => a.slot - b.slot)
    .forEach((next) => {
      const last = runs.at(-1);
      const follows = last && next.slot === last.slot + last.blocks && next.block === last.block + last.blocks
        && next.bias === (last.bias === undefined ? undefined : last.bias + last.blocks);
      if (follows) runs[runs.length - 1] = { ...last, blocks: last.blocks + 1 };
      else runs.push(next);
    });
  return runs.map(({ slot, block, blocks, bias }) => ({
    slot: slotOffsets[slot]!,
    from: matrix.offsets[block]!,
    to: matrix.offsets[block + blocks]!,
    bias: bias === undefined ? undefined : biasOffsets[bias]!,
  }));
}

/** A program's instructions and constants in a backend's memory, put there once. */
const inMemory = new WeakMap<Program, WeakMap<Backend, { words: Tensor; constants: Tensor }>>();

export function programInMemory(program: Program, backend: Backend): { words: Tensor; constants: Tensor } {
  let backends = inMemory.get(program);
  if (!backends) inMemory.set(program, (backends = new WeakMap()));
  let code = backends.get(backend);
  if (!code) {
    code = {
      words: uncleared("program", backend, [program.words.length], "int32", true).set(program.words),
      constants: uncleared("program", backend, [program.constants.length], "float32", true).set(program.constants),
    };
    backends.set(backend, code);
  }
  return code;
}
