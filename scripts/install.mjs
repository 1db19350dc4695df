/** Installs the pinned dependencies when what is installed is not what package-lock.json says. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCK = join(ROOT, "package-lock.json");
/** Written by npm at the end of every install: what is there, in the form of the lock file. */
const INSTALLED = join(ROOT, "node_modules/.package-lock.json");

/** @throws Error with npm's last lines when it fails */
export function installDependencies({ say = console.log } = {}) {
  if (isInstalled()) return;
  say("install: pinned dependencies, from package-lock.json");
  const start = performance.now();
  const result = runNpm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (result.status !== 0) {
    const lines = `${result.stderr ?? ""}${result.stdout ?? ""}${result.error ?? ""}`.split("\n");
    const output = lines.filter((line) => line.replace(/^npm (error|ERR!)/, "").trim() !== "").slice(0, 10);
    throw new Error(`npm ci failed:\n${output.map((line) => `  ${line}`).join("\n")}`);
  }
  say(`install: done (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

/** Whether every package of the lock file is there in its version; optional ones may be for other platforms. */
function isInstalled() {
  try {
    const wanted = Object.entries(JSON.parse(readFileSync(LOCK, "utf8")).packages);
    const present = JSON.parse(readFileSync(INSTALLED, "utf8")).packages;
    return wanted.every(([path, { version, optional, devOptional }]) => {
      if (path === "" || present[path]?.version === version) return true;
      return !(path in present) && Boolean(optional || devOptional);
    });
  } catch {
    return false;
  }
}

/** The npm that started this process if one did, else the one on the path. */
function runNpm(args) {
  const options = { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script)) return spawnSync(process.execPath, [script, ...args], options);
  return spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}
