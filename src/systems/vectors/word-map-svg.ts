/** A map of words as a picture: a dot for every word, and names where there is room for them. */
import { escapeXml } from "../../data/index.js";
import { DOT, NAME_SIZE, placeNames } from "./place-names.js";
import type { MappedWord } from "./word-map.js";

export interface WordMapPicture {
  readonly title: string;
  /** Pixels. @default 1200 */
  readonly width?: number;
  /** @default 900 */
  readonly height?: number;
  /** Words to stand out, named first. */
  readonly marked?: readonly string[];
  /** Pairs of words, drawn as arrows from the first to the second: the sides of analogies. */
  readonly arrows?: readonly (readonly [from: string, to: string])[];
}

const MARGIN = 48;

/** An SVG that follows the reader's light or dark theme. Names that would lie on one another are left out; every dot says its word when pointed at. */
export function drawWordMap(map: readonly MappedWord[], picture: WordMapPicture): string {
  const { title, width = 1200, height = 900, arrows = [] } = picture;
  const marked = new Set([...(picture.marked ?? []), ...arrows.flat()]);
  const within = (value: number, extent: number) => MARGIN + value * (extent - 2 * MARGIN);
  const places = new Map(map.map(({ word, x, y }) => [word, { x: within(x, width), y: within(y, height) }]));
  const named = placeNames(map.map(({ word }) => ({ word, ...places.get(word)!, marked: marked.has(word) })), { width, height });
  const names = named.map(({ dot, x, y, anchor }) => {
    const kind = dot.marked ? ' class="marked"' : "";
    return `<text${kind} x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escapeXml(dot.word)}</text>`;
  });
  const dots = map.map(({ word }) => {
    const { x, y } = places.get(word)!;
    const kind = marked.has(word) ? ' class="marked"' : "";
    return `<circle${kind} cx="${round(x)}" cy="${round(y)}" r="${marked.has(word) ? 2 * DOT : DOT}"><title>${escapeXml(word)}</title></circle>`;
  });
  const lines = arrows.flatMap(([from, to]) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (!a || !b) return [];
    const distance = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    const end = { x: b.x - ((b.x - a.x) / distance) * 3 * DOT, y: b.y - ((b.y - a.y) / distance) * 3 * DOT };
    return [`<path d="M${round(a.x)} ${round(a.y)}L${round(end.x)} ${round(end.y)}" marker-end="url(#head)"><title>${escapeXml(`${from} to ${to}`)}</title></path>`];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<style>
  svg { --ground: #fdfcfa; --ink: #26241f; --quiet: #8b8678; --mark: #1f5fae; color-scheme: light dark; background: var(--ground) }
  @media (prefers-color-scheme: dark) { svg { --ground: #15171b; --ink: #e4e2dc; --quiet: #85888f; --mark: #84b3f0 } }
  rect { fill: var(--ground) } circle { fill: var(--quiet) } circle.marked { fill: var(--mark) }
  text { font: ${NAME_SIZE.plain}px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); stroke: var(--ground); stroke-width: 2; paint-order: stroke; stroke-linejoin: round }
  text.marked { font-size: ${NAME_SIZE.marked}px; font-weight: 600; fill: var(--mark) }
  path { stroke: var(--mark); stroke-width: 1.5; fill: none } marker path { fill: var(--mark); stroke: none }
</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<rect width="${width}" height="${height}"/>`,
    ...lines,
    ...dots,
    ...names,
    "</svg>",
    "",
  ].join("\n");
}

const round = (value: number) => Number(value.toFixed(1));
