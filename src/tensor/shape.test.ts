import { describe, expect, test } from "vitest";
import { broadcastShapes, broadcastStrides, checkShape, collapse, normalAxes, normalAxis, stridesOf } from "./shape.js";

describe("broadcasting", () => {
  test.each([
    [[3, 4], [4], [3, 4]],
    [[], [2, 3], [2, 3]],
    [[2, 1, 5], [3, 1], [2, 3, 5]],
    [[0, 3], [1], [0, 3]],
    [[1], [0], [0]],
  ])("%j with %j is %j", (a, b, expected) => {
    expect(broadcastShapes("add", a, b)).toEqual(expected);
    expect(broadcastShapes("add", b, a)).toEqual(expected);
  });

  test("refuses what does not fit", () => {
    expect(() => broadcastShapes("add", [3, 4], [2, 4])).toThrow("add: cannot broadcast [3, 4] with [2, 4]");
    expect(() => broadcastShapes("mul", [0], [2])).toThrow("mul: cannot broadcast [0] with [2]");
  });

  test("strides are 0 where a tensor is stretched", () => {
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(broadcastStrides([2, 3, 4], [2, 3, 4])).toEqual([12, 4, 1]);
    expect(broadcastStrides([], [2])).toEqual([0]);
  });
});

describe("collapse", () => {
  test("joins what lies together for every operand", () => {
    expect(collapse([2, 3, 4], [stridesOf([2, 3, 4])])).toEqual({ shape: [24], strides: [[1]] });
    expect(collapse([2, 3, 4], [[12, 4, 1], [0, 0, 1]])).toEqual({ shape: [6, 4], strides: [[4, 1], [0, 1]] });
    expect(collapse([2, 3, 4], [[12, 4, 1], [0, 4, 1]])).toEqual({ shape: [2, 12], strides: [[12, 1], [0, 1]] });
  });

  test("keeps reversed axes apart and drops axes of length 1", () => {
    expect(collapse([2, 1, 3], [[3, 9, -1]])).toEqual({ shape: [2, 3], strides: [[3, -1]] });
  });

  test("leaves one axis of a scalar", () => {
    expect(collapse([], [[], []])).toEqual({ shape: [1], strides: [[1], [1]] });
    expect(collapse([1, 1], [[1, 1]])).toEqual({ shape: [1], strides: [[1]] });
  });
});

describe("axes", () => {
  test("count from the end when negative", () => {
    expect(normalAxis("sum", -1, 3)).toBe(2);
    expect(normalAxes("sum", [-1, 0], 3)).toEqual([0, 2]);
    expect(normalAxes("sum", undefined, 2)).toEqual([0, 1]);
  });

  test("mistakes", () => {
    expect(() => normalAxis("sum", 3, 3)).toThrow("sum: axis: expected -3 to 2, got 3");
    expect(() => normalAxis("sum", 0, 0)).toThrow("sum: axis: expected a tensor with axes, got 0");
    expect(() => normalAxes("sum", [0, -2], 2)).toThrow("sum: axes: expected each axis once, got [0, -2]");
    expect(() => checkShape("zeros", [2, -1])).toThrow("zeros: shape: expected integers from 0 on, got [2, -1]");
    expect(() => checkShape("zeros", [65536, 65536])).toThrow("fewer than 2^31 elements");
  });
});
