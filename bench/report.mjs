/**
 * From measurements to figures. The JSON file holds what was measured, a section per group; everything that follows from it (shares of
 * the peak, ratios, doubts) is computed here and kept beside it.
 *
 * @typedef {object} Section one group of rows, measured together
 * @property {string} name
 * @property {string} date
 * @property {number} seconds how long it took
 * @property {number} loadAverageBefore
 * @property {object} settings
 * @property {{ id: string, label: string, version?: string, missing?: string }[]} contestants
 * @property {{ id: string, threads: number, flops: number }[]} peaks
 * @property {object[]} rows
 */
import { rowName } from "./cases.mjs";
import { YARDSTICK } from "./contestants.mjs";
import { GROUPS, groupNamed } from "./groups.mjs";
import { bestCalibrations, doubtsAbout, doubtsAboutGroup } from "./machine.mjs";
import { pairedRatio } from "./statistics.mjs";

/** More than calibrations on a busy machine can be off: who claims more did not do the work. */
const IMPOSSIBLE_SHARE = 1.3;

/**
 * @param {object} machine
 * @param {readonly Section[]} sections
 */
export function makeReport(machine, sections) {
  const best = bestCalibrations(sections.flatMap(({ rows }) => rows));
  const inOrder = GROUPS.flatMap(({ name }) => sections.filter((section) => section.name === name));
  const others = sections.filter(({ name }) => !groupNamed(name));
  const finished = [...inOrder, ...others].map((section) => {
    const group = groupNamed(section.name);
    const rows = section.rows.map((row) => finishRow(row, group, section.peaks, best));
    return { ...section, doubts: doubtsAboutGroup(section, machine, rows), rows };
  });
  return {
    date: finished.map(({ date }) => date).toSorted().at(-1),
    seconds: finished.reduce((sum, { seconds }) => sum + seconds, 0),
    machine,
    sections: finished,
  };
}

/** A report in which rows that were measured again replace those measured before. */
export function mergeSections(before, now) {
  const merged = now.map((section) => {
    const old = before.find(({ name }) => name === section.name);
    if (!old) return section;
    const isNew = (row) => section.rows.some(({ name }) => name === row.name);
    const kept = old.rows.filter((row) => !isNew(row));
    const order = rowOrder(section.name);
    return {
      ...section,
      seconds: kept.length > 0 ? Math.max(section.seconds, old.seconds) : section.seconds,
      contestants: byId([...old.contestants, ...section.contestants]),
      peaks: [...old.peaks.filter(({ id }) => !section.peaks.some((peak) => peak.id === id)), ...section.peaks],
      rows: [...kept, ...section.rows].toSorted((a, b) => order(a) - order(b)),
    };
  });
  return [...before.filter(({ name }) => !now.some((section) => section.name === name)), ...merged];
}

/** The last of each id, in the order of the first. */
function byId(items) {
  return [...new Map(items.map((item) => [item.id, item])).values()];
}

function rowOrder(name) {
  const names = groupNamed(name)?.rows.map((row) => rowName(row.case, row.mode)) ?? [];
  return (row) => names.indexOf(row.name);
}

function finishRow(row, group, peaks, best) {
  const { case: testCase, mode, flops } = row;
  const peak = Math.max(...Object.values(best).map(({ flops }) => flops));
  const results = Object.fromEntries(
    Object.entries(row.results).map(([id, result]) => {
      if (result.seconds === undefined || id === YARDSTICK) return [id, result];
      const shares = sharesOf(result, flops, peak);
      if (shares.shareOfPeak > IMPOSSIBLE_SHARE) {
        return [id, { missing: `WRONG: ${shares.shareOfPeak.toFixed(1)} times the machine's peak; something was not computed` }];
      }
      const own = peaks.find((each) => each.id === id && each.threads === result.threads);
      return [id, { ...result, ...shares, ...(own && { shareOfOwnPeak: flops / result.seconds / own.flops }) }];
    }),
  );
  const bases = [group?.contestants[0], group?.secondBase].filter((id) => results[id]?.turns);
  for (const [id, result] of Object.entries(results)) {
    if (!result.turns) continue;
    result.ratios = Object.fromEntries(
      bases.filter((base) => base !== id).map((base) => [base, pairedRatio(result.turns, results[base].turns)]),
    );
  }
  const [base] = bases;
  const yardstick = results[YARDSTICK];
  const figure =
    base !== undefined && yardstick?.turns && group.yardstick
      ? group.yardstick.figure(pairedRatio(results[base].turns, yardstick.turns), testCase, mode)
      : undefined;
  return { ...row, results, ...(figure !== undefined && { yardstickFigure: figure }), doubts: doubtsAbout(row, best) };
}

/** Shares are of the whole machine, also where fewer threads were faster. */
function sharesOf({ seconds, best }, flops, peak) {
  return !Number.isFinite(peak) ? {} : { shareOfPeak: flops / seconds / peak, bestShareOfPeak: flops / best / peak };
}

/** Whether a result failed its check, which must not go unnoticed. */
export function isWrong({ missing }) {
  return missing?.startsWith("WRONG") ?? false;
}
