/** Fonts whose letters are lines to be followed by a pen, as the SVG fonts for plotters have them. */
import { DataError } from "./errors.js";
import { mapPoints, type Stroke } from "./pen.js";
import { readSvgPath } from "./svg-path.js";
import { readXml } from "./xml.js";

/** A letter in ems, y downwards, its origin on the baseline. */
export interface Glyph {
  readonly strokes: readonly Stroke[];
  /** How far the next letter's origin lies to the right. */
  readonly advance: number;
}

export interface StrokeFont {
  readonly name: string;
  /** By character. The space is there, without strokes. */
  readonly glyphs: ReadonlyMap<string, Glyph>;
}

/** @throws DataError naming file and line */
export function readStrokeFont(svg: string, name: string): StrokeFont {
  const glyphs = new Map<string, Glyph>();
  let unitsPerEm = 1000;
  let usual = 0;
  let isFont = false;
  for (const event of readXml(svg, name)) {
    if (event.kind !== "open") continue;
    const { attributes, line } = event;
    const number = (attribute: string): number => {
      const value = Number(attributes[attribute]);
      if (!Number.isFinite(value)) throw new DataError(`${name}: line ${line}: <${event.name}>: ${attribute}: expected a number, got ${JSON.stringify(attributes[attribute])}.`);
      return value;
    };
    if (event.name === "font") {
      isFont = true;
      usual = attributes["horiz-adv-x"] === undefined ? 0 : number("horiz-adv-x");
    } else if (event.name === "font-face" && attributes["units-per-em"] !== undefined) {
      unitsPerEm = number("units-per-em");
      if (!(unitsPerEm > 0)) throw new DataError(`${name}: line ${line}: <font-face>: units-per-em: expected more than 0, got ${unitsPerEm}.`);
    } else if (event.name === "glyph") {
      const character = attributes["unicode"];
      // Glyphs for several characters at once are ligatures: a writer here writes letter by letter.
      if (character === undefined || [...character].length !== 1) continue;
      const strokes = readSvgPath(attributes["d"] ?? "", `${name}: line ${line}: ${JSON.stringify(character)}`);
      glyphs.set(character, {
        strokes: mapPoints(strokes, (x, y) => [x / unitsPerEm, -y / unitsPerEm]),
        advance: (attributes["horiz-adv-x"] === undefined ? usual : number("horiz-adv-x")) / unitsPerEm,
      });
    }
  }
  if (!isFont || glyphs.size === 0) throw new DataError(`${name}: this is no SVG font: it has no glyphs.`);
  if (!glyphs.has(" ")) glyphs.set(" ", { strokes: [], advance: usual / unitsPerEm });
  return { name, glyphs };
}
