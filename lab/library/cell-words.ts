/** The words of the cell language, for whoever reads a cell and whoever helps to write one. What they do is told in a line. */
export interface CellWord {
  readonly name: string;
  /** What it takes. */
  readonly takes: string;
  readonly does: string;
}

/** The functions that make a value out of values. */
export const CELL_FUNCTIONS: readonly CellWord[] = [
  { name: "sigmoid", takes: "(a)", does: "1 / (1 + e⁻ᵃ): a gate between 0 and 1" },
  { name: "tanh", takes: "(a)", does: "hyperbolic tangent, between −1 and 1" },
  { name: "relu", takes: "(a)", does: "a where it is positive, else 0" },
  { name: "softplus", takes: "(a)", does: "log(1 + eᵃ), a smooth relu" },
  { name: "add", takes: "(a, b, …)", does: "sum, element by element" },
  { name: "sub", takes: "(a, b)", does: "difference" },
  { name: "mul", takes: "(a, b, …)", does: "product, element by element" },
  { name: "div", takes: "(a, b)", does: "quotient" },
  { name: "oneMinus", takes: "(a)", does: "1 − a" },
  { name: "neg", takes: "(a)", does: "−a" },
  { name: "abs", takes: "(a)", does: "absolute value" },
  { name: "square", takes: "(a)", does: "a²" },
  { name: "sqrt", takes: "(a)", does: "square root" },
  { name: "reciprocal", takes: "(a)", does: "1 / a" },
  { name: "exp", takes: "(a)", does: "eᵃ" },
  { name: "log", takes: "(a)", does: "natural logarithm" },
  { name: "min", takes: "(a, b)", does: "the smaller, element by element" },
  { name: "max", takes: "(a, b)", does: "the larger, element by element" },
  { name: "clip", takes: "(a, limit)", does: "a, held between −limit and limit" },
  { name: "scale", takes: "(a, factor)", does: "a times a number" },
  { name: "offset", takes: "(a, amount)", does: "a plus a number" },
  { name: "select", takes: "(condition, a, b)", does: "a where the condition is 1, b where it is 0" },
  { name: "greater", takes: "(a, b)", does: "1 where a > b, else 0; without gradient" },
  { name: "step", takes: "(a)", does: "1 where a > 0, else 0; without gradient" },
  { name: "sum", takes: "(a)", does: "over the units: one number" },
  { name: "mean", takes: "(a)", does: "over the units: one number" },
  { name: "softmax", takes: "(a)", does: "shares over the units, which sum to 1" },
  { name: "standardize", takes: "(a)", does: "over the units: mean 0, variance 1" },
  { name: "stopGradient", takes: "(a)", does: "a, through which no gradient flows" },
  { name: "clipGradient", takes: "(a, limit)", does: "a, whose gradient is held between −limit and limit" },
];

/** What the equations are handed beside the values. */
export const CELL_TOOLS: readonly CellWord[] = [
  { name: "linear", takes: '("name", x, h, { bias: 0 })', does: "a learned map: one matrix for each input, and a bias" },
  { name: "parameter", takes: '("name", initial)', does: "a learned vector" },
  { name: "layerNorm", takes: '("name", a)', does: "layer normalisation with learned gain and bias" },
  { name: "name", takes: '("name", a)', does: "gives a value a name, to look at it later" },
];

export const LANGUAGE: readonly string[] = CELL_FUNCTIONS.map(({ name }) => name);
