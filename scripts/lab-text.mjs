/**
 * The text that comes with the Lab: Moby Dick, chapter by chapter, as the command line reads it. The npm package leaves it out, and
 * `unrolled lab` makes it from the corpus.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = join(dirname(dirname(fileURLToPath(import.meta.url))), "build/lab-text/moby-dick.json");

/** What `makeLabText` writes, and lab/library/texts.ts loads. */
export const LAB_TEXT = [FILE];

export async function makeLabText() {
  const { mobyDickJson } = await import("../dist/data/node-moby-dick.js");
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, mobyDickJson());
}
