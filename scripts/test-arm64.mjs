/**
 * Runs tests on an emulated arm64 machine, so that the NEON kernels are run and not only compiled: slow, and no measure of speed.
 *
 *   node scripts/test-arm64.mjs [ARGUMENT...]
 *
 * Arguments are vitest's; without any, the conformance of the native backend and the tests of the cells. Needs Debian's packages
 * qemu-user and gcc-aarch64-linux-gnu, and a build (`npm run build`).
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nativeAddons, nativeFlags } from "./build-native.mjs";
import { nodeBinary, npm } from "./node-binary.mjs";

const NODE = "20.20.2";
const MACHINE = { platform: "linux", arch: "arm64" };
const COMPILER = "aarch64-linux-gnu-gcc";
const EMULATOR = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"];
const RUNS = [["src/backend/conformance", "-t", "native"], ["src/cell"]];

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
for (const command of [COMPILER, EMULATOR[0]]) {
  if (spawnSync(command, ["--version"]).status !== 0) throw new Error(`${command} is missing: apt-get install qemu-user gcc-aarch64-linux-gnu`);
}
if (!existsSync("dist/backend/wasm")) throw new Error("there is no build: npm run build");

const folder = resolve(".cache/arm64");
mkdirSync(folder, { recursive: true });
copyProject();
for (const addon of nativeAddons({ ...MACHINE, wideTest: true })) buildAddon(addon);
// Tools of the tests have addons of their own.
npm("ci", "--prefix", folder, "--cpu=arm64", "--os=linux", "--libc=glibc");

const node = nodeBinary(NODE, MACHINE);
const given = process.argv.slice(2);
const failed = (given.length > 0 ? [given] : RUNS).filter((run) => {
  // Threads, not processes: those would start what no emulator runs.
  const [command, ...args] = [...EMULATOR, node, "node_modules/vitest/vitest.mjs", "run", "--pool=threads", "--testTimeout=3600000", "--hookTimeout=3600000", ...run];
  return spawnSync(command, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] }).status !== 0;
});
console.log(failed.length === 0 ? "arm64: passed" : `arm64: failed: ${failed.map((run) => run.join(" ")).join("; ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** The sources and the portable part of the build. */
function copyProject() {
  for (const path of ["src", "dist/backend/wasm", "package.json", "package-lock.json", "vitest.config.ts", "tsconfig.json"]) {
    rmSync(join(folder, path), { recursive: true, force: true });
    cpSync(path, join(folder, path), { recursive: true });
  }
}

function buildAddon({ name, source }) {
  const output = join(folder, "dist/backend/native/linux-arm64", `${name}.node`);
  mkdirSync(dirname(output), { recursive: true });
  const include = ["-Ikernels", "-Ibuild", "-Inode_modules/node-api-headers/include"];
  const { status } = spawnSync(COMPILER, [...nativeFlags(name, MACHINE), ...include, source, "-o", output], { stdio: "inherit" });
  if (status !== 0) throw new Error(`${name} could not be built by ${COMPILER}`);
}
