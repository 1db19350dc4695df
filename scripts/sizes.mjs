/**
 * What has to be downloaded, as it leaves the network: the npm package, each WebAssembly module, and the JavaScript of a page that only
 * runs a trained character model (sizes-page.js). `node scripts/sizes.mjs`, after a build, prints a table and fails where something is
 * larger than it may be.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { filesBelow } from "./stamps.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const WASM = join(ROOT, "dist/backend/wasm");
const PAGE = join(ROOT, "build/sizes-page");

/** Bytes. */
const MOST = { package: 3e6, wasm: 100e3, page: 60e3 };

/** @returns {Promise<{ name: string, bytes: number, most: number }[]>} `most` Infinity: only reported */
export async function measureSizes() {
  const modules = readdirSync(WASM).filter((file) => file.endsWith(".wasm")).toSorted();
  const { size, unpackedSize } = packedPackage();
  return [
    { name: "npm package, packed", bytes: size, most: MOST.package },
    { name: "npm package, unpacked", bytes: unpackedSize, most: Infinity },
    ...modules.map((file) => ({ name: `${file}, gzipped`, bytes: gzippedBytes([join(WASM, file)]), most: MOST.wasm })),
    { name: "JavaScript of a page that samples a model, gzipped", bytes: gzippedBytes(await bundlePage()), most: MOST.page },
  ];
}

/** Prints the sizes as a table. @returns how many are as they should be, and how many are not */
export async function checkSizes() {
  const sizes = await measureSizes();
  const rows = sizes.map(({ name, bytes, most }) => [name, kilobytes(bytes), most === Infinity ? "" : kilobytes(most), bytes <= most ? "" : "TOO LARGE"]);
  const header = ["", "size", "at most", ""];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  for (const row of [header, ...rows]) {
    console.log(`sizes: ${row.map((text, column) => (column === 0 ? text.padEnd(widths[0]) : text.padStart(widths[column]))).join("  ")}`.trimEnd());
  }
  const failed = sizes.filter(({ bytes, most }) => bytes > most).length;
  return { passed: sizes.length - failed, failed };
}

/** @returns {{ size: number, unpackedSize: number, files: { path: string }[] }} bytes; paths from the root */
export function packedPackage() {
  const npm = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: ROOT,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) throw new Error(`npm pack: ${npm.stderr.trim() || npm.error?.message}`);
  return JSON.parse(npm.stdout)[0];
}

/** @returns {Promise<string[]>} the JavaScript files of the page and of the Workers it may start */
async function bundlePage() {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "warn",
    worker: { format: "es" },
    build: {
      outDir: PAGE,
      emptyOutDir: true,
      target: "es2022",
      rolldownOptions: { input: join(ROOT, "scripts/sizes-page.js") },
    },
  });
  const files = filesBelow(PAGE, (path) => path.endsWith(".js"));
  if (files.length === 0) throw new Error("sizes: the page's bundle has no JavaScript");
  return files;
}

function gzippedBytes(paths) {
  return paths.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);
}

function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { failed } = await checkSizes();
  process.exitCode = failed === 0 ? 0 : 1;
}
