import { describe, expect, it } from "vitest";
import * as K from "../backend/generated/kernels.js";
import { cells, elmanTanh, layerNormLstm } from "./cells/index.js";
import { compileCell } from "./compile.js";
import { defineCell } from "./define.js";
import * as E from "./expression.js";
import { listProgram } from "./listing.js";
import type { Program } from "./schedule.js";

const sizes = { inputSize: 3, hiddenSize: 4 };

describe("listProgram", () => {
  it("shows an Elman network as one would write it", () => {
    expect(listProgram(compileCell(elmanTanh, sizes).training)).toBe(
      [
        "stage over 4 columns",
        "  r0 = slot:0",
        "  r0 += previous state:h × packed:forward:h:0-4, 4 deep",
        "  r0 = tanh r0",
        "  state:h = r0",
      ].join("\n"),
    );
  });

  it("has a line for every instruction of every cell, and names all that they mention", () => {
    for (const cell of cells.values()) {
      const { inference, training, backward } = compileCell(cell, { inputSize: 4, hiddenSize: 4 });
      for (const program of [inference, training, backward]) {
        const text = listProgram(program);
        expect(text.split("\n")).toHaveLength(program.words.length / K.SEQUENCE_INSTRUCTION_WORDS);
        expect(text).not.toContain("undefined");
        expect(text.match(/^stage/gm)).toHaveLength(program.stages);
        for (const buffer of program.buffers) expect(text).toContain(buffer);
      }
    }
  });

  it("tells numbers per row, totals and constants", () => {
    const { training, backward } = compileCell(layerNormLstm, sizes);
    expect(listProgram(training)).toMatch(/row total 0 = sum of r\d+ over the columns/);
    expect(listProgram(training)).toMatch(/n\d+ = n\d+ \* 0\.25\n/);
    expect(listProgram(backward)).toMatch(/column totals from 4 \+= r\d+/);
    const clipped = defineCell("clipped", ({ x, h }, { linear }) => ({ h: E.clip(linear("a", x, h), 0.5) }));
    expect(listProgram(compileCell(clipped, sizes).training)).toMatch(/ {2}r\d+ = clip r0 to ±0\.5\n/);
  });

  it("knows every opcode", () => {
    const opcodes = Object.entries(K).filter(([name]) => name.startsWith("SEQ_") && name !== "SEQ_STAGE");
    for (const [name, opcode] of opcodes) {
      const program: Program = {
        words: Int32Array.of(opcode as number, 0, 0, 0, 0), constants: [1], buffers: ["state:h"], spills: new Map(), stages: 0, registers: 1,
      };
      expect(listProgram(program), name).toMatch(/^ {2}\S/);
      expect(listProgram(program), name).not.toContain("undefined");
    }
  });
});
