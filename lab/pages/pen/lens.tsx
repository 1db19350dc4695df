/** What is under the pen, enlarged: the ink, and every Gaussian of the place where it may go next. */
import { colourOf } from "../../theme.js";
import { PaintedCanvas, type Painting } from "./canvas.js";
import { drawDensity, drawInk, drawPen, penAt } from "./ink.js";
import type { Player } from "./player.js";
import type { Writing } from "./writing.js";

/** Characters' widths from the middle to the edge. */
const REACH = 0.6;
/** Movements whose ink is drawn. */
const TRAIL = 160;

export function Lens({ writing, advance, player }: { writing: Writing | undefined; advance: number; player: Player }) {
  const paint = ({ context, width, height }: Painting) => {
    const place = writing?.placeAt(player.at.value);
    if (!place) return;
    const { line, made } = place;
    const scale = Math.min(width, height) / 2 / (REACH * advance);
    const whole = Math.min(line.count, Math.floor(made));
    const [penX, penY] = penAt(line, { scale, x: 0, y: 0 }, made);
    const view = { scale, x: width / 2 - penX, y: height / 2 - penY };
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = colourOf("--ink");
    context.lineWidth = 0.036 * advance * scale;
    drawInk(context, line, view, made, Math.max(0, whole - TRAIL));
    context.strokeStyle = colourOf("--accent");
    context.lineWidth = 1.25;
    drawDensity(context, line, view, Math.min(line.count, whole + 1), { colour: colourOf("--accent"), opacity: 0.8, least: 3, outlined: true });
    drawPen(context, width / 2, height / 2, 5, line.isInk(whole + 1), colourOf("--positive"));
  };
  return <PaintedCanvas class="lens" label="Where the pen may go next: the Gaussians of its density around the pen, enlarged" paint={paint} of={[writing]} />;
}
