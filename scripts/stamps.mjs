/** Remembers what each build product was made from, so that a build does only what is out of date. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export class Stamps {
  #path;
  #stamps = {};

  /** @param {string} path a JSON file; a missing or broken one means that everything is out of date */
  constructor(path) {
    this.#path = path;
    try {
      this.#stamps = JSON.parse(readFileSync(path, "utf8"));
    } catch {}
  }

  /** Whether `outputs` exist and were made from `inputs` (a hash). */
  isCurrent(product, inputs, outputs) {
    return this.#stamps[product] === inputs && outputs.every((path) => existsSync(path));
  }

  record(product, inputs) {
    this.#stamps[product] = inputs;
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, `${JSON.stringify(this.#stamps, null, 2)}\n`);
  }
}

/** One hash of files' names and contents, and of further strings (flags, versions). */
export function hashInputs(paths, ...strings) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  for (const text of strings) hash.update(`${text}\0`);
  return hash.digest("hex");
}

/** Files below `folder` whose path passes, sorted. */
export function filesBelow(folder, passes = () => true) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path, passes) : passes(path) ? [path] : [];
    })
    .sort();
}
