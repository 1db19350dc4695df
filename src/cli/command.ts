/**
 * Commands as tables: each option is defined once, and its parsing, its checks, its line of help and its type follow from that.
 */
import { parseArgs } from "node:util";
import { visibleLength, type Terminal } from "./terminal.js";
import { bytes, wrap } from "./format.js";
import { closest, suggestion } from "./suggest.js";

/** The command line is not understood; exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** An option that takes a value of type T; `flag` takes none. */
export interface Option<T> {
  readonly kind: "value" | "flag";
  readonly help: string;
  /** The name of the value in the help: "N", "FILE". */
  readonly placeholder: string;
  /** As shown in the help. */
  readonly defaultText: string | undefined;
  /** Reads the text of a value. @throws UsageError */
  readonly parse: (text: string, name: string) => T;
  readonly fallback: T;
}

interface Described {
  readonly help: string;
  readonly placeholder?: string;
  /** What the help shows as the default, where the default is worked out later. */
  readonly defaultText?: string;
}

interface NumberRules extends Described {
  readonly min?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
  readonly max?: number;
}

function numeric(rules: NumberRules, whole: boolean) {
  return (text: string, name: string): number => {
    const value = text.trim() === "" ? NaN : Number(text.replace(/(?<=\d)_(?=\d)/g, ""));
    const { min = -Infinity, above = -Infinity, max = Infinity } = rules;
    const fits = Number.isFinite(value) && (!whole || Number.isInteger(value)) && value >= min && value > above && value <= max;
    if (fits) return value;
    const lower = rules.above !== undefined ? ` above ${above}` : rules.min !== undefined ? ` of at least ${min}` : "";
    const range = rules.max === undefined ? lower : `${lower}${lower === "" ? " of" : " and"} at most ${max}`;
    throw new UsageError(`--${name}: expected a ${whole ? "whole number" : "number"}${range}, got ${JSON.stringify(text)}.`);
  };
}

function option<T>(described: Described, placeholder: string, parse: Option<T>["parse"], fallback: T): Option<T> {
  const shown = described.defaultText ?? (fallback === undefined ? undefined : String(fallback));
  const { help, placeholder: own = placeholder } = described;
  return { kind: "value", help, placeholder: own, defaultText: shown, parse, fallback };
}

/** Makers of options; without `default` the value may be undefined. */
export function integer(rules: NumberRules & { default: number }): Option<number>;
export function integer(rules: NumberRules): Option<number | undefined>;
export function integer(rules: NumberRules & { default?: number }): Option<number | undefined> {
  return option<number | undefined>(rules, "N", numeric(rules, true), rules.default);
}

export function number(rules: NumberRules & { default: number }): Option<number>;
export function number(rules: NumberRules): Option<number | undefined>;
export function number(rules: NumberRules & { default?: number }): Option<number | undefined> {
  return option<number | undefined>(rules, "X", numeric(rules, false), rules.default);
}

const SIZES: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A number of bytes, written as people do: "512M", "2G", "1.5 GiB". */
export function byteSize(rules: Described & { readonly min: number; readonly default: number; readonly defaultText: string }): Option<number> {
  const parse = (value: string, name: string): number => {
    const [, digits, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]?)(?:i?b)?$/i.exec(value.trim()) ?? [];
    const size = digits === undefined ? NaN : Math.floor(Number(digits) * SIZES[unit!.toLowerCase()]!);
    if (size >= rules.min) return size;
    throw new UsageError(`--${name}: expected a size of at least ${bytes(rules.min)}, such as 512M or 2G, got ${JSON.stringify(value)}.`);
  };
  return option(rules, "SIZE", parse, rules.default);
}

export function text(rules: Described & { default: string }): Option<string>;
export function text(rules: Described): Option<string | undefined>;
export function text(rules: Described & { default?: string }): Option<string | undefined> {
  return option<string | undefined>(rules, "TEXT", (value) => value, rules.default);
}

export function choice<T extends string>(choices: readonly T[], rules: Described & { default: T }): Option<T>;
export function choice<T extends string>(choices: readonly T[], rules: Described): Option<T | undefined>;
export function choice<T extends string>(choices: readonly T[], rules: Described & { default?: T }): Option<T | undefined> {
  const parse = (value: string, name: string): T => {
    if (choices.includes(value as T)) return value as T;
    throw new UsageError(`--${name}: unknown ${name} ${JSON.stringify(value)}.${suggestion(value, choices)}`);
  };
  return option<T | undefined>({ ...rules, help: `${rules.help}: ${choices.join(", ")}` }, "NAME", parse, rules.default);
}

export function flag(help: string): Option<boolean> {
  return { kind: "flag", help, placeholder: "", defaultText: undefined, parse: () => true, fallback: false };
}

type Options = Readonly<Record<string, Option<unknown>>>;
export type Values<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

export interface Positionals {
  /** As in the usage line: "RUN", "[FILES...]". */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

export interface Invocation<O extends Options = Options> {
  readonly values: Values<O>;
  /** Options that were given, not filled in. */
  readonly given: ReadonlySet<string>;
  readonly positionals: readonly string[];
}

export interface CommandDefinition<O extends Options, C> {
  /** "train text" */
  readonly name: string;
  readonly summary: string;
  /** More for the help, after the options. */
  readonly details?: string;
  readonly positionals?: Positionals;
  readonly options: O;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** Resolves to the exit code. */
  readonly run: (invocation: Invocation<O>, context: C) => Promise<number>;
}

/** A command whose options are known only to itself. */
export interface Command<C> extends Omit<CommandDefinition<Options, C>, "run"> {
  readonly invoke: (args: readonly string[], context: C) => Promise<number>;
}

const NO_POSITIONALS: Positionals = { usage: "", min: 0, max: 0, help: "" };

export function defineCommand<O extends Options, C>(definition: CommandDefinition<O, C>): Command<C> {
  const { run, ...rest } = definition;
  return { ...rest, invoke: (args, context) => run(parse(definition, args), context) };
}

/** @throws UsageError on an unknown option, a missing or wrong value, too few or too many arguments. */
function parse<O extends Options, C>(command: CommandDefinition<O, C>, args: readonly string[]): Invocation<O> {
  const { options, positionals: rules = NO_POSITIONALS } = command;
  const types = Object.entries(options).map(([name, { kind }]) => {
    return [name, { type: kind === "flag" ? ("boolean" as const) : ("string" as const) }] as const;
  });
  const settings = { strict: false, tokens: true, allowPositionals: true } as const;
  const { tokens } = parseArgs({ ...settings, args: [...args], options: Object.fromEntries(types) });
  const fallbacks = Object.entries(options).map(([name, { fallback }]) => [name, fallback] as const);
  const values: Record<string, unknown> = Object.fromEntries(fallbacks);
  const given = new Set<string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const definition = options[token.name];
    if (definition === undefined) {
      const known = Object.keys(options);
      const meant = closest(token.name, known);
      const hint = meant === undefined ? `unrolled ${command.name} --help lists them.` : `Did you mean --${meant}?`;
      throw new UsageError(`Unknown option ${token.rawName} of unrolled ${command.name}. ${hint}`);
    }
    if (definition.kind === "flag" && token.value !== undefined) {
      throw new UsageError(`--${token.name} takes no value, got ${JSON.stringify(token.value)}.`);
    }
    if (definition.kind === "value" && token.value === undefined) {
      throw new UsageError(`--${token.name} needs a value: --${token.name} ${definition.placeholder}.`);
    }
    values[token.name] = definition.parse(token.value ?? "", token.name);
    given.add(token.name);
  }
  if (positionals.length < rules.min) {
    throw new UsageError(`unrolled ${command.name} needs ${rules.usage}: ${rules.help}`);
  }
  if (positionals.length > rules.max) {
    const extra = positionals.slice(rules.max).map((each) => JSON.stringify(each)).join(" ");
    throw new UsageError(`unrolled ${command.name}: unexpected ${extra}. Usage: ${usage(command)}`);
  }
  return { values: values as Values<O>, given, positionals };
}

export function usage({ name, positionals }: Pick<Command<never>, "name" | "positionals">): string {
  return ["unrolled", name, positionals?.usage, "[options]"].filter(Boolean).join(" ");
}

/** The page that --help prints. */
export function helpPage<C>(command: Command<C>, terminal: Terminal): string[] {
  const { summary, details, positionals, options, examples } = command;
  const width = Math.min(terminal.columns, 100);
  const heading = (title: string) => ["", terminal.style("bold", title)];
  const rows = Object.entries(options).map(([name, { placeholder, help, defaultText }]) => {
    const left = `--${name}${placeholder === "" ? "" : ` ${placeholder}`}`;
    return [left, defaultText === undefined ? help : `${help} (${defaultText})`] as const;
  });
  return [
    ...wrap(summary, width),
    ...heading("Usage"),
    `  ${usage(command)}`,
    ...(positionals === undefined ? [] : ["", ...indented(`${positionals.usage}: ${positionals.help}`, width)]),
    ...heading("Options"),
    ...definitions(rows, width),
    ...(details === undefined ? [] : ["", ...wrap(details, width)]),
    ...heading("Examples"),
    ...definitions(examples, width, 46),
  ];
}

function indented(text: string, width: number): string[] {
  return wrap(text, width - 2).map((line) => `  ${line}`);
}

/** Terms on the left, explanations wrapped beside them. A term that is too long stands on a line of its own. */
export function definitions(rows: readonly (readonly [term: string, explanation: string])[], width: number, widest = 26): string[] {
  const column = Math.min(widest, Math.max(...rows.map(([term]) => visibleLength(term)))) + 4;
  return rows.flatMap(([term, explanation]) => {
    const lines = wrap(explanation, Math.max(20, width - column)).map((line) => " ".repeat(column) + line);
    const head = `  ${term}`;
    if (visibleLength(head) > column - 2) return [head, ...lines];
    return [head.padEnd(column) + lines[0]!.slice(column), ...lines.slice(1)];
  });
}
