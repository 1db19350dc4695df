/** Runs the built command line for a script, which has no use for what it says unless it fails. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildError } from "./build.mjs";

const COMMAND = join(dirname(dirname(fileURLToPath(import.meta.url))), "bin/unrolled.mjs");

/**
 * @param {readonly string[]} parameters
 * @param {{ cwd?: string }} options
 * @throws {BuildError} where it fails: the command, and what it said
 */
export function runUnrolled(parameters, { cwd } = {}) {
  const { status, signal, error, stderr } = spawnSync(process.execPath, [COMMAND, ...parameters], {
    cwd, encoding: "utf8", stdio: ["ignore", "ignore", "pipe"],
  });
  if (status === 0) return;
  const how = error ? `could not be run (${error.message})` : signal ? `was ended by ${signal}` : `failed with exit code ${status}`;
  throw new BuildError(`unrolled ${parameters.join(" ")} ${how}${stderr?.trim() ? `:\n${stderr.trim()}` : ""}`);
}
