/** What can be set on the page, in its address. A drawing to go on from is too large for it. */
import { choiceOf, numberOf, switchOf, type Setting } from "../../settings.js";

export const MOST_CHARACTERS = 300;
export const MOST_BIAS = 3;
export const MOST_SEED = 2 ** 32 - 1;

/** Movements a second. */
export const SPEEDS = { slow: 12, hand: 60, fast: 300 } as const;
export type Speed = keyof typeof SPEEDS;
export const SPEED_NAMES = ["slow", "hand", "fast"] as const satisfies readonly Speed[];

const textOf: Setting<string> = {
  fallback: "every line is written anew",
  read: (text) => Array.from(text).slice(0, MOST_CHARACTERS).join(""),
  write: (text) => text,
};

/** A name that the model knows; "" for any. */
const handOf: Setting<string> = { fallback: "", read: (text) => text, write: (hand) => hand };

export const SCHEMA = {
  text: textOf,
  hand: handOf,
  bias: numberOf({ fallback: 1.5, min: 0, max: MOST_BIAS }),
  seed: numberOf({ fallback: 5, min: 0, max: MOST_SEED, whole: true }),
  skip: switchOf(false),
  speed: choiceOf(SPEED_NAMES, "hand"),
  show: choiceOf(["ink", "densities"], "ink"),
};
