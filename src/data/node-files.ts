/** Files from the command line: paths, folders, globs and standard input, in an order that does not depend on the machine. */
import { realpathSync, readdirSync, readFileSync, statSync, type Stats } from "node:fs";
import { join, relative, sep } from "node:path";
import { DataError } from "./errors.js";
import type { SourceFile } from "./documents.js";
import { fileErrorReason } from "./node-whole-file.js";
import { binaryReason } from "./text.js";

/** One string must hold a file: V8's limit, in bytes of UTF-8. */
const LARGEST_FILE = 512 * 1024 * 1024 - 1024;

export interface ReadFilesOptions {
  /** What to do with a binary file met inside a folder or a glob; one that was named is always taken. @default "skip" */
  binary?: "skip" | "keep";
  /** Gives standard input when "-" is among the inputs. @default reads file descriptor 0 */
  readStandardInput?: () => Uint8Array;
}

export interface ReadFiles {
  readonly files: readonly SourceFile[];
  /** Files inside folders that were passed over, with the reason. */
  readonly skipped: readonly string[];
}

/**
 * Reads every input once. Inputs keep the order in which they were given; inside a folder or a glob files are sorted by path,
 * numbers by value (chapter 2 before chapter 10). Hidden files, `node_modules`, folders of runs, empty and binary files inside folders are
 * skipped; the same fault in a file that was named is an error.
 *
 * @throws DataError naming the input: missing, unreadable, empty, a pattern that matches nothing.
 */
export function readFiles(inputs: readonly string[], options: ReadFilesOptions = {}): ReadFiles {
  const files: SourceFile[] = [];
  const skipped: string[] = [];
  for (const { path, named } of findInputs(inputs)) {
    if (path === "-") {
      files.push({ name: "-", bytes: (options.readStandardInput ?? (() => readFileSync(0)))() });
      if (files.at(-1)!.bytes.length === 0) throw new DataError("Standard input was empty.");
      continue;
    }
    const bytes = readOne(path);
    if (named) {
      if (bytes.length === 0) throw new DataError(`${path}: the file is empty.`);
    } else if (bytes.length === 0) {
      skipped.push(`${path} (empty)`);
      continue;
    } else if (options.binary !== "keep" && binaryReason(bytes) !== undefined) {
      skipped.push(`${path} (not text: ${binaryReason(bytes)})`);
      continue;
    }
    files.push({ name: path, bytes });
  }
  if (files.length === 0) throw noText(inputs, skipped);
  return { files, skipped };
}

/** @param skipped what was found and passed over, with reasons */
export function noText(inputs: readonly string[], skipped: readonly string[]): DataError {
  const why = skipped.length > 0 ? ` Skipped: ${skipped.slice(0, 3).join(", ")}${skipped.length > 3 ? ", …" : ""}.` : "";
  return new DataError(`No text found in ${inputs.join(", ")}.${why}`);
}

/** A file that an input stands for. */
export interface FoundFile {
  /** "-" for standard input. */
  readonly path: string;
  /** Asked for by its own name rather than found in a folder or by a pattern. */
  readonly named: boolean;
}

/** The files that inputs stand for, each once, in the order that `readFiles` describes. @throws DataError where there are none */
export function findInputs(inputs: readonly string[]): FoundFile[] {
  const seen = new Set<string>();
  return inputs.flatMap((input) => {
    if (input === "-") return [{ path: "-", named: true }];
    return findFiles(input).filter(({ path }) => {
      const real = realpathSync(path);
      return !seen.has(real) && seen.add(real);
    });
  });
}

function findFiles(input: string): FoundFile[] {
  const stats = statOf(input);
  if (stats?.isDirectory()) return walk(input).map((path) => ({ path, named: false }));
  if (stats !== undefined) return [{ path: input, named: true }];
  if (!/[*?[{]/.test(input)) throw new DataError(`${input}: no such file or folder.`);
  const matches = glob(input);
  if (matches.length === 0) throw new DataError(`${input}: the pattern matches no file.`);
  return matches.map((path) => ({ path, named: false }));
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(path, error);
  }
}

function readOne(path: string): Uint8Array {
  try {
    const size = statSync(path).size;
    if (size > LARGEST_FILE) {
      throw new DataError(`${path}: ${(size / 2 ** 20).toFixed(0)} MiB, but one file may have 512 MiB at most: split it.`);
    }
    return readFileSync(path);
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): DataError {
  return new DataError(`${path}: cannot be read (${fileErrorReason(error)}).`);
}

/** All files below a folder that are not hidden, sorted. Links to folders are followed once. */
function walk(folder: string): string[] {
  const files: string[] = [];
  const visited = new Set<string>();
  const visit = (path: string): void => {
    const real = realpathSync(path);
    if (visited.has(real)) return;
    visited.add(real);
    let names: string[];
    try {
      names = readdirSync(path);
    } catch (error) {
      throw unreadable(path, error);
    }
    // A run below the text that it is trained on is not a part of that text.
    if (path !== folder && names.includes("run.json")) return;
    for (const name of names) {
      if (name.startsWith(".") || name === "node_modules") continue;
      const child = join(path, name);
      const stats = statOf(child); // a link that leads nowhere has none
      if (stats?.isDirectory()) visit(child);
      else if (stats?.isFile()) files.push(child);
    }
  };
  visit(folder);
  return files.sort(compareNatural);
}

/** Files that match a pattern of `*`, `**`, `?`, `[abc]` and `{a,b}`. */
function glob(pattern: string): string[] {
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.slice(0, parts.findIndex((part) => /[*?[{]/.test(part)));
  const root = fixed.length === 0 ? "." : fixed.join(sep) || sep;
  if (statOf(root)?.isDirectory() !== true) return [];
  const expression = globExpression(parts.slice(fixed.length).join("/"));
  return walk(root).filter((path) => expression.test(relative(root, path).split(sep).join("/")));
}

/** A glob as a regular expression over a path with forward slashes. Exported for its tests. */
export function globExpression(pattern: string): RegExp {
  let source = "";
  let braces = 0;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    if (pattern.startsWith("**/", i)) {
      source += "(?:.*/)?";
      i += 2;
    } else if (pattern.startsWith("**", i)) {
      source += ".*";
      i += 1;
    } else if (c === "*") source += "[^/]*";
    else if (c === "?") source += "[^/]";
    else if (c === "[" && pattern.indexOf("]", i + 2) > 0) {
      const close = pattern.indexOf("]", i + 2);
      const set = pattern.slice(i + 1, close).replace(/^!/, "^").replace(/\\/g, "\\\\");
      source += `[${set}]`;
      i = close;
    } else if (c === "{") {
      source += "(?:";
      braces++;
    } else if (c === "}" && braces > 0) {
      source += ")";
      braces--;
    } else if (c === "," && braces > 0) source += "|";
    else source += c.replace(/[.*+?^${}()|[\]\\]/, "\\$&");
  }
  return new RegExp(`^${source}$`, "u");
}

/** Orders names as people do: runs of digits by value, everything else by code unit. */
export function compareNatural(a: string, b: string): number {
  const [as, bs] = [a, b].map((name) => name.match(/\d+|\D+/g) ?? []);
  for (let i = 0; i < Math.min(as!.length, bs!.length); i++) {
    const [x, y] = [as![i]!, bs![i]!];
    if (x === y) continue;
    if (/^\d/.test(x) && /^\d/.test(y) && Number(x) !== Number(y)) return Number(x) - Number(y);
    return x < y ? -1 : 1;
  }
  return as!.length - bs!.length;
}
