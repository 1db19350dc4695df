/**
 * Measures Unrolled beside its peers: `npm run bench -- [options]`. README.md beside this file says how and what the figures mean.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "../scripts/build.mjs";
import { installDependencies } from "../scripts/install.mjs";
import { flops, rowName } from "./cases.mjs";
import { CONTESTANTS, contestantNamed, installPeers, YARDSTICK } from "./contestants.mjs";
import { Field } from "./entrants.mjs";
import { GROUPS } from "./groups.mjs";
import { describeMachine, loadAverage } from "./machine.mjs";
import { measureRow } from "./measure.mjs";
import { isWrong, makeReport, mergeSections } from "./report.mjs";
import { formatReport } from "./tables.mjs";

const HELP = `Measures Unrolled beside its peers and prints tables.

  npm run bench -- [options]

  --group NAME,...   only these groups of rows: ${GROUPS.map(({ name }) => name).join(", ")}
  --rows TEXT,...    only rows whose name contains one of these (--list shows the names)
  --only ID,...      only these contestants: ${CONTESTANTS.map(({ id }) => id).join(", ")}
  --threads N,...    thread counts that each contestant tries, the best is reported (default: ${defaultThreads().join(",")}; growth: also more
                     than there are cores)
  --minutes N        rounds are cut short, to one if need be, to end in about this time (default 40)
  --quick            fewer and shorter turns, and --minutes 15 unless given: rougher
  --beside N         so many other programs keep a core busy each, meanwhile: what a crowded machine does to each contestant
  --patience S       seconds after which a request to a contestant is given up (default 60)
  --json FILE        where the figures go (default bench/results/latest.json)
  --keep             keeps rows of FILE that are not measured now, of a run on the same machine
  --no-build         measure dist/ as it is
  --list             print the names of the rows and stop

  npm run bench -- --group training,forward --rows gru,lstm-B1-H128 --only native,pytorch
`;

const THOROUGH = { rounds: 9, turnSeconds: 0.08, budgetSeconds: 5 };
const QUICK = { rounds: 4, turnSeconds: 0.04, budgetSeconds: 0.6 };

class UsageError extends Error {}

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(HELP);
  const plan = chosenRows(options);
  if (options.list) return console.log(plan.flatMap(({ group, rows }) => [`${group.name}:`, ...rows.map((row) => `  ${nameOf(row)}`)]).join("\n"));
  const before = options.keep ? readSections(options.json) : [];
  const taking = new Set(plan.flatMap(({ group }) => entrantsOf(group, options)));
  if ([...taking].some(({ ours, yardstick }) => ours || yardstick) && options.build) {
    installDependencies();
    await build({ say: (line) => console.error(line) });
  }
  if ([...taking].some(({ fromNpm }) => fromNpm)) installPeers();

  const folder = mkdtempSync(join(tmpdir(), "unrolled-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  // Also when interrupted.
  for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]]) process.once(signal, () => process.exit(status));
  const machine = describeMachine();
  const others = Array.from({ length: options.beside }, () => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  process.once("exit", () => others.forEach((other) => other.kill("SIGKILL")));
  let report;
  for await (const sections of measureAll(plan, options, folder)) {
    report = makeReport(machine, mergeSections(before, sections));
    // After every row, so that little is lost when the run is broken off.
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify(report, compactTurns, 1)}\n`);
  }
  if (report === undefined) throw new UsageError("no contestant can run here");
  const measured = new Set(plan.flatMap(({ rows }) => rows.map(nameOf)));
  const shown = report.sections.filter(({ name }) => plan.some(({ group }) => group.name === name));
  console.log(formatReport({ ...report, sections: shown }));
  console.error(`bench: figures in ${options.json}`);
  const rows = shown.flatMap((section) => section.rows).filter(({ name }) => measured.has(name));
  // The contestants' processes would keep this one alive.
  process.exit(rows.some((row) => Object.values(row.results).some(isWrong)) ? 1 : 0);
}

function readOptions(args) {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        group: { type: "string" },
        rows: { type: "string" },
        only: { type: "string" },
        threads: { type: "string" },
        minutes: { type: "string" },
        quick: { type: "boolean", default: false },
        beside: { type: "string", default: "0" },
        patience: { type: "string", default: "60" },
        json: { type: "string", default: fileURLToPath(new URL("results/latest.json", import.meta.url)) },
        keep: { type: "boolean", default: false },
        "no-build": { type: "boolean", default: false },
        list: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }));
  } catch (error) {
    throw new UsageError(error.message);
  }
  const positive = (name, text) => {
    if (!(Number(text) > 0)) throw new UsageError(`--${name} ${text}: expected a number above 0`);
    return Number(text);
  };
  const threads = list(values.threads)?.map(Number);
  if (threads && (threads.length === 0 || threads.some((count) => !Number.isInteger(count) || count < 1 || count > 64))) {
    throw new UsageError(`--threads ${values.threads}: expected whole numbers from 1 to 64`);
  }
  const beside = Number(values.beside);
  if (!Number.isInteger(beside) || beside < 0 || beside > 64) throw new UsageError(`--beside ${values.beside}: expected a whole number from 0 to 64`);
  return {
    beside,
    groups: some("group", values.group, GROUPS.map(({ name }) => name)),
    rows: list(values.rows),
    only: some("only", values.only, CONTESTANTS.map(({ id }) => id)),
    threads,
    patience: positive("patience", values.patience),
    minutes: positive("minutes", values.minutes ?? (values.quick ? "15" : "40")),
    settings: values.quick ? QUICK : THOROUGH,
    json: resolve(values.json),
    keep: values.keep,
    build: !values["no-build"],
    list: values.list,
    help: values.help,
  };
}

function list(text) {
  return text?.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** Names given to an option, all of them known. */
function some(option, text, known) {
  const names = list(text);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`--${option} ${unknown}: expected some of ${known.join(", ")}`);
  return names;
}

/** One, half of the cores, all of them. */
function defaultThreads() {
  const cores = availableParallelism();
  return [...new Set([1, Math.max(1, cores >> 1), cores])];
}

const nameOf = (row) => rowName(row.case, row.mode);

function chosenRows({ groups, rows }) {
  const matches = (name) => rows === undefined || rows.some((part) => name.toLowerCase().includes(part.toLowerCase()));
  const plan = GROUPS.filter(({ name }) => groups === undefined || groups.includes(name))
    .map((group) => ({ group, rows: group.rows.filter((row) => matches(nameOf(row))) }))
    .filter((each) => each.rows.length > 0);
  if (plan.length === 0) throw new UsageError(`--rows ${rows}: no row has such a name; --list shows them`);
  return plan;
}

/** Those of a group who take part. The yardstick comes with its first contestant. */
function entrantsOf({ contestants, yardstick }, { only }) {
  const ids = contestants.filter((id) => only === undefined || only.includes(id));
  if (yardstick && ids.includes(contestants[0])) ids.push(YARDSTICK);
  return ids.map(contestantNamed);
}

function readSections(file) {
  if (!existsSync(file)) return [];
  const { machine, sections } = JSON.parse(readFileSync(file, "utf8"));
  const { processor } = describeMachine();
  if (!sections || machine.processor !== processor) throw new UsageError(`--keep: ${file} is not of a run on this machine (${processor})`);
  return sections;
}

/** Measures group after group; yields what there is of all sections after every row. */
async function* measureAll(plan, options, folder) {
  const begin = performance.now();
  const sections = [];
  const totalRows = plan.reduce((count, { rows }) => count + rows.length, 0);
  let done = 0;
  for (const { group, rows } of plan) {
    const loadAverageBefore = loadAverage();
    const settings = { ...options.settings, budgetSeconds: group.budgetSeconds ?? options.settings.budgetSeconds, beside: options.beside };
    const start = performance.now();
    const contestants = entrantsOf(group, options);
    const threads = options.threads ?? group.threads?.(availableParallelism()) ?? defaultThreads();
    const field = await new Field().start(contestants, { ...options, threads });
    const close = () => field.close();
    process.once("exit", close);
    if (!field.empty) {
      const measured = new Map(rows.map((row) => [nameOf(row), undefined]));
      sections.push(undefined);
      // The smallest first, so that what they leave of the time is there for the largest.
      for (const row of rows.toSorted((a, b) => flops(a.case, a.mode) - flops(b.case, b.mode))) {
        const elapsed = (performance.now() - begin) / 1000;
        console.error(`bench: ${group.name}: ${nameOf(row)} (${done + 1} of ${totalRows}, ${(elapsed / 60).toFixed(1)} min)`);
        const seconds = Math.max(0, 60 * options.minutes - elapsed) / (totalRows - done++);
        const result = await measureRow(row, field.entrants, field.calibrate, { ...settings, seconds }, join(folder, nameOf(row)), group.details);
        measured.set(nameOf(row), { name: nameOf(row), ...row, flops: flops(row.case, row.mode), ...result });
        sections[sections.length - 1] = {
          name: group.name,
          date: new Date().toISOString(),
          seconds: (performance.now() - start) / 1000,
          loadAverageBefore,
          settings,
          contestants: contestants.map(({ id, label }) => ({ id, label, ...field.about.get(id) })),
          peaks: field.peaks,
          rows: [...measured.values()].filter((each) => each !== undefined),
        };
        yield sections;
      }
    }
    field.close();
    process.off("exit", close);
  }
}

/** Seconds to a tenth of a per cent: a file that people read. */
function compactTurns(key, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 2;
}
