import { describe, expect, it } from "vitest";
import { cellFromJson, cellToJson, type CellJson } from "./cell-json.js";
import { attentionLstm, cells, gravesWindow } from "./cells/index.js";
import { compileCell } from "./compile.js";
import { defineCell, type Cell } from "./define.js";
import { add, clip, mean, mul, softmax, standardize, tanh } from "./expression.js";
import { listProgram } from "./listing.js";

const everything = defineCell<"h" | "kappa">("everything", ({ x, h, kappa }, { linear, parameter, layerNorm, name }) => {
  const gate = name("gate", softmax(linear("where", x, h, { bias: -0.5 })));
  const narrow = add(kappa, linear("step", h, { width: 3, bias: false }));
  return { h: tanh(layerNorm("norm", add(mul(gate, h, parameter("peep", -0)), mean(standardize(linear("in", x)))))), kappa: clip(narrow, Infinity) };
}, { widths: { kappa: 3 } });
const all = [...cells.values(), ...(["additive", "dot", "general"] as const).map(attentionLstm), gravesWindow(4), everything];
const sizes = { inputSize: 5, hiddenSize: 5, memorySize: 5 };
const programs = (cell: Cell) => {
  const compiled = compileCell(cell, cell.readsMemory ? sizes : { inputSize: 5, hiddenSize: 5 });
  return [compiled.matrices, compiled.biases, listProgram(compiled.training), listProgram(compiled.backward)];
};

describe("a cell as plain data", () => {
  it.each(all.map((cell) => [cell.name, cell] as const))("%s comes back through JSON, and is the same program", (_name, cell) => {
    const json = JSON.parse(JSON.stringify(cellToJson(cell))) as CellJson;
    const back = cellFromJson(json);
    expect(cellToJson(back)).toEqual(json);
    expect([back.states, back.output, back.widths, back.vectors, back.keys, Object.keys(back.named)]).toEqual([
      cell.states, cell.output, cell.widths, cell.vectors, cell.keys, Object.keys(cell.named),
    ]);
    expect(back.linears.map(({ name, bias }) => [name, bias])).toEqual(cell.linears.map(({ name, bias }) => [name, bias]));
    expect(programs(back)).toEqual(programs(cell));
  });

  const tiny = { name: "tiny", nodes: [{ op: "input" }, { op: "previous", label: "h" }, { op: "linear", inputs: [0, 1], label: "a" }], states: { h: 2 }, named: {} };
  it.each([
    [null, 'cell "?": expected { name, nodes, states, named }'],
    [{ ...tiny, states: { h: 3 } }, 'cell "tiny": state h: expected the place of an earlier node, got 3'],
    [{ ...tiny, nodes: [...tiny.nodes, { op: "tanh", inputs: [3] }] }, 'cell "tiny": node 3: expected the place of an earlier node, got 3'],
    [{ ...tiny, nodes: [...tiny.nodes, { op: "constructor", inputs: [2] }] }, 'cell "tiny": node 3: there is no operation "constructor"'],
    [{ ...tiny, nodes: [...tiny.nodes, { op: "sub", inputs: [2] }] }, 'cell "tiny": node 3, sub: expected 2 inputs, got 1'],
    [{ ...tiny, nodes: [...tiny.nodes, { op: "scale", inputs: [2], value: "much" }] }, 'cell "tiny": node 3, scale: value: expected a number, got "much"'],
    [{ ...tiny, nodes: [...tiny.nodes, { op: "scale", inputs: [2] }] }, 'cell "tiny": node 3, scale: value: expected a number, got undefined'],
    [{ ...tiny, nodes: [...tiny.nodes, { op: "linear", inputs: [0], label: "a" }] }, 'cell "tiny": linear("a"): the name is taken'],
    [{ ...tiny, states: { m: 2 } }, 'cell "tiny": reads state h but never sets it'],
    [{ ...tiny, nodes: ["input"] }, 'cell "tiny": node 0: expected an object'],
  ])("what is no cell is refused, by its node %#", (json, message) => {
    expect(() => cellFromJson(json as unknown as CellJson)).toThrow(message);
  });
});
