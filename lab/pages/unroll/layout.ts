/** Where everything of the drawing goes: cards and edges in pixels, for wide and for narrow pages. */
import type { CellName } from "../../library/network.js";
import type { Drawn } from "./working.js";

/** A place within a step: centre as a share of the step's width, and in pixels along the flow; size in pixels. */
type Place = readonly [across: number, along: number, width: number, height: number];

/**
 * How a step is drawn. "up": computed from the bottom up, time runs to the right. "down": from the top down, time runs down.
 * "right": from left to right, time runs down.
 */
interface StepLayout {
  readonly flow: "up" | "down" | "right";
  /** Pixels across, and along the flow (for "right": of a row). */
  readonly width: readonly [least: number, most: number];
  readonly length: number;
  readonly gap: number;
  /** Room before the first step for the states that come in. */
  readonly lead: number;
  readonly places: Readonly<Record<string, Place>>;
  /** Edges that run outside of the cards: `from key > to key`. */
  readonly rails?: readonly string[];
}

const N = "tanh(candidate_x+reset*candidate_h)";

const LAYOUTS: Readonly<Record<CellName, readonly [wide: StepLayout, narrow: StepLayout]>> = {
  elman: [
    {
      flow: "up", width: [264, 400], length: 372, gap: 0, lead: 116,
      places: { x: [0.5, 30, 112, 46], h: [0.5, 176, 204, 82], y: [0.5, 326, 204, 82] },
    },
    {
      flow: "right", width: [344, 460], length: 104, gap: 56, lead: 98,
      places: { x: [0.1, 52, 64, 44], h: [0.455, 52, 118, 104], y: [0.848, 52, 102, 104] },
    },
  ],
  lstm: [
    {
      flow: "up", width: [540, 640], length: 720, gap: 28, lead: 96,
      places: {
        "h'": [0.245, 26, 104, 46], x: [0.62, 26, 112, 46],
        forget: [0.12, 146, 124, 94], input: [0.37, 146, 124, 94], candidate: [0.62, 146, 124, 94], output: [0.87, 146, 124, 94],
        "input*candidate": [0.495, 266, 124, 62], "forget*c'": [0.12, 360, 124, 62], c: [0.495, 360, 124, 62],
        "tanh(c)": [0.66, 454, 124, 62], h: [0.87, 548, 124, 62], y: [0.87, 666, 124, 94],
      },
    },
    {
      flow: "down", width: [344, 460], length: 690, gap: 60, lead: 58,
      places: {
        "h'": [0.25, 22, 74, 42], x: [0.62, 22, 80, 42],
        forget: [0.135, 144, 80, 112], input: [0.38, 144, 80, 112], candidate: [0.625, 144, 80, 112], output: [0.87, 144, 80, 112],
        "input*candidate": [0.5, 274, 86, 66], "forget*c'": [0.16, 368, 80, 66], c: [0.5, 368, 86, 66],
        "tanh(c)": [0.62, 456, 104, 58], h: [0.8, 546, 96, 66], y: [0.8, 648, 120, 84],
      },
    },
  ],
  gru: [
    {
      flow: "up", width: [540, 640], length: 800, gap: 28, lead: 20,
      places: {
        "h'": [0.245, 26, 104, 46], x: [0.62, 26, 112, 46],
        candidate_h: [0.14, 146, 120, 94], reset: [0.385, 146, 124, 94], candidate_x: [0.63, 146, 120, 94], update: [0.875, 146, 124, 94],
        "reset*candidate_h": [0.27, 266, 124, 62], "candidate_x+reset*candidate_h": [0.47, 360, 146, 62],
        [N]: [0.47, 454, 124, 62], [`h'-${N}`]: [0.22, 548, 128, 62], [`update*h'-${N}`]: [0.62, 548, 156, 62],
        h: [0.8, 642, 124, 62], y: [0.8, 750, 124, 92],
      },
      rails: [`h'>h'-${N}`],
    },
    {
      flow: "down", width: [344, 460], length: 790, gap: 60, lead: 4,
      places: {
        "h'": [0.25, 22, 74, 42], x: [0.62, 22, 80, 42],
        candidate_h: [0.15, 144, 80, 112], reset: [0.39, 144, 80, 112], candidate_x: [0.63, 144, 80, 112], update: [0.87, 144, 80, 112],
        "reset*candidate_h": [0.28, 274, 92, 66], "candidate_x+reset*candidate_h": [0.45, 366, 120, 66],
        [N]: [0.45, 456, 92, 66], [`h'-${N}`]: [0.22, 548, 104, 66], [`update*h'-${N}`]: [0.68, 548, 136, 66],
        h: [0.8, 640, 92, 66], y: [0.8, 742, 120, 84],
      },
      rails: [`h'>h'-${N}`],
    },
  ],
};

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface CardPlace extends Box {
  /** `h@0`; a state before the first step is `h@-1`. */
  readonly id: string;
  readonly key: string;
  readonly step: number;
}

export interface EdgePlace {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  /** Step of `to`, and which of its inputs this is. */
  readonly step: number;
  readonly input: number;
  readonly path: string;
  /** Where its gradient is written. */
  readonly label: { readonly x: number; readonly y: number; readonly anchor: "start" | "middle" | "end" };
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly narrow: boolean;
  readonly cards: readonly CardPlace[];
  readonly edges: readonly EdgePlace[];
  /** Step boundaries to be ruled, for cells of many nodes. */
  readonly steps: readonly Box[];
}

/** Below this many pixels time runs down. */
export const NARROW = 640;

/** How high the drawing will be, known before anything is computed. */
export function heightOf(cell: CellName, steps: number, available: number): number {
  const narrow = available < NARROW;
  const step = LAYOUTS[cell][narrow ? 1 : 0];
  return narrow ? step.lead + steps * (step.length + step.gap) - step.gap + 12 : step.length;
}

/** @param available pixels across */
export function layOut(cell: CellName, nodes: readonly Drawn[], steps: number, available: number): Layout {
  const narrow = available < NARROW;
  const step = LAYOUTS[cell][narrow ? 1 : 0];
  const [least, most] = step.width;
  const room = narrow ? available : (available - step.lead) / steps - step.gap;
  const stepWidth = Math.min(most, Math.max(least, room));
  const frames = Array.from({ length: steps }, (_, t): Box => ({
    x: narrow ? 0 : step.lead + t * (stepWidth + step.gap),
    y: narrow ? step.lead + t * (step.length + step.gap) : 0,
    width: stepWidth,
    height: step.length,
  }));
  const cards = new Map<string, CardPlace>();
  const put = (key: string, t: number, box: Box) => cards.set(`${key}@${t}`, { id: `${key}@${t}`, key, step: t, ...box });
  for (const node of nodes) {
    const place = step.places[node.key];
    if (place) frames.forEach((frame, t) => put(node.key, t, boxIn(frame, place, step.flow)));
  }
  const states = new Map(nodes.flatMap((node) => node.inputs.flatMap(({ state, from }) => (state === undefined ? [] : [[state, from] as const]))));
  for (const [state, from] of states) {
    // A state of many uses has a place of its own before each step; the first of them shows what it starts from.
    if (!cards.has(`${state}'@0`)) put(from, -1, initialBox(cards.get(entryOf(nodes, state, cards))!, step));
  }
  const draft = nodes.flatMap((node) =>
    frames.flatMap((_, t) =>
      node.inputs.flatMap(({ from, state }, input) => {
        const source = cards.get(`${from}@${state === undefined ? t : t - 1}`);
        const target = cards.get(`${node.key}@${t}`);
        return source && target ? [{ source, target, input, recurrent: state !== undefined }] : [];
      }),
    ),
  );
  const edges = draft.map((edge): EdgePlace => {
    const { source, target, input } = edge;
    const route = routeOf(edge, step, cards, draft);
    return { id: `${source.id}>${target.id}:${input}`, from: source.id, to: target.id, step: target.step, input, ...route };
  });
  const last = frames.at(-1)!;
  return {
    width: narrow ? stepWidth : last.x + last.width,
    height: heightOf(cell, steps, available),
    narrow,
    // As they are reached by Tab: step by step.
    cards: [...cards.values()].sort((a, b) => a.step - b.step),
    edges,
    steps: cell === "elman" ? [] : frames,
  };
}

function boxIn(frame: Box, [across, along, width, height]: Place, flow: StepLayout["flow"]): Box {
  const middle = flow === "up" ? frame.y + frame.height - along : frame.y + along;
  return { x: frame.x + across * frame.width - width / 2, y: middle - height / 2, width, height };
}

/** The card of the first step that takes in a state. */
function entryOf(nodes: readonly Drawn[], state: string, cards: ReadonlyMap<string, CardPlace>): string {
  const node = nodes.find(({ key, inputs }) => cards.has(`${key}@0`) && inputs.some((input) => input.state === state))!;
  return `${node.key}@0`;
}

/** Where a state stands before the first step: left of it, or above it. */
function initialBox(entry: CardPlace, step: StepLayout): Box {
  const size = { width: 76, height: 44 };
  if (step.flow === "up") return { x: 0, y: entry.y + entry.height / 2 - size.height / 2, ...size };
  return { x: step.flow === "right" ? entry.x + entry.width / 2 - size.width / 2 : 0, y: 0, ...size };
}

interface Draft {
  readonly source: CardPlace;
  readonly target: CardPlace;
  readonly input: number;
  readonly recurrent: boolean;
}

type Route = Pick<EdgePlace, "path" | "label">;

function routeOf(edge: Draft, step: StepLayout, cards: ReadonlyMap<string, CardPlace>, all: readonly Draft[]): Route {
  const { source, target, recurrent } = edge;
  const [from, to] = [centre(source), centre(target)];
  if (recurrent) return recurrentRoute(edge, step, cards);
  if (step.rails?.includes(`${source.key}>${target.key}`)) {
    const rail = Math.min(source.x, target.x) - 14;
    const left = Math.max(4, Math.min(rail, (cards.get(`candidate_h@${target.step}`)?.x ?? rail) - 8));
    return {
      path: rounded([[source.x, from.y], [left, from.y], [left, to.y], [target.x - 5, to.y]]),
      label: { x: left + 6, y: target.y - 8, anchor: "start" },
    };
  }
  if (Math.abs(from.y - to.y) < 12) {
    const [start, end] = from.x < to.x ? [source.x + source.width, target.x - 5] : [source.x, target.x + target.width + 5];
    return { path: `M${start} ${from.y}L${end} ${to.y}`, label: { x: (start + end) / 2, y: to.y - 7, anchor: "middle" } };
  }
  const siblings = all
    .filter(({ target: other, recurrent, source: { y } }) => other === target && !recurrent && Math.abs(centre(target).y - y) > 30)
    .filter(({ source: other }) => !step.rails?.includes(`${other.key}>${target.key}`) && Math.abs(centre(other).y - to.y) >= 12)
    .sort((a, b) => centre(a.source).x - centre(b.source).x);
  const order = siblings.indexOf(edge);
  const port = target.x + (target.width * (order + 1)) / (siblings.length + 1);
  const up = from.y > to.y;
  const start = up ? source.y : source.y + source.height;
  const end = up ? target.y + target.height + 5 : target.y - 5;
  const bend = Math.max(16, Math.abs(end - start) * 0.5) * (up ? -1 : 1);
  const lowered = siblings.length > 1 ? (order % 2) * 12 : 0;
  return {
    path: `M${from.x} ${start}C${from.x} ${start + bend} ${port} ${end - bend} ${port} ${end}`,
    label:
      siblings.length === 1
        ? { x: (from.x + port) / 2 + 8, y: (start + end) / 2 + 4, anchor: "start" }
        : { x: port, y: up ? end + 12 + lowered : end - 6 - lowered, anchor: "middle" },
  };
}

/** From a state to the next step. */
function recurrentRoute({ source, target }: Draft, { flow, gap }: StepLayout, cards: ReadonlyMap<string, CardPlace>): Route {
  const [from, to] = [centre(source), centre(target)];
  /** Just right of every card of the step. */
  const gutter = 4 + Math.max(...[...cards.values()].filter(({ step }) => step === source.step).map(({ x, width }) => x + width));
  if (flow === "up") {
    const [start, end] = [source.x + source.width, target.x - 5];
    if (Math.abs(from.y - to.y) < 12) {
      return { path: `M${start} ${from.y}L${end} ${to.y}`, label: { x: (start + end) / 2, y: to.y - 8, anchor: "middle" } };
    }
    const turn = gutter + 8;
    return {
      path: rounded([[start, from.y], [turn, from.y], [turn, to.y], [end, to.y]]),
      label: { x: turn + 6, y: to.y - 8, anchor: "start" },
    };
  }
  if (flow === "right" || source.step < 0) {
    const [start, end] = [source.y + source.height, target.y - 5];
    if (Math.abs(from.x - to.x) < 4 || flow === "right") {
      return { path: `M${to.x} ${start}L${to.x} ${end}`, label: { x: to.x + 9, y: (start + end) / 2 + 4, anchor: "start" } };
    }
    // The cell state, down along the left edge into the side of its first user.
    const left = source.x + 8;
    return {
      path: rounded([[left, start], [left, to.y], [target.x - 5, to.y]]),
      label: { x: left + 6, y: target.y - 8, anchor: "start" },
    };
  }
  // "down": states of the step before leave at the right, or below and along the left edge.
  if (source.key === "c") {
    const below = source.y + source.height + 11;
    return {
      path: rounded([[from.x - 20, source.y + source.height], [from.x - 20, below], [6, below], [6, to.y], [target.x - 5, to.y]]),
      label: { x: 12, y: target.y - 8, anchor: "start" },
    };
  }
  const above = target.y - gap / 2;
  return {
    path: rounded([[source.x + source.width, from.y], [gutter, from.y], [gutter, above], [to.x, above], [to.x, target.y - 5]]),
    label: { x: to.x + 8, y: target.y - 12, anchor: "start" },
  };
}

function centre({ x, y, width, height }: Box): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}

/** A path of straight lines with rounded corners. */
function rounded(points: readonly (readonly [number, number])[], radius = 9): string {
  const parts = points.map(([x, y], i) => {
    if (i === 0) return `M${x} ${y}`;
    const next = points[i + 1];
    if (!next) return `L${x} ${y}`;
    const [px, py] = points[i - 1]!;
    const r = Math.min(radius, Math.hypot(x - px, y - py) / 2, Math.hypot(next[0] - x, next[1] - y) / 2);
    const before = [x - Math.sign(x - px) * r, y - Math.sign(y - py) * r];
    const after = [x + Math.sign(next[0] - x) * r, y + Math.sign(next[1] - y) * r];
    return `L${before[0]} ${before[1]}Q${x} ${y} ${after[0]} ${after[1]}`;
  });
  return parts.join("");
}
