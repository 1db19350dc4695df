/** In which settings runs differ. */
import type { RunConfig } from "../../library/runs.js";

export interface Difference {
  /** "text.hidden" */
  readonly setting: string;
  /** One per run; undefined where it has no such setting. */
  readonly values: readonly (string | undefined)[];
}

/** Of a value that is shown. */
const LONGEST = 40;

/**
 * The settings of run.json that are not the same in all runs, in the order of the first run that has them. Of runs of several kinds those that
 * only one kind has, text.hidden or scale.mean, are left out: that it is of another kind says it all.
 */
export function differencesOf(configs: readonly RunConfig[]): Difference[] {
  const all = configs.map((config) => new Map(settingsOf(config, "")));
  const kinds = new Set(configs.map(({ kind }) => kind));
  const kindsWith = (setting: string) => new Set(configs.flatMap(({ kind }, i) => (all[i]!.has(setting) ? [kind] : [])));
  const isOfOneKind = (setting: string) => kinds.size > 1 && kindsWith(setting).size === 1;
  const names = [...new Set(all.flatMap((settings) => [...settings.keys()]))].filter((setting) => !isOfOneKind(setting));
  return names.flatMap((setting) => {
    const values = all.map((settings) => settings.get(setting));
    const written = values.map((value) => JSON.stringify(value));
    return new Set(written).size === 1 ? [] : [{ setting, values: distinct(values.map(shownValue), written) }];
  });
}

function settingsOf(value: unknown, path: string): [setting: string, value: unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => settingsOf(inner, path === "" ? name : `${path}.${name}`));
}

function shownValue(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value) && value.some((item) => typeof item === "object")) return value.length === 1 ? "1 item" : `${value.length} items`;
  const text = Array.isArray(value) ? (value.length === 0 ? "none" : value.join(", ")) : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** What reads the same and is not says so. */
function distinct(shown: readonly (string | undefined)[], written: readonly (string | undefined)[]): (string | undefined)[] {
  return shown.map((text, i) => {
    const first = shown.indexOf(text);
    return text === undefined || written[first] === written[i] ? text : `${text}, others`;
  });
}
