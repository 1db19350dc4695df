/** From the bytes of a file to text: UTF-8 checked, byte order mark dropped, line ends made "\n". */
import { DataError } from "./errors.js";

export interface InvalidByte {
  /** Where the sequence that is not UTF-8 begins, in bytes from 0. */
  offset: number;
  /** The line it stands on, from 1. */
  line: number;
}

/**
 * The text of a file.
 *
 * A byte order mark is dropped, and "\r\n" and lone "\r" become "\n": a model should not spend its memory on which system a file
 * comes from. Everything else is kept as it is.
 *
 * @throws DataError if the bytes are not UTF-8 text: naming the file, the byte and the line.
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  const reason = binaryReason(bytes);
  if (reason !== undefined) {
    throw new DataError(`${name}: this is not text (${reason}). A model of bytes reads any file: --vocabulary bytes.`);
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes); // drops a byte order mark
  } catch {
    const bad = findInvalidUtf8(bytes);
    const where = bad === undefined ? "" : `: byte 0x${hex(bytes[bad.offset]!)} at offset ${bad.offset}, line ${bad.line}`;
    throw new DataError(
      `${name}: not valid UTF-8${where}. Convert it first (iconv -f latin1 -t utf8), or train on bytes: --vocabulary bytes.`,
    );
  }
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

/** Why the bytes cannot be text in any encoding that we read, or undefined. Looks at the first 64 KiB. */
export function binaryReason(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, 65536);
  if (head.length >= 2 && ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))) {
    return "it starts with the mark of UTF-16; convert it to UTF-8 first";
  }
  let control = 0;
  for (let i = 0; i < head.length; i++) {
    const byte = head[i]!;
    if (byte === 0) return `a zero byte at offset ${i}`;
    if (byte < 32 && (byte < 8 || byte > 13) && byte !== 27) control++; // tab, line ends, form feed and escape occur in text
  }
  return control > 16 && control > head.length * 0.02 ? `${control} control characters in its first ${head.length} bytes` : undefined;
}

/** The first byte that breaks UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF), or undefined. */
export function findInvalidUtf8(bytes: Uint8Array): InvalidByte | undefined {
  let line = 1;
  let i = 0;
  while (i < bytes.length) {
    const lead = bytes[i]!;
    if (lead < 0x80) {
      if (lead === 10) line++;
      i++;
      continue;
    }
    const length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length === 0) return { offset: i, line };
    // Only the second byte has a range that depends on the first.
    const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    for (let k = 1; k < length; k++) {
      const byte = bytes[i + k];
      const [from, to] = k === 1 ? [lowest, highest] : [0x80, 0xbf];
      if (byte === undefined || byte < from || byte > to) return { offset: i, line };
    }
    i += length;
  }
  return undefined;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
