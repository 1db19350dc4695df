/** Vectors as safetensors: a matrix `vectors` of [words, dimensions], and its words, a line each, under "words" in the metadata. */
import { joinBytes } from "../../data/index.js";
import { readSafetensors, readSafetensorsHeader, SafetensorsError, writeSafetensors, type SafetensorsEntry } from "../../tensor/index.js";
import { VectorFileError } from "./file-error.js";
import { WordVectors } from "./word-vectors.js";

const MATRIX = "vectors";
const WORDS = "words";
const LENGTH_BYTES = 8;

/** Reads a safetensors file of vectors that arrives in chunks of any size; a float32 matrix is used where it was put, without a copy. */
export class SafetensorsVectorReader {
  readonly #source: string;
  #start = new Uint8Array(0);
  /** All of the file, once its header tells how long it is. */
  #file: Uint8Array | undefined;
  #filled = 0;
  #header: ReturnType<typeof readSafetensorsHeader> | undefined;

  /** @param source the file's name, for messages */
  constructor(source: string) {
    this.#source = source;
  }

  /** @throws SafetensorsError, VectorFileError */
  push(chunk: Uint8Array): void {
    if (this.#file === undefined) {
      this.#start = joinBytes(this.#start, chunk);
      if (this.#start.length < LENGTH_BYTES) return;
      const headerBytes = Number(new DataView(this.#start.buffer).getBigUint64(0, true));
      if (this.#start.length < LENGTH_BYTES + headerBytes && headerBytes < 1e8) return;
      this.#header = readSafetensorsHeader(this.#start, this.#source, undefined);
      this.#file = allocateBytes(this.#header.dataStart + this.#header.dataBytes, this.#source);
      chunk = this.#start;
    }
    if (this.#filled + chunk.length > this.#file.length) {
      throw new SafetensorsError(this.#source, undefined, `bytes at the end belong to no tensor: expected ${this.#file.length} in all`);
    }
    this.#file.set(chunk, this.#filled);
    this.#filled += chunk.length;
  }

  /** @throws SafetensorsError, VectorFileError */
  finish(): WordVectors {
    const file = this.#file;
    if (file === undefined) {
      readSafetensors(this.#start, this.#source); // says what is wrong with the beginning
      throw new VectorFileError(this.#source, "cut off.");
    }
    if (this.#filled < file.length) {
      throw new SafetensorsError(this.#source, undefined, `truncated: expected ${file.length} bytes as the header says, got ${this.#filled}`);
    }
    const { entries, metadata, dataStart } = this.#header!;
    const entry = matrixOf(entries, this.#source);
    const [rows, dimensions] = entry.shape as [number, number];
    const text = metadata[WORDS];
    if (text === undefined) throw new VectorFileError(this.#source, `expected the words in its metadata under ${JSON.stringify(WORDS)}, a line each.`);
    const words = text.split("\n");
    if (words.length !== rows) {
      throw new VectorFileError(this.#source, `expected ${rows} words for the ${rows} rows of ${JSON.stringify(entry.name)}, got ${words.length}.`);
    }
    const start = dataStart + entry.begin;
    const inPlace = entry.dtype === "F32" && start % 4 === 0 && new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
    const values = inPlace ? new Float32Array(file.buffer, start, rows * dimensions) : readSafetensors(file, this.#source).tensors.get(entry.name)!.values;
    return new WordVectors(words, values instanceof Float32Array ? values : Float32Array.from(values), dimensions);
  }
}

/** The matrix called `vectors`, or the only one that there is. */
function matrixOf(entries: readonly SafetensorsEntry[], source: string): SafetensorsEntry {
  const matrices = entries.filter(({ shape, dtype }) => shape.length === 2 && !dtype.startsWith("I"));
  const found = matrices.find(({ name }) => name === MATRIX) ?? (matrices.length === 1 ? matrices[0] : undefined);
  if (found !== undefined) return found;
  const names = matrices.map(({ name }) => name).join(", ") || "none";
  throw new VectorFileError(source, `expected a matrix ${JSON.stringify(MATRIX)}, or one matrix; it has ${names}.`);
}

function allocateBytes(length: number, source: string): Uint8Array {
  try {
    return new Uint8Array(length);
  } catch {
    throw new VectorFileError(source, `${length} bytes do not fit into memory.`);
  }
}

export function safetensorsFile({ words, dimensions, values }: WordVectors): Uint8Array {
  const broken = words.find((word) => word.includes("\n"));
  if (broken !== undefined) throw new VectorFileError("safetensors", `the word ${JSON.stringify(broken)} has a line end in it.`);
  const matrix = { dtype: "F32", shape: [words.length, dimensions], values } as const;
  return writeSafetensors([[MATRIX, matrix]], { [WORDS]: words.join("\n") });
}
