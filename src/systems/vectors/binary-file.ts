/** word2vec's binary file: a line with the numbers of words and dimensions, then each word, a space, and its float32 numbers. */
import { joinBytes } from "../../data/index.js";
import { quoted, VectorFileError } from "./file-error.js";
import { allocate, decodeWord } from "./text-file.js";
import { WordVectors } from "./word-vectors.js";

const NEWLINE = 10;
const SPACE = 32;
/** A first line or a word longer than this is none. */
const LONGEST = 1 << 16;

/** Reads a binary file of vectors that arrives in chunks of any size. */
export class BinaryVectorReader {
  readonly #source: string;
  #rest = new Uint8Array(0);
  #header: { words: number; dimensions: number } | undefined;
  readonly #words: string[] = [];
  #values = new Float32Array(0);
  /** The same memory. */
  #valueBytes = new Uint8Array(0);

  /** @param source the file's name, for messages */
  constructor(source: string) {
    this.#source = source;
  }

  /** @throws VectorFileError naming the word */
  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : joinBytes(this.#rest, chunk);
    let at = 0;
    if (this.#header === undefined) {
      const end = bytes.indexOf(NEWLINE);
      if (end < 0 && bytes.length < LONGEST) {
        this.#rest = bytes.slice();
        return;
      }
      this.#readHeader(bytes.subarray(0, Math.max(0, end)));
      at = end + 1;
    }
    const { words, dimensions } = this.#header!;
    const rowBytes = 4 * dimensions;
    while (this.#words.length < words) {
      // word2vec itself writes a line end after each vector, gensim does not.
      while (at < bytes.length && bytes[at] === NEWLINE) at++;
      const space = bytes.indexOf(SPACE, at);
      if (space < 0 || space - at > LONGEST) {
        if (bytes.length - at > LONGEST) throw this.#error(`expected a word and a space, got ${quoted(bytes.subarray(at))}.`);
        break;
      }
      if (space + 1 + rowBytes > bytes.length) break;
      this.#valueBytes.set(bytes.subarray(space + 1, space + 1 + rowBytes), this.#words.length * rowBytes);
      this.#words.push(decodeWord(bytes, at, space));
      at = space + 1 + rowBytes;
    }
    this.#rest = bytes.slice(at);
    if (this.#words.length === words && this.#rest.some((byte) => byte !== NEWLINE)) {
      throw new VectorFileError(this.#source, `expected ${words} words as the first line says, got more.`);
    }
  }

  /** @throws VectorFileError if the file was cut off */
  finish(): WordVectors {
    if (this.#header === undefined) this.#readHeader(this.#rest);
    const { words, dimensions } = this.#header!;
    if (this.#words.length < words) {
      throw this.#error(`cut off: expected ${words} words as the first line says, got ${this.#words.length}.`);
    }
    swapUnlessLittleEndian(this.#valueBytes);
    return new WordVectors(this.#words, this.#values, dimensions);
  }

  #readHeader(line: Uint8Array): void {
    const match = /^(\d+)\s+(\d+)\s*$/.exec(new TextDecoder().decode(line.subarray(0, 64)));
    if (match === null) throw new VectorFileError(this.#source, `line 1: expected the numbers of words and dimensions, got ${quoted(line)}.`);
    const [words, dimensions] = [Number(match[1]), Number(match[2])];
    if (words === 0 || dimensions === 0) throw new VectorFileError(this.#source, "there are no vectors in it.");
    this.#header = { words, dimensions };
    this.#values = allocate(words * dimensions, this.#source);
    this.#valueBytes = new Uint8Array(this.#values.buffer);
  }

  #error(problem: string): VectorFileError {
    const before = this.#words.at(-1);
    return new VectorFileError(this.#source, before === undefined ? problem : `after word ${this.#words.length}, ${JSON.stringify(before)}: ${problem}`);
  }
}

/** The file in pieces. @throws VectorFileError for a word that has a space or line end */
export function* binaryFile({ words, dimensions, values }: WordVectors): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(`${words.length} ${dimensions}\n`);
  const perPiece = Math.max(1, Math.floor((1 << 20) / (4 * dimensions)));
  for (let first = 0; first < words.length; first += perPiece) {
    const names = words.slice(first, first + perPiece).map((word) => {
      if (word !== "" && !/[ \n]/.test(word)) return encoder.encode(`${word} `);
      throw new VectorFileError("word2vec's binary format", `the word ${JSON.stringify(word)} cannot stand in it: a space ends words. Write safetensors.`);
    });
    const piece = new Uint8Array(names.reduce((sum, name) => sum + name.length + 4 * dimensions, 0));
    let at = 0;
    for (const [i, name] of names.entries()) {
      piece.set(name, at);
      const row = new Uint8Array(values.slice((first + i) * dimensions, (first + i + 1) * dimensions).buffer);
      swapUnlessLittleEndian(row);
      piece.set(row, at + name.length);
      at += name.length + row.length;
    }
    yield piece;
  }
}

/** Files are little-endian, as are nearly all machines. */
function swapUnlessLittleEndian(bytes: Uint8Array): void {
  if (new Uint8Array(new Uint16Array([1]).buffer)[0] === 1) return;
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
}
