import { describe, expect, test } from "vitest";
import { readSafetensors, SafetensorsError, writeSafetensors, type StoredTensor } from "./safetensors.js";

/** A file from a header text (or object) and data bytes, for building broken ones. */
function file(header: string | object, data: ArrayLike<number> = [], announced?: bigint): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, announced ?? BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(Array.from(data), 8 + text.length);
  return bytes;
}

const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const problem = (bytes: Uint8Array): string => {
  try {
    readSafetensors(bytes, "m.safetensors");
  } catch (error) {
    expect(error).toBeInstanceOf(SafetensorsError);
    return (error as Error).message;
  }
  throw new Error("the file was read");
};

describe("writing and reading back", () => {
  const tensors: [string, StoredTensor][] = [
    ["weight", { dtype: "F32", shape: [2, 3], values: new Float32Array([1, -0, NaN, Infinity, 1e-45, 3.5]) }],
    ["count", { dtype: "I64", shape: [2], values: new Float64Array([Number.MAX_SAFE_INTEGER, -5]) }],
    ["7", { dtype: "I32", shape: [3], values: new Int32Array([-1, 2 ** 31 - 1, 0]) }],
    ["precise", { dtype: "F64", shape: [], values: new Float64Array([Math.PI]) }],
    ["empty", { dtype: "F32", shape: [0, 4], values: new Float32Array(0) }],
    ["__proto__", { dtype: "F32", shape: [1], values: new Float32Array([2]) }],
    ['a "näme"\n', { dtype: "F32", shape: [1], values: new Float32Array([3]) }],
  ];

  test("keeps every bit, name, shape and dtype, and the metadata", () => {
    const { tensors: read, metadata } = readSafetensors(writeSafetensors(tensors, { format: "pt", note: "ü" }));
    expect(metadata).toEqual({ format: "pt", note: "ü" });
    expect(new Set(read.keys())).toEqual(new Set(tensors.map(([name]) => name)));
    for (const [name, { dtype, shape, values }] of tensors) {
      expect(read.get(name), name).toEqual({ dtype, shape, values });
      expect(new Uint8Array(read.get(name)!.values.buffer), name).toEqual(new Uint8Array(values.buffer));
    }
  });

  test("lays every tensor at a multiple of its item size", () => {
    const bytes = writeSafetensors(tensors);
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes))) as Record<
      string,
      { dtype: string; data_offsets: number[] }
    >;
    for (const {
      dtype,
      data_offsets: [begin],
    } of Object.values(header))
      expect(begin! % (dtype.endsWith("64") ? 8 : 4)).toBe(0);
  });

  test("reads from a window into a larger buffer and at an odd address", () => {
    const bytes = writeSafetensors(tensors);
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(readSafetensors(larger.subarray(3, 3 + bytes.length)).tensors.get("weight")?.values[5]).toBe(3.5);
  });

  test("reads from Node's Buffer, whose slice is not a copy", () => {
    const buffer = Buffer.from(writeSafetensors(tensors));
    const { values } = readSafetensors(buffer).tensors.get("weight")!;
    buffer.fill(0);
    expect(values).toEqual(tensors[0]![1].values);
  });

  test("I8 keeps all of its numbers", () => {
    const values = Int32Array.from({ length: 256 }, (_, i) => i - 128);
    const bytes = writeSafetensors([["bytes", { dtype: "I8", shape: [16, 16], values }], ["after", { dtype: "F16", shape: [1], values: Float32Array.of(2) }]]);
    const { tensors: read } = readSafetensors(bytes);
    expect(read.get("bytes")).toEqual({ dtype: "I8", shape: [16, 16], values });
    expect(read.get("after")!.values).toEqual(Float32Array.of(2));
    expect(bytes.length % 2).toBe(0);
    expect(() => writeSafetensors([["t", { dtype: "I8", shape: [2], values: Int32Array.of(1, 128) }]])).toThrow("element 1: expected -128 to 127 for I8, got 128");
  });

  test("an empty file list is a file", () => {
    expect(readSafetensors(writeSafetensors([])).tensors.size).toBe(0);
  });

  test("refuses what would not read back", () => {
    const one = (tensor: StoredTensor) => () => writeSafetensors([["t", tensor]]);
    const f32 = new Float32Array(2);
    expect(one({ dtype: "F32", shape: [3], values: f32 })).toThrow('tensor "t": shape [3] does not fit 2 values');
    expect(one({ dtype: "F64", shape: [2], values: f32 })).toThrow(
      "F64 values: expected a Float64Array, got a Float32Array",
    );
    expect(one({ dtype: "BF16", shape: [2], values: f32 })).toThrow("BF16 is only read; write F16 or F32");
    expect(one({ dtype: "F16", shape: [2], values: Float32Array.of(1, -65520) })).toThrow("element 1: -65520 is too large for F16; write F32");
    expect(one({ dtype: "I64", shape: [1], values: new Float64Array([0.5]) })).toThrow(
      "element 0: 0.5 is not an exact integer",
    );
    const ok: StoredTensor = { dtype: "F32", shape: [2], values: f32 };
    expect(() =>
      writeSafetensors([
        ["t", ok],
        ["t", ok],
      ]),
    ).toThrow('tensor "t": named more than once');
    expect(() => writeSafetensors([["__metadata__", ok]])).toThrow("reserved");
  });
});

describe("half precision", () => {
  test("F16: normal, subnormal, extreme and special values", () => {
    const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x0400, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x3555];
    const data = new Uint8Array(new Uint16Array(bits).buffer);
    const values = readSafetensors(file({ t: entry("F16", [11], 0, 22) }, data)).tensors.get("t")!.values;
    expect(Array.from(values)).toEqual([
      1,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      -0,
      Infinity,
      -Infinity,
      NaN,
      0.333251953125,
    ]);
  });

  test("F16 is written as it is read, every number of it", () => {
    const all = new Uint16Array(0x10000).map((_, bits) => bits);
    const { tensors } = readSafetensors(file({ t: entry("F16", [all.length], 0, 2 * all.length) }, new Uint8Array(all.buffer)));
    const { values } = tensors.get("t")!;
    const again = readSafetensors(writeSafetensors(tensors)).tensors.get("t")!.values;
    expect(again.findIndex((value, i) => !Object.is(value, values[i]))).toBe(-1);
  });

  test("F16 rounds to the nearest, to the even one of two, as NumPy does", () => {
    // numpy.float16([...]).astype(float)
    const given = [0.1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 2047.5, 2 ** -25, 3 * 2 ** -25, 2 ** -14 * (1 - 2 ** -12), -1e-9];
    const rounded = [0.0999755859375, 1, 1 + 2 ** -9, 65504, 2048, 0, 2 ** -23, 2 ** -14, -0];
    const bytes = writeSafetensors([["t", { dtype: "F16", shape: [given.length], values: Float32Array.from(given) }]]);
    expect(Array.from(readSafetensors(bytes).tensors.get("t")!.values)).toEqual(rounded);
  });

  test("BF16 is the upper half of a float32", () => {
    const data = new Uint8Array(new Uint16Array([0x3f80, 0xc000, 0x4049, 0x7f80, 0x0001]).buffer);
    const values = readSafetensors(file({ t: entry("BF16", [5], 0, 10) }, data)).tensors.get("t")!.values;
    expect(Array.from(values)).toEqual([1, -2, 3.140625, Infinity, Math.fround(2 ** -133)]);
  });
});

// The bytes of
//   import torch, safetensors.torch as st
//   st.save({"a": torch.tensor([[1.5, -2.0]]), "n": torch.tensor([3])}, {"format": "pt"}).hex()
test("reads a file of the reference implementation", () => {
  const hex =
    "90000000000000007b225f5f6d657461646174615f5f223a7b22666f726d6174223a227074227d2c226e223a7b226474797065223a224936" +
    "34222c227368617065223a5b315d2c22646174615f6f666673657473223a5b302c385d7d2c2261223a7b226474797065223a22463332222c" +
    "227368617065223a5b312c325d2c22646174615f6f666673657473223a5b382c31365d7d7d20202003000000000000000000c03f000000c0";
  const bytes = Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
  const { tensors, metadata } = readSafetensors(bytes);
  expect(metadata).toEqual({ format: "pt" });
  expect(tensors.get("a")).toEqual({ dtype: "F32", shape: [1, 2], values: new Float32Array([1.5, -2]) });
  expect(tensors.get("n")).toEqual({ dtype: "I64", shape: [1], values: new Float64Array([3]) });
});

describe("broken files are refused, naming file and tensor", () => {
  const four = [0, 0, 128, 63];

  test.each<[string, Uint8Array, string]>([
    [
      "no bytes",
      new Uint8Array(0),
      "m.safetensors: expected a safetensors file, got 0 bytes, fewer than the 8 of the header length",
    ],
    ["seven bytes", new Uint8Array(7), "m.safetensors: expected a safetensors file, got 7 bytes"],
    [
      "header cut off",
      file({ t: entry("F32", [1], 0, 4) }).subarray(0, 30),
      "m.safetensors: truncated: header of 54 bytes announced, 22 bytes follow",
    ],
    ["absurd header length", file("{}", [], 0xffffffffffffffffn), "this is not a safetensors file"],
    ["header beyond the file", file("{}", [], 1000n), "truncated: header of 1000 bytes announced, 2 bytes follow"],
    ["empty header", file(""), "header is not valid JSON"],
    ["bad JSON", file('{"t":'), "header is not valid JSON"],
    ["not UTF-8", file("{}", [0xff, 0xfe], 4n), "header is not valid UTF-8"],
    ["byte order mark", file("\ufeff{}"), "header is not valid JSON"],
    ["an array", file("[]"), "header is not a JSON object"],
    ["metadata of numbers", file('{"__metadata__":{"a":1}}'), '__metadata__: "a": expected a string, got 1'],
    ["repeated name", file('{"t":1,"t" : 2}'), 'header names "t" more than once'],
    ["repeated name, escaped", file('{"t":1,"\\u0074":2}'), 'header names "t" more than once'],
    ["repeated field", file('{"t":{"dtype":"F32","dtype":"F64"}}'), 'header names "dtype" more than once'],
    ["entry of the wrong kind", file({ t: 3 }), 'm.safetensors: tensor "t": entry is not an object'],
    [
      "unknown dtype",
      file({ t: entry("F8_E4M3", [1], 0, 1) }, [0]),
      'tensor "t": dtype: expected one of F64, I64, F32, I32, F16, BF16, I8, got "F8_E4M3"',
    ],
    ["dtype from the prototype", file({ t: entry("toString", [1], 0, 1) }, [0]), "dtype: expected one of"],
    ["negative size", file({ t: entry("F32", [-1], 0, 4) }, four), "shape: expected an array of sizes, got [-1]"],
    ["fractional size", file({ t: entry("F32", [0.5], 0, 2) }, four), "shape: expected an array of sizes, got [0.5]"],
    [
      "no offsets",
      file({ t: { dtype: "F32", shape: [1] } }, four),
      "data_offsets: expected [begin, end], got undefined",
    ],
    ["reversed offsets", file({ t: entry("F32", [1], 4, 0) }, four), "hold -4 bytes"],
    [
      "range and shape disagree",
      file({ t: entry("F32", [2], 0, 4) }, four),
      "data_offsets [0, 4] hold 4 bytes, F32 of shape [2] takes 8",
    ],
    [
      "data cut off",
      file({ t: entry("F32", [1], 0, 4) }, [0, 0]),
      'tensor "t": truncated: its data end at byte 4, the file holds 2 bytes of data',
    ],
    [
      "overlap",
      file({ a: entry("F32", [1], 0, 4), b: entry("F32", [1], 2, 6) }, [...four, 0, 0]),
      'tensor "b": data_offsets [2, 6] overlap those of "a"',
    ],
    [
      "hole",
      file({ a: entry("F32", [1], 4, 8) }, [...four, ...four]),
      'tensor "a": data_offsets [4, 8] leave a hole of 4 bytes before them',
    ],
    ["bytes left over", file({ a: entry("F32", [1], 0, 4) }, [...four, 1]), "1 bytes at the end belong to no tensor"],
    [
      "integer too large",
      file({ a: entry("I64", [1], 0, 8) }, [0, 0, 0, 0, 0, 0, 0, 64]),
      'tensor "a": element 0: 4611686018427387904 is beyond the integers',
    ],
  ])("%s", (_, bytes, message) => expect(problem(bytes)).toContain(message));

  test("every prefix of a good file", () => {
    const bytes = writeSafetensors([["t", { dtype: "F32", shape: [3], values: new Float32Array([1, 2, 3]) }]]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.subarray(0, length), "m"), `${length} bytes`).toThrow(SafetensorsError);
    }
  });
});
