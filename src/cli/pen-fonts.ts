/** The stroke fonts that rendered lines are asked for in. */
import { STROKE_FONTS } from "../data/node-pen-packages.js";
import { UsageError } from "./command.js";
import { suggestion } from "./suggest.js";

/** "EMSElfin,EMSTech" as a list without doubles. @throws UsageError naming a font that there is not */
export function fontsNamed(asked: string): readonly string[] {
  const names = asked.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!STROKE_FONTS.includes(name)) throw new UsageError(`--fonts: unknown font ${JSON.stringify(name)}.${suggestion(name, STROKE_FONTS)} There are ${STROKE_FONTS.join(", ")}.`);
  }
  return [...new Set(names)];
}
