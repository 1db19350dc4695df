/** The text that comes with the Lab: Moby Dick, chapter by chapter, as the command line reads it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const FILE = join(dirname(dirname(fileURLToPath(import.meta.url))), "build/lab-text/moby-dick.json");

/** What `makeLabText` writes, and lab/library/texts.ts loads. */
export const LAB_TEXT = [FILE];

export async function makeLabText() {
  const { readMobyDick } = await import("../dist/data/node-moby-dick.js");
  const files = readMobyDick().map(({ name, bytes }) => ({ name, text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) }));
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, JSON.stringify(files));
}
