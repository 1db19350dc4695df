/**
 * Runs the tests on other versions of Node: `node scripts/test-node-versions.mjs [22] [24] [26] [-- PATTERN...]`. The addon is
 * built once: Node-API is the same for all versions.
 */
import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { nodeBinary } from "./node-binary.mjs";

const VERSIONS = { 22: "22.23.3", 24: "24.9.0", 26: "26.9.0" };

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const args = process.argv.slice(2);
const separator = args.includes("--") ? args.indexOf("--") : args.length;
const majors = separator > 0 ? args.slice(0, separator) : Object.keys(VERSIONS);
const patterns = args.slice(separator + 1);

const failed = [];
for (const major of majors) {
  const version = VERSIONS[major];
  if (!version) throw new Error(`Node ${major}: expected one of ${Object.keys(VERSIONS).join(", ")}`);
  console.log(`\n==== Node ${version} ====`);
  const node = nodeBinary(version);
  if (spawnSync(node, ["scripts/test.mjs", ...patterns], { stdio: ["ignore", "inherit", "inherit"] }).status !== 0) failed.push(version);
}
console.log(failed.length === 0 ? "\nall versions passed" : `\nfailed on Node ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
