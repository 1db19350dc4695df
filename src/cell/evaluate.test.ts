/**
 * The compiler against its definition: every cell evaluated node by node with tensor operations, one step after another, as a
 * textbook would, must give what the compiled programs give; so must cells under options, and what `inspect` records.
 */
import { describe, it } from "vitest";
import { createReferenceBackend } from "../backend/reference/index.js";
import * as T from "../tensor/index.js";
import { RandomStream, type Tensor, setDefaultBackend } from "../tensor/index.js";
import { expectClose } from "../tensor/testing.js";
import { cells } from "./cells/index.js";
import { compileCell } from "./compile.js";
import { defineCell, type Cell } from "./define.js";
import { evaluateStep } from "./evaluate.testing.js";
import * as E from "./expression.js";
import { runSequence } from "./sequence.js";
import { randomParameters } from "./testing.js";

const SIZE = 6;

function compare(cell: Cell) {
  setDefaultBackend(createReferenceBackend());
  const random = new RandomStream(11);
  const names = Object.keys(cell.named);
  const compiled = compileCell(cell, { inputSize: SIZE, hiddenSize: SIZE }, { inspect: names });
  const parameters = randomParameters(compiled, random);
  const [time, batch] = [4, 3];
  const x = random.uniform([time, batch, SIZE], -1, 1);
  const initial = Object.fromEntries(cell.states.map((state) => [state, random.uniform([batch, SIZE], -1, 1)]));
  const result = runSequence(compiled, parameters, x, { initial });
  let states: Record<string, Tensor> = initial;
  for (let t = 0; t < time; t++) {
    const values = evaluateStep(compiled, parameters, T.reshape(T.slice(x, 0, t, t + 1), [batch, SIZE]), states);
    states = Object.fromEntries(cell.states.map((state) => [state, values.get(cell.next[state]!)!]));
    const at = (tensor: Tensor) => T.slice(tensor, 0, t, t + 1).dataSync();
    expectClose(at(result.output), states[cell.output]!.dataSync(), 1e-10, `output at ${t}`);
    for (const name of names) expectClose(at(result.inspected[name]!), values.get(cell.named[name]!)!.dataSync(), 1e-10, `${name} at ${t}`);
  }
  for (const state of cell.states) expectClose(result.final[state]!.dataSync(), states[state]!.dataSync(), 1e-10, `final ${state}`);
}

describe("compiled programs give what the equations say", () => {
  for (const cell of cells.values()) it(cell.name, () => compare(cell));

  it("a cell of one's own, with values that stay between stages", () =>
    compare(
      defineCell<"h" | "m">("own", ({ x, h, m }, { linear, parameter, layerNorm, name }) => {
        const attention = name("attention", E.softmax(linear("scores", x, h)));
        const mixed = E.mul(attention, E.max(m, E.neg(m)));
        const inner = name("inner", E.relu(layerNorm("norm", E.add(linear("mix", mixed), h))));
        const total = name("total", E.sum(E.square(inner)));
        return { h: E.tanh(E.add(E.div(inner, E.sqrt(E.offset(total, 1))), E.mul(parameter("p", 0.3), x))), m: E.sub(m, E.mean(attention)) };
      }),
    ));
});
