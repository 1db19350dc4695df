/** Text of any length as a stream: decoded from bytes as they come and cut where no sentence is likely to be cut. */
import { joinBytes } from "./bytes.js";
import { DataError } from "./errors.js";
import { binaryReason, findInvalidUtf8 } from "./text.js";

/** A text with a name that is read piece by piece: a file, what comes in on standard input. */
export interface TextDocument {
  readonly name: string;
  readonly pieces: Iterable<string> | AsyncIterable<string>;
}

export interface DecodeOptions {
  /** What to do with bytes that are not UTF-8: stop with an error that says where, or put U+FFFD in their place. @default "error" */
  readonly invalid?: "error" | "replace";
  /** UTF-16 units that a piece has at most, from 2 on. @default 1 Mi */
  readonly pieceLength?: number;
}

/**
 * Decodes UTF-8 that arrives in chunks of any size, and gives it out again in pieces that end at an empty line if there is one, else at
 * the end of a line, else after a space. A byte order mark is dropped.
 *
 * @throws DataError naming the byte and line where the text is not UTF-8, or why it is no text at all
 */
export async function* decodePieces(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  name: string,
  { invalid = "error", pieceLength = 1 << 20 }: DecodeOptions = {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: invalid === "error", ignoreBOM: true });
  let rest: Uint8Array = new Uint8Array(0);
  let pending = "";
  let [bytesBefore, linesBefore] = [0, 0];
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : joinBytes(rest, chunk);
    if (bytesBefore === 0 && rest.length === 0) {
      const reason = binaryReason(bytes);
      if (reason !== undefined) throw new DataError(`${name}: this is not text (${reason}).`);
    }
    const whole = bytes.subarray(0, bytes.length - unfinished(bytes));
    pending += decode(whole);
    rest = bytes.slice(whole.length);
    bytesBefore += whole.length;
    linesBefore += countLines(whole);
    // Where pieces end depends on the text alone, not on the sizes in which a pipe delivers it.
    while (pending.length > pieceLength) {
      const cut = cutPosition(pending.slice(0, pieceLength));
      yield pending.slice(0, cut);
      pending = pending.slice(cut);
    }
  }
  pending += decode(rest);
  if (pending !== "") yield pending;

  function decode(bytes: Uint8Array): string {
    try {
      const text = decoder.decode(bytes);
      return bytesBefore === 0 && text.startsWith("\ufeff") ? text.slice(1) : text;
    } catch {
      const bad = findInvalidUtf8(bytes) ?? { offset: 0, line: 1 };
      const at = `byte 0x${bytes[bad.offset]!.toString(16).padStart(2, "0")} at offset ${bytesBefore + bad.offset}, line ${linesBefore + bad.line}`;
      throw new DataError(`${name}: not valid UTF-8: ${at}. Convert it first (iconv -f latin1 -t utf8).`);
    }
  }
}

/** Bytes at the end that begin a character whose rest has not come yet: 0 to 3. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return 0;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? back : 0;
  }
  return 0;
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** Where to cut: never inside a surrogate pair or between "\r" and "\n". */
function cutPosition(text: string): number {
  const paragraph = text.lastIndexOf("\n\n");
  if (paragraph >= 0) return paragraph + 2;
  const line = text.lastIndexOf("\n");
  if (line >= 0) return line + 1;
  const space = text.lastIndexOf(" ");
  if (space >= 0) return space + 1;
  const last = text.charCodeAt(text.length - 1);
  const cannotEnd = last === 13 || (last >= 0xd800 && last < 0xdc00);
  return text.length - (cannotEnd ? 1 : 0);
}
