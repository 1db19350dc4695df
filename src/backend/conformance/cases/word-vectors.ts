import {
  GLOVE_UNSCALED_BIAS, WORD2VEC_CBOW, WORD2VEC_EXACT, WORD2VEC_MAX_NEGATIVES, WORD2VEC_MAX_WINDOW, WORD2VEC_SENTENCE, WORD2VEC_TABLE,
} from "../../generated/kernels.js";
import type { Bench, Case, Conformance } from "../bench.js";
import { floats, integers } from "../values.js";

const roundUp = (n: number) => 16 * Math.ceil(n / 16);

/** [rows, stride], zeros beyond `columns`. */
function matrix(rows: number, columns: number, stride: number, seed: number): number[] {
  const values = floats(rows * columns, seed, -0.5, 0.5);
  return Array.from({ length: rows * stride }, (_, i) => (i % stride < columns ? values[Math.floor(i / stride) * columns + (i % stride)]! : 0));
}

interface Word2vecCase {
  readonly columns: number;
  readonly count?: number;
  readonly words?: number;
  readonly window?: number;
  readonly negatives?: number;
  readonly flags?: number;
  /** Every so manieth entry ends a sentence. */
  readonly sentence?: number;
  readonly keep?: boolean;
  readonly position?: readonly [low: number, high: number];
}

function word2vec(b: Bench, options: Word2vecCase): void {
  const { columns, count = 67, words = 23, window = 5, negatives = 5, flags = 0, sentence = 11, keep = true, position = [1027, 0] } = options;
  const stride = roundUp(columns);
  // The last word is beyond the vocabulary: it is passed over.
  const tokens = integers(count, 3, 0, words + 1).map((id, i) => (i % sentence === sentence - 1 ? -1 : id));
  const alias = integers(2 * words, 5, 0, words).map((id, i) => (i % 2 === 0 ? (id * 0x9e3779b1) | 0 : id));
  b.kernels.word2vecTrain(
    b.output(matrix(words, columns, stride, 1)), b.output(matrix(words, columns, stride, 2)), stride, columns, b.inputInts(tokens), count,
    keep ? b.inputInts(integers(words, 7, 1 << 22, 1 << 25)) : 0, b.inputInts(alias), words, window, negatives, flags, Math.fround(0.05),
    Math.fround(1e-3), Math.fround(0.02), 0x12345678, 0x9abcdef0, ...position, b.output([0, 0, 0, 0]),
  );
}

const FORMS = [
  ["skip-gram", 0], ["skip-gram, exact", WORD2VEC_EXACT], ["bag of words", WORD2VEC_CBOW],
  ["bag of words, exact", WORD2VEC_CBOW | WORD2VEC_EXACT], ["skip-gram, table", WORD2VEC_TABLE],
] as const;

function* word2vecCases(): Iterable<Case> {
  const single = (name: string, options: Word2vecCase): Case => [name, (b) => word2vec(b, options)];
  for (const [form, flags] of FORMS) {
    for (const columns of [1, 3, 8, 16, 17, 67]) yield single(`${form}, ${columns} columns`, { columns, flags });
    for (const count of [0, 1, 2]) yield single(`${form}, ${count} entries`, { columns: 5, count, flags });
    for (const negatives of [0, 1, 6, 7, 13]) yield single(`${form}, ${negatives} negatives`, { columns: 9, negatives, flags });
    for (const window of [1, 2, 7]) yield single(`${form}, window ${window}`, { columns: 9, window, flags });
    yield single(`${form}, repeated words`, { columns: 9, words: 3, flags });
    yield single(`${form}, one word`, { columns: 9, words: 1, flags });
    yield single(`${form}, everything kept`, { columns: 9, keep: false, flags });
    yield single(`${form}, positions beyond 32 bits`, { columns: 9, position: [2 ** 32 - 20, 3], flags });
    // So many looked-up products that rounding moves one of them to the next cell of the table.
    if (flags & WORD2VEC_TABLE) continue;
    yield single(`${form}, largest`, {
      columns: 5, words: 401, count: 211, window: WORD2VEC_MAX_WINDOW, negatives: WORD2VEC_MAX_NEGATIVES, sentence: 300, flags,
    });
  }
  yield single("a sentence that is cut", { columns: 3, count: WORD2VEC_SENTENCE + 7, words: 997, sentence: 5000, window: 2, negatives: 1, keep: false });
}

function glove(b: Bench, { dimensions, count, flags = 0, xMax = 10, scale = 1 }: { dimensions: number; count: number; flags?: number; xMax?: number; scale?: number }): void {
  const width = roundUp(dimensions + 1);
  const words = 13;
  const parameters = (seed: number) => {
    const values = matrix(words, dimensions + 1, width, seed);
    const squares = floats(words * width, seed + 1, 1, 2);
    return Array.from({ length: 2 * words * width }, (_, i) => {
      const [row, column] = [Math.floor(i / (2 * width)), i % (2 * width)];
      return column < width ? scale * values[row * width + column]! : squares[row * width + column - width]!;
    });
  };
  b.kernels.gloveTrain(
    b.output(parameters(1)), b.output(parameters(3)), width, dimensions, b.inputInts(integers(count, 5, 0, words)),
    b.inputInts(integers(count, 6, 0, words)), b.input(floats(count, 7, 0.25, 30)), count, Math.fround(0.05), xMax, 0.75, flags,
    b.output([0]),
  );
}

function* gloveCases(): Iterable<Case> {
  for (const flags of [0, GLOVE_UNSCALED_BIAS]) {
    const variant = flags ? ", biases unscaled" : "";
    for (const dimensions of [0, 1, 3, 8, 15, 16, 17, 67]) {
      yield [`${dimensions} dimensions${variant}`, (b) => glove(b, { dimensions, count: 131, flags })];
    }
    for (const count of [0, 1, 17]) yield [`${count} records${variant}`, (b) => glove(b, { dimensions: 9, count, flags })];
  }
  yield ["gradients at their limit", (b) => glove(b, { dimensions: 9, count: 3, scale: 16, xMax: 1 })];
}

export const wordVectorCases = {
  word2vecTrain: { tolerance: { relative: 3e-6, absolute: 3e-6 }, cases: word2vecCases },
  gloveTrain: { tolerance: { relative: 1e-5, absolute: 3e-6 }, cases: gloveCases },
} satisfies Record<string, Conformance>;
