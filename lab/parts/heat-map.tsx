/** Values by row and column as colours, with a scale that says which is which. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { colourOf, theme } from "../theme.js";
import "./charts.css";

export interface HeatMapProps {
  /** What it shows, for those who cannot see it. */
  readonly label: string;
  readonly rows: number;
  readonly columns: number;
  /** Row by row; NaN, or nothing yet, where there is none. */
  readonly values: ArrayLike<number>;
  /** What the lowest and highest colour stand for. For "diverging" the middle is 0 and `low` is `-high`. */
  readonly low: number;
  readonly high: number;
  readonly palette?: "sequential" | "diverging";
  /** Says a value at the ends of the scale and under the pointer. */
  readonly format?: (value: number) => string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** Pixels. */
  readonly height?: number;
  /** What the pointer is over: "step 3, unit 12". */
  readonly describe?: (row: number, column: number) => string;
  /** A row and a column that stand out. */
  readonly marked?: { readonly row?: number | undefined; readonly column?: number | undefined };
  /** Called for a click; the same must be possible without a pointer elsewhere. */
  readonly onChoose?: (row: number, column: number) => void;
}

type Colour = readonly [red: number, green: number, blue: number];

export function HeatMap({ label, rows, columns, values, low, high, palette = "sequential", format = (value) => value.toPrecision(3), xLabel, yLabel, height = 220, describe, marked, onChoose }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [over, setOver] = useState<string>();
  const shown = theme.value;
  const colours = useMemo(() => scaleOf(palette), [palette, shown]);
  const table = useMemo(() => tableOf(colours), [colours]);
  useEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    if (rows === 0 || columns === 0) return;
    const image = context.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    const scale = (table.length - 1) / (high - low || 1);
    for (let i = 0; i < pixels.length; i++) {
      const place = Math.round(((values[i] ?? NaN) - low) * scale);
      if (!Number.isNaN(place)) pixels[i] = table[Math.min(table.length - 1, Math.max(0, place))]!;
    }
    context.putImageData(image, 0, 0);
  }, [rows, columns, values, low, high, table]);
  const stops = colours.map(([r, g, b]) => `rgb(${r} ${g} ${b})`).join(", ");
  return (
    <figure class="heat-map">
      <div class="heat-y" aria-hidden="true">{yLabel}</div>
      <div class={`heat-field ${onChoose ? "choosable" : ""}`}>
        <canvas
          ref={canvas}
          width={Math.max(1, columns)}
          height={Math.max(1, rows)}
          style={{ height: `${height}px` }}
          role="img"
          aria-label={label}
          onPointerLeave={() => setOver(undefined)}
          onPointerMove={(event) => {
            const [row, column] = placeOf(event, rows, columns);
            const value = values[row * columns + column];
            const where = describe?.(row, column) ?? `row ${row + 1}, column ${column + 1}`;
            setOver(value === undefined || Number.isNaN(value) ? undefined : `${where}: ${format(value)}`);
          }}
          onClick={(event) => rows > 0 && columns > 0 && onChoose?.(...placeOf(event, rows, columns))}
        />
        {marked?.row !== undefined && <i class="heat-mark" style={{ top: `${(100 * marked.row) / rows}%`, height: `${100 / rows}%`, insetInline: 0 }} />}
        {marked?.column !== undefined && <i class="heat-mark" style={{ left: `${(100 * marked.column) / columns}%`, width: `${100 / columns}%`, insetBlock: 0 }} />}
      </div>
      <figcaption>
        <span>{xLabel}</span>
        <span class="heat-over">{over}</span>
        <span class="heat-scale">{format(low)} <i style={{ background: `linear-gradient(to right, ${stops})` }} /> {format(high)}</span>
      </figcaption>
    </figure>
  );
}

/** The row and the column that a pointer is over. */
function placeOf(event: MouseEvent, rows: number, columns: number): [row: number, column: number] {
  const { left, top, width, height } = (event.currentTarget as Element).getBoundingClientRect();
  const place = (share: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  return [place((event.clientY - top) / height, rows), place((event.clientX - left) / width, columns)];
}

/** From the background to the strongest colour, or from one through the background to the other. */
function scaleOf(palette: "sequential" | "diverging"): Colour[] {
  const [paper, ink, accent] = [rgb(colourOf("--shade")), rgb(colourOf("--ink")), rgb(colourOf("--accent"))];
  if (palette === "diverging") return [rgb(colourOf("--negative")), paper, rgb(colourOf("--positive"))];
  return [paper, accent, mix(accent, ink, 0.75)];
}

/** The colours of the scale as pixels: maps that grow are painted many times a second. */
function tableOf(colours: readonly Colour[]): Uint32Array {
  const bytes = Uint8ClampedArray.from({ length: 4 * 256 }, (_, i) => (i % 4 === 3 ? 255 : colourAt(colours, Math.floor(i / 4) / 255)[i % 4 as 0 | 1 | 2]));
  return new Uint32Array(bytes.buffer);
}

function rgb(hex: string): Colour {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

function mix(a: Colour, b: Colour, share: number): Colour {
  const at = (i: 0 | 1 | 2) => Math.round(a[i] + (b[i] - a[i]) * share);
  return [at(0), at(1), at(2)];
}

function colourAt(colours: readonly Colour[], share: number): Colour {
  const place = share * (colours.length - 1);
  const i = Math.min(colours.length - 2, Math.floor(place));
  return mix(colours[i]!, colours[i + 1]!, place - i);
}
