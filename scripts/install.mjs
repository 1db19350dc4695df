/** Installs the pinned dependencies when they are missing or older than package-lock.json. */
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCK = join(ROOT, "package-lock.json");
/** Written by npm at the end of every install. */
const INSTALLED = join(ROOT, "node_modules/.package-lock.json");
/** Hash of the lock file that was installed: dates say little in a fresh clone. */
const MARK = join(ROOT, "node_modules/.installed-lock");

/** @throws Error with npm's last lines when it fails */
export function installDependencies({ say = console.log } = {}) {
  const hash = createHash("sha256").update(readFileSync(LOCK)).digest("hex");
  if (isInstalled(hash)) return;
  say("install: pinned dependencies, from package-lock.json");
  const start = performance.now();
  const result = runNpm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  if (result.status !== 0) {
    const lines = `${result.stderr ?? ""}${result.stdout ?? ""}${result.error ?? ""}`.split("\n");
    const output = lines.filter((line) => line.replace(/^npm (error|ERR!)/, "").trim() !== "").slice(0, 10);
    throw new Error(`npm ci failed:\n${output.map((line) => `  ${line}`).join("\n")}`);
  }
  writeFileSync(MARK, hash);
  say(`install: done (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}

function isInstalled(hash) {
  if (!existsSync(INSTALLED)) return false;
  if (existsSync(MARK) && readFileSync(MARK, "utf8") === hash) return true;
  // Installed by hand since the lock file changed.
  return statSync(INSTALLED).mtimeMs >= statSync(LOCK).mtimeMs;
}

/** The npm that started this process if one did, else the one on the path. */
function runNpm(args) {
  const options = { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };
  const script = process.env.npm_execpath;
  if (script && /npm-cli\.c?js$/.test(script)) return spawnSync(process.execPath, [script, ...args], options);
  return spawnSync("npm", args, { ...options, shell: process.platform === "win32" });
}
