/** Mistakes in a cell are explained in the terms of the cell. */
import { describe, expect, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import { RandomStream, setDefaultBackend, zeros } from "../tensor/index.js";
import { lstm, mut1 } from "./cells/index.js";
import { compileCell } from "./compile.js";
import { defineCell, type CellFunction } from "./define.js";
import { add, mul, sum, tanh, type Expression } from "./expression.js";
import { runSequence } from "./sequence.js";
import { randomParameters } from "./testing.js";

const define = (equations: CellFunction<string>) => () => defineCell<string>("mine", equations);

describe("defineCell", () => {
  it("names a state that is read but never set", () => {
    expect(define(({ x, h, c }, { linear }) => ({ h: tanh(linear("a", x!, h!, c!)) }))).toThrow(
      'cell "mine": reads state c but never sets it; it returns h. Return { h, c }, or read another',
    );
  });
  it("says what was expected in place of a value that is none", () => {
    expect(define(({ h }) => ({ h: add(h!, undefined as unknown as Expression) }))).toThrow(
      'cell "mine": add: argument 2 must be a value of the cell or a number, got undefined',
    );
    expect(define(({ x }, { linear }) => ({ h: linear("a", x!, 3 as unknown as Expression) }))).toThrow('cell "mine": linear("a")');
  });
  it("refuses a name that is taken, and one that is none", () => {
    expect(define(({ x, h }, { linear }) => ({ h: add(linear("a", x!), linear("a", h!)) }))).toThrow(
      'cell "mine": linear("a"): the name is taken',
    );
    expect(define(({ x }, { linear }) => ({ h: linear("", x!) }))).toThrow('cell "mine": linear: expected a name');
  });
  it("refuses what does not influence a state", () => {
    expect(define(({ x, h }, { linear }) => (linear("spare", x!), { h: linear("a", h!) }))).toThrow(
      'cell "mine": linear("spare") has no influence on any state',
    );
    expect(define(({ x }, { linear, parameter }) => (parameter("p"), { h: linear("a", x!) }))).toThrow(
      'cell "mine": parameter("p") has no influence on any state',
    );
  });
  it("refuses a state without columns, and x as a state", () => {
    expect(define(({ h }) => ({ h: sum(h!) }))).toThrow('cell "mine": state h is set to sum(h), which has no columns');
    expect(define(({ x }, { linear }) => ({ x: linear("a", x!) }))).toThrow('cell "mine": returns x, which is the input');
    expect(define(() => ({}))).toThrow('cell "mine": must return the next value of each state');
  });
  it("refuses unknown options and linear maps of nothing", () => {
    expect(define(({ x }, { linear }) => ({ h: linear("a", x!, { biass: 1 } as object) }))).toThrow('unknown option "biass"');
    expect(define((_, { linear }) => ({ h: linear("a") }))).toThrow('cell "mine": linear("a"): needs at least one input');
  });
});

describe("compileCell", () => {
  it("explains widths that do not fit", () => {
    expect(() => compileCell(mut1, { inputSize: 5, hiddenSize: 7 })).toThrow(
      'cell "mut1": add: tanh(x) is as wide as the input (5) but linear("candidate") as wide as the state (7); map one with linear(…), or make inputSize equal hiddenSize',
    );
    const copy = defineCell("copy", ({ x, h }, { linear }) => ({ h: x, c: linear("a", h) }));
    expect(() => compileCell(copy, { inputSize: 5, hiddenSize: 7 })).toThrow('cell "copy": state h is set to x, as wide as the input (5)');
  });
  it("names what it does not know", () => {
    const sizes = { inputSize: 3, hiddenSize: 3 };
    expect(() => compileCell(lstm, sizes, { zoneout: { m: 0.1 } })).toThrow('zoneout: there is no state "m"; there are h, c');
    expect(() => compileCell(lstm, sizes, { inspect: ["forgot"] })).toThrow(
      'inspect: there is no value "forgot"; there are h, c, input, forget, candidate, output',
    );
    expect(() => compileCell(lstm, { inputSize: 0, hiddenSize: 3 })).toThrow("inputSize: expected a positive integer, got 0");
  });
  it("says when a step is too large for the machine", () => {
    const huge = defineCell("huge", ({ x, h }, { linear }) => {
      const gates = Array.from({ length: 70 }, (_, i) => tanh(linear(`g${i}`, x, h)));
      const total = gates.reduce((a, b) => add(a, b));
      return { h: gates.reduce((a, b) => add(a, mul(b, total)), total) };
    });
    expect(() => compileCell(huge, { inputSize: 3, hiddenSize: 3 })).toThrow(/cell "huge": the step needs \d+ values at once/);
  });
});

describe("runSequence", () => {
  setDefaultBackend(createReferenceBackend());
  const compiled = compileCell(lstm, { inputSize: 3, hiddenSize: 4 });
  const parameters = randomParameters(compiled, new RandomStream(1));
  const x = zeros([2, 5, 3]);
  it("names the argument of the wrong shape", () => {
    expect(() => runSequence(compiled, parameters, zeros([2, 5, 4]))).toThrow('cell "lstm": x: expected [time, batch, 3], got [2, 5, 4]');
    expect(() => runSequence(compiled, parameters, x, { initial: { c: zeros([5, 3]) } })).toThrow('initial.c: expected [5, 4], got [5, 3]');
    expect(() => runSequence(compiled, parameters, x, { initial: { m: zeros([5, 4]) } })).toThrow("initial.m: expected one of the states h, c, got m");
    expect(() => runSequence(compiled, parameters, x, { lengths: [1, 2] })).toThrow("lengths: expected 5 of them, one for each row, got 2");
    expect(() => runSequence(compiled, parameters, x, { lengths: [0, 1, 2, 3, 0] })).toThrow("lengths[3]: expected a whole number from 0 to 2, got 3");
  });
});
