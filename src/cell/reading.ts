/**
 * What a step may do with the memory that stands beside the sequence: give every position a number, by comparing it with the
 * state or by where it stands, and take the sum of positions that these numbers weigh. Each row of the batch sees the positions
 * that its own memory has, and nothing of the padding behind them.
 */
import { type Expression, type MemoryValue, type Value, hasColumns, node, show, toExpression } from "./expression.js";

function withColumns(value: Value, operation: string, argument: string): Expression {
  const x = toExpression(value, operation, 1);
  if (!hasColumns(x.width)) throw new TypeError(`${operation}: ${argument}: ${show(x)} has no columns; expected one for each of the memory's`);
  return x;
}

function requireMemory(value: MemoryValue, operation: string, argument: string): MemoryValue {
  if (typeof value === "object" && value !== null && "keys" in value) return value;
  throw new TypeError(`${operation}: ${argument} must be the memory or keys made of it`);
}

/**
 * The score of each position u is the inner product of its key and the query (Luong et al. 2015): "dot" where the query is a state,
 * "general" where it is a linear map of one, to the width of the memory.
 */
export function dotScores(keys: MemoryValue, query: Value): Expression {
  const memory = requireMemory(keys, "dotScores", "keys");
  return node("dotScores", [withColumns(query, "dotScores", "query")], "positions", { memory });
}

/**
 * The score of each position u is the sum over the columns of v tanh(key_u + query) (Bahdanau et al. 2015).
 * @param v a parameter, as wide as the query
 */
export function additiveScores(keys: MemoryValue, query: Value, v: Expression): Expression {
  const memory = requireMemory(keys, "additiveScores", "keys");
  const row = withColumns(query, "additiveScores", "query");
  if (v.op !== "parameter") throw new TypeError(`additiveScores: v: expected a parameter, got ${show(v)}`);
  return node("additiveScores", [row, v], "positions", { memory });
}

/**
 * Graves' window (2013, equation 47): the weight of position u = 1, 2, ... is the sum over the columns k of
 * alpha_k exp(-beta_k (kappa_k - u)^2). It is not normalised.
 */
export function gaussianWindow(alpha: Value, beta: Value, kappa: Value): Expression {
  const inputs = Object.entries({ alpha, beta, kappa }).map(([name, value]) => withColumns(value, "gaussianWindow", name));
  return node("gaussianWindow", inputs, "positions");
}

/** The sum of the positions, each times its weight: as wide as what is read. */
export function read(weights: Expression, values: MemoryValue): Expression {
  const memory = requireMemory(values, "read", "values");
  if (weights.width !== "positions") {
    throw new TypeError(`read: weights: expected a number for each position (softmax of scores, a window), got ${show(weights)}`);
  }
  return node("read", [weights], memory.width, { memory });
}
