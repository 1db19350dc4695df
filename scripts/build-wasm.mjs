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

const COMPILE = [
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
  // Pointers stepped through loops lose their constant offsets, which WebAssembly's loads and stores take for nothing.
  "-mllvm",
  "-disable-lsr",
];
const LINK = [
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
/** Atomic instructions are legal without shared memory too, so that one compilation of the kernels serves with and without threads. */
const ATOMICS = "-matomics";

const exporting = (name) => `-Wl,--export=${name}`;

const THREADED = {
  compile: [ATOMICS],
  link: [
    "-Wl,--shared-memory",
    ...["__stack_pointer", "caller_cannot_sleep", "add_worker", "worker_loop", "resume_worker_loop"].map(exporting),
  ],
};
const SINGLE = { compile: [], link: [] };

/** The inner loops of products, compiled twice: relaxed SIMD fuses multiplications and additions where the host's processor does. */
const PRODUCTS = { "products.o": [], "products-relaxed.o": ["-mrelaxed-simd"] };

/** The modules: products with or without relaxed SIMD, threads.c with or without threads. */
export const WASM_MODULES = {
  "unrolled.wasm": { products: "products.o", ...SINGLE },
  "unrolled-threads.wasm": { products: "products.o", ...THREADED },
  "unrolled-relaxed.wasm": { products: "products-relaxed.o", ...SINGLE },
  "unrolled-relaxed-threads.wasm": { products: "products-relaxed.o", ...THREADED },
};

async function compile(root, outputFolder) {
  // Imported here: loading the compiler takes a moment, and most builds are up to date.
  const { runClang, runLLVM, Exit } = await import("@yowasp/clang");
  // The compiler announces what it loads unless it has been loaded quietly before.
  await runLLVM(null, {}, { fetchProgress: () => {} });
  const sources = filesBelow(join(root, "kernels"), (path) => /\.[ch]$/.test(path) && basename(path) !== "addon.c");
  let files = Object.fromEntries(sources.map((path) => [basename(path), readFileSync(path, "utf8")]));
  const stderr = (bytes) => bytes && process.stderr.write(Buffer.from(bytes));
  const clang = async (...args) => (files = await runClang(["clang", ...COMPILE, ...args], files, { stderr }));
  const exported = parseKernelsHeader(files["kernels.h"]).kernels.map(({ name }) => exporting(name));
  try {
    await clang(ATOMICS, "-c", "unrolled.c", "-o", "kernels.o");
    for (const [object, flags] of Object.entries(PRODUCTS)) await clang(ATOMICS, ...flags, "-c", "products.c", "-o", object);
    for (const [file, flags] of Object.entries(WASM_MODULES)) {
      // Its file system does not replace files: every object has a name of its own.
      const threads = `threads-of-${file}.o`;
      await clang(...flags.compile, "-c", "threads.c", "-o", threads);
      await clang(...LINK, ...flags.link, ...exported, "kernels.o", flags.products, threads, "-o", file);
      const output = join(outputFolder, file);
      writeFileSync(`${output}.new`, files[file]);
      renameSync(`${output}.new`, output);
    }
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
    process.exitCode = 1;
  }
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  await compile(join(import.meta.dirname, ".."), process.argv[2]);
}
