/**
 * `npm run lab:build`: makes the Lab, a folder of static files, from lab/ and the built library; only when it is out of date.
 * `npm run lab:dev` serves it instead, for working on it: what is changed in lab/ is seen at once.
 */
import { readFileSync } from "node:fs";
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

const STAMPS = "build/lab-stamps.json";

/** What the Lab comes with; `make` gives false where it could not. */
const GIVEN = [
  { name: "Lab text", files: LAB_TEXT, make: makeLabText, inputs: () => hashInputs(["scripts/lab-text.mjs", "package-lock.json"]) },
  { name: "Lab words", files: LAB_WORDS, make: makeLabWords, inputs: (library) => hashInputs([...library, "scripts/lab-words.mjs"]) },
  // Trained for long: not anew with every change of the library.
  {
    name: "Lab model", files: LAB_MODEL, make: makeLabModel,
    inputs: async () => hashInputs(["scripts/lab-model.mjs"], `run format ${(await import("../dist/train/index.js")).RUN_FORMAT}`),
  },
];

/** Makes what is out of date of it, by the built library. @throws {BuildError} that says what could not be made, and why */
async function makeGiven(stamps, library, say) {
  for (const { name, files, make, inputs } of GIVEN) {
    const from = await inputs(library);
    if (stamps.isCurrent(name, from, files)) continue;
    try {
      if ((await make(say)) !== false) stamps.record(name, from);
    } catch (error) {
      throw new BuildError(`${name}: ${error.message}`, { cause: error });
    }
  }
}

/** The built library, without what is made of it. */
function builtLibrary() {
  return filesBelow("dist", (path) => /\.(js|wasm)$/.test(path) && !path.startsWith(relative(ROOT, LAB_OUTPUT)));
}

/** Bundles the Lab; the library must have been built. @throws {BuildError} that says in a sentence what could not be made */
export async function buildLab({ say = console.log } = {}) {
  process.chdir(ROOT);
  const sources = filesBelow("lab", (path) => !path.endsWith(".test.ts"));
  const library = builtLibrary();
  const inputs = hashInputs([...sources, ...library, "scripts/lab-config.mjs", "scripts/lab-text.mjs", "scripts/lab-words.mjs", "scripts/lab-model.mjs", "package-lock.json"]);
  const stamps = new Stamps(STAMPS);
  if (stamps.isCurrent("Lab", inputs, [join(LAB_OUTPUT, "index.html")])) {
    say("build: up to date: Lab");
    return;
  }
  const start = performance.now();
  await makeGiven(stamps, library, say);
  await bundle(labConfig()).catch((error) => {
    throw new BuildError(`the Lab cannot be bundled: ${error.message}`, { cause: error });
  });
  const leaked = filesBelow(LAB_OUTPUT, (path) => path.endsWith(".js")).filter((path) => /\bfrom ?["']node:/.test(readFileSync(path, "utf8")));
  if (leaked.length > 0) throw new BuildError(`the Lab asks for Node's modules: ${leaked.join(", ")}`);
  stamps.record("Lab", inputs);
  say(`build: Lab (${relative(ROOT, LAB_OUTPUT)}, ${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  try {
    await build();
    if (process.argv.includes("--serve")) {
      await makeGiven(new Stamps(STAMPS), builtLibrary(), console.log);
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
