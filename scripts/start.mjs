/**
 * `npm start`: installs, builds and runs the demonstration (src/cli/start.ts). What is installed and built already is
 * skipped. Arguments go to the demonstration.
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
const { main } = await import("../dist/cli/start.js");
process.exitCode = (await main(process.argv.slice(2))) ?? 0;
