/** Worked solutions, with the way to see them drawn. */
import type { ComponentChildren } from "preact";
import type { NetworkSpec } from "../../library/network.js";
import type { GradientQuestion, NumberQuestion, StatementsQuestion } from "../../library/question.js";
import { M } from "../../parts/equation.js";
import { Named } from "../../parts/named.js";
import { tex } from "../../parts/tex.js";
import { shown, shownSlope } from "../../numbers.js";
import { MOST_STEPS, unrollAddress } from "../unroll/network.js";
import { drawnNodes, nameOf, substitution, type Drawn } from "../unroll/working.js";
import { STATEMENTS } from "./statements.js";

export function NumberSolution({ question }: { question: NumberQuestion }) {
  const { network, trace, library } = question;
  const nodes = drawnNodes(trace);
  const lines = network.inputs.flatMap((_, t) => nodes.filter((node) => takesPart(node, t, question)).map((node) => ({ node, t })));
  return (
    <>
      <dl class="working">
        {lines.map(({ node, t }) => {
          const weights = node.body.label === "y" ? network.readout : network.weights[node.body.label ?? ""];
          return (
            <div key={`${node.key}@${t}`}>
              <dt><Named name={nameOf(network.cell, node.key, t)} /></dt>
              <dd>= {substitution(node, t, weights).join(" ")}</dd>
            </div>
          );
        })}
      </dl>
      <p class="small muted">The compiled cell, run on WebAssembly, says {library.toFixed(6).replace("-", "−")}.</p>
      <See network={network}>See it drawn in Unroll</See>
    </>
  );
}

/** Whether a value is on the way to the one that is asked for. */
function takesPart({ key, body }: Drawn, t: number, { node, step }: NumberQuestion): boolean {
  if (body.op === "input" || body.op === "previous") return false;
  if (key === "y") return node === "y" && t === step;
  return !(node === "c" && ["h", "tanh(c)", "output"].includes(key));
}

export function StatementsSolution({ question }: { question: StatementsQuestion }) {
  return (
    <ul class="reasons">
      {question.statements.map((name) => {
        const { text, holds, because } = STATEMENTS[name];
        return <li key={name}><b class={holds ? "holds" : "fails"}>{holds ? "Holds." : "Does not hold."}</b> {text} <span class="muted">For {because}.</span></li>;
      })}
    </ul>
  );
}

/** A recurrent weight above 1 on units that stay active. */
const GROWING: NetworkSpec = {
  cell: "elman", hidden: "relu", output: "identity", inputs: [1, 0.5, 0.5, 0.5, 0.5, 0.5], weights: { hidden: [1, 1.8, 0] }, initial: { h: 0 }, readout: [1, 0],
};

export function ReluSolution() {
  return (
    <>
      <p>
        <b>Exploding gradients.</b> Each step multiplies the gradient by <M of={tex`W_R\, g'(a_t)`} />. The slope of tanh is at most 1 and close to 0 where the unit
        saturates, which holds a large recurrent weight in check (and makes gradients vanish). The slope of ReLU is exactly 1 wherever the unit is active: over <i>n</i> steps
        the factor is <M of={tex`W_R^n`} />, and the states themselves have no bound either.
      </p>
      <See network={GROWING} backward>Five steps with ReLU and a recurrent weight of 1.8</See>
      <See network={{ ...GROWING, hidden: "tanh" }} backward>The same with tanh</See>
    </>
  );
}

export function GradientSolution({ question }: { question: GradientQuestion }) {
  const { network, slope } = question;
  const weight = network.weights["hidden"]![1]!;
  return (
    <>
      {network.hidden === "relu" ? (
        <p>The unit is active at every step, where ReLU has the slope 1. Each step multiplies the gradient by <i>w</i>: {shown(weight)}<sup>20</sup> = {shownSlope(weight ** 20)}.</p>
      ) : (
        <p>Each step multiplies the gradient by <M of={tex`w\,(1 - h_t^2)`} />, which is below {shown(weight)} at every step where the state is not 0. The product of twenty is {shownSlope(slope)}.</p>
      )}
      <p class="small muted">The library’s backward pass over the 21 steps says {shownSlope(slope)}.</p>
      <See network={{ ...network, inputs: network.inputs.slice(0, MOST_STEPS) }} backward>The first {MOST_STEPS} steps in Unroll</See>
    </>
  );
}

function See({ network, backward = false, children }: { network: NetworkSpec; backward?: boolean; children: ComponentChildren }) {
  return <p><a href={unrollAddress(network, backward ? { mode: "backward" } : {})}>{children}</a></p>;
}
