/**
 * Measures Unrolled beside its peers: `npm run bench -- [options]`. README.md beside this file says how and what the figures mean.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { installDependencies } from "../scripts/install.mjs";
import { CASES, caseName, flops, MODES, rowName } from "./cases.mjs";
import { CONTESTANTS, installPeers } from "./contestants.mjs";
import { describeMachine } from "./machine.mjs";
import { measureCase } from "./measure.mjs";
import { ContestantError, ContestantProcess } from "./process.mjs";
import { formatReport, isWrong, makeReport } from "./report.mjs";

const HELP = `Measures Unrolled beside its peers and prints a table.

  npm run bench -- [options]

  --rows TEXT,...    only rows whose name contains one of these (--list shows the names)
  --only ID,...      only these contestants: ${CONTESTANTS.map(({ id }) => id).join(", ")}
  --threads N,...    thread counts that each contestant tries, the best is reported (default: ${defaultThreads().join(",")})
  --minutes N        rounds are cut short, to one if need be, to end in about this time (default 9)
  --quick            fewer and shorter turns, and --minutes 4 unless given: rougher
  --patience S       seconds after which a request to a contestant is given up (default 60)
  --json FILE        where the figures go (default bench/results/latest.json)
  --no-build         measure dist/ as it is
  --list             print the names of the rows and stop

  npm run bench -- --rows gru,lstm-B1-H128-train --only native,pytorch
`;

const THOROUGH = { rounds: 5, turnSeconds: 0.1, budgetSeconds: 2 };
const QUICK = { rounds: 3, turnSeconds: 0.05, budgetSeconds: 0.6 };
const CALIBRATION_SECONDS = 0.02;

class UsageError extends Error {}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  const plan = CASES.map((testCase) => ({ testCase, modes: MODES.filter((mode) => matches(rowName(testCase, mode), options.rows)) }));
  const chosen = plan.filter(({ modes }) => modes.length > 0);
  if (chosen.length === 0) throw new UsageError(`--rows ${options.rows}: no row has such a name; --list shows them`);
  if (options.list) return console.log(chosen.flatMap(({ testCase, modes }) => modes.map((mode) => rowName(testCase, mode))).join("\n"));

  const machine = describeMachine();
  const contestants = CONTESTANTS.filter(({ id }) => options.only === undefined || options.only.includes(id));
  if (contestants.some(({ ours }) => ours) && options.build) {
    installDependencies();
    await build({ say: (line) => console.error(line) });
  }
  if (contestants.some(({ fromNpm }) => fromNpm)) installPeers();

  const field = await startAll(contestants, options);
  // Also when interrupted.
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]]) process.once(signal, () => process.exit(status));
  process.once("exit", () => field.entrants.forEach((entrant) => entrant.close()));
  let report;
  for await (const rows of measureAll(chosen, field, options)) {
    report = makeReport(machine, contestants, field, rows);
    // After every case, so that little is lost when the run is broken off.
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
  }
  console.log(formatReport(report));
  console.error(`bench: figures in ${options.json}`);
  // The contestants' processes would keep this one alive.
  process.exit(report.rows.some((row) => Object.values(row.results).some(isWrong)) ? 1 : 0);
}

function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        rows: { type: "string" },
        only: { type: "string" },
        threads: { type: "string" },
        minutes: { type: "string" },
        quick: { type: "boolean", default: false },
        patience: { type: "string", default: "60" },
        json: { type: "string", default: fileURLToPath(new URL("results/latest.json", import.meta.url)) },
        "no-build": { type: "boolean", default: false },
        list: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  const list = (text) => text?.split(",").map((part) => part.trim()).filter((part) => part !== "");
  const only = list(values.only);
  const unknown = only?.find((id) => !CONTESTANTS.some((contestant) => contestant.id === id));
  if (unknown !== undefined) throw new UsageError(`--only ${unknown}: expected some of ${CONTESTANTS.map(({ id }) => id).join(", ")}`);
  const threads = list(values.threads)?.map(Number) ?? defaultThreads();
  if (threads.length === 0 || threads.some((count) => !Number.isInteger(count) || count < 1 || count > 64)) {
    throw new UsageError(`--threads ${values.threads}: expected whole numbers from 1 to 64`);
  }
  const positive = (name, text) => {
    if (!(Number(text) > 0)) throw new UsageError(`--${name} ${text}: expected a number above 0`);
    return Number(text);
  };
  return {
    rows: list(values.rows),
    only,
    threads,
    patience: positive("patience", values.patience),
    minutes: positive("minutes", values.minutes ?? (values.quick ? "4" : "9")),
    settings: values.quick ? QUICK : THOROUGH,
    json: resolve(values.json),
    build: !values["no-build"],
    list: values.list,
    help: values.help,
  };
}

/** One, half of the cores, all of them. */
function defaultThreads() {
  const cores = availableParallelism();
  return [...new Set([1, Math.max(1, cores >> 1), cores])];
}

function matches(name, wanted) {
  return wanted === undefined || wanted.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}

/** Starts a process per contestant and thread count. Contestants that cannot run here are listed with the reason. */
async function startAll(contestants, { threads, patience }) {
  const entrants = [];
  const about = new Map();
  for (const contestant of contestants) {
    const counts = [...new Set(threads.map((count) => Math.min(count, contestant.maximumThreads ?? Infinity)))];
    for (const count of counts) {
      const entrant = new Entrant(contestant, count, patience);
      try {
        about.set(contestant.id, { version: await entrant.start(), modes: entrant.modes });
        entrants.push(entrant);
      } catch (error) {
        if (!(error instanceof ContestantError)) throw error;
        entrant.close();
        if (!about.has(contestant.id)) about.set(contestant.id, { missing: error.message });
        console.error(`bench: ${contestant.label} is left out: ${error.message}`);
        break;
      }
    }
  }
  if (entrants.length === 0) throw new UsageError("no contestant can run here");
  return { entrants, about };
}

/** A contestant's process with one thread count, started anew if it ended or had to be killed, but not for ever. */
class Entrant {
  #process;
  #patience;
  #startsLeft = 3;

  constructor(contestant, threads, patience) {
    this.contestant = contestant;
    this.threads = threads;
    this.#patience = patience;
  }

  /** @returns {Promise<string>} the contestant's version */
  async start() {
    this.#startsLeft--;
    this.#process = new ContestantProcess(this.contestant.command(), this.threads);
    const { version, modes } = await this.#process.ask({ do: "start", threads: this.threads }, this.#patience);
    this.modes = modes;
    return version;
  }

  /** Why there is no process to ask, or undefined. */
  get ended() {
    return this.#process.ended;
  }

  async ask(request) {
    // Only a new case brings a killed process back: it has to load the arrays again.
    if (this.ended && request.do === "prepare" && this.#startsLeft > 0) await this.start();
    return this.#process.ask(request, this.#patience);
  }

  close() {
    this.#process.close();
  }
}

/** Measures the smallest cases first, so that what they leave of the time is there for the largest. Yields all rows so far. */
async function* measureAll(plan, { entrants }, { settings, minutes }) {
  const gauge = calibrator(entrants);
  const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const rows = new Map(plan.flatMap(({ testCase, modes }) => modes.map((mode) => [rowName(testCase, mode), undefined])));
  const start = performance.now();
  const bySize = plan.toSorted((a, b) => flops(a.testCase, "forward") - flops(b.testCase, "forward"));
  for (const [done, { testCase, modes }] of bySize.entries()) {
    const elapsed = (performance.now() - start) / 1000;
    console.error(`bench: ${caseName(testCase)} (${done + 1} of ${plan.length}, ${(elapsed / 60).toFixed(1)} min)`);
    const seconds = Math.max(0, 60 * minutes - elapsed) / (plan.length - done);
    const measured = await measureCase(testCase, modes, entrants, gauge, { ...settings, seconds }, join(folder, caseName(testCase)));
    for (const [mode, { results, peaks }] of measured) {
      const name = rowName(testCase, mode);
      rows.set(name, { name, case: testCase, mode, flops: flops(testCase, mode), results, peaks });
    }
    yield [...rows.values()].filter((row) => row !== undefined);
  }
}

/** Samples the machine's peak with the first of Unrolled's entrants that has the most threads, and remembers the best per entrant. */
function calibrator(entrants) {
  const ours = entrants.filter(({ contestant }) => contestant.ours);
  const [first] = ours;
  const gauge = ours.filter(({ contestant }) => contestant === first?.contestant).at(-1);
  return async () => {
    let sample;
    for (const entrant of ours.filter((each) => !each.ended)) {
      const { flops } = await entrant.ask({ do: "peak", seconds: CALIBRATION_SECONDS });
      entrant.peak = Math.max(entrant.peak ?? 0, flops);
      if (entrant === gauge) sample = flops;
    }
    return sample;
  };
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 2;
}
