/**
 * A bench that a kernel is put on: buffers with guards on either side, filled with known values, checked after the call. The
 * same case runs on the reference backend and on the one under test, and what it wrote is compared.
 */
import type { Backend, FloatArray, IntArray, Kernels, Pointer } from "../backend.js";

/** One way to call a kernel: lays out buffers on the bench and calls. */
export type Case = readonly [name: string, run: (bench: Bench) => void];

/** Cases made from several tables, each once. */
export function distinct(cases: Iterable<Case>): Iterable<Case> {
  return new Map(Array.from(cases, (test) => [test[0], test])).values();
}

/** How far a result may lie from the reference: |x - r| <= absolute + relative |r|. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
}

export interface Conformance {
  /** Default: the result is the reference's, rounded to float32. */
  readonly tolerance?: Tolerance;
  /** The kernel adds up in another order when the number of threads is another; default: the bits stay the same. */
  readonly roundsByThreads?: boolean;
  cases(): Iterable<Case>;
}

const GUARD_WORDS = 16;
/** A NaN with a message: a guard that is used as data shows in the results, one that is written over shows here. */
const GUARD = 0x7fc5a5a5;
/** Smallest normal float32: results below it may be flushed to zero. */
const SMALLEST = 2 ** -126;

interface Placed {
  readonly start: Pointer;
  readonly data: Pointer;
  readonly length: number;
  readonly kind: "floats" | "ints";
  /** What must still be there: undefined for outputs. */
  readonly before: FloatArray | IntArray | undefined;
  /** Whether the contents are a result; those of scratch memory are not. */
  readonly compared: boolean;
}

export class Bench {
  readonly kernels: Kernels;
  readonly #placed: Placed[] = [];
  readonly #tables: Pointer[] = [];

  /** `shift`: by how many elements buffers lie off their 64-byte alignment, at first. */
  constructor(
    private readonly backend: Backend,
    private shift = 0,
  ) {
    this.kernels = backend.kernels;
  }

  /** Threads the backend has: what kernels with scratch memory per thread ask for. */
  get threads(): number {
    return this.backend.threads;
  }

  /** Floats that the kernel only reads. */
  input(values: readonly number[]): Pointer {
    return this.#place("floats", values, "input");
  }

  inputInts(values: readonly number[]): Pointer {
    return this.#place("ints", values, "input");
  }

  /** Floats that the kernel writes; a length stands for that many NaN. */
  output(values: readonly number[] | number): Pointer {
    return this.#place("floats", typeof values === "number" ? new Array<number>(values).fill(NaN) : values, "output");
  }

  outputInts(values: readonly number[]): Pointer {
    return this.#place("ints", values, "output");
  }

  /** Memory whose contents afterwards are the kernel's business. */
  scratch(length: number): Pointer {
    return this.#place("floats", new Array<number>(length).fill(NaN), "scratch");
  }

  /** A table of 64-bit addresses and numbers. */
  addresses(values: readonly Pointer[]): Pointer {
    // Aligned as address_t must be.
    const pointer = this.backend.memory.allocate(8 * values.length);
    this.backend.memory.writePointers(pointer, values);
    this.#tables.push(pointer);
    return pointer;
  }

  /** What the outputs hold, in the order they were placed, as a copy. */
  results(): Float64Array[] {
    const compared = this.#placed.filter((buffer) => buffer.compared);
    return compared.map((buffer) => Float64Array.from(this.backend.memory[buffer.kind](buffer.data, buffer.length)));
  }

  /** The first thing that is wrong around the results: a guard or an input that was written over. */
  damage(): string | undefined {
    for (const [i, buffer] of this.#placed.entries()) {
      const { memory } = this.backend;
      const end = buffer.data + 4 * buffer.length;
      if (!memory.ints(buffer.start, (buffer.data - buffer.start) / 4).every((word) => word === GUARD)) {
        return `buffer ${i} was written below its start`;
      }
      if (!memory.ints(end, GUARD_WORDS).every((word) => word === GUARD)) {
        return `buffer ${i} was written beyond its ${buffer.length} elements`;
      }
      const held = memory[buffer.kind](buffer.data, buffer.length);
      for (let element = 0; buffer.before && element < held.length; element++) {
        if (Object.is(buffer.before[element], held[element])) continue;
        return `buffer ${i}: element ${element} of an input was changed to ${held[element]}`;
      }
    }
    return undefined;
  }

  clear(): void {
    for (const buffer of this.#placed.splice(0)) this.backend.memory.free(buffer.start);
    for (const table of this.#tables.splice(0)) this.backend.memory.free(table);
  }

  #place(kind: "floats" | "ints", values: readonly number[], role: "input" | "output" | "scratch"): Pointer {
    // Every buffer lies a little differently from the one before.
    const lead = GUARD_WORDS + (this.shift === 0 ? 0 : this.shift++ % 16);
    const { memory } = this.backend;
    const start = memory.allocate(4 * (lead + values.length + GUARD_WORDS));
    const data = start + 4 * lead;
    memory.ints(start, lead).fill(GUARD);
    memory.ints(data + 4 * values.length, GUARD_WORDS).fill(GUARD);
    const held = memory[kind](data, values.length);
    held.set(values);
    const before = role === "input" ? held.slice() : undefined;
    this.#placed.push({ start, data, length: values.length, kind, before, compared: role === "output" });
    return data;
  }
}

/** Runs a case and returns what it wrote. @throws Error naming what it damaged */
export function runCase(backend: Backend, [, run]: Case, shift: number): Float64Array[] {
  const bench = new Bench(backend, shift);
  try {
    run(bench);
    const damage = bench.damage();
    if (damage !== undefined) throw new Error(damage);
    return bench.results();
  } finally {
    bench.clear();
  }
}

/** Describes the worst disagreement with the reference, undefined where there is none. */
export function disagreement(
  results: readonly Float64Array[],
  expected: readonly Float64Array[],
  tolerance: Tolerance,
): string | undefined {
  let worst = 0;
  let description: string | undefined;
  for (const [i, output] of results.entries()) {
    for (let element = 0; element < output.length; element++) {
      const value = output[element]!;
      const reference = expected[i]![element]!;
      const excess = distance(value, reference, tolerance);
      if (excess <= worst) continue;
      worst = excess;
      description = `output ${i}, element ${element} of ${output.length}: got ${value}, expected ${reference}`;
    }
  }
  return description;
}

/** How far a value lies outside what is allowed: 0 inside. */
function distance(value: number, reference: number, { relative, absolute }: Tolerance): number {
  const rounded = Math.fround(reference);
  if (value === rounded || (Number.isNaN(value) && Number.isNaN(rounded))) return 0;
  if (!Number.isFinite(value) || !Number.isFinite(rounded)) return Infinity;
  if (Math.abs(reference) < SMALLEST && Math.abs(value) <= SMALLEST) return 0;
  return Math.max(0, Math.abs(value - reference) - absolute - relative * Math.abs(reference));
}
