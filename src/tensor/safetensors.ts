/**
 * The safetensors format: named arrays in one file, as PyTorch's users exchange them and as checkpoints keep them.
 *
 * A file is eight bytes of header length (little endian), a JSON header that gives each tensor its dtype, shape and
 * byte range, and the bytes. Reading is strict, because a file that was cut off or edited by hand must never load as
 * numbers: ranges must fit their shapes, follow each other without gap or overlap, and end exactly where the file ends.
 *
 * Pure functions over bytes: no files, no tensors, no backend. Format: https://github.com/huggingface/safetensors
 */

/** Element types that are read. F16 and BF16 are widened to float32 on reading, I8 to int32; all but BF16 can be written as well. */
export type StoredDType = "F64" | "F32" | "F16" | "BF16" | "I64" | "I32" | "I8";

/** One array of a file. `dtype` is how it is stored; I64 is held as exact integers in a Float64Array. */
export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly values: Float64Array | Float32Array | Int32Array;
}

export interface SafetensorsContent {
  readonly tensors: Map<string, StoredTensor>;
  /** The free-form strings under `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file that is not valid safetensors, or holds something that cannot be read; says which file and which tensor. */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  constructor(
    /** The file's name as given by the reader. */
    readonly source: string,
    /** The tensor at fault, where it is one. */
    readonly tensor: string | undefined,
    problem: string,
  ) {
    super(tensor === undefined ? `${source}: ${problem}` : `${source}: tensor "${tensor}": ${problem}`);
  }
}

const ITEM_BYTES: Readonly<Record<StoredDType, number>> = { F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I8: 1 };
const LENGTH_BYTES = 8;
/** The limit of the reference implementation: a longer header is a broken length, not a header. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = "__metadata__";
const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

// ---- Reading --------------------------------------------------------------------------------------------------------

/**
 * Reads a whole file. The arrays returned are copies and do not keep `bytes` alive.
 *
 * @param source the file's name, for error messages
 * @throws SafetensorsError when anything about the file is not as the format demands
 */
export function readSafetensors(bytes: Uint8Array, source = "safetensors data"): SafetensorsContent {
  const { entries, metadata, dataStart } = readSafetensorsHeader(bytes, source, bytes.length);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    // Not bytes.slice: on Node's Buffer that is no copy.
    const raw = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, {
      dtype,
      shape,
      values: decode(raw, dtype, (problem) => new SafetensorsError(source, name, problem)),
    });
  }
  return { tensors, metadata };
}

/** One array as the header describes it. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  /** Byte range, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

/**
 * What the header says, for readers that need not have the whole file.
 *
 * @param bytes the beginning of the file, at least to the end of the header
 * @param fileBytes its size; undefined leaves unchecked whether it ends where the last array does
 * @throws SafetensorsError
 */
export function readSafetensorsHeader(bytes: Uint8Array, source: string, fileBytes: number | undefined) {
  const fail = (problem: string): never => {
    throw new SafetensorsError(source, undefined, problem);
  };
  if (bytes.length < LENGTH_BYTES)
    fail(`expected a safetensors file, got ${bytes.length} bytes, fewer than the ${LENGTH_BYTES} of the header length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  const dataStart = LENGTH_BYTES + headerBytes;
  if (headerBytes > MAX_HEADER_BYTES)
    fail(
      `header length ${headerBytes} is beyond the limit of ${MAX_HEADER_BYTES} bytes; this is not a safetensors file`,
    );
  if (dataStart > bytes.length)
    fail(`truncated: header of ${headerBytes} bytes announced, ${bytes.length - LENGTH_BYTES} bytes follow`);

  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(LENGTH_BYTES, dataStart));
  } catch {
    fail("header is not valid UTF-8");
  }
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    fail(`header is not valid JSON: ${(error as Error).message}`);
  }
  if (!isRecord(header)) return fail("header is not a JSON object");
  const twice = firstDuplicateKey(text);
  if (twice !== undefined) fail(`header names "${twice}" more than once`);

  const metadata = readMetadata(header[METADATA], fail);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => readEntry(name, value, source));
  const dataBytes = entries.reduce((most, { end }) => Math.max(most, end), 0);
  checkRanges(entries, fileBytes === undefined ? dataBytes : fileBytes - dataStart, source);
  return { entries, metadata, dataStart, dataBytes };
}

function readMetadata(value: unknown, fail: (problem: string) => never): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value)) return fail(`${METADATA} is not an object of strings`);
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== "string") fail(`${METADATA}: "${key}": expected a string, got ${JSON.stringify(entry)}`);
  }
  return value as Record<string, string>;
}

function readEntry(name: string, value: unknown, source: string): SafetensorsEntry {
  const fail = (problem: string): never => {
    throw new SafetensorsError(source, name, problem);
  };
  if (!isRecord(value)) return fail("entry is not an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(ITEM_BYTES, dtype)) {
    return fail(`dtype: expected one of ${Object.keys(ITEM_BYTES).join(", ")}, got ${JSON.stringify(dtype)}`);
  }
  if (!Array.isArray(shape) || !shape.every(isSize))
    return fail(`shape: expected an array of sizes, got ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize)) {
    return fail(`data_offsets: expected [begin, end], got ${JSON.stringify(offsets)}`);
  }
  const [begin, end] = offsets as [number, number];
  const expected = elementCount(shape) * ITEM_BYTES[dtype as StoredDType];
  if (end - begin !== expected) {
    fail(
      `data_offsets [${begin}, ${end}] hold ${end - begin} bytes, ${dtype} of shape [${shape.join(", ")}] takes ${expected}`,
    );
  }
  return { name, dtype: dtype as StoredDType, shape, begin, end };
}

/** Ranges must tile the data exactly: no overlap, no hole, nothing beyond the file or left over in it. */
function checkRanges(entries: readonly SafetensorsEntry[], dataBytes: number, source: string): void {
  let at = 0;
  let previous: string | undefined;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    const fail = (problem: string): never => {
      throw new SafetensorsError(source, name, problem);
    };
    if (end > dataBytes) fail(`truncated: its data end at byte ${end}, the file holds ${dataBytes} bytes of data`);
    if (begin < at) fail(`data_offsets [${begin}, ${end}] overlap those of "${previous}"`);
    if (begin > at) fail(`data_offsets [${begin}, ${end}] leave a hole of ${begin - at} bytes before them`);
    at = end;
    previous = name;
  }
  if (at !== dataBytes) {
    throw new SafetensorsError(source, undefined, `${dataBytes - at} bytes at the end belong to no tensor`);
  }
}

type Fail = (problem: string) => SafetensorsError;

function decode(raw: Uint8Array, dtype: StoredDType, failure: Fail): StoredTensor["values"] {
  const count = raw.length / ITEM_BYTES[dtype];
  const view = new DataView(raw.buffer);
  switch (dtype) {
    case "F64":
      return new Float64Array(hostOrder(raw, 8).buffer);
    case "F32":
      return new Float32Array(hostOrder(raw, 4).buffer);
    case "I32":
      return new Int32Array(hostOrder(raw, 4).buffer);
    case "I8":
      return Int32Array.from(new Int8Array(raw.buffer));
    case "I64":
      return Float64Array.from({ length: count }, (_, i) => {
        const value = Number(view.getBigInt64(i * 8, true));
        if (!Number.isSafeInteger(value))
          throw failure(
            `element ${i}: ${view.getBigInt64(i * 8, true)} is beyond the integers that a number holds exactly`,
          );
        return value;
      });
    case "F16":
      return Float32Array.from({ length: count }, (_, i) => halfToNumber(view.getUint16(i * 2, true)));
    case "BF16": {
      // bfloat16 is the upper half of a float32.
      const bits = Uint32Array.from({ length: count }, (_, i) => view.getUint16(i * 2, true) << 16);
      return new Float32Array(bits.buffer);
    }
  }
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const floats = new Float32Array(1);
const floatBits = new Uint32Array(floats.buffer);

/** The nearest binary16, the even one of two; beyond the largest, infinity. The inverse of `halfToNumber` where that is exact. */
function numberToHalf(value: number): number {
  floats[0] = value;
  const bits = floatBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  // From 65520 on the nearest is no number any more.
  if (size >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 steps are of 2^-24; Math.round would take halves upwards.
  if (size < 0x38800000) return sign | halfToEven(Math.abs(floats[0]!) * 2 ** 24);
  // The exponent's offset is 15 instead of 127; thirteen bits of the fraction go, and may carry into the exponent.
  return sign | ((size - 0x38000000 + 0xfff + ((size >> 13) & 1)) >> 13);
}

function halfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/**
 * The first key that an object of the header holds twice, or undefined. `JSON.parse` would silently keep the last one.
 * `text` is known to be valid JSON, so strings and brackets are all that needs to be followed.
 */
function firstDuplicateKey(text: string): string | undefined {
  const scopes: Set<string>[] = [];
  const token = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    if (match[0] === "{") scopes.push(new Set());
    else if (match[0] === "}") scopes.pop();
    else if (match[1] !== undefined) {
      const key = JSON.parse(match[0].slice(0, -match[1].length)) as string;
      const scope = scopes.at(-1)!;
      if (scope.has(key)) return key;
      scope.add(key);
    }
  }
  return undefined;
}

// ---- Writing --------------------------------------------------------------------------------------------------------

/**
 * Writes a whole file. Tensors keep their order except that those of larger items come first, so that every tensor lies at a
 * multiple of its item size (readers that map the file need that).
 *
 * @example
 * writeSafetensors([["weight", { dtype: "F32", shape: [2, 2], values: new Float32Array(4) }]], { made: "today" });
 *
 * @throws SafetensorsError on a repeated name, a shape that does not fit its values, or a dtype that is only read
 */
export function writeSafetensors(
  tensors: Iterable<readonly [string, StoredTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const list = [...tensors];
  const header = new Map<string, unknown>();
  if (Object.keys(metadata).length > 0) header.set(METADATA, metadata);
  let at = 0;
  const placed: { begin: number; tensor: StoredTensor }[] = [];
  for (const itemBytes of [8, 4, 2, 1]) {
    for (const [name, tensor] of list) {
      if (ITEM_BYTES[tensor.dtype] !== itemBytes) continue;
      checkWritable(name, tensor, header.has(name));
      const begin = at;
      at += tensor.values.length * itemBytes;
      header.set(name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [begin, at] });
      placed.push({ begin, tensor });
    }
  }
  // Built by hand from the map: an object would move names that look like numbers to the front.
  const json = `{${[...header].map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")}}`;
  const text = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + at);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(text, LENGTH_BYTES);
  bytes.fill(0x20, LENGTH_BYTES + text.length, LENGTH_BYTES + headerBytes);
  for (const { begin, tensor } of placed) {
    const start = LENGTH_BYTES + headerBytes + begin;
    const { values } = tensor;
    if (tensor.dtype === "I64") values.forEach((value, i) => view.setBigInt64(start + i * 8, BigInt(value), true));
    else if (tensor.dtype === "F16") values.forEach((value, i) => view.setUint16(start + i * 2, numberToHalf(value), true));
    else if (tensor.dtype === "I8") bytes.set(new Uint8Array(Int8Array.from(values).buffer), start);
    else
      bytes.set(
        hostOrder(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), values.BYTES_PER_ELEMENT),
        start,
      );
  }
  return bytes;
}

/** What is rounded to infinity, not to the largest binary16. */
const LARGEST_HALF = 65520;

const WRITTEN_AS = { F64: Float64Array, F32: Float32Array, F16: Float32Array, I32: Int32Array, I8: Int32Array, I64: Float64Array } as const;

function checkWritable(name: string, { dtype, shape, values }: StoredTensor, repeated: boolean): void {
  const fail = (problem: string): never => {
    throw new SafetensorsError("writeSafetensors", name, problem);
  };
  if (name === METADATA) fail("this name is reserved for the metadata");
  if (repeated) fail("named more than once");
  if (dtype === "BF16") return fail("BF16 is only read; write F16 or F32");
  if (!(values instanceof WRITTEN_AS[dtype]))
    fail(`${dtype} values: expected a ${WRITTEN_AS[dtype].name}, got a ${values.constructor.name}`);
  if (!shape.every(isSize) || elementCount(shape) !== values.length) {
    fail(`shape [${shape.join(", ")}] does not fit ${values.length} values`);
  }
  if (dtype === "I64") {
    const bad = values.findIndex((value) => !Number.isSafeInteger(value));
    if (bad >= 0) fail(`element ${bad}: ${values[bad]} is not an exact integer`);
  }
  if (dtype === "I8") {
    const bad = values.findIndex((value) => value < -128 || value > 127);
    if (bad >= 0) fail(`element ${bad}: expected -128 to 127 for I8, got ${values[bad]}`);
  }
  if (dtype === "F16") {
    const bad = values.findIndex((value) => Number.isFinite(value) && Math.abs(value) >= LARGEST_HALF);
    if (bad >= 0) fail(`element ${bad}: ${values[bad]} is too large for F16; write F32`);
  }
}

// ---- Shared ---------------------------------------------------------------------------------------------------------

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Little-endian bytes to this machine's order or back: the same bytes nearly everywhere, a swapped copy elsewhere. */
function hostOrder(bytes: Uint8Array, itemBytes: number): Uint8Array {
  if (hostIsLittleEndian) return bytes;
  const swapped = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) swapped[i] = bytes[i - (i % itemBytes) + itemBytes - 1 - (i % itemBytes)]!;
  return swapped;
}
