/** Other versions of Node than the one that runs, from npm: the packages that hold its binary for one platform. They stay in .cache/. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

/** The path of a version's binary, installed if need be; called from the project's folder. */
export function nodeBinary(version, { platform = process.platform, arch = process.arch } = {}) {
  const windows = platform === "win32";
  const name = `node-${windows ? "win" : platform}-${arch}`;
  const folder = join(".cache", `node-${version}`);
  const binary = join(folder, "node_modules", name, "bin", windows ? "node.exe" : "node");
  if (!existsSync(binary)) {
    mkdirSync(folder, { recursive: true });
    npm("install", "--prefix", folder, "--no-save", "--force", `${name}@${version}`);
  }
  return resolve(binary);
}

/** Runs npm without install scripts. @throws where it fails */
export function npm(...args) {
  const windows = process.platform === "win32";
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", [...args, ...options], { stdio: ["ignore", "ignore", "inherit"], shell: windows });
  if (status !== 0) throw new Error(`npm ${args.join(" ")} failed`);
}
