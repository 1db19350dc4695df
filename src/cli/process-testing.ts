/** For the tests that run the command as a process of its own. */
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { withoutTimes } from "../train/testing.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const COMMAND = join(ROOT, "bin/unrolled.mjs");

/** npm test builds before it runs the tests; alone, they do. */
export function buildIfStale(): void {
  const main = join(ROOT, "dist/cli/main.js");
  const built = existsSync(main) ? statSync(main).mtimeMs : 0;
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((name) => /(?<!\.test)\.ts$/.test(name));
  if (sources.every((name) => statSync(join(ROOT, "src", name)).mtimeMs <= built)) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/build.mjs")], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}

/** One thread on WebAssembly, the same everywhere. @param crash when to kill itself, as node-storage.ts says */
export function environment(crash?: string): NodeJS.ProcessEnv {
  return { ...process.env, UNROLLED_BACKEND: "wasm", UNROLLED_THREADS: "1", NO_COLOR: "1", ...(crash && { UNROLLED_TEST_CRASH: crash }) };
}

/** Runs a command to its end, in a folder. */
export function unrolledIn(folder: string, args: readonly string[], crash?: string): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [COMMAND, ...args], { cwd: folder, env: environment(crash), encoding: "utf8" });
}

/** The same with files of at most so many blocks of 512 bytes: it stands for a full disk, as the same calls fail, without root. */
export function unrolledWithin(blocks: number, folder: string, args: readonly string[]): SpawnSyncReturns<string> {
  const script = `ulimit -f ${blocks}; exec "$0" "$@"`;
  return spawnSync("sh", ["-c", script, process.execPath, COMMAND, ...args], { cwd: folder, env: environment(), encoding: "utf8" });
}

/** Kills a command with SIGKILL at a random moment, up to so many milliseconds after its first output; the signal that ended it. */
export async function killedWithin(milliseconds: number, folder: string, args: readonly string[]): Promise<NodeJS.Signals | null> {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: folder, env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on("close", (_, signal) => resolve(signal)));
  // The clock starts where the work does: loading takes longer than all of the training.
  await Promise.race([ended, new Promise((resolve) => child.stdout.once("data", resolve))]);
  await new Promise((resolve) => setTimeout(resolve, randomInt(0, milliseconds)));
  child.kill("SIGKILL");
  return ended;
}

/** Presses Ctrl-C as soon as the output has `mark` in it; what was written, and the exit code. */
export async function interruptedAt(mark: string, folder: string, args: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args], { cwd: folder, env: environment() });
  let output = "";
  let asked = false;
  child.stdout.on("data", (chunk) => {
    output += String(chunk);
    if (asked || !output.includes(mark)) return;
    asked = true;
    child.kill("SIGINT");
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, output };
}

/** Files of a run by name, in the folder of all runs; without what is never the same twice. */
export function filesOf(folder: string, run: string, names: readonly string[]): Record<string, Buffer> {
  return Object.fromEntries(names.map((name) => {
    const bytes = readFileSync(join(folder, run, name));
    return [name, name === "metrics.jsonl" ? Buffer.from(withoutTimes(bytes)) : bytes];
  }));
}
