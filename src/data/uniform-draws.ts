import { advanceCounter, philox } from "../backend/philox.js";
import type { RandomStream } from "../tensor/index.js";

const WORDS = 256;

/**
 * Whole numbers on the host from where a stream stands, for shuffling many millions: several times as fast as
 * `RandomStream.integer`. The stream itself does not move.
 */
export class UniformDraws {
  readonly #seed: readonly [number, number];
  #counter: readonly [number, number];
  readonly #words = new Uint32Array(WORDS);
  #at = WORDS;

  constructor(random: RandomStream) {
    const { seed, counter } = random.state();
    this.#seed = [seed[0], seed[1]];
    this.#counter = [counter[0], counter[1]];
  }

  /** Uniform in 0 … limit - 1, exactly; limit is at most 2^32. */
  integer(limit: number): number {
    if (limit <= 1) return 0;
    const unused = Math.clz32(limit - 1);
    for (;;) {
      if (this.#at === WORDS) this.#fill();
      const number = this.#words[this.#at++]! >>> unused;
      if (number < limit) return number;
    }
  }

  #fill(): void {
    for (let at = 0; at < WORDS; at += 4) {
      const [low, high] = this.#counter;
      this.#words.set(philox([low, high, 0, 0], this.#seed), at);
      this.#counter = advanceCounter(low, high, 1);
    }
    this.#at = 0;
  }
}
