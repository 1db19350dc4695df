/** Files of word vectors: which format one has, and reading and writing all of them. Streams in and out; no file system here. */
import { joinBytes } from "../../data/index.js";
import { BinaryVectorReader, binaryFile } from "./binary-file.js";
import { quoted, VectorFileError } from "./file-error.js";
import { SafetensorsVectorReader, safetensorsFile } from "./safetensors-file.js";
import { TextVectorReader, textFile } from "./text-file.js";
import type { WordVectors } from "./word-vectors.js";

export const VECTOR_FORMATS = ["word2vec", "word2vec-binary", "glove", "safetensors"] as const;
/** word2vec's text with a first line of sizes, its binary form, GloVe's text without that line, safetensors with the words in its metadata. */
export type VectorFormat = (typeof VECTOR_FORMATS)[number];

/** Bytes looked at to tell formats apart. */
const HEAD = 1 << 16;

/**
 * Reads vectors of any format, told by the beginning.
 *
 * What holds for 400,000 words of 300 dimensions: safetensors and word2vec's binary form are copied as they come, 0.5 GB in about the
 * time it takes to read them; text, 1 GB, is parsed number by number in some seconds. Nothing else is done before the first question.
 *
 * @param chunks the file's bytes, not compressed, in pieces of any size: those of a `Blob`'s stream, for example
 * @param source the file's name, for messages
 * @throws VectorFileError, SafetensorsError naming the line, word or array at fault
 */
export async function readVectors(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  source = "vectors",
  format?: VectorFormat,
): Promise<WordVectors> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  let reader: ReturnType<typeof createReader> | undefined;
  for await (const chunk of chunks) {
    if (reader !== undefined) {
      reader.push(chunk);
      continue;
    }
    head = head!.length === 0 ? chunk.slice() : joinBytes(head!, chunk);
    if (head.length < HEAD) continue;
    reader = createReader(format ?? detectFormat(head, source), source);
    reader.push(head);
    head = undefined;
  }
  if (reader === undefined) {
    if (head!.length === 0) throw new VectorFileError(source, "the file is empty.");
    reader = createReader(format ?? detectFormat(head!, source), source);
    reader.push(head!);
  }
  return reader.finish();
}

function createReader(format: VectorFormat, source: string) {
  if (format === "safetensors") return new SafetensorsVectorReader(source);
  if (format === "word2vec-binary") return new BinaryVectorReader(source);
  return new TextVectorReader(source, format === "word2vec");
}

/** @param head the first bytes of the file, some thousands if it has so many @throws VectorFileError for what is none of the formats */
export function detectFormat(head: Uint8Array, source = "vectors"): VectorFormat {
  // Eight bytes of length, of which a header that is not absurdly long leaves the last four 0, and the header.
  if (head.length > 8 && head[8] === 0x7b && head[4] === 0 && head[5] === 0 && head[6] === 0 && head[7] === 0) return "safetensors";
  const end = head.indexOf(10);
  const first = head.subarray(0, end < 0 ? head.length : end);
  const text = new TextDecoder().decode(first.subarray(0, 200));
  if (/^\d+[ \t]+\d+\s*$/.test(text)) {
    const second = head.subarray(first.length + 1);
    const space = second.indexOf(32);
    const sample = second.subarray(space + 1, space + 1 + 64);
    const line = sample.subarray(0, sample.includes(10) ? sample.indexOf(10) : sample.length);
    return space < 0 || (line.length > 0 && line.every(isPrintable)) ? "word2vec" : "word2vec-binary";
  }
  const fields = new TextDecoder().decode(first).trim().split(/[ \t]+/);
  const last = fields.at(-1)!;
  const complete = end >= 0 || head.length < HEAD; // else the last number may have been cut
  if (fields.length > 1 && Number.isFinite(Number(complete ? last : fields.at(-2)))) return "glove";
  throw new VectorFileError(
    source,
    `this is no file of vectors that is known here (${VECTOR_FORMATS.join(", ")}): line 1: expected a word and numbers, got ${quoted(first)}.`,
  );
}

/** Numbers as text are; of four bytes of a float32 hardly ever all. */
function isPrintable(byte: number): boolean {
  return (byte >= 32 && byte < 127) || byte === 9 || byte === 13;
}

/** A file of vectors in pieces. @throws VectorFileError for a word that the format cannot hold */
export function writeVectors(vectors: WordVectors, format: VectorFormat): Iterable<Uint8Array> {
  if (format === "safetensors") return [safetensorsFile(vectors)];
  if (format === "word2vec-binary") return binaryFile(vectors);
  return textFile(vectors, { headed: format === "word2vec" });
}
