/** The machine: what it is, what it can do at most, and whether it was quiet enough to be believed. */
import { availableParallelism, cpus, loadavg, platform, release, arch } from "node:os";

export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? "unknown processor",
    logicalCores: availableParallelism(),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    /** Before the contestants start: what others were doing. Windows reports 0. */
    loadAverageBefore: loadavg()[0],
  };
}

/** Below this share of the best calibration of the run, the machine had less to give than it has. */
const QUIET = 0.93;
/** Turns of one contestant further apart than this, over their median, do not give a figure to quote. */
const STEADY = 0.2;

/**
 * Why a row should not be believed, or an empty list.
 * @param {{ peaks: number[], results: Record<string, { turns?: number[], seconds?: number }> }} row
 * @param {number} bestPeak of the whole run
 */
export function doubtsAbout(row, bestPeak) {
  const doubts = [];
  const peak = median(row.peaks);
  if (peak < QUIET * bestPeak) doubts.push(`the machine gave ${Math.round((100 * peak) / bestPeak)} % of its best calibration`);
  for (const [id, { turns, seconds }] of Object.entries(row.results)) {
    if (!turns || turns.length < 3) continue;
    const sorted = [...turns].sort((a, b) => a - b);
    const spread = (sorted.at(-2) - sorted[0]) / seconds; // one bad turn of several does not move a median
    if (spread > STEADY) doubts.push(`${id} varied by ${Math.round(100 * spread)} %`);
  }
  return doubts;
}

/** Said once, above the table. */
export function doubtsAboutRun({ loadAverageBefore, logicalCores }, rows) {
  const doubts = [];
  if (loadAverageBefore > 0.25 * logicalCores) {
    doubts.push(`the load average was ${loadAverageBefore.toFixed(2)} on ${logicalCores} cores before the first measurement`);
  }
  const doubtful = rows.filter((row) => row.doubts.length > 0).length;
  if (doubtful > 0) doubts.push(`${doubtful} of ${rows.length} rows are marked ~: calibrations or turns drifted`);
  return doubts;
}

export function median(values) {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
