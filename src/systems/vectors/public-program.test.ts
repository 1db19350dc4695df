/**
 * Skip-gram as the authors' public program does it, written down apart from the kernel: its generator decides what is kept, how wide
 * windows are and which negatives come. In single precision it gives the program's own vectors, bit for bit; and each of its pairs, done by the
 * kernel with the same draws, moves the same rows alike.
 */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createReferenceBackend, loadBackend, type Backend } from "../../backend/index.js";
import { WORD2VEC_EXACT, WORD2VEC_TABLE } from "../../backend/generated/kernels.js";
import { philox } from "../../backend/philox.js";
import { readVectors } from "./vector-file.js";

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

const [DIMENSIONS, WINDOW, NEGATIVES, SAMPLE, RATE, EPOCHS] = [6, 3, 4, Math.fround(0.05), Math.fround(0.05), 3];
const STRIDE = 16;
const f32 = Math.fround;
const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));

it("the public program's generator and its first vectors", () => {
  const generator = new PublicGenerator(1n);
  const drawn = Array.from({ length: 5 }, () => generator.low16());
  expect(drawn).toEqual([59000, 61731, 7666, 11285, 41724]);
  const first = drawn.map((bits) => (bits / 65536 - 0.5) / 100);
  [0.004002685547, 0.004419403076, -0.00383026123, -0.003278045654, 0.001366577148].forEach((x, i) => expect(first[i]).toBeCloseTo(x, 12));
});

/** The text's sentences as numbers of words by falling frequency; word 0 is the end of a sentence, which stands in no sentence itself. */
function readText() {
  const lines = fixture("public-program-text.txt").toString().trim().split("\n").map((line) => line.split(" "));
  const found = new Map<string, number>();
  for (const word of lines.flat()) found.set(word, (found.get(word) ?? 0) + 1);
  const sorted = [...found].sort((a, b) => b[1] - a[1]);
  const words = ["</s>", ...sorted.map(([word]) => word)];
  return { words, counts: [lines.length, ...sorted.map(([, count]) => count)], sentences: lines.map((line) => line.map((word) => words.indexOf(word))) };
}
const { words: WORDS, counts: COUNTS, sentences: SENTENCES } = readText();

interface Pair {
  readonly context: number;
  readonly centre: number;
  /** Those that are used: a negative that is the centre is not. */
  readonly negatives: readonly number[];
}

/** What the program trains, pair by pair. Of less than 10,000 words its rate stays as it was. */
function* publicPairs(): Generator<Pair> {
  const generator = new PublicGenerator(0n);
  const trained = COUNTS.reduce((a, b) => a + b, 0);
  const share = f32(SAMPLE * trained);
  const keep = COUNTS.map((count) => f32(((Math.sqrt(f32(count / share)) + 1) * share) / count));
  const noiseWord = noiseTable();
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    for (const sentence of SENTENCES) {
      const kept = sentence.filter((word) => keep[word]! >= f32(generator.low16() / 65536));
      for (const [position, centre] of kept.entries()) {
        const shrink = Number(generator.next() % BigInt(WINDOW));
        for (let a = shrink; a < 2 * WINDOW + 1 - shrink; a++) {
          const context = kept[position - WINDOW + a];
          if (a === WINDOW || context === undefined) continue;
          const negatives: number[] = [];
          for (let d = 0; d < NEGATIVES; d++) {
            const bits = generator.next();
            let target = noiseWord(Number((bits >> 16n) % 100_000_000n));
            if (target === 0) target = 1 + Number(bits % BigInt(COUNTS.length - 1));
            if (target !== centre) negatives.push(target);
          }
          yield { context, centre, negatives };
        }
      }
    }
  }
}

/** The program's table of 1e8 words, by where each ends; its total is a whole number, cut with every word that is added. */
function noiseTable(): (at: number) => number {
  const weights = COUNTS.map((count) => count ** 0.75);
  const total = f32(weights.reduce((sum, weight) => Math.trunc(sum + weight), 0));
  let sum = 0;
  const ends = weights.map((weight) => (sum = f32(sum + weight / total)));
  return (at) => Math.min(ends.filter((end) => f32(f32(at - 1) / 1e8) > end).length, COUNTS.length - 1);
}

/** The program's table of 1,000 cells, its index with the factor 1000 / 6 / 2 = 83 of whole numbers. */
function slope(x: number, label: number, round: Rounding): number {
  if (x > 6) return label - 1;
  if (x < -6) return label;
  const cell = Math.trunc(round(round(x + 6) * 83));
  const e = round(Math.exp(round(round(round(round(cell / 1000) * 2) - 1) * 6)));
  return round(label - round(e / round(e + 1)));
}

type Rounding = (x: number) => number;
type Rows = readonly [input: number[][], output: number[][]];

/** Trains rows in place, every result rounded. */
function publicTraining([input, output]: Rows, round: Rounding): number {
  let pairs = 0;
  for (const { context, centre, negatives } of publicPairs()) {
    pairs++;
    const v = input[context]!;
    const error = new Array<number>(DIMENSIONS).fill(0);
    for (const [t, target] of [centre, ...negatives].entries()) {
      const u = output[target]!;
      const x = v.reduce((sum, value, q) => round(sum + round(value * u[q]!)), 0);
      const g = round(slope(x, t === 0 ? 1 : 0, round) * RATE);
      for (let q = 0; q < DIMENSIONS; q++) {
        error[q] = round(error[q]! + round(g * u[q]!));
        u[q] = round(u[q]! + round(g * v[q]!));
      }
    }
    error.forEach((change, q) => (v[q] = round(v[q]! + change)));
  }
  return pairs;
}

it("gives the vectors of the public program itself, to the last bit", async () => {
  const generator = new PublicGenerator(1n);
  const input = COUNTS.map(() => Array.from({ length: DIMENSIONS }, () => f32((generator.low16() / 65536 - 0.5) / DIMENSIONS)));
  publicTraining([input, COUNTS.map(() => new Array<number>(DIMENSIONS).fill(0))], f32);
  const theirs = await readVectors([fixture("public-program-vectors.bin")]);
  expect(theirs.words).toEqual(WORDS);
  expect([...theirs.values]).toEqual(input.flat());
});

/** Larger than the program's, so that products leave the middle of the table. */
function largeRows(): Rows {
  const generator = new PublicGenerator(1n);
  const rows = (scale: number) => COUNTS.map(() => Array.from({ length: DIMENSIONS }, () => (generator.low16() / 65536 - 0.5) * scale));
  return [rows(3), rows(2)];
}

/**
 * The same pairs through the kernel, one call each. A sentence of two words would train both ways, so every word is there twice: as context w, as
 * centre COUNTS.length + w, whose input is a row of zeros that changes nothing else. The alias table says which word each column of the draws
 * stands for; the seed is one whose draws fall into different columns.
 */
function kernelTraining({ kernels, memory }: Backend): Rows {
  const place = (values: ArrayLike<number>, kind: "floats" | "ints" = "floats") => {
    const at = memory.allocate(4 * values.length);
    memory[kind](at, values.length).set(values);
    return at;
  };
  const words = COUNTS.length;
  const [first, second] = largeRows();
  const padded = (row: readonly number[]) => [...row, ...new Array<number>(STRIDE - row.length).fill(0)];
  const nothing = COUNTS.map(() => []);
  const [input, output] = [place([...first, ...nothing].flatMap(padded)), place([...nothing, ...second].flatMap(padded))];
  const columns = 2 * words;
  const seed = Array.from({ length: 10_000 }, (_, i) => i).find((low) => new Set(columnsOf(low)).size === NEGATIVES)!;
  const drawn = columnsOf(seed);
  const [tokens, alias, statistics] = [place([0, 0], "ints"), place(new Int32Array(2 * columns), "ints"), place([0, 0, 0, 0])];
  for (const { context, centre, negatives } of publicPairs()) {
    memory.ints(tokens, 2).set([words + centre, context]);
    const table = memory.ints(alias, 2 * columns);
    // A negative that is the centre is left out by the kernel too.
    drawn.forEach((column, k) => (table[2 * column + 1] = words + (negatives[k] ?? centre)));
    kernels.word2vecTrain(
      input, output, STRIDE, DIMENSIONS, tokens, 2, 0, alias, columns, 1, NEGATIVES, WORD2VEC_EXACT | WORD2VEC_TABLE, RATE, 0, 0, seed, 0, 0, 0, statistics,
    );
    memory.floats(input, 2 * words * STRIDE).fill(0, words * STRIDE);
  }
  const rows = (matrix: number, from: number) =>
    COUNTS.map((_, id) => [...memory.floats(matrix, 2 * words * STRIDE).subarray((from + id) * STRIDE, (from + id) * STRIDE + DIMENSIONS)]);
  return [rows(input, 0), rows(output, words)];
}

/** The columns of the alias table that the negatives of the entry at position 0 are looked up in: draws 1 to NEGATIVES. */
function columnsOf(seed: number): number[] {
  return Array.from({ length: NEGATIVES }, (_, k) => {
    const bits = philox([0, 0, 1 + Math.floor((1 + k) / 4), 0], [seed, 0])[(1 + k) % 4]!;
    return Number((BigInt(bits) * BigInt(2 * COUNTS.length)) >> 32n);
  });
}

it("the kernel moves the same rows, in double precision", () => {
  const expected = largeRows();
  expect(publicTraining(expected, (x) => x)).toBeGreaterThan(1000);
  kernelTraining(createReferenceBackend()).flat(2).forEach((x, i) => expect(Math.abs(x - expected.flat(2)[i]!)).toBeLessThan(1e-12));
});

it("and on the fastest backend, but where rounding takes a product into the next cell of the table", async () => {
  const expected = largeRows();
  publicTraining(expected, (x) => x);
  kernelTraining(await loadBackend({ threads: 1 })).flat(2).forEach((x, i) => expect(Math.abs(x - expected.flat(2)[i]!)).toBeLessThan(1e-3));
});
