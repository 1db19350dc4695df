/** Measures one row: everyone's results are checked first, then everyone takes turns. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { flops, makeArrays, resultNames, unitsPerIteration } from "./cases.mjs";
import { ContestantError } from "./process.mjs";
import { median } from "./statistics.mjs";

/** Largest difference from the first contestant's result, relative to its largest number. */
const TOLERANCE = 1e-4;
/** Between turns, so that the last one's threads stop spinning. */
const REST_SECONDS = 0.02;
/** A thread count this much slower than the contestant's best after the first round takes no further turns. */
const HOPELESS = 1.25;
const MOST_ITERATIONS = 2000;

/**
 * @typedef {object} Entrant a contestant's process with one thread count
 * @property {import("./contestants.mjs").Contestant} contestant
 * @property {number} threads
 * @property {(request: object) => Promise<any>} ask
 *
 * @typedef {object} Settings
 * @property {number} rounds turns that each entrant may take
 * @property {number} turnSeconds length of a turn; at least one iteration
 * @property {number} budgetSeconds an entrant that has used this much of a row takes no further turn
 * @property {number} seconds for the row altogether; no round but the first begins later
 *
 * @typedef {{ gauge: string, flops: number, bytes: number }} Calibration see Field.calibrate
 * @typedef {{ at: number, seconds: number }} Turn
 * @typedef {{ seconds: number, best: number, threads: number, turns: Turn[], iterations: number, threadsTried: Record<number, number>, details?: object }
 *   | { missing: string }} Result `seconds`: median over turns; `best`: of the best turn
 */

/**
 * @param {import("./groups.mjs").Row} row
 * @param {readonly Entrant[]} entrants
 * @param {() => Promise<Calibration | undefined>} calibrate what the machine gives at this moment
 * @param {Settings} settings
 * @param {string} folder for arrays and results; emptied afterwards
 * @param {readonly string[]} details contestants to be asked for more than times
 * @returns {Promise<{ results: Record<string, Result>, calibrations: Calibration[] }>}
 */
export async function measureRow({ case: testCase, mode }, entrants, calibrate, settings, folder, details = []) {
  const start = performance.now();
  const players = entrants.map((entrant) => ({ entrant, turns: [], iterations: 0, used: 0, estimate: undefined, problem: undefined }));
  const shapes = writeArrays(testCase, folder);
  const expected = new Map();
  for (const player of players) player.problem = await problemOf(player.entrant, testCase, mode, shapes, expected, folder);
  const units = unitsPerIteration(testCase, mode);
  const calibrations = await takeTurns({ mode, units, start, end: start + 1000 * settings.seconds }, players, calibrate, settings);
  for (const player of players) {
    if (details.includes(player.entrant.contestant.id) && player.turns.length > 0) player.details = await detailsOf(player.entrant, mode);
    await player.entrant.ask({ do: "release" }).catch(() => {});
  }
  rmSync(folder, { recursive: true, force: true });
  const ids = new Set(entrants.map(({ contestant }) => contestant.id));
  return { results: Object.fromEntries([...ids].map((id) => [id, summarise(id, players)])), calibrations };
}

// ---- Checking -----------------------------------------------------------------------------------------------------------------

function writeArrays(testCase, folder) {
  mkdirSync(folder, { recursive: true });
  const arrays = Object.entries(makeArrays(testCase));
  for (const [name, { values }] of arrays) writeFileSync(join(folder, `${name}.f32`), values);
  return Object.fromEntries(arrays.map(([name, { shape }]) => [name, shape]));
}

/** Why an entrant cannot be timed, or undefined: has it compute every result once and compares it with the first one's. */
async function problemOf(entrant, testCase, mode, shapes, expected, folder) {
  const { yardstick, mostFlops = Infinity } = entrant.contestant;
  if (flops(testCase, mode) > mostFlops) return "left out: half a minute per iteration and more";
  const into = join(folder, "results");
  mkdirSync(into, { recursive: true });
  try {
    await entrant.ask({ do: "prepare", case: testCase, folder, shapes });
    if (yardstick) return undefined;
    await entrant.ask({ do: "results", mode, into });
    for (const name of resultNames(testCase, mode)) {
      const values = readFloats(join(into, `${name}.f32`));
      if (!expected.has(name)) expected.set(name, values);
      const difference = largestDifference(values, expected.get(name));
      // Written so that NaN fails.
      if (!(difference <= TOLERANCE)) return `WRONG: ${name} differs by ${difference.toExponential(1)}`;
    }
    return undefined;
  } catch (error) {
    return explain(error);
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

function readFloats(path) {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function largestDifference(values, expected) {
  if (values.length !== expected.length) return Infinity;
  let [difference, scale] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const apart = Math.abs(values[i] - expected[i]);
    if (Number.isNaN(apart)) return NaN;
    difference = Math.max(difference, apart);
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return difference === 0 ? 0 : difference / scale;
}

// ---- Timing -------------------------------------------------------------------------------------------------------------------

async function takeTurns({ start, end, ...what }, players, calibrate, { rounds, turnSeconds, budgetSeconds }) {
  const calibrations = [];
  for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round++) {
    calibrations.push(await calibrate());
    const able = players.filter((player) => player.problem === undefined && !hopeless(player, players));
    // Each round starts with another one, so that nobody always follows the same neighbour.
    for (let i = 0; i < able.length; i++) {
      const player = able[(i + round) % able.length];
      if (round > 0 && player.used + player.estimate * what.units > budgetSeconds) continue;
      try {
        await takeTurn(player, what, turnSeconds, start);
      } catch (error) {
        player.problem = explain(error);
      }
      await sleep(1000 * REST_SECONDS);
    }
  }
  return calibrations.filter((sample) => sample !== undefined);
}

async function takeTurn(player, { mode, units }, turnSeconds, start) {
  const at = (performance.now() - start) / 1000;
  const time = async (iterations, warmUp) => {
    const { seconds } = await player.entrant.ask({ do: "time", mode, iterations, warmUp });
    player.used += seconds.reduce((a, b) => a + b, 0);
    return seconds.map((each) => each / units);
  };
  const record = (seconds) => {
    player.turns.push({ at, seconds: median(seconds) });
    player.iterations += seconds.length;
    player.estimate = median(player.turns.map((turn) => turn.seconds));
  };
  if (player.estimate === undefined) {
    const [first] = await time(1, 0);
    // Slow ones have no time to warm up further, and need it less.
    if (first * units > turnSeconds) return record([first]);
    player.estimate = Math.min(first, ...(await time(2, 0)));
  }
  const iterations = Math.max(1, Math.min(MOST_ITERATIONS, Math.round(turnSeconds / (player.estimate * units))));
  record(await time(iterations, iterations > 1 ? Math.ceil(iterations / 10) : 0));
}

function hopeless({ entrant, estimate = 0 }, players) {
  const siblings = players.filter((other) => other.entrant.contestant === entrant.contestant);
  return estimate > HOPELESS * Math.min(...siblings.map((other) => other.estimate ?? Infinity));
}

async function detailsOf(entrant, mode) {
  try {
    return await entrant.ask({ do: "details", mode });
  } catch (error) {
    return { problem: explain(error) };
  }
}

/** A contestant's best thread count. */
function summarise(id, players) {
  const mine = players.filter(({ entrant }) => entrant.contestant.id === id);
  const wrong = mine.find(({ problem }) => problem?.startsWith("WRONG"));
  const timed = mine.filter(({ turns }) => turns.length > 0);
  if (wrong || timed.length === 0) return { missing: (wrong ?? mine[0]).problem };
  const seconds = ({ turns }) => median(turns.map((turn) => turn.seconds));
  const best = timed.reduce((a, b) => (seconds(b) < seconds(a) ? b : a));
  return {
    seconds: seconds(best),
    best: Math.min(...best.turns.map((turn) => turn.seconds)),
    threads: best.entrant.threads,
    turns: best.turns,
    iterations: best.iterations,
    threadsTried: Object.fromEntries(timed.map((player) => [player.entrant.threads, seconds(player)])),
    ...(best.details && { details: best.details }),
  };
}

function explain(error) {
  if (error instanceof ContestantError) return error.message;
  throw error;
}
