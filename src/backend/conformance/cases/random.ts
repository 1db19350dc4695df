import type { Case, Conformance } from "../bench.js";
import { LARGE, SIZES } from "../values.js";

/** Seeds and counters, one about to carry into the upper word. */
const STREAMS = [
  [0, 0, 0, 0], [0x12345678, 0x9abcdef0, 0xfffffffd, 7], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
] as const;

type Kernel = "randomUniform" | "randomNormal" | "randomMask";

function* streamCases(kernel: Kernel, p: number, q: number): Iterable<Case> {
  for (const [seedLow, seedHigh, low, high] of STREAMS) {
    for (const n of [...SIZES, 1000]) {
      yield [`${n} numbers, parameters ${p} and ${q}, under ${seedLow} ${seedHigh} from ${low} ${high}`, (b) =>
        b.kernels[kernel](b.output(n), n, seedLow, seedHigh, low, high, Math.fround(p), Math.fround(q))];
    }
  }
  yield [`many numbers, parameters ${p} and ${q}`, (b) =>
    b.kernels[kernel](b.output(LARGE), LARGE, 1, 2, 3, 4, Math.fround(p), Math.fround(q))];
}

export const randomCases = {
  randomUniform: {
    *cases() {
      yield* streamCases("randomUniform", 0, 1);
      yield* streamCases("randomUniform", -0.1, 0.1);
    },
  },
  randomNormal: { tolerance: { relative: 1e-6, absolute: 1e-6 }, cases: () => streamCases("randomNormal", 0.5, 2) },
  randomMask: { cases: () => streamCases("randomMask", 0.7, 1 / 0.7) },
} satisfies Record<string, Conformance>;
