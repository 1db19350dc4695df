/**
 * Compiles the kernels to WebAssembly with clang from npm (itself WebAssembly), which needs no system toolchain:
 * `node scripts/build-wasm.mjs FOLDER`. A process of its own, since the compiler blocks the one it runs in.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseKernelsHeader } from "./kernels-header.mjs";
import { filesBelow } from "./stamps.mjs";

/** Pages of 64 KiB that the module needs at the start; src/backend/wasm.ts makes memory of at least this size. */
const INITIAL_PAGES = 256;
const MAXIMUM_PAGES = 65536;

const COMMON = [
  "--target=wasm32",
  "-std=gnu11",
  "-O3",
  "-msimd128",
  "-mbulk-memory",
  "-nostdlib",
  "-ffreestanding",
  "-fno-math-errno",
  "-fno-trapping-math",
  "-ffp-contract=fast",
  "-Wall",
  "-Wl,--no-entry",
  "-Wl,--import-memory",
  `-Wl,--initial-memory=${INITIAL_PAGES * 65536}`,
  `-Wl,--max-memory=${MAXIMUM_PAGES * 65536}`,
  // The stack comes first, so that overflowing it traps.
  "-Wl,--stack-first",
  "-Wl,-z,stack-size=1048576",
  "-Wl,--strip-all",
  "-Wl,--export=__heap_base",
];

/** Output file name and further flags, by variant. */
export const WASM_VARIANTS = {
  simd128: { file: "unrolled.wasm", flags: [] },
  "simd128-threads": {
    file: "unrolled-threads.wasm",
    flags: [
      "-matomics",
      "-Wl,--shared-memory",
      "-Wl,--export=__stack_pointer",
      "-Wl,--export=add_worker",
      "-Wl,--export=worker_loop",
      "-Wl,--export=caller_cannot_sleep",
    ],
  },
};

async function compile(root, outputFolder) {
  // Imported here: loading the compiler takes a moment, and most builds are up to date.
  const { runClang, runLLVM, Exit } = await import("@yowasp/clang");
  // The compiler announces what it loads unless it has been loaded quietly before.
  await runLLVM(null, {}, { fetchProgress: () => {} });
  const sources = filesBelow(join(root, "kernels"), (path) => /\.[ch]$/.test(path) && basename(path) !== "addon.c");
  const files = Object.fromEntries(sources.map((path) => [basename(path), readFileSync(path, "utf8")]));
  const { kernels } = parseKernelsHeader(files["kernels.h"]);
  const exported = kernels.map(({ name }) => `-Wl,--export=${name}`);
  const stderr = (bytes) => bytes && process.stderr.write(Buffer.from(bytes));
  for (const { file, flags } of Object.values(WASM_VARIANTS)) {
    try {
      const produced = await runClang(["clang", ...COMMON, ...flags, ...exported, "-o", file, "unrolled.c"], files, { stderr });
      const output = join(outputFolder, file);
      writeFileSync(`${output}.new`, produced[file]);
      renameSync(`${output}.new`, output);
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      process.exitCode = 1;
      return;
    }
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  await compile(join(import.meta.dirname, ".."), process.argv[2]);
}
