/** Random numbers: element i of a stream is lane i % 4 of Philox block i / 4. */
import type { Kernels } from "../backend.js";
import { advanceCounter, philox } from "../philox.js";
import type { ReferenceMemory } from "./memory.js";

/** The first `n` words of a stream. */
function randomBits(n: number, seedLow: number, seedHigh: number, counterLow: number, counterHigh: number): number[] {
  const bits: number[] = [];
  for (let block = 0; bits.length < n; block++) {
    const [low, high] = advanceCounter(counterLow, counterHigh, block);
    bits.push(...philox([low, high, 0, 0], [seedLow, seedHigh]));
  }
  return bits;
}

const unit = (bits: number) => (bits >>> 8) * 2 ** -24;

export function randomKernels(memory: ReferenceMemory) {
  return {
    randomUniform(y, n, seedLow, seedHigh, counterLow, counterHigh, low, high) {
      const bits = randomBits(n, seedLow, seedHigh, counterLow, counterHigh);
      for (let i = 0; i < n; i++) memory.write(y, i, low + (high - low) * unit(bits[i]!));
    },

    randomNormal(y, n, seedLow, seedHigh, counterLow, counterHigh, mean, deviation) {
      const bits = randomBits(n, seedLow, seedHigh, counterLow, counterHigh);
      for (let i = 0; i < n; i++) {
        const pair = i - (i % 2);
        const radius = Math.sqrt(-2 * Math.log(unit(bits[pair]!) + 2 ** -25));
        const angle = 2 * Math.PI * unit(bits[pair + 1]!);
        memory.write(y, i, mean + deviation * radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle)));
      }
    },

    randomMask(y, n, seedLow, seedHigh, counterLow, counterHigh, probability, value) {
      const bits = randomBits(n, seedLow, seedHigh, counterLow, counterHigh);
      // The probability is a float32 everywhere, so that the same elements are kept on every backend.
      const threshold = Math.fround(probability);
      for (let i = 0; i < n; i++) memory.write(y, i, unit(bits[i]!) < threshold ? value : 0);
    },
  } satisfies Partial<Kernels>;
}
