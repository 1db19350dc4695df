/**
 * The model that comes with the Lab's page of gates: an LSTM that reads the packaged Moby Dick, set in short lines, for less than a minute on
 * one core; its weights in 16 bits, and some chapters that it has not read. With one thread, so always the same.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runUnrolled } from "./run-unrolled.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where lab/library/shipped-model.ts takes it from. */
const FOLDER = join(ROOT, "build/lab-model");
const [RUN, UNREAD] = ["run", "unread.txt"].map((name) => join(FOLDER, name));
export const LAB_MODEL = [join(RUN, "run.json"), UNREAD];

/** Characters of a line at most: so few that line ends are often enough to be learnt, and fit on a telephone. */
const LINE = 40;
/** Chapters kept from it, with quotation marks, brackets and digits in them. */
const KEPT = [35, 100, 101].map((chapter) => `chapter_${chapter}.txt`);
const SETTINGS = { hidden: 128, embedding: 32, steps: 2400, lr: 0.008, threads: 1, seed: 1 };

/** Trains it; the library must have been built. @returns whether it could: without Moby Dick the Lab has no model of its own */
export async function makeLabModel(say = console.log) {
  const built = (file) => import(pathToFileURL(join(ROOT, "dist", file)).href);
  const [{ Run, writeCompactRun }, { VOCABULARY_FILE }, { DataError, wrap }, { FolderStorage }, { readMobyDick }] = await Promise.all(
    ["train/index.js", "systems/text/index.js", "data/index.js", "cli/node-storage.js", "data/node-moby-dick.js"].map(built),
  );
  let book;
  try {
    book = readMobyDick();
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    say(`build: the Lab gets no character model of its own: ${error.message}`);
    return false;
  }
  say("build: training the Lab's character model, for less than a minute on a quiet machine");
  const [work, texts] = [join(FOLDER, "work"), join(FOLDER, "texts")];
  const chapters = book.map(({ name, bytes }) => ({ file: basename(name), text: wrap(new TextDecoder().decode(bytes), LINE).join("\n") }));
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(texts, { recursive: true });
  for (const { file, text } of chapters) if (!KEPT.includes(file)) writeFileSync(join(texts, file), text);
  const options = Object.entries(SETTINGS).flatMap(([name, value]) => [`--${name}`, String(value)]);
  // From inside the folder, so that the description of the run tells nothing of this machine.
  runUnrolled(["train", "text", ".", ...options, "--out", work, "--json"], { cwd: texts });
  const run = await Run.open(new FolderStorage(work));
  const compact = new FolderStorage(RUN);
  await compact.write(VOCABULARY_FILE, await run.file(VOCABULARY_FILE));
  await writeCompactRun(run, compact);
  writeFileSync(UNREAD, chapters.flatMap(({ file, text }) => (KEPT.includes(file) ? [text] : [])).join("\n\n"));
  for (const folder of [work, texts]) rmSync(folder, { recursive: true });
  return true;
}
