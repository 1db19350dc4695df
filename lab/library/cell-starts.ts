/** Cells to start from when writing one. */
export interface CellStart {
  readonly id: string;
  readonly title: string;
  readonly source: string;
}

export const CELL_STARTS: readonly CellStart[] = [
  {
    id: "gated-unit",
    title: "A gated unit",
    source: `// A GRU whose one gate resets and updates (Zhou et al. 2016).
defineCell("gated-unit", ({ x, h }, { linear }) => {
  const f = sigmoid(linear("forget", x, h));
  const candidate = tanh(linear("candidate", x, mul(f, h)));
  return { h: add(h, mul(f, sub(candidate, h))) };
});
`,
  },
  {
    id: "own-lstm",
    title: "An LSTM",
    source: `// The memory c is kept by one gate, written by another.
defineCell("own-lstm", ({ x, h, c }, { linear }) => {
  const i = sigmoid(linear("input", x, h));
  const f = sigmoid(linear("forget", x, h, { bias: 1 }));
  const g = tanh(linear("candidate", x, h));
  const o = sigmoid(linear("output", x, h));
  const next = add(mul(f, c), mul(i, g));
  return { h: mul(o, tanh(next)), c: next };
});
`,
  },
  {
    id: "competing",
    title: "Units that compete",
    source: `// Each step has one write to give, shared out over the units.
defineCell<"h" | "m">("competing", ({ x, h, m }, { linear, parameter, layerNorm, name }) => {
  const write = name("write", softmax(linear("where", x, h)));
  const keep = name("keep", sigmoid(parameter("decay", 2)));
  const next = add(mul(keep, m), mul(write, tanh(linear("what", x, mul(write, h)))));
  return { h: tanh(layerNorm("read", next)), m: next };
});
`,
  },
  {
    id: "leaky",
    title: "A leaky network",
    source: `// Every unit learns how fast it forgets.
defineCell("leaky", ({ x, h }, { linear, parameter }) => {
  const pace = sigmoid(parameter("pace"));
  return { h: add(mul(pace, h), mul(oneMinus(pace), tanh(linear("hidden", x, h)))) };
});
`,
  },
];
