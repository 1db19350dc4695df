/** Options that change every cell's equations in the same way: zoneout, recurrent dropout, clipped gradients. */
import type { CompileOptions } from "./compile.js";
import { type Cell, reachable } from "./define.js";
import { CellError } from "./errors.js";
import { type Expression, type Width, add, clipGradient, mul, node, scale as scaleBy, sub } from "./expression.js";

/** The equations of a step: the next value of every state, and every value that has a name. */
export interface Step {
  readonly next: Readonly<Record<string, Expression>>;
  readonly named: Readonly<Record<string, Expression>>;
}

/** Applies the options that change a step's equations. */
export function withOptions(cell: Cell, options: CompileOptions): Step {
  const { zoneout = {}, recurrentMask = false, sampled = false, clipPreactivations } = options;
  for (const state of Object.keys(zoneout)) {
    if (!cell.states.includes(state)) {
      throw new CellError(cell.name, `zoneout: there is no state "${state}"; there are ${cell.states.join(", ")}`);
    }
  }
  const rewritten = new Map<Expression, Expression>();
  const masked = new Map<Expression, Expression>();
  const previous = new Map<string, Expression>();
  const throughMask = (source: Expression) => {
    if (!recurrentMask || !sampled || source.op !== "previous") return source;
    let seen = masked.get(source);
    if (!seen) masked.set(source, (seen = mul(source, given(`recurrent:${source.label}`, source.width))));
    return seen;
  };
  for (const e of reachable([...Object.values(cell.next), ...Object.values(cell.named)])) {
    let inputs = e.inputs.map((input) => rewritten.get(input)!);
    if (e.op === "linear") inputs = inputs.map(throughMask);
    if (e.op === "previous") previous.set(e.label!, e);
    const changed = inputs.some((input, i) => input !== e.inputs[i]);
    let copy = changed ? { ...node(e.op, inputs, e.width), ...rest(e) } : e;
    if (e.op === "linear" && clipPreactivations !== undefined) copy = clipGradient(copy, clipPreactivations);
    rewritten.set(e, copy);
  }
  const next = Object.fromEntries(
    Object.entries(cell.next).map(([state, e]) => {
      const value = rewritten.get(e)!;
      const rate = zoneout[state] ?? 0;
      if (rate === 0) return [state, value];
      const kept = sub(previous.get(state) ?? node("previous", [], cell.widths[state]!, { label: state }), value);
      return [state, add(value, sampled ? mul(given(`zoneout:${state}`, kept.width), kept) : scaleBy(kept, rate))];
    }),
  );
  const named = Object.entries(cell.named).map(([name, e]) => [name, rewritten.get(e)!]);
  return { next, named: { ...next, ...Object.fromEntries(named) } };
}

function given(label: string, width: Width): Expression {
  return node("given", [], width, { label });
}

function rest(e: Expression): Partial<Expression> {
  const { label, value, over, memory } = e;
  return {
    ...(label !== undefined && { label }), ...(value !== undefined && { value }), ...(over !== undefined && { over }), ...(memory && { memory }),
  };
}

/** The state whose masked form this is. */
export function stateBehindMask(e: Expression): string | undefined {
  return e.op === "mul" && e.inputs[1]?.op === "given" ? e.inputs[0]!.label : undefined;
}
