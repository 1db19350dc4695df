/** Pen samples from the command line: files, folders and globs of InkML, IAM-OnDB, Quick, Draw! and JSON. */
import { readFileSync } from "node:fs";
import { DataError } from "./errors.js";
import { findInputs } from "./node-files.js";
import { streamFile } from "./node-text-stream.js";
import { fileErrorReason } from "./node-whole-file.js";
import { readIamStrokes } from "./pen-iam.js";
import { readInkml } from "./pen-inkml.js";
import { readPenJson } from "./pen-json.js";
import { readQuickDraw } from "./pen-quickdraw.js";
import type { PenSample } from "./pen.js";
import { decodeText } from "./text.js";

export interface PenFilesOptions {
  /** Samples after which reading ends. @default all */
  readonly most?: number;
  /** Told of what is passed over: other files inside folders, and samples that cannot be used while others can. */
  readonly onSkip?: (line: string) => void;
}

const KINDS = /\.(inkml|xml|ndjson|json)(?:\.gz)?$/i;

/**
 * All samples of some inputs, in a fixed order. A file that was named must be good; inside folders and patterns what is no pen file or
 * cannot be used is passed over.
 * @throws DataError naming file and place
 */
export async function readPenFiles(inputs: readonly string[], { most = Infinity, onSkip = () => {} }: PenFilesOptions = {}): Promise<PenSample[]> {
  const samples: PenSample[] = [];
  for (const { path, named } of findInputs(inputs)) {
    if (samples.length >= most) break;
    const kind = KINDS.exec(path)?.[1]?.toLowerCase();
    if (kind === undefined) {
      if (named) throw new DataError(`${path}: expected a file that ends in .inkml, .xml, .ndjson or .json.`);
      continue;
    }
    try {
      if (kind === "ndjson") {
        const onBadLine = named ? "error" : onSkip;
        for await (const sample of readQuickDraw(streamFile(path), path, { onBadLine })) {
          samples.push(sample);
          if (samples.length >= most) break;
        }
      } else samples.push(...readWhole(path, kind));
    } catch (error) {
      if (named || !(error instanceof DataError)) throw error;
      onSkip(error.message);
    }
  }
  if (samples.length === 0) throw new DataError(`There is no pen data in ${inputs.join(", ")}.`);
  return samples.slice(0, most);
}

/** The samples of one file that is no ndjson: of JSON, InkML, or IAM-OnDB's XML, told apart by what they contain. */
export function readPenFile(path: string): PenSample[] {
  return readWhole(path, KINDS.exec(path)?.[1]?.toLowerCase() ?? "json");
}

function readWhole(path: string, kind: string): PenSample[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new DataError(`${path}: cannot be read (${fileErrorReason(error)}).`);
  }
  const content = decodeText(bytes, path);
  if (kind === "json") return readPenJson(content, path);
  return [/<(?:\w+:)?ink[\s>]/.test(content.slice(0, 4096)) ? readInkml(content, path) : readIamStrokes(content, path)];
}
