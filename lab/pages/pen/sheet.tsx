/** The sheet: what is written so far, the pen, and where it may go next. */
import { useMemo, useRef, useState } from "preact/hooks";
import { colourOf } from "../../theme.js";
import { PaintedCanvas, type Painting } from "./canvas.js";
import { drawDensity, drawInk, drawPen, layOutSheet, penAt, sheetHeight, type SheetLayout } from "./ink.js";
import type { Player } from "./player.js";
import type { Writing } from "./writing.js";

export function Sheet({ writing, expected, advance, player, densities, label }: {
  writing: Writing | undefined;
  /** Lines of the text, as far as can be told before anything is written: there is room for them. */
  expected: readonly string[];
  /** Of a character, in the data's unit. */
  advance: number;
  player: Player;
  /** Whether the sheet shows all that the pen might have done, instead of what it did. */
  densities: boolean;
  label: string;
}) {
  const [width, setWidth] = useState(0);
  // More may be known of a line at every report.
  const version = writing?.version.value ?? 0;
  const layout = useMemo(() => (writing && width > 0 ? layOutSheet(writing, advance, width) : undefined), [writing, version, advance, width]);
  const glow = useRef<Glow>(undefined);
  const paint = (painting: Painting) => {
    if (!writing || !layout) return;
    const at = player.at.value;
    const { context } = painting;
    const place = writing.placeAt(at);
    // A line may have begun since the layout was made.
    if (!place || place.index >= layout.views.length) return;
    if (densities) {
      if (!glow.current?.fits(writing, layout, painting, at)) glow.current = new Glow(writing, layout, painting);
      context.drawImage(glow.current.upTo(at), 0, 0, painting.width, painting.height);
    } else {
      context.strokeStyle = colourOf("--ink");
      context.lineWidth = layout.lineWidth;
      context.lineCap = context.lineJoin = "round";
      for (const [l, line] of writing.lines.entries()) {
        if (l <= place.index) drawInk(context, line, layout.views[l]!, l === place.index ? place.made : line.count);
      }
    }
    if (player.mode.value === "end") return;
    const view = layout.views[place.index]!;
    const next = Math.floor(place.made) + 1;
    if (!densities) drawDensity(context, place.line, view, next, { colour: colourOf("--accent"), opacity: 0.9, least: 2 });
    const [x, y] = penAt(place.line, view, place.made);
    drawPen(context, x, y, layout.lineWidth * 0.9 + 1, place.line.isInk(next), colourOf("--accent"));
  };
  return <PaintedCanvas class="sheet" label={label} height={layout?.height ?? sheetHeight(expected, width)} paint={paint} of={[writing, layout, densities]} onWidth={setWidth} />;
}

/** Densities of all movements so far, laid over each other; only those that are new are drawn. */
class Glow {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #writing: Writing;
  readonly #layout: SheetLayout;
  readonly #colour = colourOf("--accent");
  #drawn = 0;

  constructor(writing: Writing, layout: SheetLayout, { width, height, density }: Painting) {
    this.#writing = writing;
    this.#layout = layout;
    this.#canvas = Object.assign(document.createElement("canvas"), { width: Math.round(width * density), height: Math.round(height * density) });
    this.#context = this.#canvas.getContext("2d")!;
    this.#context.scale(density, density);
  }

  fits(writing: Writing, layout: SheetLayout, { width, height, density }: Painting, at: number): boolean {
    const same = this.#canvas.width === Math.round(width * density) && this.#canvas.height === Math.round(height * density) && this.#colour === colourOf("--accent");
    return same && writing === this.#writing && layout === this.#layout && at >= this.#drawn;
  }

  upTo(at: number): HTMLCanvasElement {
    for (const [l, view] of this.#layout.views.entries()) {
      const line = this.#writing.lines[l]!;
      for (let k = Math.max(1, this.#drawn - line.before + 1); k <= Math.min(line.count, Math.floor(at) - line.before); k++) {
        drawDensity(this.#context, line, view, k, { colour: this.#colour, opacity: 0.5, least: 1.3 });
      }
    }
    this.#drawn = Math.floor(at);
    return this.#canvas;
  }
}
