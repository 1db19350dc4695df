/** The elementary functions of kernels/vmath.h over the whole range of float32, against float64. */
import { describe, expect, it } from "vitest";
import * as K from "../generated/kernels.js";
import { maps } from "../reference/pointwise.js";
import { presentBackends } from "./backends.js";

const SMALLEST = 2 ** -126;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Every bit pattern of float32, in steps of a prime. */
function bitPatterns(step: number): Float32Array {
  const bits = Uint32Array.from({ length: Math.floor(2 ** 32 / step) }, (_, i) => i * step);
  return new Float32Array(bits.buffer);
}

/** Where the functions change most, evenly. */
function evenly(n: number, from: number, to: number): Float32Array {
  return Float32Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));
}

const ARGUMENTS = [...bitPatterns(12_007), ...evenly(100_003, -20, 20), ...evenly(50_021, 0.4, 2.5), ...evenly(50_021, -110, 90)];

const RELATIVE: readonly (readonly [name: string, op: number])[] = [
  ["exp", K.MAP_EXP], ["log", K.MAP_LOG], ["tanh", K.MAP_TANH], ["sigmoid", K.MAP_SIGMOID], ["softplus", K.MAP_SOFTPLUS],
];
const ABSOLUTE: readonly (readonly [name: string, op: number])[] = [["sin", K.MAP_SIN], ["cos", K.MAP_COS]];

const expectations = new Map<number, Float64Array>();
function exactly(op: number): Float64Array {
  const known = expectations.get(op);
  if (known) return known;
  const values = Float64Array.from(ARGUMENTS, (a) => maps[op]!.value(a, 0));
  expectations.set(op, values);
  return values;
}

const backends = await presentBackends();

describe.each(backends.map((backend) => [`${backend.name} ${backend.isa}, ${backend.threads} threads`, backend] as const))(
  "%s",
  (_name, { kernels, memory }) => {
    const n = ARGUMENTS.length;
    const a = memory.allocate(4 * n);
    const y = memory.allocate(4 * n);
    memory.floats(a, n).set(ARGUMENTS);
    const apply = (op: number) => {
      kernels.map(op, y, a, n, 0);
      return memory.floats(y, n);
    };

    it.each(RELATIVE)("%s is within 3e-7 of the truth, relatively", (_function, op) => {
      const exact = exactly(op);
      let worst = { error: 0, argument: 0, value: 0 };
      const wrong: string[] = [];
      apply(op).forEach((value, i) => {
        const truth = exact[i]!;
        if (!(Math.abs(truth) <= LARGEST)) {
          // NaN, an infinity, or more than float32 holds.
          if (!Object.is(value, Math.fround(truth))) wrong.push(`${ARGUMENTS[i]} gave ${value}, not ${truth}`);
        } else if (Math.abs(truth) < SMALLEST) {
          if (Math.abs(value) > SMALLEST || value * truth < 0) wrong.push(`${ARGUMENTS[i]} gave ${value}, not ${truth}`);
        } else {
          const error = Math.abs(value - truth) / Math.abs(truth);
          if (!(error <= worst.error)) worst = { error, argument: ARGUMENTS[i]!, value };
        }
      });
      expect(wrong.slice(0, 5)).toEqual([]);
      expect(worst.error, `worst at ${worst.argument}: ${worst.value}`).toBeLessThan(3e-7);
    });

    it.each(ABSOLUTE)("%s is within 4e-7 of the truth up to 2^30", (_function, op) => {
      const exact = exactly(op);
      let worst = 0;
      const wrong: string[] = [];
      apply(op).forEach((value, i) => {
        const argument = ARGUMENTS[i]!;
        if (Math.abs(argument) <= 2 ** 30) {
          worst = Math.max(worst, Math.abs(value - exact[i]!));
        } else if (Number.isFinite(argument) ? !(Math.abs(value) <= 1) : !Number.isNaN(value)) {
          wrong.push(`${argument} gave ${value}`);
        }
      });
      expect(wrong.slice(0, 5)).toEqual([]);
      expect(worst).toBeLessThan(4e-7);
    });

    it("keeps the sign of zero, and the limits", () => {
      const at = (op: number, ...values: number[]) => {
        memory.floats(a, values.length).set(values);
        kernels.map(op, y, a, values.length, 0);
        return Array.from(memory.floats(y, values.length));
      };
      expect(at(K.MAP_TANH, 0, -0, Infinity, -Infinity, NaN)).toEqual([0, -0, 1, -1, NaN]);
      expect(at(K.MAP_SIN, 0, -0, Infinity, NaN)).toEqual([0, -0, NaN, NaN]);
      expect(at(K.MAP_EXP, 0, -0, Infinity, -Infinity, NaN)).toEqual([1, 1, Infinity, 0, NaN]);
      expect(at(K.MAP_SIGMOID, 0, -0, Infinity, -Infinity, NaN)).toEqual([0.5, 0.5, 1, 0, NaN]);
      expect(at(K.MAP_LOG, 1, 0, -0, -1, Infinity, NaN)).toEqual([0, -Infinity, -Infinity, NaN, Infinity, NaN]);
      expect(at(K.MAP_SOFTPLUS, Infinity, -Infinity, NaN)).toEqual([Infinity, 0, NaN]);
      // Never beyond 1: a slope of 1 - y^2 must not be negative.
      const steps = Array.from({ length: 4001 }, (_, i) => 7 + i / 1000);
      expect(Math.max(...at(K.MAP_TANH, ...steps))).toBe(1);
      memory.floats(a, n).set(ARGUMENTS);
    });
  },
);
