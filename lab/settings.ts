/** Settings of a page as a table: how each is read from the address and written to it. What cannot be read counts as missing. */
import { useMemo } from "preact/hooks";
import { changeSettings, route } from "./route.js";

export interface Setting<T> {
  /** In force where the address does not say, and then left out of it. */
  readonly fallback: T;
  /** Undefined where the text makes no sense. */
  readonly read: (text: string) => T | undefined;
  readonly write: (value: T) => string;
}

/** A setting of whatever type. */
export interface AnySetting {
  readonly fallback: unknown;
  readonly read: (text: string) => unknown;
  readonly write: (value: never) => string;
}

export type Schema = Readonly<Record<string, AnySetting>>;
export type SettingsOf<S> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

export function choiceOf<const T extends string>(choices: readonly T[], fallback: NoInfer<T>): Setting<T> {
  return { fallback, read: (text) => choices.find((choice) => choice === text), write: (value) => value };
}

export function numberOf({ fallback, min = -Infinity, max = Infinity, whole = false }: {
  fallback: number; min?: number; max?: number; whole?: boolean;
}): Setting<number> {
  const fits = (value: number | undefined) =>
    value !== undefined && value >= min && value <= max && (!whole || Number.isInteger(value)) ? value : undefined;
  return { fallback, read: (text) => fits(finite(text)), write: String };
}

/** A list of numbers, `1,-0.5,2`. */
export function numbersOf({ fallback, least = 1, most = Infinity }: {
  fallback: readonly number[]; least?: number; most?: number;
}): Setting<readonly number[]> {
  return {
    fallback,
    read(text) {
      const numbers = text.split(",").map(finite);
      const all = numbers.filter((value) => value !== undefined);
      return all.length === numbers.length && all.length >= least && all.length <= most ? all : undefined;
    },
    write: (values) => values.join(","),
  };
}

export function switchOf(fallback: boolean): Setting<boolean> {
  return { fallback, read: (text) => (text === "on" ? true : text === "off" ? false : undefined), write: (on) => (on ? "on" : "off") };
}

function finite(text: string): number | undefined {
  const value = text.trim() === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

export function readSettings<S extends Schema>(schema: S, given: URLSearchParams): SettingsOf<S> {
  const entries = Object.entries<AnySetting>(schema).map(([name, setting]) => {
    const text = given.get(name);
    return [name, (text === null ? undefined : setting.read(text)) ?? setting.fallback] as const;
  });
  return Object.fromEntries(entries) as SettingsOf<S>;
}

/** As the address has them: fallbacks become undefined, which leaves them out. */
export function writeSettings<S extends Schema>(schema: S, values: Partial<SettingsOf<S>>): Record<string, string | undefined> {
  const entries = Object.entries(values).map(([name, value]) => {
    const { write, fallback } = schema[name]!;
    const text = write(value as never);
    return [name, text === write(fallback as never) ? undefined : text] as const;
  });
  return Object.fromEntries(entries);
}

/** The settings of the page that is shown, and the way to change them: the address is the one place where they live. */
export function useSettings<S extends Schema>(schema: S) {
  const { settings } = route.value;
  const values = useMemo(() => readSettings(schema, settings), [schema, settings]);
  return [values, (changes: Partial<SettingsOf<S>>) => changeSettings(writeSettings(schema, changes))] as const;
}
