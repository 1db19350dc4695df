/** Who takes part, and how each one's process is started. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const host = (file, ...rest) => () => [process.execPath, [path("serve.mjs"), file, ...rest]];

/**
 * The first one present is the measure of the others: results are compared with its results, times divided by its time.
 * `ours` marks Unrolled; `fromNpm` needs bench/node_modules; `maximumThreads` is set where more cannot be had.
 */
export const CONTESTANTS = [
  { id: "native", label: "Unrolled", ours: true, command: host("contestants/unrolled.mjs", "native") },
  { id: "wasm", label: "Unrolled wasm", ours: true, command: host("contestants/unrolled.mjs", "wasm") },
  { id: "pytorch", label: "PyTorch", command: () => [process.env.PYTHON ?? "python3", [path("contestants/pytorch.py")]] },
  { id: "onnxruntime", label: "onnxruntime", fromNpm: true, command: host("contestants/onnxruntime.mjs") },
  { id: "tfjs", label: "TF.js wasm", fromNpm: true, maximumThreads: 1, command: host("contestants/tfjs.mjs") },
  { id: "jax-js", label: "jax-js", fromNpm: true, maximumThreads: 1, command: host("contestants/jax-js.mjs") },
];

/** Installs the peers that come from npm (bench/package-lock.json) unless they are there; no install script is run. */
export function installPeers() {
  const [lock, installed] = [path("package-lock.json"), path("node_modules/.package-lock.json")];
  if (existsSync(installed) && sameVersions(lock, installed)) return;
  console.error("bench: installing the peers (npm ci, about 400 MB, once)");
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: path("."),
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) console.error("bench: npm ci failed: peers from npm are left out");
}

function sameVersions(lock, installed) {
  const versions = (file) => Object.entries(JSON.parse(readFileSync(file, "utf8")).packages).filter(([name]) => name !== "");
  const present = new Map(versions(installed));
  return versions(lock).every(([name, { version, optional }]) => optional || present.get(name)?.version === version);
}
