/**
 * `npm test`: installs and builds what is out of date, then runs every check there is. The last line of the output counts
 * them all: `N passed, N failed`. `npm test -- PATTERN...` runs only the unit tests whose file matches.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { installDependencies } from "./install.mjs";

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const patterns = process.argv.slice(2);
const totals = { passed: 0, failed: 0 };

/** Runs one stage; it returns counts, or nothing for one check that passed by not throwing. */
async function stage(name, run) {
  const start = performance.now();
  let counts = { passed: 1, failed: 0 };
  let error;
  try {
    counts = (await run()) ?? counts;
  } catch (thrown) {
    counts = { passed: 0, failed: 1 };
    error = thrown;
  }
  totals.passed += counts.passed;
  totals.failed += counts.failed;
  if (error) console.error(error.message);
  console.log(`test: ${name}: ${counts.failed === 0 ? "ok" : "FAILED"} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
  return counts.failed === 0;
}

/** Runs a program of node_modules, or one of ours, with this Node; its output is shown. */
function node(script, args = []) {
  return spawnSync(process.execPath, [script, ...args], { stdio: ["ignore", "inherit", "inherit"] }).status;
}

function expectSuccess(status) {
  if (status !== 0) throw new Error(`exit status ${status}`);
}

function unitTests() {
  const report = "build/unit-tests.json";
  mkdirSync("build", { recursive: true });
  rmSync(report, { force: true });
  const status = node("node_modules/vitest/vitest.mjs", [
    "run",
    ...patterns,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
  ]);
  const results = JSON.parse(readFileSync(report, "utf8"));
  // A file that cannot be loaded fails without having any tests.
  const unloaded = results.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0).length;
  const failed = results.numFailedTests + unloaded;
  return { passed: results.numPassedTests, failed: failed === 0 && status !== 0 ? 1 : failed };
}

const ready =
  (await stage("dependencies", () => installDependencies())) && (await stage("build", () => build({ wideTest: true })));
if (ready) {
  if (patterns.length === 0) {
    await stage("lint", () => expectSuccess(node("node_modules/oxlint/bin/oxlint", ["--deny-warnings"])));
    await stage("types", () => expectSuccess(node("node_modules/typescript/bin/tsc", ["--noEmit", "-p", "."])));
    await stage("types of the Lab", () => expectSuccess(node("node_modules/typescript/bin/tsc", ["--noEmit", "-p", "lab"])));
    await stage("imports", () => expectSuccess(node("scripts/check-imports.mjs")));
  }
  await stage("unit tests", unitTests);
  if (patterns.length === 0) {
    const { checkSizes } = await import(join(process.cwd(), "scripts/sizes.mjs"));
    await stage("sizes", checkSizes);
    const { testInBrowser } = await import(join(process.cwd(), "tests/browser/run.mjs"));
    await stage("browser", testInBrowser);
    const { testLab } = await import(join(process.cwd(), "tests/lab/run.mjs"));
    await stage("lab", testLab);
  }
}
console.log(`\n${totals.passed} passed, ${totals.failed} failed`);
process.exitCode = totals.failed === 0 ? 0 : 1;
