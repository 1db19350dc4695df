/** Where the names of dots go, on a picture with room for some of them only. */

export interface NamedDot {
  readonly word: string;
  /** Pixels, to the right and down. */
  readonly x: number;
  readonly y: number;
  /** Stands out: is named first, in larger letters, and may cover dots, those that stand out only where there is no other way. */
  readonly marked: boolean;
}

export interface PlacedName<Dot extends NamedDot = NamedDot> {
  readonly dot: Dot;
  /** Where the text is anchored, on its base line. */
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "middle" | "end";
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Sizes of letters in pixels. */
export const NAME_SIZE = { plain: 12, marked: 16 } as const;
/** Radius of a dot in pixels; one that stands out is twice as large. */
export const DOT = 2;
/** Width of a letter in parts of its size: a little wide, so that names of wide letters do not meet. */
const LETTER = 0.58;
const GAP = 5;

/** Names of dots, those that stand out first, then in the order given, each where nothing is yet; the others are left out. */
export function placeNames<Dot extends NamedDot>(dots: readonly Dot[], picture: { readonly width: number; readonly height: number }): PlacedName<Dot>[] {
  const marked = dots.filter((dot) => dot.marked).map(boxOf);
  const others = dots.filter((dot) => !dot.marked).map(boxOf);
  const names: Box[] = [];
  return dots.toSorted((a, b) => Number(b.marked) - Number(a.marked)).flatMap((dot) => {
    const found = dot.marked
      ? (roomFor(dot, picture, [names, marked]) ?? roomFor(dot, picture, [names]))
      : roomFor(dot, picture, [names, marked, others]);
    if (!found) return [];
    const { box, ...place } = found;
    names.push(box);
    return [{ dot, ...place }];
  });
}

function boxOf({ x, y }: NamedDot): Box {
  return { left: x - DOT, right: x + DOT, top: y - DOT, bottom: y + DOT };
}

/** Beside, above or below a dot, the first of these places where nothing is yet. */
function roomFor(
  { word, x, y, marked }: NamedDot,
  picture: { readonly width: number; readonly height: number },
  taken: readonly (readonly Box[])[],
): (Omit<PlacedName, "dot"> & { readonly box: Box }) | undefined {
  const size = marked ? NAME_SIZE.marked : NAME_SIZE.plain;
  const long = [...word].length * LETTER * size;
  const middle = y + 0.35 * size;
  const ways = [
    { x: x + GAP, y: middle, anchor: "start", left: x + GAP },
    { x: x - GAP, y: middle, anchor: "end", left: x - GAP - long },
    { x, y: y - GAP, anchor: "middle", left: x - long / 2 },
    { x, y: y + GAP + 0.8 * size, anchor: "middle", left: x - long / 2 },
  ] as const;
  for (const { left, ...way } of ways) {
    const box: Box = { left, right: left + long, top: way.y - 0.8 * size, bottom: way.y + 0.25 * size };
    const inside = box.left >= 0 && box.top >= 0 && box.right <= picture.width && box.bottom <= picture.height;
    if (inside && !taken.some((boxes) => boxes.some((other) => overlap(box, other)))) return { ...way, box };
  }
  return undefined;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
