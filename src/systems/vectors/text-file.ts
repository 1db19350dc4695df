/**
 * Vectors as text: a line for each word, the word and its numbers parted by spaces. word2vec writes a first line with the number of
 * words and of dimensions, GloVe does not.
 */
import { joinBytes } from "../../data/index.js";
import { quoted, VectorFileError } from "./file-error.js";
import { WordVectors } from "./word-vectors.js";

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const TAB = 9;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** Powers of ten, exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, power) => 10 ** power);
const utf8 = new TextDecoder();

/** Reads a text file of vectors that arrives in chunks of any size. */
export class TextVectorReader {
  readonly #source: string;
  #rest = new Uint8Array(0);
  /** Of the line that is read next, from 1. */
  #line = 1;
  #announced: { words: number; dimensions: number } | undefined;
  #headed: boolean;
  #dimensions = 0;
  readonly #words: string[] = [];
  #values = new Float32Array(0);

  /**
   * @param source the file's name, for messages
   * @param headed whether the first line gives the numbers of words and dimensions
   */
  constructor(source: string, headed: boolean) {
    this.#source = source;
    this.#headed = headed;
  }

  /** @throws VectorFileError naming the line */
  push(chunk: Uint8Array): void {
    const bytes = this.#rest.length === 0 ? chunk : joinBytes(this.#rest, chunk);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      this.#readLine(bytes, at, end);
      at = end + 1;
    }
    this.#rest = bytes.slice(at);
  }

  /** @throws VectorFileError if there are fewer words than the first line says */
  finish(): WordVectors {
    if (this.#rest.length > 0) this.#readLine(joinBytes(this.#rest, Uint8Array.of(NEWLINE)), 0, this.#rest.length);
    const count = this.#words.length;
    if (this.#announced !== undefined && count !== this.#announced.words) {
      throw new VectorFileError(this.#source, `expected ${this.#announced.words} words as the first line says, got ${count}.`);
    }
    if (count === 0) throw new VectorFileError(this.#source, "there are no vectors in it.");
    return new WordVectors(this.#words, this.#values.subarray(0, count * this.#dimensions), this.#dimensions);
  }

  #readLine(bytes: Uint8Array, from: number, end: number): void {
    while (end > from && isSpace(bytes[end - 1]!)) end--;
    if (end > from && this.#headed) {
      this.#readHeader(bytes.subarray(from, end));
      this.#headed = false;
    } else if (end > from) {
      if (this.#dimensions === 0) this.#dimensions = countNumbers(bytes, from, end);
      this.#readVector(bytes, from, end);
    }
    this.#line++;
  }

  #readHeader(line: Uint8Array): void {
    const match = /^(\d+)\s+(\d+)$/.exec(utf8.decode(line));
    if (match === null) throw this.#error(`expected the numbers of words and dimensions, got ${quoted(line)}.`);
    const [words, dimensions] = [Number(match[1]), Number(match[2])];
    if (dimensions === 0) throw this.#error("expected at least one dimension.");
    this.#announced = { words, dimensions };
    this.#dimensions = dimensions;
    this.#values = allocate(words * dimensions, this.#source);
  }

  #readVector(bytes: Uint8Array, from: number, end: number): void {
    const dimensions = this.#dimensions;
    const count = this.#words.length;
    if (this.#announced !== undefined && count === this.#announced.words) {
      throw this.#error(`expected ${count} words as the first line says, got more.`);
    }
    const place = count * dimensions;
    if (place + dimensions > this.#values.length) this.#grow();
    let wordEnd = from;
    while (wordEnd < end && !isSpace(bytes[wordEnd]!)) wordEnd++;
    if (parseNumbers(bytes, wordEnd, end, this.#values, place, dimensions) !== dimensions) {
      // A word may have spaces in it, as some of GloVe's do: the numbers are the last ones on the line.
      wordEnd = startOfLast(dimensions, bytes, from, end);
      if (wordEnd <= from || parseNumbers(bytes, wordEnd, end, this.#values, place, dimensions) !== dimensions) throw this.#badLine(bytes, from, end);
    }
    this.#words.push(decodeWord(bytes, from, wordEnd));
  }

  #grow(): void {
    const larger = allocate(Math.max(1 << 16, Math.ceil(this.#values.length * 1.5), this.#values.length + this.#dimensions), this.#source);
    larger.set(this.#values);
    this.#values = larger;
  }

  /** What is wrong with a line whose numbers could not be read. */
  #badLine(bytes: Uint8Array, from: number, end: number): VectorFileError {
    const [word = "", ...fields] = utf8.decode(bytes.subarray(from, end)).split(/[ \t]+/);
    const expected = `expected a word and ${this.#dimensions} numbers`;
    const bad = fields.find((field) => !NUMBER.test(field));
    if (fields.length === this.#dimensions && bad !== undefined) return this.#error(`${expected}, got ${JSON.stringify(bad)} for ${JSON.stringify(word)}.`);
    const got = bad === undefined ? `${fields.length}` : `${fields.length} fields, one of them ${JSON.stringify(bad)},`;
    return this.#error(`${expected}, got ${got} for ${JSON.stringify(word)}.`);
  }

  #error(problem: string): VectorFileError {
    return new VectorFileError(this.#source, `line ${this.#line}: ${problem}`);
  }
}

/** As `parseNumbers` reads them. */
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$|^[-+]?(?:nan|inf|infinity)$/i;

export function allocate(length: number, source: string): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(length);
  } catch {
    throw new VectorFileError(source, `${length} numbers do not fit into memory.`);
  }
}

function isSpace(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}

/** Fields after the first. */
function countNumbers(bytes: Uint8Array, from: number, end: number): number {
  let fields = 0;
  for (let at = from + 1; at <= end; at++) if ((at === end || isSpace(bytes[at]!)) && !isSpace(bytes[at - 1]!)) fields++;
  return fields - 1;
}

/** Where the last `count` fields of a line begin, at the space before them; `from` if there are not so many and a word. */
function startOfLast(count: number, bytes: Uint8Array, from: number, end: number): number {
  let at = end;
  for (let fields = 0; fields < count; fields++) {
    while (at > from && isSpace(bytes[at - 1]!)) at--;
    while (at > from && !isSpace(bytes[at - 1]!)) at--;
  }
  while (at > from && isSpace(bytes[at - 1]!)) at--;
  return at;
}

/**
 * Reads numbers to the end of the line into `values`, and gives how many there were: another number than `count` if there are
 * too few, too many, or something else among them (-1). The line must be followed by another byte.
 */
function parseNumbers(bytes: Uint8Array, from: number, end: number, values: Float32Array, place: number, count: number): number {
  let at = from;
  for (let n = 0; ; n++) {
    let byte = bytes[at]!;
    while (byte === SPACE || byte === TAB) byte = bytes[++at]!;
    if (at >= end) return n;
    if (n === count) return n + 1;
    const start = at;
    const negative = byte === MINUS;
    if (negative || byte === PLUS) byte = bytes[++at]!;
    // Nine digits fit into an int32, which is faster than a double; zeros at the front do not count.
    let digits = 0;
    const first = at;
    while (byte >= ZERO && byte <= NINE && digits < 1e8) {
      digits = (Math.imul(digits, 10) + byte - ZERO) | 0;
      byte = bytes[++at]!;
    }
    let decimals = 0;
    if (byte === POINT) {
      const point = at;
      byte = bytes[++at]!;
      while (byte >= ZERO && byte <= NINE && digits < 1e8) {
        digits = (Math.imul(digits, 10) + byte - ZERO) | 0;
        byte = bytes[++at]!;
      }
      decimals = at - point - 1;
    }
    const anyDigits = at - first > (decimals > 0 || bytes[first] === POINT ? 1 : 0);
    if (anyDigits && decimals < POWERS.length && (byte === SPACE || byte === TAB || at >= end)) {
      const value = digits / POWERS[decimals]!; // both exact, so that this is the nearest double
      values[place + n] = negative ? -value : value;
      continue;
    }
    while (at < end && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
    const value = parseSlowly(utf8.decode(bytes.subarray(start, at)));
    if (value === undefined) return -1;
    values[place + n] = value;
  }
}

/** Exponents, many digits, nan and inf; undefined for what is no number. */
function parseSlowly(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  return Number(text.replace(/inf(?:inity)?/i, "Infinity").replace(/nan/i, "NaN"));
}

/** Most words are ASCII, and short: those are put together faster than a decoder is called. */
export function decodeWord(bytes: Uint8Array, from: number, end: number): string {
  let word = "";
  for (let at = from; at < end; at++) {
    if (bytes[at]! >= 0x80) return utf8.decode(bytes.subarray(from, end));
    word += String.fromCharCode(bytes[at]!);
  }
  return word;
}

// ---- Writing -----------------------------------------------------------------------------------------------------------

const PIECE = 1 << 20;
/** Of one number and the space before it. */
const LONGEST = 20;

/** A text file in pieces; nine digits, which give every float32 back exactly. @throws VectorFileError for a word that has white space */
export function* textFile({ words, dimensions, values }: WordVectors, options: { readonly headed: boolean }): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  const piece = new Uint8Array(PIECE + dimensions * LONGEST + (1 << 16));
  let filled = 0;
  if (options.headed) filled = encoder.encodeInto(`${words.length} ${dimensions}\n`, piece).written;
  for (const [id, word] of words.entries()) {
    if (word === "" || /[ \t\r\n]/.test(word)) {
      throw new VectorFileError("text format", `the word ${JSON.stringify(word)} cannot stand in it: words are parted by spaces. Write safetensors.`);
    }
    filled += encoder.encodeInto(word, piece.subarray(filled, filled + (1 << 15))).written;
    for (let i = id * dimensions; i < (id + 1) * dimensions; i++) {
      piece[filled++] = SPACE;
      filled = writeNumber(values[i]!, piece, filled);
    }
    piece[filled++] = NEWLINE;
    if (filled < PIECE) continue;
    yield piece.slice(0, filled);
    filled = 0;
  }
  if (filled > 0) yield piece.slice(0, filled);
}

/** Writes a float32 with nine significant digits, trailing zeros left out; gives where it ends. */
export function writeNumber(value: number, bytes: Uint8Array, at: number): number {
  const magnitude = Math.abs(value);
  // Plain decimals where they are short, which nearly all numbers are.
  if (!(magnitude === 0 || (magnitude >= 1e-4 && magnitude < 1e6))) {
    for (const character of String(Number(value.toPrecision(9)))) bytes[at++] = character.charCodeAt(0);
    return at;
  }
  if (value < 0 || Object.is(value, -0)) bytes[at++] = MINUS;
  // Nine digits as a whole number, an int32, of which `decimals` come after the point.
  let decimals = 8;
  for (let bound = 10; decimals > 3 && magnitude >= bound; bound *= 10) decimals--;
  for (let bound = 1; decimals < 12 && magnitude < bound; bound /= 10) decimals++;
  let whole = Math.round(magnitude * POWERS[decimals]!) | 0;
  while (decimals > 0 && whole % 10 === 0) {
    whole = (whole / 10) | 0;
    decimals--;
  }
  let digits = decimals + 1;
  while (digits < 10 && whole >= POWERS[digits]!) digits++;
  const end = at + digits + (decimals > 0 ? 1 : 0);
  for (let place = end - 1; place >= at; place--) {
    if (decimals > 0 && place === end - 1 - decimals) {
      bytes[place] = POINT;
      continue;
    }
    const rest = (whole / 10) | 0;
    bytes[place] = ZERO + whole - 10 * rest;
    whole = rest;
  }
  return end;
}
