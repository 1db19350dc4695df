/** The map: a dot for every word, names where there is room, arrows for analogies; it can be enlarged and moved. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { DOT, placeNames, type NamedDot } from "../../library/word-names.js";
import type { FoundWord, MappedWord } from "../../library/words.js";
import { Button } from "../../parts/controls.js";

const MARGIN = 26;
const MOST = 16;
/** Pixels that a pointer moves before it is no longer a click. */
const SLACK = 4;

/** How much is seen of the map: so many times enlarged, around a place on it. */
interface View {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}
const WHOLE: View = { scale: 1, x: 0.5, y: 0.5 };

interface Dot extends NamedDot {
  readonly kind: "plain" | "near" | "main" | "answer";
}

export interface MapProps {
  readonly label: string;
  readonly words: readonly MappedWord[];
  /** The words that are asked about. */
  readonly main: readonly FoundWord[];
  /** Their neighbours, or other answers. */
  readonly near: readonly FoundWord[];
  readonly answer?: FoundWord | undefined;
  /** Drawn from the first to the second. */
  readonly arrows: readonly (readonly [from: FoundWord, to: FoundWord])[];
  readonly onChoose: (word: string) => void;
}

export function WordMapPicture({ label, words, main, near, answer, arrows, onChoose }: MapProps) {
  const svg = useRef<SVGSVGElement>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  const [view, setView] = useState(WHOLE);
  const drag = useRef<{ x: number; y: number; view: View; far: boolean } | undefined>(undefined);
  // Before the page is painted: later the picture may be gone again.
  useLayoutEffect(() => {
    const element = svg.current!;
    const measure = () => setSize({ width: element.clientWidth, height: element.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  useEffect(() => setView(WHOLE), [words]);

  const { width, height } = size ?? { width: 0, height: 0 };
  const across = Math.max(1, width - 2 * MARGIN) * view.scale;
  const down = Math.max(1, height - 2 * MARGIN) * view.scale;
  const place = ({ x, y }: { x: number; y: number }) => ({ x: width / 2 + (x - view.x) * across, y: height / 2 + (y - view.y) * down });
  const marked = JSON.stringify([main, near, answer]);
  const { dots, names } = useMemo(() => {
    const kinds = new Map<string, { kind: Dot["kind"]; at: MappedWord }>();
    for (const at of near) kinds.set(at.word, { kind: "near", at });
    for (const at of main) kinds.set(at.word, { kind: "main", at });
    if (answer) kinds.set(answer.word, { kind: "answer", at: answer });
    const dotOf = (at: MappedWord, kind: Dot["kind"]): Dot => ({ word: at.word, ...place(at), kind, marked: kind !== "plain" });
    const all = [...[...kinds.values()].map(({ kind, at }) => dotOf(at, kind)).reverse(), ...words.filter(({ word }) => !kinds.has(word)).map((at) => dotOf(at, "plain"))];
    const seen = all.filter(({ x, y }) => x > -DOT && y > -DOT && x < width + DOT && y < height + DOT);
    return { dots: seen.toReversed(), names: placeNames(seen, { width, height }) };
  }, [words, marked, width, height, view]);

  const enlarge = (factor: number) => {
    const scale = Math.min(MOST, Math.max(1, view.scale * factor));
    const wanted = answer ?? main[0];
    const inSight = wanted && Math.abs(wanted.x - view.x) * across < width / 2 && Math.abs(wanted.y - view.y) * down < height / 2;
    const centre = inSight && factor > 1 ? wanted : view;
    setView(within({ scale, x: centre.x, y: centre.y }));
  };
  return (
    <figure class="map">
      <svg
        ref={svg} role="img" aria-label={label} class={view.scale > 1 ? "movable" : ""}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, y: event.clientY, view, far: false };
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          if (!from || event.buttons === 0) return;
          const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
          from.far ||= Math.hypot(dx, dy) > SLACK;
          if (from.far && view.scale > 1) setView(within({ ...from.view, x: from.view.x - dx / across, y: from.view.y - dy / down }));
        }}
        onClick={(event) => {
          if (drag.current?.far) return;
          const box = event.currentTarget.getBoundingClientRect();
          const word = (event.target as Element).closest("[data-word]")?.getAttribute("data-word") ?? nearestDot(dots, event.clientX - box.left, event.clientY - box.top);
          if (word) onChoose(word);
        }}
      >
        <defs>
          <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>
        </defs>
        {size && (
          <>
            {dots.map(({ word, x, y, kind }) => (
              <circle key={word} data-word={word} class={kind} cx={round(x)} cy={round(y)} r={kind === "plain" ? DOT : 2 * DOT}><title>{word}</title></circle>
            ))}
            {arrows.map(([from, to]) => <path key={`${from.word} ${to.word}`} class="arrow" d={line(place(from), place(to))} marker-end="url(#head)" />)}
            {names.map(({ dot, x, y, anchor }) => (
              <text key={dot.word} data-word={dot.word} class={dot.kind} x={round(x)} y={round(y)} text-anchor={anchor}>{dot.word}</text>
            ))}
          </>
        )}
      </svg>
      <figcaption>
        <span class="small muted">Names that find no room are left out: enlarge the map for more. Click a word to look it up.</span>
        <span class="zoom">
          <Button onClick={() => enlarge(1 / 1.6)} disabled={view.scale === 1}><span aria-hidden="true">−</span><span class="unseen">Smaller</span></Button>
          <Button onClick={() => enlarge(1.6)} disabled={view.scale === MOST}><span aria-hidden="true">+</span><span class="unseen">Larger</span></Button>
          <Button onClick={() => setView(WHOLE)} disabled={view === WHOLE}>Whole map</Button>
        </span>
      </figcaption>
    </figure>
  );
}

/** Never further than to an edge of the map. */
function within({ scale, x, y }: View): View {
  const half = 0.5 / scale;
  const held = (value: number) => Math.min(1 - half, Math.max(half, value));
  return { scale, x: held(x), y: held(y) };
}

function nearestDot(dots: readonly Dot[], x: number, y: number): string | undefined {
  const reach = 8;
  let best: { word: string; distance: number } | undefined;
  for (const dot of dots) {
    const distance = Math.hypot(dot.x - x, dot.y - y);
    if (distance < (best?.distance ?? reach)) best = { word: dot.word, distance };
  }
  return best?.word;
}

/** From dot to dot, its head beside the second. */
function line(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const distance = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const back = (3 * DOT) / distance;
  return `M${round(from.x)} ${round(from.y)}L${round(to.x - (to.x - from.x) * back)} ${round(to.y - (to.y - from.y) * back)}`;
}

const round = (value: number) => Number(value.toFixed(1));
