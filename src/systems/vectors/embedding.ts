/** Word vectors as the start of an embedding layer. */
import type { Initialiser } from "../../nn/index.js";
import { formatShape, shapeError, tensor } from "../../tensor/index.js";
import type { WordVectors } from "./word-vectors.js";

/**
 * An initialiser for `Embedding`: row i is the vector of `words[i]`, or of the word in small letters. Words that have none, and those that are
 * undefined (an end, an unknown word), are drawn from a Gaussian as wide as the numbers of those that were found.
 *
 * @example
 * const embedding = new Embedding(words.length, vectors.dimensions, { random, initialWeight: fromWordVectors(vectors, words) });
 */
export function fromWordVectors(vectors: WordVectors, words: readonly (string | undefined)[]): Initialiser {
  const { dimensions } = vectors;
  return (shape, random) => {
    if (shape.length !== 2 || shape[0] !== words.length || shape[1] !== dimensions) {
      throw shapeError("fromWordVectors", "shape", formatShape([words.length, dimensions]), formatShape(shape));
    }
    const rows = new Float32Array(words.length * dimensions);
    const missing: number[] = [];
    let squares = 0;
    for (const [i, word] of words.entries()) {
      const id = word === undefined ? undefined : (vectors.idOf(word) ?? vectors.idOf(word.toLowerCase()));
      if (id === undefined) {
        missing.push(i);
        continue;
      }
      const row = vectors.row(id);
      rows.set(row, i * dimensions);
      for (const x of row) squares += x * x;
    }
    if (missing.length > 0) {
      const found = words.length - missing.length;
      const deviation = found === 0 ? 1 : Math.sqrt(squares / (found * dimensions));
      const drawn = random.normal([missing.length, dimensions], 0, deviation).dataSync();
      for (const [k, i] of missing.entries()) rows.set(drawn.slice(k * dimensions, (k + 1) * dimensions), i * dimensions);
    }
    return tensor(rows, shape);
  };
}
