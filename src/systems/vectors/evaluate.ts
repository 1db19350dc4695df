/** How well vectors answer analogies, and agree with similarities. */
import { matmul, step, tensor } from "../../tensor/index.js";
import type { AnalogySection, SimilarityPair } from "./questions.js";
import { spearman } from "./spearman.js";
import { ANALOGY_METHODS, COS_MUL_EPSILON, type AnalogyMethod, type WordVectors } from "./word-vectors.js";

/** Cosines computed at a time, in numbers: 64 MiB. */
const BLOCK = 1 << 24;

export interface AnalogyResult {
  readonly name: string;
  readonly questions: number;
  /** Questions all of whose words have vectors: the others are not counted as wrong. */
  readonly asked: number;
  readonly correct: Readonly<Record<AnalogyMethod, number>>;
}

export interface SimilarityResult {
  readonly pairs: number;
  /** Pairs both of whose words have vectors. */
  readonly asked: number;
  /** Rank correlation of the cosines with the scores; NaN where it is not defined. */
  readonly spearman: number;
}

export interface EvaluateOptions {
  /** Looks for answers among the first words only, and asks about no others; usual for large vocabularies is 300,000. @default all */
  readonly among?: number;
  /** Told the share that is done. */
  readonly onProgress?: (done: number) => void;
}

/** The row of a word, or of the word in small letters: questions are often written with capitals, vectors made without. */
function findId(vectors: WordVectors, word: string, among = Infinity): number | undefined {
  const id = vectors.idOf(word) ?? vectors.idOf(word.toLowerCase());
  return id !== undefined && id < among ? id : undefined;
}

/**
 * Answers every question by both methods; a section each, in their order. The question's own words are never the answer, as is usual.
 *
 * Both scores are made of the cosines of single words, so one matrix product, of the words that occur in questions by all words, serves
 * all questions: a hundredth of the work of one product per question.
 */
export function evaluateAnalogies(vectors: WordVectors, sections: readonly AnalogySection[], options: EvaluateOptions = {}): AnalogyResult[] {
  const { among = Infinity, onProgress } = options;
  const words = Math.min(among, vectors.words.length);
  /** Rows of the words in questions, and where each stands in the product. */
  const places = new Map<number, number>();
  const place = (id: number): number => {
    const known = places.get(id) ?? places.size;
    places.set(id, known);
    return known;
  };
  const asked: Question[] = sections.flatMap(({ questions }, section) =>
    questions.flatMap((question) => {
      const ids = question.map((word) => findId(vectors, word, among));
      if (ids.includes(undefined)) return [];
      const [a, b, c, answer] = ids as [number, number, number, number];
      return [{ section, ids: [a, b, c], places: [place(a), place(b), place(c)], answer, add: -1, addScore: -Infinity, mul: -1, mulScore: -Infinity }];
    }),
  );

  const units = unitRows(vectors, [...places.keys()]);
  const perBlock = Math.max(16, Math.min(4096, Math.floor(BLOCK / Math.max(1, places.size))));
  for (let first = 0; first < words && asked.length > 0; first += perBlock) {
    const count = Math.min(perBlock, words - first);
    const cosines = step(() => {
      const questions = tensor(units, [places.size, vectors.dimensions]);
      const block = tensor(vectors.values.subarray(first * vectors.dimensions, (first + count) * vectors.dimensions), [count, vectors.dimensions]);
      return matmul(questions, block, { transposeB: true }).dataSync();
    });
    const { lengths } = vectors;
    for (let at = 0; at < cosines.length; at += count) for (let j = 0; j < count; j++) cosines[at + j]! /= lengths[first + j]!;
    for (const question of asked) search(question, cosines, first, count);
    onProgress?.((first + count) / words);
  }

  return sections.map(({ name, questions }, section) => {
    const own = asked.filter((question) => question.section === section);
    const correct = (answer: (question: Question) => number) => own.filter((question) => answer(question) === question.answer).length;
    return { name, questions: questions.length, asked: own.length, correct: { "3CosAdd": correct(({ add }) => add), "3CosMul": correct(({ mul }) => mul) } };
  });
}

interface Question {
  readonly section: number;
  readonly ids: readonly [number, number, number];
  readonly places: readonly [number, number, number];
  readonly answer: number;
  /** The best answers so far by 3CosAdd and 3CosMul. */
  add: number;
  addScore: number;
  mul: number;
  mulScore: number;
}

/** Looks for better answers among the words `first` … `first + count - 1`. */
function search(question: Question, cosines: ArrayLike<number>, first: number, count: number): void {
  const [a, b, c] = question.places.map((place) => place * count) as [number, number, number];
  const isOwn = (id: number) => question.ids.includes(id);
  let { add, addScore, mul, mulScore } = question;
  for (let j = 0; j < count; j++) {
    const [ca, cb, cc] = [cosines[a + j]!, cosines[b + j]!, cosines[c + j]!];
    const sum = cb - ca + cc;
    if (sum > addScore && !isOwn(first + j)) {
      add = first + j;
      addScore = sum;
    }
    const product = ((cb + 1) * (cc + 1)) / (ca + 1 + 2 * COS_MUL_EPSILON); // half of 3CosMul
    if (product > mulScore && !isOwn(first + j)) {
      mul = first + j;
      mulScore = product;
    }
  }
  Object.assign(question, { add, addScore, mul, mulScore });
}

function unitRows(vectors: WordVectors, ids: readonly number[]): Float32Array {
  const rows = new Float32Array(ids.length * vectors.dimensions);
  for (const [place, id] of ids.entries()) {
    const length = vectors.lengths[id]!;
    rows.set(vectors.row(id).map((x) => x / length), place * vectors.dimensions);
  }
  return rows;
}

/** Sections added up. */
export function totalAnalogies(results: readonly AnalogyResult[], name = "all"): AnalogyResult {
  const sum = (value: (result: AnalogyResult) => number) => results.reduce((total, result) => total + value(result), 0);
  const correct = Object.fromEntries(ANALOGY_METHODS.map((method) => [method, sum((result) => result.correct[method])]));
  return { name, questions: sum(({ questions }) => questions), asked: sum(({ asked }) => asked), correct: correct as AnalogyResult["correct"] };
}

/** Spearman's correlation of the vectors' cosines with the scores of the pairs. */
export function evaluateSimilarities(vectors: WordVectors, pairs: readonly SimilarityPair[], { among }: EvaluateOptions = {}): SimilarityResult {
  const [cosines, scores]: [number[], number[]] = [[], []];
  for (const { a, b, score } of pairs) {
    const [i, j] = [findId(vectors, a, among), findId(vectors, b, among)];
    if (i === undefined || j === undefined) continue;
    cosines.push(vectors.cosineOf(i, j));
    scores.push(score);
  }
  return { pairs: pairs.length, asked: scores.length, spearman: spearman(cosines, scores) };
}
