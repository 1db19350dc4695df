/** What is written, as files. */
import { layOut, strokesToSvg } from "../../library/pen-picture.js";
import type { Stroke } from "../../library/pen.js";

export type PictureKind = "svg" | "animated" | "png";

/** Pixels that a line is high, and for PNG so many times more. */
const HEIGHT = 80;
const ENLARGED = 3;
const INK = "#1a2f5a";

/** @param pointsPerSecond of the pen, in the SVG that replays it */
export async function savePicture(kind: PictureKind, lines: readonly (readonly Stroke[])[], { text, pointsPerSecond }: { text: string; pointsPerSecond: number }): Promise<void> {
  const name = text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 40) || "writing";
  if (kind === "png") return save(await png(lines), `${name}.png`);
  const svg = strokesToSvg(lines, { height: HEIGHT, ink: INK, title: text, ...(kind === "animated" && { pointsPerSecond }) });
  save(new Blob([svg], { type: "image/svg+xml" }), `${name}${kind === "animated" ? "-pen" : ""}.svg`);
}

function png(lines: readonly (readonly Stroke[])[]): Promise<Blob> {
  const { width, height, lineWidth, strokes } = layOut(lines, { height: HEIGHT });
  const canvas = Object.assign(document.createElement("canvas"), { width: width * ENLARGED, height: height * ENLARGED });
  const context = canvas.getContext("2d")!;
  context.scale(ENLARGED, ENLARGED);
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.strokeStyle = INK;
  context.lineWidth = lineWidth;
  context.lineCap = context.lineJoin = "round";
  for (const { points } of strokes) {
    context.beginPath();
    context.moveTo(...points[0]!);
    for (const point of points) context.lineTo(...point);
    context.stroke();
  }
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("The picture is too large for this browser."))), "image/png"));
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // Browsers read it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
