/**
 * `npm run lab:build`: makes the Lab, a folder of static files, from lab/ and the built library; only when it is out of date.
 * `npm run lab:dev` serves it instead, for working on it: what is changed in lab/ is seen at once.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle, createServer } from "vite";
import { build, BuildError } from "./build.mjs";
import { LAB_OUTPUT, labConfig } from "./lab-config.mjs";
import { LAB_MODEL, makeLabModel } from "./lab-model.mjs";
import { LAB_TEXT, makeLabText } from "./lab-text.mjs";
import { LAB_WORDS, makeLabWords } from "./lab-words.mjs";
import { filesBelow, hashInputs, Stamps } from "./stamps.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Bundles the Lab; the library must have been built. */
export async function buildLab({ say = console.log } = {}) {
  process.chdir(ROOT);
  const sources = filesBelow("lab", (path) => !path.endsWith(".test.ts"));
  const library = filesBelow("dist", (path) => /\.(js|wasm)$/.test(path) && !path.startsWith(relative(ROOT, LAB_OUTPUT)));
  const inputs = hashInputs([...sources, ...library, "scripts/lab-config.mjs", "scripts/lab-text.mjs", "scripts/lab-words.mjs", "scripts/lab-model.mjs", "package-lock.json"]);
  const stamps = new Stamps("build/lab-stamps.json");
  if (stamps.isCurrent("Lab", inputs, [join(LAB_OUTPUT, "index.html")])) {
    say("build: up to date: Lab");
    return;
  }
  const start = performance.now();
  const wordInputs = hashInputs([...library, "scripts/lab-words.mjs"]);
  if (!stamps.isCurrent("Lab words", wordInputs, LAB_WORDS)) {
    await makeLabWords();
    stamps.record("Lab words", wordInputs);
  }
  const modelInputs = hashInputs(["scripts/lab-model.mjs"], `run format ${(await import("../dist/train/index.js")).RUN_FORMAT}`);
  if (!stamps.isCurrent("Lab model", modelInputs, LAB_MODEL)) {
    if (await makeLabModel(say)) stamps.record("Lab model", modelInputs);
  }
  await makeLabText();
  await bundle(labConfig());
  const leaked = filesBelow(LAB_OUTPUT, (path) => path.endsWith(".js")).filter((path) => /\bfrom ?["']node:/.test(readFileSync(path, "utf8")));
  if (leaked.length > 0) throw new BuildError(`the Lab asks for Node's modules: ${leaked.join(", ")}`);
  stamps.record("Lab", inputs);
  say(`build: Lab (${relative(ROOT, LAB_OUTPUT)}, ${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    await build();
    if (process.argv.includes("--serve")) {
      if (!LAB_TEXT.every((path) => existsSync(path))) await makeLabText();
      if (!LAB_WORDS.every((path) => existsSync(path))) await makeLabWords();
      if (!LAB_MODEL.every((path) => existsSync(path))) await makeLabModel();
      const server = await createServer(labConfig());
      await server.listen();
      server.printUrls();
    } else {
      await buildLab();
    }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
