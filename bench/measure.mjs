/** Measures one case: everyone's results are checked first, then everyone takes turns. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeArrays, RESULTS } from "./cases.mjs";
import { median } from "./machine.mjs";
import { ContestantError } from "./process.mjs";

/** Largest difference from the first contestant, absolute where the largest number is below 1, relative to it above. */
const TOLERANCE = 1e-4;
/** Between turns, so that the last one's threads stop spinning. */
const REST_SECONDS = 0.02;
/** A thread count this much slower than the contestant's best after the first round takes no further turns. */
const HOPELESS = 1.25;

/**
 * @typedef {object} Entrant a contestant's process with one thread count
 * @property {{ id: string }} contestant
 * @property {number} threads
 * @property {readonly string[]} modes
 * @property {(request: object) => Promise<any>} ask
 *
 * @typedef {object} Settings
 * @property {number} rounds turns that each entrant may take
 * @property {number} turnSeconds length of a turn; at least one iteration
 * @property {number} budgetSeconds an entrant that has used this much of a row takes no further turn
 * @property {number} seconds for the case altogether; no round but the first begins later
 *
 * @typedef {{ seconds: number, threads: number, turns: number[], iterations: number, threadsTried: Record<number, number> } | { missing: string }} Result
 */

/**
 * @param {import("./cases.mjs").Case} testCase
 * @param {readonly string[]} modes
 * @param {readonly Entrant[]} entrants
 * @param {() => Promise<number | undefined>} calibrate one sample of the machine's peak
 * @param {Settings} settings
 * @param {string} folder for arrays and results; emptied afterwards
 * @returns {Promise<Map<string, { results: Record<string, Result>, peaks: number[] }>>} by mode
 */
export async function measureCase(testCase, modes, entrants, calibrate, settings, folder) {
  const end = performance.now() + 1000 * settings.seconds;
  const shapes = writeArrays(testCase, folder);
  const checked = await check(testCase, modes, entrants, shapes, folder);
  const rows = new Map();
  for (const [done, mode] of modes.entries()) {
    const now = performance.now();
    const modeEnd = now + (end - now) / (modes.length - done);
    rows.set(mode, await takeTurns(mode, entrants, checked.get(mode), calibrate, settings, modeEnd));
  }
  for (const entrant of entrants) await entrant.ask({ do: "release" }).catch(() => {});
  rmSync(folder, { recursive: true, force: true });
  return rows;
}

function writeArrays(testCase, folder) {
  mkdirSync(folder, { recursive: true });
  const arrays = Object.entries(makeArrays(testCase));
  for (const [name, { values }] of arrays) writeFileSync(join(folder, `${name}.f32`), values);
  return Object.fromEntries(arrays.map(([name, { shape }]) => [name, shape]));
}

/**
 * Has everyone compute every result once and compares it with the first one's.
 * @returns {Promise<Map<string, Map<Entrant, string | undefined>>>} by mode: why an entrant cannot be timed, or undefined
 */
async function check(testCase, modes, entrants, shapes, folder) {
  const verdicts = new Map(modes.map((mode) => [mode, new Map()]));
  const expected = new Map();
  for (const entrant of entrants) {
    let problem;
    try {
      await entrant.ask({ do: "prepare", case: testCase, folder, shapes });
    } catch (error) {
      problem = explain(error);
    }
    for (const mode of modes) {
      verdicts.get(mode).set(entrant, problem ?? (await checkMode(mode, entrant, expected, folder)));
    }
  }
  return verdicts;
}

async function checkMode(mode, entrant, expected, folder) {
  if (!entrant.modes.includes(mode)) return `does not do this (${mode})`;
  const into = join(folder, "results");
  mkdirSync(into, { recursive: true });
  try {
    await entrant.ask({ do: "results", mode, into });
    for (const name of RESULTS[mode]) {
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
  let [difference, scale] = [0, 1];
  for (let i = 0; i < values.length; i++) {
    const apart = Math.abs(values[i] - expected[i]);
    if (!(apart <= difference)) difference = apart;
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return difference / scale;
}

async function takeTurns(mode, entrants, verdicts, calibrate, { rounds, turnSeconds, budgetSeconds }, end) {
  const peaks = [];
  let players = entrants
    .filter((entrant) => verdicts.get(entrant) === undefined)
    .map((entrant) => ({ entrant, turns: [], iterations: 0, used: 0, estimate: undefined, problem: undefined }));
  const all = players;
  for (let round = 0; round < rounds && (round === 0 || performance.now() < end); round++) {
    peaks.push(await calibrate());
    // Each round starts with another one, so that nobody always follows the same neighbour.
    const order = players.map((_, i) => players[(i + round) % players.length]);
    for (const player of order) {
      if (round > 0 && player.used + player.estimate > budgetSeconds) continue;
      try {
        await takeTurn(player, mode, turnSeconds);
      } catch (error) {
        player.problem = explain(error);
      }
      await sleep(1000 * REST_SECONDS);
    }
    players = players.filter((player) => player.problem === undefined && player.estimate <= HOPELESS * bestEstimate(player, players));
  }
  const results = {};
  for (const { id } of new Set(entrants.map(({ contestant }) => contestant))) {
    results[id] = summarise(id, all, verdicts);
  }
  return { results, peaks: peaks.filter((peak) => peak !== undefined) };
}

async function takeTurn(player, mode, turnSeconds) {
  const time = async (iterations, warmUp) => {
    const { seconds } = await player.entrant.ask({ do: "time", mode, iterations, warmUp });
    player.used += seconds.reduce((a, b) => a + b, 0);
    return seconds;
  };
  if (player.estimate === undefined) {
    const [first] = await time(1, 0);
    // Slow ones have no time to warm up further, and need it less.
    if (first > turnSeconds) return record(player, [first]);
    player.estimate = Math.min(first, ...(await time(2, 0)));
  }
  const iterations = Math.max(1, Math.min(2000, Math.round(turnSeconds / player.estimate)));
  record(player, await time(iterations, iterations > 1 ? Math.ceil(iterations / 10) : 0));
}

function record(player, seconds) {
  player.turns.push(median(seconds));
  player.iterations += seconds.length;
  player.estimate = median(player.turns);
}

function bestEstimate({ entrant }, players) {
  return Math.min(...players.filter((other) => other.entrant.contestant === entrant.contestant).map(({ estimate }) => estimate ?? Infinity));
}

/** A contestant's best thread count. */
function summarise(id, players, verdicts) {
  const mine = players.filter(({ entrant, turns }) => entrant.contestant.id === id && turns.length > 0);
  const wrong = [...verdicts].find(([{ contestant }, verdict]) => contestant.id === id && verdict?.startsWith("WRONG"));
  if (mine.length === 0 || wrong) {
    const problems = players.filter(({ entrant }) => entrant.contestant.id === id).map(({ problem }) => problem);
    return { missing: wrong?.[1] ?? [...verdicts].find(([{ contestant }]) => contestant.id === id)?.[1] ?? problems[0] };
  }
  const seconds = ({ turns }) => median(turns);
  const best = mine.reduce((a, b) => (seconds(b) < seconds(a) ? b : a));
  return {
    seconds: seconds(best),
    threads: best.entrant.threads,
    turns: best.turns,
    iterations: best.iterations,
    threadsTried: Object.fromEntries(mine.map((player) => [player.entrant.threads, seconds(player)])),
  };
}

function explain(error) {
  if (error instanceof ContestantError) return error.message;
  throw error;
}
