/** The network drawn out in time, as SVG; inputs and first states are fields in it. */
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Trace } from "../../library/trace.js";
import { shown, shownSlope } from "../../numbers.js";
import { NumberField } from "../../parts/controls.js";
import { Named, NamedSvg } from "../../parts/named.js";
import { heightOf, layOut, type CardPlace, type EdgePlace, type Layout } from "./layout.js";
import { WEIGHTS } from "./network.js";
import { drawnNodes, nameOf, substitution, wrapped, type Drawn } from "./working.js";

export interface DiagramProps {
  /** Undefined until the library has answered: the room is kept. */
  readonly trace: Trace | undefined;
  readonly cell: Trace["network"]["cell"];
  readonly steps: number;
  readonly backward: boolean;
  /** `h@1` */
  readonly selected: string | undefined;
  readonly onSelect: (id: string) => void;
  readonly onInput: (step: number, value: number) => void;
  readonly onInitial: (state: string, value: number) => void;
}

/** Room for outlines at the sides, as in unroll.css. */
const MARGIN = 4;

/** Room above, and below for a scrollbar: there before it is needed, so that nothing moves. */
const BELOW = 36;

export function Diagram(props: DiagramProps) {
  const { trace, cell, steps } = props;
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = () => setWidth(element.clientWidth - 2 * MARGIN);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const fresh = trace && trace.network.cell === cell && trace.network.inputs.length === steps;
  return (
    <div class="unrolled" ref={frame} style={{ height: `${width === 0 ? 400 : heightOf(cell, steps, width) + BELOW}px` }} role="region" aria-label="The network, unrolled in time" tabIndex={0}>
      {fresh && width > 0 && <Drawing {...props} trace={trace} width={width} />}
    </div>
  );
}

function Drawing({ trace, width, ...props }: DiagramProps & { trace: Trace; width: number }) {
  const { cell, steps, backward } = props;
  const nodes = useMemo(() => drawnNodes(trace), [trace]);
  const layout = useMemo(() => layOut(cell, nodes, steps, width), [cell, nodes, steps, width]);
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const largest = Math.max(1e-12, ...layout.edges.map((edge) => Math.abs(gradientOf(edge, byKey))));
  const weightsOf = (node: Drawn) => (node.body.label === "y" ? trace.network.readout : trace.network.weights[node.body.label ?? ""]);
  return (
    <svg width={layout.width} height={layout.height} viewBox={`0 0 ${layout.width} ${layout.height}`} class={backward ? "backward" : "forward"} role="group" aria-label={backward ? "Gradients" : "Values"}>
      <defs>
        {["forth", "back-positive", "back-negative"].map((kind) => (
          <marker key={kind} id={`tip-${kind}`} class={`tip ${kind}`} viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" markerUnits="userSpaceOnUse" orient={kind === "forth" ? "auto" : "auto-start-reverse"}>
            <path d="M0 0.6L7 4L0 7.4z" />
          </marker>
        ))}
      </defs>
      <Steps layout={layout} />
      <g aria-hidden="true">
        {layout.edges.map((edge) => <Line key={edge.id} edge={edge} gradient={gradientOf(edge, byKey)} largest={largest} backward={backward} />)}
      </g>
      {layout.cards.map((card) => <Card key={card.id} card={card} node={byKey.get(card.key)!} weights={weightsOf(byKey.get(card.key)!)} trace={trace} narrow={layout.narrow} {...props} />)}
      <g aria-hidden="true" class="labels">
        {layout.edges.map((edge) => (
          <Label key={edge.id} edge={edge} gradient={gradientOf(edge, byKey)} backward={backward} weight={weightLabel(cell, byKey.get(keyOf(edge.to))!, edge)} />
        ))}
      </g>
    </svg>
  );
}

function keyOf(id: string): string {
  return id.slice(0, id.lastIndexOf("@"));
}

function gradientOf(edge: EdgePlace, nodes: ReadonlyMap<string, Drawn>): number {
  return nodes.get(keyOf(edge.to))!.inputs[edge.input]!.gradients[edge.step]!;
}

/** On an Elman network's edges the weights have room to be named. */
function weightLabel(cell: Trace["network"]["cell"], node: Drawn, edge: EdgePlace): readonly [string, string] | undefined {
  if (cell !== "elman") return undefined;
  return WEIGHTS.elman.find(({ linear }) => linear === node.body.label)?.fields[edge.input]?.symbol;
}

function Steps({ layout: { steps, narrow } }: { layout: Layout }) {
  return (
    <g class="steps" aria-hidden="true">
      {steps.slice(1).map(({ x, y, width, height }, i) => (
        <line key={i} {...(narrow ? { x1: 0, x2: width, y1: y - 14, y2: y - 14 } : { x1: x - 10, x2: x - 10, y1: 0, y2: height })} />
      ))}
    </g>
  );
}

function Line({ edge, gradient, largest, backward }: { edge: EdgePlace; gradient: number; largest: number; backward: boolean }) {
  if (!backward) return <path class="edge" d={edge.path} marker-end="url(#tip-forth)" />;
  if (gradient === 0) return <path class="edge none" d={edge.path} />;
  const sign = gradient > 0 ? "positive" : "negative";
  const strength = 1 + 3.2 * Math.sqrt(Math.abs(gradient) / largest);
  return <path class={`edge ${sign}`} d={edge.path} style={{ strokeWidth: strength }} marker-start={`url(#tip-back-${sign})`} />;
}

function Label({ edge, gradient, backward, weight }: { edge: EdgePlace; gradient: number; backward: boolean; weight: readonly [string, string] | undefined }) {
  const { x, y, anchor } = edge.label;
  const sign = gradient === 0 ? "none" : gradient > 0 ? "positive" : "negative";
  if (backward) return <text class={`slope ${sign}`} x={x} y={y} text-anchor={anchor}>{shownSlope(gradient)}</text>;
  if (!weight) return null;
  return (
    <text class="weight" x={x} y={y} text-anchor={anchor}>
      {weight[0]}<tspan class="index" dy="3">{weight[1]}</tspan>
    </text>
  );
}

interface CardProps extends Omit<DiagramProps, "trace" | "steps"> {
  readonly card: CardPlace;
  readonly node: Drawn;
  readonly weights: readonly number[] | undefined;
  readonly trace: Trace;
  readonly narrow: boolean;
}


function Card({ card, node, weights, trace, narrow, cell, backward, selected, onSelect, onInput, onInitial }: CardProps) {
  const { id, key, step, x, y, width, height } = card;
  const name = nameOf(cell, key, step);
  const initial = step < 0 ? key : step === 0 && node.body.op === "previous" ? node.body.label : undefined;
  if (initial !== undefined) {
    return <FieldCard card={card} name={`${initial}₀`} value={trace.network.initial[initial] ?? 0} onChange={(value) => onInitial(initial, value)} />;
  }
  if (key === "x") return <FieldCard card={card} name={name} value={trace.network.inputs[step]!} onChange={(value) => onInput(step, value)} />;
  const value = shown(node.values[step]!);
  const small = narrow && cell !== "elman";
  const [size, pad] = small ? [10.5, 6] : [11.5, 9];
  const characters = Math.floor((width - 2 * pad + 2) / (size * 0.535));
  const lines = wrapped(substitution(node, step, weights), characters);
  const room = Math.max(0, Math.floor((height - 30) / (size + 3)) - (backward ? 1 : 0));
  const fitting = lines.length <= room ? lines : lines.slice(0, room);
  const gradient = node.gradients[step]!;
  const kind = node.body.op === "previous" ? "pill" : key === "h" || key === "c" ? "state" : key === "y" ? "output" : "";
  const select = () => onSelect(id);
  return (
    <g
      class={`card ${kind} ${small ? "small" : ""} ${selected === id ? "selected" : ""}`}
      transform={`translate(${x} ${y})`}
      role="button"
      tabindex={0}
      aria-pressed={selected === id}
      onClick={select}
      onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), select())}
    >
      <title>{[`${name} = ${value}${backward ? `, gradient ${shownSlope(gradient)}` : ""}`, ...lines].join("\n")}</title>
      <rect width={width} height={height} rx="7" />
      <text class="name" x={pad} y="19"><NamedSvg name={name} /></text>
      <text class="value" x={width - pad} y="19" text-anchor="end">{value}</text>
      {fitting.map((line, i) => (
        // What cannot be broken is set closer.
        <text key={i} class="line" x={pad} y={35 + i * (size + 3)} style={{ fontSize: `${size}px` }} textLength={line.length > characters ? width - 2 * pad : undefined} lengthAdjust="spacingAndGlyphs">{line}</text>
      ))}
      {backward && (
        <text class={`gradient ${gradient === 0 ? "none" : gradient > 0 ? "positive" : "negative"}`} x={pad} y={height - 9}>∂ {shownSlope(gradient)}</text>
      )}
    </g>
  );
}

function FieldCard({ card, name, value, onChange }: { card: CardPlace; name: string; value: number; onChange: (value: number) => void }) {
  const { x, y, width, height } = card;
  return (
    <g class="card field-card" transform={`translate(${x} ${y})`}>
      <rect width={width} height={height} rx="7" />
      <foreignObject width={width} height={height}>
        <NumberField label={<Named name={name} />} value={value} onChange={onChange} class="inside" />
      </foreignObject>
    </g>
  );
}
