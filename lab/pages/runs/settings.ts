/** What can be set on the page, in its address. */
import { choiceOf, type Setting } from "../../settings.js";

/** So many colours there are for lines. */
export const MOST_SHOWN = 4;

export const AXES = ["step", "predictions", "elapsed"] as const;
export type Axis = (typeof AXES)[number];

export const CURVES = ["loss", "gradient", "rate"] as const;
export type Curve = (typeof CURVES)[number];

/** Names of runs; undefined: the first that there are. No name holds a comma here, as they are encoded. */
const namesOf: Setting<readonly string[] | undefined> = {
  fallback: undefined,
  read(text) {
    try {
      return text === "" ? [] : text.split(",").map(decodeURIComponent).slice(0, MOST_SHOWN);
    } catch {
      return undefined;
    }
  },
  write: (names) => (names === undefined ? "," : names.map((name) => encodeURIComponent(name).replaceAll("%2F", "/")).join(",")),
};

export const SCHEMA = { runs: namesOf, axis: choiceOf(AXES, "step"), curve: choiceOf(CURVES, "loss") };
