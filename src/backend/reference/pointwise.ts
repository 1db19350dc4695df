/** Kernels that treat every element on its own: maps of one argument, broadcasting zips of two, copies. */
import type { Kernels } from "../backend.js";
import {
  MAP_ABS, MAP_CLIP, MAP_COPY, MAP_COS, MAP_EXP, MAP_LEAKY, MAP_LOG, MAP_NEG, MAP_OFFSET, MAP_POW, MAP_RECIPROCAL,
  MAP_RELU, MAP_SCALE, MAP_SIGMOID, MAP_SIN, MAP_SOFTPLUS, MAP_SQRT, MAP_SQUARE, MAP_STEP, MAP_TANH,
  ZIP_ADD, ZIP_DIV, ZIP_EQUAL, ZIP_GREATER, ZIP_MAX, ZIP_MIN, ZIP_MUL, ZIP_SUB,
} from "../generated/kernels.js";
import type { ReferenceMemory } from "./memory.js";
import { readInts, stridedOffsets } from "./strides.js";

/** A function y(a; p) and its slope dy/da, written in terms of a and y. */
interface Map1 {
  value(a: number, p: number): number;
  slope(a: number, y: number, p: number): number;
}

export function sigmoid(a: number): number {
  return a >= 0 ? 1 / (1 + Math.exp(-a)) : Math.exp(a) / (1 + Math.exp(a));
}

export function softplus(a: number): number {
  return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));
}

export const maps: Readonly<Record<number, Map1>> = {
  [MAP_COPY]: { value: (a) => a, slope: () => 1 },
  [MAP_NEG]: { value: (a) => -a, slope: () => -1 },
  [MAP_ABS]: { value: (a) => Math.abs(a), slope: (a) => Math.sign(a) },
  [MAP_SQUARE]: { value: (a) => a * a, slope: (a) => 2 * a },
  [MAP_SQRT]: { value: (a) => Math.sqrt(a), slope: (_a, y) => 0.5 / y },
  [MAP_RECIPROCAL]: { value: (a) => 1 / a, slope: (_a, y) => -y * y },
  [MAP_EXP]: { value: (a) => Math.exp(a), slope: (_a, y) => y },
  [MAP_LOG]: { value: (a) => Math.log(a), slope: (a) => 1 / a },
  [MAP_TANH]: { value: (a) => Math.tanh(a), slope: (_a, y) => 1 - y * y },
  [MAP_SIGMOID]: { value: (a) => sigmoid(a), slope: (_a, y) => y * (1 - y) },
  // Written so that NaN comes through: a network that has broken must not look healthy.
  [MAP_RELU]: { value: (a) => (a <= 0 ? 0 : a), slope: (a) => (a > 0 ? 1 : 0) },
  [MAP_SOFTPLUS]: { value: (a) => softplus(a), slope: (a) => sigmoid(a) },
  [MAP_CLIP]: { value: (a, p) => Math.min(Math.max(a, -p), p), slope: (a, _y, p) => (Math.abs(a) <= p ? 1 : 0) },
  [MAP_LEAKY]: { value: (a, p) => (a > 0 ? a : p * a), slope: (a, _y, p) => (a > 0 ? 1 : p) },
  [MAP_SCALE]: { value: (a, p) => p * a, slope: (_a, _y, p) => p },
  [MAP_OFFSET]: { value: (a, p) => a + p, slope: () => 1 },
  [MAP_POW]: {
    value: (a, p) => Math.abs(a) ** p,
    slope: (a, _y, p) => (p === 0 ? 0 : (a < 0 ? -p : p) * Math.abs(a) ** (p - 1)),
  },
  [MAP_SIN]: { value: (a) => Math.sin(a), slope: (a) => Math.cos(a) },
  [MAP_COS]: { value: (a) => Math.cos(a), slope: (a) => -Math.sin(a) },
  [MAP_STEP]: { value: (a) => (a > 0 ? 1 : 0), slope: () => 0 },
};

export const zips: Readonly<Record<number, (a: number, b: number) => number>> = {
  [ZIP_ADD]: (a, b) => a + b,
  [ZIP_SUB]: (a, b) => a - b,
  [ZIP_MUL]: (a, b) => a * b,
  [ZIP_DIV]: (a, b) => a / b,
  [ZIP_MIN]: (a, b) => Math.min(a, b),
  [ZIP_MAX]: (a, b) => Math.max(a, b),
  [ZIP_GREATER]: (a, b) => (a > b ? 1 : 0),
  [ZIP_EQUAL]: (a, b) => (a === b ? 1 : 0),
};

function look<T>(table: Readonly<Record<number, T>>, name: string, op: number): T {
  const entry = table[op];
  if (!entry) throw new Error(`${name}: op: expected one of ${Object.keys(table).join(", ")}, got ${op}`);
  return entry;
}

export function pointwiseKernels(memory: ReferenceMemory) {
  return {
    map(op, y, a, n, p) {
      const { value } = look(maps, "map", op);
      for (let i = 0; i < n; i++) memory.write(y, i, value(memory.read(a, i), p));
    },

    mapBackward(op, da, a, y, dy, n, p) {
      const { slope } = look(maps, "mapBackward", op);
      for (let i = 0; i < n; i++) {
        memory.add(da, i, memory.read(dy, i) * slope(memory.read(a, i), memory.read(y, i), p));
      }
    },

    zip(op, y, a, aStrides, b, bStrides, shape, rank) {
      const combine = look(zips, "zip", op);
      const sizes = readInts(memory, shape, rank);
      const fromA = stridedOffsets(sizes, readInts(memory, aStrides, rank));
      const fromB = stridedOffsets(sizes, readInts(memory, bStrides, rank));
      fromA.forEach((offset, i) => memory.write(y, i, combine(memory.read(a, offset), memory.read(b, fromB[i]!))));
    },

    fill(y, value, n) {
      for (let i = 0; i < n; i++) memory.write(y, i, value);
    },

    fillInt(y, value, n) {
      for (let i = 0; i < n; i++) memory.write(y, i, value);
    },

    axpy(y, alpha, x, n) {
      for (let i = 0; i < n; i++) memory.add(y, i, alpha * memory.read(x, i));
    },

    scaleBy(y, scale, n) {
      const factor = memory.read(scale, 0);
      for (let i = 0; i < n; i++) memory.write(y, i, memory.read(y, i) * factor);
    },

    copyStrided(y, a, aStrides, shape, rank) {
      const sizes = readInts(memory, shape, rank);
      const offsets = stridedOffsets(sizes, readInts(memory, aStrides, rank));
      offsets.forEach((offset, i) => memory.write(y, i, memory.read(a, offset)));
    },
  } satisfies Partial<Kernels>;
}
