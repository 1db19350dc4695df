/** Documents, and how they are divided into a part to learn from, a part to watch and a part to be judged by. */
import { sha256 } from "../train/json.js";
import { DataError } from "./errors.js";
import { decodeText } from "./text.js";

/** One text with a name: a file, a chapter, what came on standard input. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A text ready to be encoded. The model starts every document with an empty state. */
export interface Document {
  readonly name: string;
  /** Text, or the bytes themselves for a byte vocabulary. */
  readonly content: string | Uint8Array;
}

/** Documents from files: decoded as UTF-8 text, or left as bytes. Throws `DataError` on empty or undecodable files. */
export function readDocuments(files: readonly SourceFile[], as: "text" | "bytes"): Document[] {
  return files.map((file) => {
    const content = as === "bytes" ? file.bytes : decodeText(file.bytes, file.name);
    if (content.length === 0) throw new DataError(`${file.name}: the file is empty.`);
    return { name: file.name, content };
  });
}

export interface Split {
  readonly training: readonly Document[];
  readonly validation: readonly Document[];
  readonly test: readonly Document[];
}

/**
 * The last `share` of the text for testing, the `share` before it for validation, the rest for training. Whole documents where
 * they are small enough; a document that would take more than twice the share is cut, at a line end where one is near.
 */
export function splitDocuments(documents: readonly Document[], share = 0.05): Split {
  const total = documents.reduce((sum, document) => sum + document.content.length, 0);
  const rest = [...documents];
  const test = takeTail(rest, total * share);
  const validation = takeTail(rest, total * share);
  return { training: rest, validation, test };
}

/**
 * Of every ten documents the last for testing and the one before it for validation: where documents are of many kinds, each part has
 * all of them.
 */
export function splitTenths(documents: readonly Document[]): Split {
  const ofTen = (...places: number[]) => documents.filter((_, i) => places.includes(i % 10));
  return { training: ofTen(0, 1, 2, 3, 4, 5, 6, 7), validation: ofTen(8), test: ofTen(9) };
}

/** Removes about `wanted` characters from the end of `documents` and returns them. */
function takeTail(documents: Document[], wanted: number): Document[] {
  const taken: Document[] = [];
  let size = 0;
  while (size < wanted && documents.length > 0) {
    const last = documents[documents.length - 1]!;
    const room = 2 * wanted - size;
    if (last.content.length <= room && documents.length > 1) {
      taken.unshift(last);
      size += last.content.length;
      documents.pop();
      continue;
    }
    const cut = cutNear(last.content, last.content.length - Math.round(wanted - size));
    if (cut > 0 && cut < last.content.length) {
      taken.unshift({ name: last.name, content: last.content.slice(cut) });
      documents[documents.length - 1] = { name: last.name, content: last.content.slice(0, cut) };
    }
    break;
  }
  return taken;
}

/** The start of a line within 500 characters of `position`, or `position` itself (never inside a surrogate pair). */
function cutNear(content: string | Uint8Array, position: number): number {
  const newline = typeof content === "string" ? content.indexOf("\n", position) : content.indexOf(10, position);
  if (newline >= 0 && newline < position + 500 && newline + 1 < content.length) return newline + 1;
  if (typeof content === "string" && position > 0 && /[\uD800-\uDBFF]/.test(content[position - 1]!)) return position - 1;
  return position;
}

/** What a corpus was when a run began, so that a later command notices if it is another one now. */
export interface Fingerprint {
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

export async function fingerprint(files: readonly SourceFile[]): Promise<Fingerprint> {
  const entries = files.map(async ({ name, bytes }) => ({ name, bytes: bytes.length, sha256: await sha256(bytes) }));
  return { files: await Promise.all(entries) };
}

/** The first difference between two fingerprints in words, or undefined. Names may differ (a folder may move), contents not. */
export function fingerprintDifference(then: Fingerprint, now: Fingerprint): string | undefined {
  const count = Math.max(then.files.length, now.files.length);
  for (let i = 0; i < count; i++) {
    const [before, after] = [then.files[i], now.files[i]];
    if (before === undefined) return `${after!.name} is new`;
    if (after === undefined) return `${before.name} is missing`;
    if (before.sha256 !== after.sha256) {
      return before.name === after.name ? `${after.name} has changed` : `${before.name} has become ${after.name}`;
    }
  }
  return undefined;
}

