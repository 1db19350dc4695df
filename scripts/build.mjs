/**
 * Builds everything into dist/: the glue, the kernels as WebAssembly and, where there is a C compiler, as native addons, and
 * the TypeScript. Says in a line each what it does, and does only what is out of date.
 *
 * `node scripts/build.mjs [--kernels] [--wide-test]`: --kernels leaves the TypeScript out, --wide-test also builds
 * the addon that tests the widest vector layout on any machine.
 */
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findCompiler, MACHINE, nativeAddons, nativeFlags } from "./build-native.mjs";
import { WASM_MODULES } from "./build-wasm.mjs";
import { generateGlue } from "./glue.mjs";
import { parseKernelsHeader } from "./kernels-header.mjs";
import { filesBelow, hashInputs, Stamps } from "./stamps.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const run = promisify(execFile);

/** A build step that went wrong: the message is all that the reader needs. */
export class BuildError extends Error {}

/**
 * @param {{ typescript?: boolean, wideTest?: boolean, say?: (line: string) => void }} options
 * @throws BuildError when the glue, WebAssembly or TypeScript cannot be built; a failing native build is only reported
 */
export async function build({ typescript = true, wideTest = false, say = console.log } = {}) {
  process.chdir(ROOT);
  const stamps = new Stamps("build/stamps.json");
  for (const path of generateGlue(ROOT)) say(`build: wrote ${path}`);
  checkKernelsAreDefined();
  const steps = [wasmStep(), ...nativeSteps(wideTest, say), ...(typescript ? [typescriptStep()] : [])];
  const stale = steps.filter((step) => !stamps.isCurrent(step.name, step.inputs, step.outputs));
  if (stale.length < steps.length) {
    say(`build: up to date: ${steps.filter((step) => !stale.includes(step)).map((step) => step.name).join(", ")}`);
  }
  await inParallel(stale, Math.max(1, availableParallelism()), async (step) => {
    const start = performance.now();
    const result = await step.make();
    if (result === undefined) return;
    stamps.record(step.name, step.inputs);
    say(`build: ${step.name} (${result ? `${result}, ` : ""}${((performance.now() - start) / 1000).toFixed(1)} s)`);
  });
}

/** The linkers would say so too, but not in one line. */
function checkKernelsAreDefined() {
  const { kernels } = parseKernelsHeader(readFileSync("kernels/kernels.h", "utf8"));
  const sources = kernelSources().filter((path) => path.endsWith(".c")).map((path) => readFileSync(path, "utf8")).join("\n");
  const missing = kernels.filter(({ name }) => !new RegExp(`^KERNEL\\(\\w+\\)\\s*${name}\\(`, "m").test(sources));
  if (missing.length === 0) return;
  throw new BuildError(`kernels.h declares what no file in kernels/ defines: ${missing.map(({ name }) => name).join(", ")}`);
}

function kernelSources() {
  return filesBelow("kernels", (path) => /\.[ch]$/.test(path));
}

/** One process builds all variants: loading the compiler takes longer than compiling. */
function wasmStep() {
  const sources = [...kernelSources(), "scripts/build-wasm.mjs", "node_modules/@yowasp/clang/package.json"];
  const outputs = Object.keys(WASM_MODULES).map((file) => `dist/backend/wasm/${file}`);
  return {
    name: "WebAssembly",
    inputs: hashInputs(sources),
    outputs,
    async make() {
      mkdirSync("dist/backend/wasm", { recursive: true });
      const { stderr } = await compilerOutput(run(process.execPath, ["scripts/build-wasm.mjs", "dist/backend/wasm"]), "WebAssembly");
      if (stderr) console.error(stderr.trimEnd());
      return outputs.map((path) => `${Math.ceil(statSync(path).size / 1024)} KB`).join(", ");
    },
  };
}

function nativeSteps(wideTest, say) {
  const addons = nativeAddons({ wideTest });
  if (addons.length === 0) {
    say(`build: no native build for ${process.platform} ${process.arch}: WebAssembly will run`);
    return [];
  }
  const compiler = findCompiler();
  if (!compiler) {
    say(`build: no C compiler found${process.env.CC ? ` (CC=${process.env.CC})` : ""}: WebAssembly will run; a compiler makes it 2 to 5 times faster`);
    return [];
  }
  const sources = [...kernelSources(), "build/napi.c", "scripts/build-native.mjs"];
  return addons.map(({ name, source }) => {
    const output = `dist/backend/native/${process.platform}-${process.arch}/${name}.node`;
    return {
      name: `native ${name}`,
      inputs: hashInputs(sources, compiler.version, ...compiler.command, ...nativeFlags(name)),
      outputs: [output],
      async make() {
        mkdirSync(dirname(output), { recursive: true });
        const unfinished = `build/${name}.${process.pid}.node`;
        const [command, ...given] = compiler.command;
        const include = ["-Ikernels", "-Ibuild", "-Inode_modules/node-api-headers/include"];
        try {
          await run(command, [...given, ...nativeFlags(name), ...include, source, "-o", unfinished]);
        } catch (error) {
          rmSync(output, { force: true });
          say(`build: native ${name} could not be built by ${compiler.version}; without it ${name === MACHINE ? "WebAssembly" : "the next best"} runs:`);
          for (const line of firstErrors(error.stderr ?? String(error))) say(`  ${line}`);
          return undefined;
        }
        // Renamed into place: a process that runs the old addon keeps it.
        renameSync(unfinished, output);
        return compiler.version;
      },
    };
  });
}

function typescriptStep() {
  // As "exclude" of tsconfig.build.json.
  const sources = filesBelow("src", (path) => path.endsWith(".ts") && !/(\.test|\/testing)\.ts$|\/conformance\//.test(path));
  const inputs = hashInputs([...sources, "tsconfig.json", "tsconfig.build.json", "node_modules/typescript/package.json"]);
  return {
    name: "TypeScript",
    inputs,
    outputs: ["dist/tsconfig.build.tsbuildinfo"],
    async make() {
      removeOrphans(new Set(sources.map((path) => relative("src", path).replace(/\.ts$/, ""))));
      await compilerOutput(run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]), "TypeScript");
      return "";
    },
  };
}

/** Deletes compiled files whose source is gone. */
function removeOrphans(modules) {
  // dist/lab is the bundled Lab (build-lab.mjs).
  for (const path of filesBelow("dist", (path) => /\.(js|d\.ts)(\.map)?$/.test(path) && !/^dist[\\/]lab[\\/]/.test(path))) {
    if (!modules.has(relative("dist", path).replace(/\.(js|d\.ts)(\.map)?$/, ""))) rmSync(path);
  }
}

async function compilerOutput(running, what) {
  try {
    return await running;
  } catch (error) {
    const lines = firstErrors(`${error.stdout ?? ""}\n${error.stderr ?? ""}`, 20);
    throw new BuildError(`${what} failed:\n${lines.map((line) => `  ${line}`).join("\n") || `  ${error.message}`}`);
  }
}

/** The lines of a compiler's output that say what is wrong, or its first lines. */
function firstErrors(output, limit = 6) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /error|undefined|isn't defined/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(0, limit);
}

async function inParallel(items, width, task) {
  const queue = [...items];
  const workers = Array.from({ length: width }, async () => {
    while (queue.length > 0) await task(queue.shift());
  });
  await Promise.all(workers);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const flags = process.argv.slice(2);
  try {
    await build({ typescript: !flags.includes("--kernels"), wideTest: flags.includes("--wide-test") });
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`build: ${error.message}`);
    process.exitCode = 1;
  }
}
