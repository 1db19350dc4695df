/** Trained word vectors: look-up, neighbours, analogies. */
import { DataError, nearestSpellings } from "../../data/index.js";

export interface Neighbour {
  readonly word: string;
  /** Cosine, -1 to 1; of 3CosMul its own measure, from 0 on. */
  readonly score: number;
}

export interface NearestOptions {
  /** @default 10 */
  readonly count?: number;
  /** Words that are not given out; a word that was asked about never is. @default none */
  readonly exclude?: readonly string[];
  /** Looks among the first words only, the most frequent ones in most files. @default all */
  readonly among?: number;
}

export const ANALOGY_METHODS = ["3CosAdd", "3CosMul"] as const;
export type AnalogyMethod = (typeof ANALOGY_METHODS)[number];

export interface AnalogyOptions extends NearestOptions {
  /** @default "3CosAdd" */
  readonly method?: AnalogyMethod;
}

/** Look-ups that are searches. */
const FEW = 16;

/** Keeps 3CosMul from dividing by 0 (Levy & Goldberg 2014, section 6). */
export const COS_MUL_EPSILON = 1e-3;

/** A word that has no vector; the message suggests ones that do. */
export class UnknownWordError extends DataError {
  constructor(
    readonly word: string,
    readonly suggestions: readonly string[],
  ) {
    const hint = suggestions.length === 0 ? "" : ` Did you mean ${suggestions.join(", ")}?`;
    super(`There is no vector for ${JSON.stringify(word)}.${hint}`);
  }
}

/**
 * A vector for each of some words.
 *
 * @example
 * vectors.nearest("whale", { count: 3 }); // [{ word: "sperm", score: 0.71 }, …]
 * vectors.analogy(["king", "woman"], ["man"]); // king - man + woman
 */
export class WordVectors {
  readonly words: readonly string[];
  readonly dimensions: number;
  /** [words, dimensions] */
  readonly values: Float32Array;
  #ids: ReadonlyMap<string, number> | undefined;
  #lookups = 0;
  #lengths: Float32Array | undefined;

  /** @param values [words, dimensions], row by row; not copied, and not to be changed afterwards */
  constructor(words: readonly string[], values: Float32Array, dimensions = values.length / words.length) {
    if (!Number.isInteger(dimensions) || values.length !== words.length * dimensions) {
      throw new DataError(`${words.length} words of ${dimensions} dimensions need ${words.length * dimensions} numbers, got ${values.length}.`);
    }
    this.words = words;
    this.dimensions = dimensions;
    this.values = values;
  }

  /** The row of a word, or undefined for one that has none. Of equal words the first counts, as in gensim. */
  idOf(word: string): number | undefined {
    if (this.#ids === undefined) {
      // A table takes a tenth of a second for half a million words: too long for somebody with one question.
      if (this.#lookups++ < FEW) {
        const id = this.words.indexOf(word);
        return id < 0 ? undefined : id;
      }
      const ids = new Map<string, number>();
      for (let id = this.words.length - 1; id >= 0; id--) ids.set(this.words[id]!, id);
      this.#ids = ids;
    }
    return this.#ids.get(word);
  }

  /** The row of a word. @throws UnknownWordError */
  requireId(word: string): number {
    const id = this.idOf(word);
    if (id === undefined) throw new UnknownWordError(word, nearestSpellings(word, this.words));
    return id;
  }

  /** A view of a word's vector. @throws UnknownWordError */
  vector(word: string): Float32Array {
    return this.row(this.requireId(word));
  }

  /** A view of a row. */
  row(id: number): Float32Array {
    return this.values.subarray(id * this.dimensions, (id + 1) * this.dimensions);
  }

  /** The Euclidean length of each vector, [words]; 1 for a vector of zeros, whose cosine with anything is then 0. */
  get lengths(): Float32Array {
    this.#lengths ??= Float32Array.from({ length: this.words.length }, (_, id) => lengthAt(this.values, id * this.dimensions, this.dimensions));
    return this.#lengths;
  }

  /** The cosine of two words' vectors. @throws UnknownWordError */
  similarity(a: string, b: string): number {
    return this.cosineOf(this.requireId(a), this.requireId(b));
  }

  /** The cosine of two rows. */
  cosineOf(a: number, b: number): number {
    return cosine(this.row(a), this.row(b));
  }

  /** The words whose vectors have the largest cosine with a word's or a vector of one's own. @throws UnknownWordError */
  nearest(query: string | ArrayLike<number>, options: NearestOptions = {}): Neighbour[] {
    const excluded = new Set((options.exclude ?? []).map((word) => this.idOf(word)));
    if (typeof query === "string") {
      const id = this.requireId(query);
      excluded.add(id);
      return this.#best(this.#cosines(this.row(id), options.among), excluded, options.count);
    }
    if (query.length !== this.dimensions) throw new DataError(`A vector of ${this.dimensions} dimensions is needed, got ${query.length}.`);
    return this.#best(this.#cosines(query, options.among), excluded, options.count);
  }

  /**
   * What is to `positive` as they are to `negative`: 3CosAdd maximises the cosine with the sum of the unit vectors, those of `negative`
   * taken away (Mikolov et al. 2013), 3CosMul the product of the similarities divided by those to `negative` (Levy & Goldberg 2014).
   * The words of the question are never the answer.
   *
   * @throws UnknownWordError
   */
  analogy(positive: readonly string[], negative: readonly string[], options: AnalogyOptions = {}): Neighbour[] {
    if (positive.length + negative.length === 0) throw new DataError("An analogy needs at least one word.");
    const { method = "3CosAdd", exclude = [] } = options;
    const [added, taken] = [positive, negative].map((words) => words.map((word) => this.requireId(word))) as [number[], number[]];
    const excluded = new Set([...added, ...taken, ...exclude.map((word) => this.idOf(word))]);
    const scores = method === "3CosAdd" ? this.#cosines(this.#sum(added, taken), options.among) : this.#products(added, taken, options.among);
    return this.#best(scores, excluded, options.count);
  }

  /** The sum of unit vectors, some taken away. */
  #sum(added: readonly number[], taken: readonly number[]): Float64Array {
    const sum = new Float64Array(this.dimensions);
    for (const [ids, sign] of [[added, 1], [taken, -1]] as const) {
      for (const id of ids) {
        const vector = this.row(id);
        const scale = sign / lengthOf(vector);
        for (let i = 0; i < sum.length; i++) sum[i]! += scale * vector[i]!;
      }
    }
    return sum;
  }

  #products(added: readonly number[], taken: readonly number[], among?: number): Float64Array {
    const scores = new Float64Array(this.#count(among)).fill(1);
    const product = (ids: readonly number[]) => {
      const result = new Float64Array(scores.length).fill(1);
      for (const id of ids) {
        const cosines = this.#cosines(this.row(id), among);
        for (let i = 0; i < result.length; i++) result[i]! *= (cosines[i]! + 1) / 2;
      }
      return result;
    };
    const [above, below] = [product(added), product(taken)];
    return scores.map((_, i) => above[i]! / (below[i]! + COS_MUL_EPSILON));
  }

  #count(among = Infinity): number {
    return Math.max(0, Math.min(among, this.words.length));
  }

  /** The cosine of each row with a vector. Plain loops: no kernel reads vectors from memory much faster. */
  #cosines(query: ArrayLike<number>, among?: number): Float64Array {
    const { values, dimensions } = this;
    const vector = Float32Array.from(query);
    const length = lengthOf(vector);
    // The first time lengths are found on the way: each row is then in the cache already.
    const known = this.#lengths;
    const lengths = known ?? new Float32Array(this.words.length);
    const cosines = new Float64Array(this.#count(known === undefined ? undefined : among));
    for (let id = 0, at = 0; id < cosines.length; id++, at += dimensions) {
      if (known === undefined) lengths[id] = lengthAt(values, at, dimensions);
      cosines[id] = dot(values, at, vector) / (length * lengths[id]!);
    }
    this.#lengths = lengths;
    return known === undefined ? cosines.subarray(0, this.#count(among)) : cosines;
  }

  #best(scores: Float64Array, excluded: ReadonlySet<number | undefined>, count = 10): Neighbour[] {
    if (count < 1) return [];
    const best: { id: number; score: number }[] = [];
    for (let id = 0; id < scores.length; id++) {
      const score = scores[id]!;
      if (!(best.length < count || score > best[best.length - 1]!.score) || excluded.has(id) || Number.isNaN(score)) continue;
      if (best.length === count) best.pop();
      let place = best.length;
      while (place > 0 && best[place - 1]!.score < score) place--;
      best.splice(place, 0, { id, score });
    }
    return best.map(({ id, score }) => ({ word: this.words[id]!, score }));
  }
}

/** The cosine of two vectors; 0 if one has no length. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  return product / (Math.sqrt(aa * bb) || 1);
}

function lengthOf(vector: Float32Array): number {
  return lengthAt(vector, 0, vector.length);
}

/** The length of the `count` numbers from `at` on; 1 if all are 0. */
function lengthAt(values: Float32Array, at: number, count: number): number {
  const end = at + count;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = at;
  for (; i + 4 <= end; i += 4) {
    s0 += values[i]! * values[i]!;
    s1 += values[i + 1]! * values[i + 1]!;
    s2 += values[i + 2]! * values[i + 2]!;
    s3 += values[i + 3]! * values[i + 3]!;
  }
  for (; i < end; i++) s0 += values[i]! * values[i]!;
  return Math.sqrt(s0 + s1 + s2 + s3) || 1;
}

/** The product of a row that begins at `at` with a vector, in four sums that do not wait for each other. */
function dot(values: Float32Array, at: number, vector: Float32Array): number {
  const { length } = vector;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    s0 += values[at + i]! * vector[i]!;
    s1 += values[at + i + 1]! * vector[i + 1]!;
    s2 += values[at + i + 2]! * vector[i + 2]!;
    s3 += values[at + i + 3]! * vector[i + 3]!;
  }
  for (; i < length; i++) s0 += values[at + i]! * vector[i]!;
  return s0 + s1 + s2 + s3;
}
