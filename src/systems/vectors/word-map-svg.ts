/** A map of words as a picture: a dot for every word, and names where there is room for them. */
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

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const MARGIN = 48;
const SIZE = { plain: 12, marked: 16 } as const;
/** Of a letter, in parts of its size: a little wide, so that names of wide letters do not meet. */
const LETTER = 0.58;
const DOT = 2;
const GAP = 5;

/** An SVG that follows the reader's light or dark theme. Names that would lie on one another are left out; every dot says its word when pointed at. */
export function drawWordMap(map: readonly MappedWord[], picture: WordMapPicture): string {
  const { title, width = 1200, height = 900, arrows = [] } = picture;
  const marked = new Set([...(picture.marked ?? []), ...arrows.flat()]);
  const within = (value: number, extent: number) => MARGIN + value * (extent - 2 * MARGIN);
  const places = new Map(map.map(({ word, x, y }) => [word, { x: within(x, width), y: within(y, height) }]));
  const dotOf = (word: string): Box => {
    const { x, y } = places.get(word)!;
    return { left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT };
  };
  // Names that stand out may cover the dots of words that do not.
  const taken = map.filter(({ word }) => marked.has(word)).map(({ word }) => dotOf(word));
  const others = map.filter(({ word }) => !marked.has(word)).map(({ word }) => dotOf(word));
  const names: string[] = [];
  for (const { word } of map.toSorted((a, b) => Number(marked.has(b.word)) - Number(marked.has(a.word)))) {
    const size = marked.has(word) ? SIZE.marked : SIZE.plain;
    const found = roomFor(word, places.get(word)!, size, { width, height }, marked.has(word) ? taken : [...taken, ...others]);
    if (!found) continue;
    taken.push(found.box);
    const kind = marked.has(word) ? ' class="marked"' : "";
    names.push(`<text${kind} x="${round(found.x)}" y="${round(found.y)}" text-anchor="${found.anchor}">${escape(word)}</text>`);
  }
  const dots = map.map(({ word }) => {
    const { x, y } = places.get(word)!;
    const kind = marked.has(word) ? ' class="marked"' : "";
    return `<circle${kind} cx="${round(x)}" cy="${round(y)}" r="${marked.has(word) ? 2 * DOT : DOT}"><title>${escape(word)}</title></circle>`;
  });
  const lines = arrows.flatMap(([from, to]) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (!a || !b) return [];
    const distance = Math.hypot(b.x - a.x, b.y - a.y) || 1;
    const end = { x: b.x - ((b.x - a.x) / distance) * 3 * DOT, y: b.y - ((b.y - a.y) / distance) * 3 * DOT };
    return [`<path d="M${round(a.x)} ${round(a.y)}L${round(end.x)} ${round(end.y)}" marker-end="url(#head)"><title>${escape(`${from} to ${to}`)}</title></path>`];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">`,
    `<title>${escape(title)}</title>`,
    `<style>
  svg { --ground: #fdfcfa; --ink: #26241f; --quiet: #8b8678; --mark: #1f5fae; color-scheme: light dark; background: var(--ground) }
  @media (prefers-color-scheme: dark) { svg { --ground: #15171b; --ink: #e4e2dc; --quiet: #85888f; --mark: #84b3f0 } }
  rect { fill: var(--ground) } circle { fill: var(--quiet) } circle.marked { fill: var(--mark) }
  text { font: ${SIZE.plain}px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--ink); stroke: var(--ground); stroke-width: 2; paint-order: stroke; stroke-linejoin: round }
  text.marked { font-size: ${SIZE.marked}px; font-weight: 600; fill: var(--mark) }
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

/** Beside, above or below a dot, the first of these places where nothing is yet. */
function roomFor(
  word: string,
  { x, y }: { readonly x: number; readonly y: number },
  size: number,
  picture: { readonly width: number; readonly height: number },
  taken: readonly Box[],
): { readonly x: number; readonly y: number; readonly anchor: string; readonly box: Box } | undefined {
  const long = [...word].length * LETTER * size;
  const middle = y + 0.35 * size;
  const ways = [
    { x: x + GAP, y: middle, anchor: "start", left: x + GAP },
    { x: x - GAP, y: middle, anchor: "end", left: x - GAP - long },
    { x, y: y - GAP, anchor: "middle", left: x - long / 2 },
    { x, y: y + GAP + 0.8 * size, anchor: "middle", left: x - long / 2 },
  ];
  for (const { left, ...way } of ways) {
    const box: Box = { left, right: left + long, top: way.y - 0.8 * size, bottom: way.y + 0.25 * size };
    const inside = box.left >= 0 && box.top >= 0 && box.right <= picture.width && box.bottom <= picture.height;
    if (inside && !taken.some((other) => overlap(box, other))) return { ...way, box };
  }
  return undefined;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

const round = (value: number) => Number(value.toFixed(1));

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
