/** Who takes part, and how each one's process is started. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));
const host = (file, ...rest) => () => [process.execPath, ["--expose-gc", path("serve.mjs"), file, ...rest]];
const torch = (variant) => () => [process.env.PYTHON ?? "python3", [path("contestants/pytorch.py"), variant]];

/**
 * @typedef {object} Contestant
 * @property {string} id
 * @property {string} label
 * @property {boolean} [ours] Unrolled: measures the machine's peak
 * @property {boolean} [yardstick] computes nothing that could be compared
 * @property {boolean} [fromNpm] needs bench/node_modules
 * @property {readonly number[]} [threads] thread counts where it does not try all
 * @property {number} [patience] seconds, where it needs more than others
 * @property {number} [mostFlops] rows with more operations are left out: one iteration takes half a minute
 * @property {() => [string, string[]]} command
 */

/** @type {readonly Contestant[]} */
export const CONTESTANTS = [
  { id: "native", label: "Unrolled", ours: true, command: host("contestants/unrolled.mjs", "native") },
  { id: "wasm-1", label: "Unrolled wasm", ours: true, threads: [1], command: host("contestants/unrolled.mjs", "wasm") },
  { id: "wasm-2", label: "Unrolled wasm, 2 threads", ours: true, threads: [2], command: host("contestants/unrolled.mjs", "wasm") },
  { id: "wasm-relaxed", label: "Unrolled wasm, relaxed", ours: true, threads: [1], command: host("contestants/unrolled.mjs", "wasm", "relaxed-simd") },
  { id: "pytorch", label: "PyTorch", command: torch("best") },
  { id: "pytorch-padded", label: "PyTorch, padded", command: torch("padded") },
  { id: "pytorch-cell", label: "PyTorch's cell class", command: torch("cell") },
  { id: "pytorch-plain", label: "PyTorch, plainly", command: torch("plain") },
  { id: "torch-compile", label: "torch.compile", patience: 240, command: torch("compile") },
  { id: "onnxruntime", label: "onnxruntime", fromNpm: true, command: host("contestants/onnxruntime.mjs") },
  // Under Node neither has more than one thread.
  { id: "tfjs", label: "TF.js wasm", fromNpm: true, threads: [1], mostFlops: 6e10, command: host("contestants/tfjs.mjs") },
  { id: "jax-js", label: "jax-js", fromNpm: true, threads: [1], mostFlops: 6e10, command: host("contestants/jax-js.mjs") },
  { id: "yardstick", label: "yardstick", yardstick: true, command: host("contestants/yardstick.mjs") },
];

export const YARDSTICK = "yardstick";

/** @throws Error for an id that there is not */
export function contestantNamed(id) {
  const found = CONTESTANTS.find((contestant) => contestant.id === id);
  if (!found) throw new Error(`no contestant is called ${id}`);
  return found;
}

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
