/** Random numbers, counter-based: the same seed gives the same stream on every backend, and a stream can be resumed. */
import type { Backend, Kernels } from "../backend/backend.js";
import { advanceCounter, philox, type Block } from "../backend/philox.js";
import { defaultBackend } from "./default-backend.js";
import { shapeError } from "./errors.js";
import type { Shape } from "./shape.js";
import { uncleared, type Tensor } from "./tensor.js";

type Word = number;
/** 64 bits, the low word first. */
export type Words = readonly [low: Word, high: Word];

/** Where a stream stands; plain JSON. */
export interface RandomState {
  readonly seed: Words;
  /** The next Philox block. */
  readonly counter: Words;
}

/** Numbers in one Philox block. */
const LANES = 4;

/**
 * A stream of random numbers: a seed and a counter of Philox4x32-10 blocks. A draw of n numbers takes ceil(n / 4) blocks,
 * whatever the backend.
 */
export class RandomStream {
  #seed: Words;
  #counter: Words = [0, 0];

  /** @param seed a whole number from 0 to 2^53 - 1, or a state to go on from */
  constructor(seed: number | RandomState) {
    if (typeof seed === "number") {
      if (!(Number.isSafeInteger(seed) && seed >= 0)) {
        throw shapeError("RandomStream", "seed", "a whole number from 0 to 2^53 - 1", String(seed));
      }
      this.#seed = [seed >>> 0, Math.floor(seed / 2 ** 32)];
    } else {
      this.#seed = words("seed", seed.seed);
      this.#counter = words("counter", seed.counter);
    }
  }

  /** Uniform in [low, high). */
  uniform(shape: Shape, low = 0, high = 1, backend: Backend = defaultBackend()): Tensor {
    return this.#draw("randomUniform", shape, backend, low, high);
  }

  /** Gaussian. */
  normal(shape: Shape, mean = 0, deviation = 1, backend: Backend = defaultBackend()): Tensor {
    return this.#draw("randomNormal", shape, backend, mean, deviation);
  }

  /**
   * `value` with probability `keepProbability`, else 0. The value defaults to 1 / keepProbability (inverted dropout);
   * `{ value: 1 }` gives a plain mask.
   */
  mask(shape: Shape, keepProbability: number, options: { value?: number; backend?: Backend } = {}): Tensor {
    if (!(keepProbability >= 0 && keepProbability <= 1)) {
      throw shapeError("mask", "keepProbability", "0 to 1", String(keepProbability));
    }
    const { value = keepProbability > 0 ? 1 / keepProbability : 0, backend = defaultBackend() } = options;
    return this.#draw("randomMask", shape, backend, keepProbability, value);
  }

  /** One number on the host, uniform in [0, 1) with 53 random bits. Takes one block. */
  next(): number {
    const [a, b] = this.#block();
    return ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53;
  }

  /** One whole number on the host, uniform in 0 .. limit - 1. Takes one block. */
  integer(limit: number): number {
    if (!(Number.isSafeInteger(limit) && limit > 0)) {
      throw shapeError("integer", "limit", "a whole number from 1 on", String(limit));
    }
    return Math.floor(this.next() * limit);
  }

  /** The numbers 0 .. n - 1 in random order (Fisher and Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }

  state(): RandomState {
    return { seed: this.#seed, counter: this.#counter };
  }

  /** Goes on from a state. */
  restore(state: RandomState): void {
    this.#seed = words("seed", state.seed);
    this.#counter = words("counter", state.counter);
  }

  /**
   * Another stream, its seed a hash of this one's seed and the label: one per use ("dropout", "shuffle"), so that drawing
   * more in one place changes nothing in another. The same label gives the same stream, wherever this one stands.
   */
  fork(label: string): RandomStream {
    const [low, high] = hash(label);
    // Lanes 2 and 3 of the counter are 0 in draws, so these blocks never occur in a stream.
    const [first, second] = philox([low, high, label.length, 1], [this.#seed[0], this.#seed[1]]);
    return new RandomStream({ seed: [first, second], counter: [0, 0] });
  }

  #draw(
    kernel: "randomUniform" | "randomNormal" | "randomMask",
    shape: Shape,
    backend: Backend,
    first: number,
    second: number,
  ): Tensor {
    const y = uncleared(kernel, backend, shape);
    const [seedLow, seedHigh] = this.#seed;
    const [low, high] = this.#counter;
    const draw: Kernels[typeof kernel] = backend.kernels[kernel];
    draw(y.pointer, y.size, seedLow, seedHigh, low, high, first, second);
    this.#counter = advanceCounter(low, high, Math.ceil(y.size / LANES));
    return y;
  }

  #block(): Block {
    const [low, high] = this.#counter;
    this.#counter = advanceCounter(low, high, 1);
    return philox([low, high, 0, 0], [this.#seed[0], this.#seed[1]]);
  }
}

function words(name: string, value: Words): Words {
  const isWord = (word: unknown) => typeof word === "number" && word >>> 0 === word;
  if (!(Array.isArray(value) && value.length === 2 && value.every(isWord))) {
    throw shapeError("RandomStream", name, "two whole numbers from 0 to 2^32 - 1", JSON.stringify(value));
  }
  return [value[0], value[1]];
}

/** FNV-1a over the label's UTF-16 units, 64 bits. */
function hash(label: string): Words {
  let bits = 0xcbf29ce484222325n;
  for (let i = 0; i < label.length; i++) {
    const unit = label.charCodeAt(i);
    for (const byte of [unit & 0xff, unit >> 8]) {
      bits = BigInt.asUintN(64, (bits ^ BigInt(byte)) * 0x100000001b3n);
    }
  }
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}
