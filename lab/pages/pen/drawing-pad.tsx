/** Paper to write on with the mouse, a pen or a finger. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Drawing, Stroke } from "../../library/pen.js";
import { Button } from "../../parts/controls.js";
import { colourOf } from "../../theme.js";
import { PaintedCanvas, type Painting } from "./canvas.js";

type Point = readonly [x: number, y: number];

export function DrawingPad({ used, error, onUse }: {
  /** What the model goes on from now. */
  used: Drawing | undefined;
  /** Why what is drawn cannot be used. */
  error: string | undefined;
  onUse: (drawing: Drawing | undefined) => void;
}) {
  const [strokes, setStrokes] = useState<readonly Stroke[]>(used?.strokes ?? []);
  const [current, setCurrent] = useState<readonly Point[]>([]);
  const [text, setText] = useState(used?.text ?? "");
  const pad = useRef<HTMLDivElement>(null);
  const drawn = useRef<Point[]>([]);
  useEffect(() => {
    const element = pad.current!;
    const at = ({ clientX, clientY }: PointerEvent): Point => {
      const { left, top } = element.getBoundingClientRect();
      return [Math.round(10 * (clientX - left)) / 10, Math.round(10 * (clientY - top)) / 10];
    };
    const down = (event: PointerEvent) => {
      if (event.button !== 0) return;
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      drawn.current = [at(event)];
      setCurrent(drawn.current);
    };
    const move = (event: PointerEvent) => {
      if (drawn.current.length === 0) return;
      const events = event.getCoalescedEvents?.() ?? [];
      drawn.current = [...drawn.current, ...(events.length > 0 ? events : [event]).map(at)];
      setCurrent(drawn.current);
    };
    const up = () => {
      if (drawn.current.length === 0) return;
      const stroke = drawn.current;
      drawn.current = [];
      setStrokes((before) => [...before, stroke]);
      setCurrent([]);
    };
    const listeners = { pointerdown: down, pointermove: move, pointerup: up, pointercancel: up } as const;
    for (const [name, listener] of Object.entries(listeners)) element.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) element.removeEventListener(name, listener as EventListener);
    };
  }, []);
  const paint = ({ context, width, height }: Painting) => {
    context.strokeStyle = colourOf("--line");
    context.lineWidth = 1;
    context.setLineDash([2, 5]);
    for (const y of [0.36, 0.68]) {
      context.beginPath();
      context.moveTo(12, Math.round(y * height) + 0.5);
      context.lineTo(width - 12, Math.round(y * height) + 0.5);
      context.stroke();
    }
    context.setLineDash([]);
    context.strokeStyle = colourOf("--ink");
    context.lineWidth = 2.5;
    context.lineCap = context.lineJoin = "round";
    for (const stroke of [...strokes, current]) {
      context.beginPath();
      for (const [p, [x, y]] of stroke.entries()) {
        if (p === 0) context.moveTo(x, y);
        context.lineTo(x, y);
      }
      context.stroke();
    }
  };
  const ready = strokes.length > 0 && text.trim() !== "";
  const isUsed = used !== undefined && used.strokes === strokes && used.text === text;
  return (
    <div class="own-hand">
      <div class="pad" ref={pad}>
        <PaintedCanvas label={strokes.length === 0 ? "Empty paper: write here with the mouse or a finger" : `Your writing: ${strokes.length} ${strokes.length === 1 ? "stroke" : "strokes"}`} paint={paint} of={[strokes, current]} />
        {strokes.length === 0 && current.length === 0 && <span class="hint" aria-hidden="true">Write a word or two here</span>}
      </div>
      <div class="toolbar">
        <label class="field said">
          <span>What it says</span>
          <input type="text" autocomplete="off" spellcheck={false} maxLength={40} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </label>
        <span class="buttons">
          <Button kind={isUsed ? "plain" : "main"} disabled={!ready || isUsed} onClick={() => onUse({ strokes, text })}>{isUsed ? "It goes on from this" : "Go on from this"}</Button>
          <Button disabled={strokes.length === 0} onClick={() => setStrokes(strokes.slice(0, -1))}>Undo stroke</Button>
          <Button
            kind="quiet" disabled={strokes.length === 0 && used === undefined}
            onClick={() => {
              setStrokes([]);
              setText("");
              onUse(undefined);
            }}
          >
            Clear
          </Button>
        </span>
      </div>
      {error && <p class="trouble" role="alert">{error}</p>}
    </div>
  );
}
