/** Texts from the command line as streams: files, folders, globs and standard input, gzipped or not, larger than memory. */
import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { DataError } from "./errors.js";
import { findInputs, noText, type FoundFile } from "./node-files.js";
import { fileErrorReason } from "./node-whole-file.js";
import { decodePieces, type DecodeOptions, type TextDocument } from "./text-stream.js";
import { binaryReason } from "./text.js";

const CHUNK = 1 << 20;

export interface TextStreamOptions extends DecodeOptions {
  /** Gives standard input when "-" is among the inputs. @default reads file descriptor 0 as it comes */
  readonly standardInput?: () => Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** Told of each file inside a folder or a pattern that is passed over: "a/cover.png (not text: …)". */
  readonly onSkip?: (line: string) => void;
}

/**
 * The documents of some inputs, one after the other, in the order that `readFiles` describes. What starts with the mark of gzip is
 * unpacked. Hidden, empty and binary files inside folders are skipped; the same fault in a file that was named is an error.
 *
 * @throws DataError naming the input, while it is iterated over
 */
export async function* streamTexts(inputs: readonly string[], options: TextStreamOptions = {}): AsyncGenerator<TextDocument> {
  const skipped: string[] = [];
  let given = 0;
  for (const file of findInputs(inputs)) {
    const chunks = await open(file, options.standardInput);
    const reason = chunks === undefined ? "empty" : binaryReason(chunks.first);
    if (chunks === undefined || (reason !== undefined && !file.named)) {
      await chunks?.close();
      if (file.path === "-") throw new DataError("Standard input was empty.");
      if (file.named) throw new DataError(`${file.path}: the file is empty.`);
      const line = `${file.path} (${chunks === undefined ? reason : `not text: ${reason}`})`;
      skipped.push(line);
      options.onSkip?.(line);
      continue;
    }
    given++;
    yield { name: file.path, pieces: decodePieces(chunks.all(), file.path, options) };
  }
  if (given === 0) throw noText(inputs, skipped);
}

/** The bytes of a file as a stream of chunks, unpacked if they are gzipped. @throws DataError */
export async function* streamFile(path: string): AsyncGenerator<Uint8Array> {
  const chunks = await open({ path, named: true }, undefined);
  if (chunks !== undefined) yield* chunks.all();
}

interface OpenChunks {
  readonly first: Uint8Array;
  all(): AsyncGenerator<Uint8Array>;
  close(): Promise<void>;
}

/** Undefined if there are no bytes. */
async function open({ path }: FoundFile, standardInput: TextStreamOptions["standardInput"]): Promise<OpenChunks | undefined> {
  const raw = path === "-" && standardInput ? standardInput() : path === "-" ? createReadStream("", { fd: 0, highWaterMark: CHUNK }) : createReadStream(path, { highWaterMark: CHUNK });
  const packed = await startOf(explained(raw, path, "cannot be read"));
  if (packed === undefined) return undefined;
  if (packed.first[0] !== 0x1f || packed.first[1] !== 0x8b) return packed;
  return startOf(explained(gunzip(packed.all()), path, "damaged gzip data"));
}

async function startOf(chunks: AsyncGenerator<Uint8Array>): Promise<OpenChunks | undefined> {
  const start = await chunks.next();
  if (start.done) return undefined;
  return {
    first: start.value,
    async *all() {
      yield start.value;
      yield* chunks;
    },
    close: async () => void (await chunks.return(undefined)),
  };
}

async function* gunzip(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const unpacker = createGunzip({ chunkSize: CHUNK });
  const feeding = (async () => {
    for await (const chunk of packed) {
      if (unpacker.destroyed) return;
      if (!unpacker.write(chunk)) await new Promise((resolve) => unpacker.once("drain", resolve).once("close", resolve));
    }
    unpacker.end();
  })().catch((error: unknown) => unpacker.destroy(error as Error));
  try {
    yield* unpacker as AsyncIterable<Uint8Array>;
  } finally {
    unpacker.destroy();
    await feeding;
  }
}

async function* explained(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, name: string, problem: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${name}: ${problem} (${fileErrorReason(error)}).`);
  }
}
