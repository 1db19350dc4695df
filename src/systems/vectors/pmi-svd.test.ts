import { beforeAll, describe, expect, it } from "vitest";
import { loadBackend } from "../../backend/index.js";
import { countCooccurrences } from "../../data/cooccurrence.js";
import { MemoryTokenCorpus, SENTENCE_END, WordVocabulary, type CooccurrenceRecords } from "../../data/index.js";
import { RandomStream, setDefaultBackend } from "../../tensor/index.js";
import { noiseDistribution } from "./noise.js";
import { pmiSvd, positivePmi } from "./pmi-svd.js";
import { shiftedPmi } from "./shifted-pmi.js";
import { SparseMatrix } from "./sparse-matrix.js";
import { symmetricEigen } from "./symmetric-eigen.js";
import { truncatedSvd } from "./truncated-svd.js";

beforeAll(async () => {
  setDefaultBackend(await loadBackend({ threads: 1 }));
});

/** Singular values and left vectors (rows) from the eigenvalues of M · Mᵀ in float64. */
function bruteForce(matrix: Float64Array, rows: number, columns: number) {
  const gram = Float64Array.from({ length: rows * rows }, (_, k) => {
    const [i, j] = [Math.floor(k / rows) * columns, (k % rows) * columns];
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += matrix[i + c]! * matrix[j + c]!;
    return sum;
  });
  const { values, vectors } = symmetricEigen(gram, rows);
  return { values: values.map((value) => Math.sqrt(Math.max(0, value))), vectors };
}

function sparse(matrix: Float64Array, rows: number, columns: number): SparseMatrix {
  return SparseMatrix.from(rows, columns, (visit) => matrix.forEach((value, i) => value !== 0 && visit(Math.floor(i / columns), i % columns, value)));
}

/** A third of the places drawn, columns falling in size. */
function drawn(rows: number, columns: number, seed: number): Float64Array {
  const random = new RandomStream(seed);
  return Float64Array.from({ length: rows * columns }, (_, i) => (random.next() < 1 / 3 ? (random.next() + 0.2) * 0.9 ** (i % columns) : 0));
}

describe("truncatedSvd", () => {
  it.each([[40, 30, 5], [13, 57, 13], [31, 31, 8], [1, 1, 1]])("finds what brute force finds: [%i, %i], rank %i", async (rows, columns, rank) => {
    const matrix = drawn(rows, columns, 3);
    matrix[0] = 1;
    const { values, vectors } = bruteForce(matrix, rows, columns);
    const shares: number[] = [];
    const onProgress = (done: number) => shares.push(done);
    const { left, singularValues } = await truncatedSvd(sparse(matrix, rows, columns), rank, { random: new RandomStream(1), iterations: 12, onProgress });
    expect([shares.length, shares.at(-1)]).toEqual([26, 1]);
    for (let i = 0; i < rank; i++) {
      expect(singularValues[i]! / values[0]!).toBeCloseTo(values[i]! / values[0]!, 5);
      if (values[i]! < 1e-3 * values[0]!) continue; // rounding errors
      let cosine = 0;
      for (let row = 0; row < rows; row++) cosine += left[row * rank + i]! * vectors[i * rows + row]!;
      expect(Math.abs(cosine)).toBeCloseTo(1, 3);
    }
  });

  it("gives zeros beyond the rank of the matrix", async () => {
    const [rows, columns] = [9, 6];
    const ofRankTwo = Float64Array.from({ length: rows * columns }, (_, i) => (1 + Math.floor(i / columns)) * (1 + (i % columns)) + (i % columns === 2 ? 1 : 0));
    const { values } = bruteForce(ofRankTwo, rows, columns);
    const { left, singularValues } = await truncatedSvd(sparse(ofRankTwo, rows, columns), 4, { random: new RandomStream(1) });
    expect([...singularValues]).toEqual([values[0], values[1], 0, 0].map((value) => expect.closeTo(value!, 3)));
    expect(left.every(Number.isFinite)).toBe(true);
    const zero = await truncatedSvd(sparse(new Float64Array(12), 4, 3), 2, { random: new RandomStream(1) });
    expect(zero).toEqual({ left: new Float32Array(8), singularValues: new Float64Array(2) });
  });

  it("refuses a rank that the matrix cannot have", async () => {
    const matrix = sparse(drawn(4, 3, 1), 4, 3);
    await expect(truncatedSvd(matrix, 4, { random: new RandomStream(1) })).rejects.toThrow("truncatedSvd: rank: expected a whole number from 1 to 3, got 4");
  });
});

/** Records of a dense matrix of counts, in the order of `places`. */
function recordsOf(counts: readonly number[], words: number, places = counts.map((_, i) => i)): CooccurrenceRecords {
  const present = places.filter((place) => counts[place]! > 0);
  return {
    count: present.length,
    *chunks({ from = 0, length }) {
      for (let at = from; at < present.length; at += length) {
        const piece = present.slice(at, at + length);
        yield {
          rows: Int32Array.from(piece, (place) => Math.floor(place / words)),
          columns: Int32Array.from(piece, (place) => place % words),
          values: Float32Array.from(piece, (place) => counts[place]!),
        };
      }
    },
  };
}

// Of the golden values of shifted PMI, with a word that stands next to nothing but itself.
const COUNTS = [10, 2, 1, 0, 2, 8, 4, 0, 1, 4, 6, 0, 0, 0, 0, 3];
const vocabulary = new WordVocabulary(["a", "b", "c", "d"], [13, 14, 11, 3]);

describe("positivePmi", () => {
  it.each([[1, 1], [1, 0.75], [2, 0.75]])("is what is above 0 of shifted PMI: negatives %f, power %f", (negatives, noisePower) => {
    const noise = noiseDistribution([13, 14, 11, 3], noisePower);
    const expected = [...shiftedPmi(COUNTS, noise, negatives)].map((value) => Math.max(0, value));
    const dense = new Array<number>(16).fill(0);
    positivePmi(4, recordsOf(COUNTS, 4), { negatives, noisePower }).forEach((row, column, value) => (dense[row * 4 + column] = value));
    dense.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6));
    expect(dense.filter((value) => value > 0).length).toBeGreaterThan(2);
  });
});

describe("pmiSvd", () => {
  it("has products that are the whole of positive PMI where dimensions suffice, in any order of records", async () => {
    const noise = noiseDistribution([13, 14, 11, 3], 1);
    const matrix = shiftedPmi(COUNTS, noise, 1).map((value) => Math.max(0, value));
    const settings = { dimensions: 4, noisePower: 1, iterations: 20 };
    const vectors = await pmiSvd(vocabulary, recordsOf(COUNTS, 4), settings);
    // Symmetric and positive: its singular values are its eigenvalues, and vectors times their transpose are the matrix.
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const product = vectors.row(i).reduce((sum, x, k) => sum + x * vectors.row(j)[k]!, 0);
        expect(product).toBeCloseTo(matrix[i * 4 + j]!, 4);
      }
    }
    const turned = await pmiSvd(vocabulary, recordsOf(COUNTS, 4, COUNTS.map((_, i) => 15 - i)), settings);
    expect(turned.values).toEqual(vectors.values);
  });

  it("brings words near that have neighbours in common", async () => {
    const random = new RandomStream(5);
    const entries: number[] = [];
    // 0 to 3 stand beside 8 to 11, 4 to 7 beside 12 to 15.
    for (let i = 0; i < 3000; i++) {
      const group = 4 * random.integer(2);
      entries.push(8 + group + random.integer(4), group + random.integer(4), 8 + group + random.integer(4), SENTENCE_END);
    }
    const words = new WordVocabulary(Array.from({ length: 16 }, (_, i) => `w${i}`), new Array<number>(16).fill(500));
    const records = countCooccurrences(new MemoryTokenCorpus(Int32Array.from(entries)), { window: 1, random });
    const vectors = await pmiSvd(words, records, { dimensions: 3 });
    const nearest = vectors.nearest("w1", { count: 3 }).map(({ word }) => word).sort();
    expect(nearest).toEqual(["w0", "w2", "w3"]);
  });

  it("names the setting that makes no sense", async () => {
    const records = recordsOf(COUNTS, 4);
    await expect(pmiSvd(vocabulary, records, { dimensions: 5 })).rejects.toThrow("pmi-svd: dimensions: expected a whole number from 1 to 4, got 5");
    await expect(pmiSvd(vocabulary, records, { dimensions: 2, negatives: 0 })).rejects.toThrow("pmi-svd: negatives: expected a number above 0, got 0");
    await expect(pmiSvd(vocabulary, records, { dimensions: 2, singularPower: -1 })).rejects.toThrow("pmi-svd: singularPower: expected a number from 0 on, got -1");
  });
});
