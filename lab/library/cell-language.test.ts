import { cells } from "unrolled";
import { cellToJson } from "unrolled/cell";
import { describe, expect, it } from "vitest";
import { CellSourceError, readCell } from "./cell-language.js";
import { CELL_STARTS } from "./cell-starts.js";

const sources = import.meta.glob<string>("../../src/cell/cells/*.ts", { query: "?raw", import: "default", eager: true });
const sourceOf = (file: string) => sources[`../../src/cell/cells/${file}.ts`]!;
const equations = (body: string, states = "x, h") => `defineCell("mine", ({ ${states} }, { linear, parameter, layerNorm, name }) => ${body});`;

/** The mistake, with the text at its place. */
function mistakeIn(source: string) {
  try {
    readCell(source);
  } catch (error) {
    expect(error).toBeInstanceOf(CellSourceError);
    const { message, line, column, from, to } = error as CellSourceError;
    return { message, line, column, at: source.slice(from, to) };
  }
  throw new Error("it was read");
}

describe("the cells of the library, as their files have them", () => {
  it.each(["lstm", "gru", "layer-norm-lstm", "peephole-lstm", "coupled-lstm", "mut"])("%s", (file) => {
    const [name] = [...sourceOf(file).matchAll(/defineCell\("([^"]+)"/g)].at(-1)!.slice(1);
    expect(cellToJson(readCell(sourceOf(file)))).toEqual(cellToJson(cells.get(name!)!));
  });

  it.each(CELL_STARTS)("$title is a cell to start from", ({ source }) => {
    expect(readCell(source).states).toContain("h");
  });
});

describe("what it understands", () => {
  it("functions, lists, loops and conditions that build equations", () => {
    const cell = readCell(`
      import { add, tanh } from "unrolled/cell"; // and a comment
      type Nothing = 1;
      const names: string[] = ["a", "b"];
      function gate(name: string, { bias = 0 } = {}) { return name === "b" ? bias + 2 * 3 : bias; }
      export default defineCell<"h" | "m">("mine", ({ x, h, m }, { linear, ...tools }) => {
        const maps = names.map((name, i) => linear(\`\${name}\${i}\`, x, h, { bias: gate(name, { bias: -1 }) }));
        let total = maps[0]!;
        for (const map of maps.slice(1)) { total = add(total, map as Value); }
        if (names.length > 5) return {};
        return { h: tanh(tools.name("total", total)), ["m"]: tanh(add(m, ...maps)) };
      }, { widths: { ...{} } });`);
    expect(cell.linears.map(({ name, bias }) => [name, bias])).toEqual([["a0", -1], ["b1", 5]]);
    expect([cell.states, Object.keys(cell.named)]).toEqual([["h", "m"], ["a0", "b1", "total"]]);
  });
});

describe("what is wrong has a place", () => {
  it.each([
    ["const a = tanh(1,", { message: "It ends here, but is not complete: a bracket is open, or something is missing.", line: 1 }],
    ["defineCell('a', ({ x } { linear }) => 1)", { message: "“{” is not expected here.", line: 1, column: 24 }],
    ["const a = 1;", { message: "There is no cell here yet. defineCell(name, equations) makes one." }],
    [equations("{\n  return { h: tanh(linera('a', x, h)) };\n}"), { message: "There is no “linera” here.", at: "linera", line: 2, column: 20 }],
    [equations("({ h: tanh(linear('a', x, c)) })"), { message: "There is no “c” here.", at: "c" }],
    [equations("({ h: tanh(linear('a', x, c)) })", "x, h, c"), { message: 'cell "mine": reads state c but never sets it; it returns h. Return { h, c }, or read another', at: "defineCell" }],
    [equations("{\n  const a = linear('a', x), b = linear('a', h);\n  return { h: add(a, b) };\n}"), { message: 'cell "mine": linear("a"): the name is taken; every linear map and parameter needs its own', at: "linear('a', h)", line: 2 }],
    [equations("({ h: tanh(x, h).width })"), { message: "“width” is asked for of a value of the cell, which has no fields.", at: "width" }],
    [equations("({ h: x * h })"), { message: "Expected a number here, got a value of the cell. Of values of the cell add, sub, mul, div, greater and select make new ones.", at: "x" }],
    [equations("({ h: add(linear('a', x), 'b') })"), { message: "add: argument 2 must be a value of the cell or a number, got string", at: "add(linear('a', x), 'b')" }],
    ["defineCell('a', ({ x, h }, { linaer }) => ({ h }))", { message: "There is no “linaer” here; there are linear, parameter, layerNorm, name, memory, keys.", at: "linaer" }],
    ["defineCell('a', (values, tools) => tools.linear.constructor('return 1')())", { message: "“constructor” is asked for of a function, which has no fields." }],
    ["const f = ({}).constructor; f();", { message: "“f” is nothing, not a function." }],
    ["[].map.call", { message: "“call” is asked for of a function, which has no fields." }],
    ["[].constructor", { message: "Lists have no “constructor” here; there are length, map, filter, reduce, at, slice." }],
    ["fetch('/')", { message: "There is no “fetch” here.", at: "fetch" }],
    ["globalThis", { message: "There is no “globalThis” here." }],
    ["new Function('x')", { message: "“new” cannot be used here: a cell is made of constants, functions and calls of the cell language." }],
    ["while (true) {}", { message: "“while” cannot be used here: a cell is made of constants, functions and calls of the cell language." }],
    ["const f = () => f(); f();", { message: "This calls itself without end." }],
    ["const l = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]; for (const a of l) for (const b of l) for (const c of l) for (const d of l) for (const e of l) { a + b; }", { message: "This does not come to an end." }],
    ["const a = 1; const a = 2;", { message: "“a” is there already.", column: 20 }],
    ["const a = 1; a = 2;", { message: "“a” is a constant." }],
    ["defineCell('a', 3)", { message: 'cell "a": expected a function of values and tools as its equations, got a number', at: "defineCell" }],
  ])("%s", (source, expected) => {
    expect(mistakeIn(source)).toMatchObject(expected);
  });
});
