/** The machine: what it is, and whether it was quiet enough to be believed. */
import { availableParallelism, cpus, loadavg, platform, arch } from "node:os";
import { median, spread } from "./statistics.mjs";

export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? "unknown processor",
    logicalCores: availableParallelism(),
    system: `${platform()} ${arch()}`,
    node: process.version,
  };
}

/** What others are doing; asked before contestants start. Windows reports 0. */
export function loadAverage() {
  return loadavg()[0];
}

/** Below this share of its best calibration the machine had less to give than it has. */
const QUIET = 0.93;
/** Turns further apart than this, over their median, do not give a figure to quote. */
const STEADY = 0.2;
/** Of the cores, before the first measurement. */
const IDLE = 0.25;

/** What calibrations measure, and how doubts call it. */
const CALIBRATED = { flops: "multiply-adds", bytes: "reading a cache" };

/** The most that calibrations gave, by gauge and what was calibrated. */
export function bestCalibrations(rows) {
  const best = {};
  for (const { gauge, ...sample } of rows.flatMap(({ calibrations }) => calibrations)) {
    const known = (best[gauge] ??= {});
    for (const what of Object.keys(CALIBRATED)) known[what] = Math.max(known[what] ?? 0, sample[what]);
  }
  return best;
}

/**
 * Why a row should not be believed, or an empty list.
 * @param {{ calibrations: object[], results: Record<string, { turns?: object[] }> }} row
 * @param {ReturnType<typeof bestCalibrations>} best
 */
export function doubtsAbout({ calibrations, results }, best) {
  const doubts = [];
  for (const [what, called] of Object.entries(CALIBRATED)) {
    const share = median(calibrations.map(({ gauge, ...sample }) => sample[what] / best[gauge][what]));
    if (share < QUIET) doubts.push(`the machine gave ${Math.round(100 * share)} % of its best in ${called}`);
  }
  for (const [id, { turns }] of Object.entries(results)) {
    const apart = turns ? spread(turns) : 0;
    if (apart > STEADY) doubts.push(`${id} varied by ${Math.round(100 * apart)} %`);
  }
  return doubts;
}

/** Said once per group. */
export function doubtsAboutGroup({ loadAverageBefore }, { logicalCores }, rows) {
  const doubts = [];
  if (loadAverageBefore > IDLE * logicalCores) {
    doubts.push(`the load average was ${loadAverageBefore.toFixed(2)} on ${logicalCores} cores before the first measurement`);
  }
  const doubtful = rows.filter((row) => row.doubts.length > 0).length;
  if (doubtful > 0) doubts.push(`${doubtful} of ${rows.length} rows are marked ~: calibrations or turns drifted`);
  return doubts;
}
