/** The chosen value in full: its substitution, and where its gradient comes from. */
import type { CellName } from "../../library/network.js";
import type { Trace } from "../../library/trace.js";
import { shownSlope } from "../../numbers.js";
import { Button } from "../../parts/controls.js";
import { Named } from "../../parts/named.js";
import type { Target } from "./network.js";
import { drawnNodes, nameOf, subscript, substitution, type Drawn } from "./working.js";

export function Selected({ trace, cell, id, backward, target, onTarget }: {
  trace: Trace | undefined; cell: CellName; id: string; backward: boolean; target: Target; onTarget: (target: Target) => void;
}) {
  const at = id.lastIndexOf("@");
  const [key, step] = [id.slice(0, at), Number(id.slice(at + 1))];
  const nodes = trace && trace.network.cell === cell && step < trace.network.inputs.length ? drawnNodes(trace) : [];
  const node = nodes.find((node) => node.key === key);
  return (
    <div class="chosen" aria-live="polite">
      {trace && node && <p><b><Named name={nameOf(cell, key, step)} /></b> {substitutionOf(trace, node, step)}</p>}
      {trace && node && backward && <p>{gradientOf(trace, cell, nodes, node, step, target)}</p>}
      {node && ["h", "c", "y"].includes(key) && !(backward && key === target.node && step === target.step - 1) && (
        <Button kind="quiet" onClick={() => onTarget({ node: key, step: step + 1 })}>Show what this depends on</Button>
      )}
    </div>
  );
}

function substitutionOf(trace: Trace, node: Drawn, step: number): string {
  const weights = node.body.label === "y" ? trace.network.readout : trace.network.weights[node.body.label ?? ""];
  const pieces = substitution(node, step, weights);
  return pieces.length === 0 ? "is given" : `= ${pieces.join(" ")}`;
}

/** ∂y₃/∂h₂ = −0.29 through h₃ + 0 through y₂ = −0.29 */
function gradientOf(trace: Trace, cell: CellName, nodes: readonly Drawn[], node: Drawn, step: number, target: Target): string {
  const slope = `∂${target.node}${subscript(target.step)}/∂${nameOf(cell, node.key, step)}`;
  const total = shownSlope(node.gradients[step]!);
  if (node.key === target.node && step === target.step - 1) return `${slope} = 1: this is where the gradient starts.`;
  const ways = nodes.flatMap((user) =>
    user.inputs.flatMap(({ from, state, gradients }) => {
      const at = state === undefined ? step : step + 1;
      return from === node.key && at < trace.network.inputs.length ? [`${shownSlope(gradients[at]!)} through ${nameOf(cell, user.key, at)}`] : [];
    }),
  );
  if (ways.length === 0) return `${slope} = 0: nothing that comes later uses it.`;
  return ways.length === 1 ? `${slope} = ${ways[0]}` : `${slope} = ${ways.join(" + ").replaceAll("+ −", "− ")} = ${total}`;
}
