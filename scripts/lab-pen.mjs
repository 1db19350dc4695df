/**
 * `node scripts/lab-pen.mjs RUN`: makes the model that comes with the Lab's page Pen, lab/models/pen, out of a finished run of
 * `unrolled train handwriting --task synthesis`: its description and its parameters in 8 bits. It is a run like any other:
 * `unrolled write lab/models/pen "a text"`. The library must have been built.
 */
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { filesBelow } from "./stamps.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where lab/library/shipped-pen.ts takes it from, if it is there. */
export const LAB_PEN = join(ROOT, "lab/models/pen");
/** Bytes: who opens the page waits for them. */
const LARGEST = 2e6;

/** @returns {Promise<{ bytes: number, gzipped: number }>} its size */
export async function makeLabPen(folder, out = LAB_PEN) {
  const built = (file) => import(pathToFileURL(join(ROOT, "dist", file)).href);
  const [{ Run, writeCompactRun }, { FolderStorage }] = await Promise.all(["train/index.js", "cli/node-storage.js"].map(built));
  const run = await Run.open(new FolderStorage(folder));
  if (run.config.handwriting?.task !== "synthesis") throw new Error(`${folder} writes no texts: unrolled train handwriting --task synthesis makes a run that does.`);
  const fresh = `${out}.new`;
  rmSync(fresh, { recursive: true, force: true });
  await writeCompactRun(run, new FolderStorage(fresh), { bits: 8 });
  const contents = filesBelow(fresh, () => true).map((path) => readFileSync(path));
  const size = (of) => contents.reduce((sum, content) => sum + of(content).length, 0);
  const [bytes, gzipped] = [size((content) => content), size((content) => gzipSync(content, { level: 9 }))];
  if (bytes > LARGEST) throw new Error(`${folder} takes ${bytes} bytes in 8 bits: a model that comes with the Lab has at most ${LARGEST}.`);
  if (existsSync(out)) rmSync(out, { recursive: true });
  renameSync(fresh, out);
  return { bytes, gzipped };
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) {
    console.error("node scripts/lab-pen.mjs RUN");
    process.exitCode = 2;
  } else {
    const { bytes, gzipped } = await makeLabPen(folder);
    console.log(`${relative(process.cwd(), LAB_PEN)}: ${bytes} bytes, ${gzipped} gzipped`);
  }
}
