/**
 * Skip-gram as the authors' public program does it, written down apart from the kernel: its generator decides what is kept, how wide
 * windows are and which negatives come, and every one of these pairs, done by the kernel with the same draws, must move the same rows alike.
 */
import { expect, it } from "vitest";
import { createReferenceBackend, loadBackend, type Backend } from "../../backend/index.js";
import { WORD2VEC_EXACT, WORD2VEC_TABLE } from "../../backend/generated/kernels.js";
import { philox } from "../../backend/philox.js";

/** r ← r · 25214903917 + 11 modulo 2^64. */
class PublicGenerator {
  constructor(private state: bigint) {}

  next(): bigint {
    return (this.state = (this.state * 25214903917n + 11n) & 0xffffffffffffffffn);
  }

  low16(): number {
    return Number(this.next() & 0xffffn);
  }
}

it("the public program's generator and its first vectors", () => {
  const generator = new PublicGenerator(1n);
  const drawn = Array.from({ length: 5 }, () => generator.low16());
  expect(drawn).toEqual([59000, 61731, 7666, 11285, 41724]);
  const first = drawn.map((bits) => (bits / 65536 - 0.5) / 100);
  [0.004002685547, 0.004419403076, -0.00383026123, -0.003278045654, 0.001366577148].forEach((x, i) => expect(first[i]).toBeCloseTo(x, 12));
});

const [DIMENSIONS, WINDOW, NEGATIVES, SAMPLE] = [6, 3, 4, 0.02];
const COUNTS = [9, 40, 30, 20, 12, 8, 5];
const WORDS = COUNTS.length;
const STRIDE = 16;
/** Word 0 is the end of a sentence there. */
const TEXT = Array.from({ length: 12 }, (_, s) => Array.from({ length: 10 }, (_, i) => 1 + ((s * 7 + i * i * 3 + (i >> 1) * s) % (WORDS - 1))));

interface Pair {
  readonly context: number;
  readonly centre: number;
  /** Those that were used: a negative that is the centre is not. */
  readonly negatives: readonly number[];
  readonly rate: number;
}

/** What the program would train, pair by pair. */
function* publicPairs(): Generator<Pair> {
  const generator = new PublicGenerator(0n);
  const weights = COUNTS.map((count) => count ** 0.75);
  const total = weights.reduce((a, b) => a + b, 0);
  // A table with each word as often as its weight says, as long as 1e8 there.
  const table = weights.flatMap((weight, word) => new Array<number>(Math.round((1000 * weight) / total)).fill(word));
  const trained = COUNTS.reduce((a, b) => a + b, 0);
  let read = 0;
  for (const sentence of TEXT) {
    const kept = sentence.filter((word) => {
      const share = SAMPLE * trained;
      return (Math.sqrt(COUNTS[word]! / share) + 1) * (share / COUNTS[word]!) >= generator.low16() / 65536;
    });
    read += sentence.length;
    const rate = 0.05 * Math.max(1e-4, 1 - read / (TEXT.length * 10 + 1));
    for (const [position, centre] of kept.entries()) {
      const shrink = Number(generator.next() % BigInt(WINDOW));
      for (let a = shrink; a < 2 * WINDOW + 1 - shrink; a++) {
        const context = kept[position - WINDOW + a];
        if (a === WINDOW || context === undefined) continue;
        const negatives: number[] = [];
        for (let d = 0; d < NEGATIVES; d++) {
          const bits = generator.next();
          let target = table[Number((bits >> 16n) % BigInt(table.length))]!;
          if (target === 0) target = 1 + Number(bits % BigInt(WORDS - 1));
          if (target !== centre) negatives.push(target);
        }
        yield { context, centre, negatives, rate };
      }
    }
  }
}

/** The program's table of 1,000 cells, its index with the factor 1000 / 6 / 2 = 83 of whole numbers. */
function slope(x: number, label: number): number {
  if (x > 6) return label - 1;
  if (x < -6) return label;
  const e = Math.exp((2 * (Math.trunc((x + 6) * 83) / 1000) - 1) * 6);
  return label - e / (e + 1);
}

function publicTraining(): { input: number[][]; output: number[][]; pairs: number } {
  const [input, output] = initial();
  let pairs = 0;
  for (const { context, centre, negatives, rate } of publicPairs()) {
    pairs++;
    const v = input[context]!;
    const error = new Array<number>(DIMENSIONS).fill(0);
    [centre, ...negatives].forEach((target, t) => {
      const u = output[target]!;
      const g = slope(v.reduce((sum, x, q) => sum + x * u[q]!, 0), t === 0 ? 1 : 0) * rate;
      u.forEach((x, q) => {
        error[q]! += g * x;
        u[q] = x + g * v[q]!;
      });
    });
    error.forEach((change, q) => (v[q]! += change));
  }
  return { input, output, pairs };
}

/** Larger than the program's, so that products leave the middle of the table. */
function initial(): [input: number[][], output: number[][]] {
  const generator = new PublicGenerator(1n);
  const rows = (scale: number) => COUNTS.map(() => Array.from({ length: DIMENSIONS }, () => (generator.low16() / 65536 - 0.5) * scale));
  return [rows(3), rows(2)];
}

/**
 * The same pairs through the kernel, one call each. A sentence of two words would train both ways, so every word is there twice: as context w, as
 * centre WORDS + w, whose input is a row of zeros that changes nothing else. The alias table says which word each column of the draws
 * stands for; the seed is one whose draws fall into different columns.
 */
function kernelTraining({ kernels, memory }: Backend): { input: number[][]; output: number[][] } {
  const place = (values: ArrayLike<number>, kind: "floats" | "ints" = "floats") => {
    const at = memory.allocate(4 * values.length);
    memory[kind](at, values.length).set(values);
    return at;
  };
  const [first, second] = initial();
  const padded = (row: readonly number[]) => [...row, ...new Array<number>(STRIDE - row.length).fill(0)];
  const nothing = COUNTS.map(() => []);
  const [input, output] = [place([...first, ...nothing].flatMap(padded)), place([...nothing, ...second].flatMap(padded))];
  const columns = 2 * WORDS;
  const seed = Array.from({ length: 10_000 }, (_, i) => i).find((low) => new Set(columnsOf(low)).size === NEGATIVES)!;
  const drawn = columnsOf(seed);
  const [tokens, alias, statistics] = [place([0, 0], "ints"), place(new Int32Array(2 * columns), "ints"), place([0, 0, 0, 0])];
  for (const { context, centre, negatives, rate } of publicPairs()) {
    memory.ints(tokens, 2).set([WORDS + centre, context]);
    const table = memory.ints(alias, 2 * columns);
    // A negative that is the centre is left out by the kernel too.
    drawn.forEach((column, k) => (table[2 * column + 1] = WORDS + (negatives[k] ?? centre)));
    kernels.word2vecTrain(
      input, output, STRIDE, DIMENSIONS, tokens, 2, 0, alias, columns, 1, NEGATIVES, WORD2VEC_EXACT | WORD2VEC_TABLE, rate, 0, 0, seed, 0, 0, 0, statistics,
    );
    memory.floats(input, 2 * WORDS * STRIDE).fill(0, WORDS * STRIDE);
  }
  const rows = (matrix: number, from: number) =>
    COUNTS.map((_, id) => [...memory.floats(matrix, 2 * WORDS * STRIDE).subarray((from + id) * STRIDE, (from + id) * STRIDE + DIMENSIONS)]);
  return { input: rows(input, 0), output: rows(output, WORDS) };
}

/** The columns of the alias table that the negatives of the entry at position 0 are looked up in: draws 1 to NEGATIVES. */
function columnsOf(seed: number): number[] {
  return Array.from({ length: NEGATIVES }, (_, k) => {
    const bits = philox([0, 0, 1 + Math.floor((1 + k) / 4), 0], [seed, 0])[(1 + k) % 4]!;
    return Number((BigInt(bits) * BigInt(2 * WORDS)) >> 32n);
  });
}

it.each([["reference", 1e-12], ["fastest", 1e-5]] as const)("moves the same rows as the public program, the backend being the %s", async (name, tolerance) => {
  const expected = publicTraining();
  expect(expected.pairs).toBeGreaterThan(200);
  const found = kernelTraining(name === "reference" ? createReferenceBackend() : await loadBackend({ threads: 1 }));
  for (const side of ["input", "output"] as const) {
    found[side].forEach((row, id) => row.forEach((x, q) => expect(Math.abs(x - expected[side][id]![q]!), `${side} ${id}, ${q}`).toBeLessThan(tolerance)));
  }
});
