/**
 * `npm start`: installs, builds and runs `unrolled start` (src/cli/commands/start.ts) with the arguments given after `--`. What
 * is installed and built already is skipped.
 */
import { build, BuildError } from "./build.mjs";
import { installDependencies } from "./install.mjs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Unrolled needs Node 20.19 or newer; this is ${process.versions.node}.`);
  process.exit(1);
}

try {
  installDependencies();
  await build();
} catch (error) {
  if (!(error instanceof BuildError) && !error.message.startsWith("npm ci")) throw error;
  console.error(error.message);
  process.exit(1);
}
console.log();
const { main } = await import("../dist/cli/main.js");
await main(["start", ...process.argv.slice(2)]);
