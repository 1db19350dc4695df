/** From measurements to figures (the JSON file), and to tables for people. */
import { caseName, MODES } from "./cases.mjs";
import { doubtsAbout, doubtsAboutRun } from "./machine.mjs";

const TITLES = { forward: "Forward", train: "Training step" };

/** More than calibrations on a busy machine can be off: who claims more did not do the work. */
const IMPOSSIBLE_SHARE = 1.3;

/**
 * Adds to the measured rows what follows from them: shares of the peak, ratios, doubts.
 * @param {ReturnType<import("./machine.mjs").describeMachine>} machine
 * @param {readonly { id: string, label: string, ours?: boolean }[]} contestants
 * @param {{ entrants: readonly object[], about: Map<string, object> }} field
 * @param {object[]} rows
 */
export function makeReport(machine, contestants, { entrants, about }, rows) {
  const peaks = entrants
    .filter(({ peak }) => peak !== undefined)
    .map(({ contestant, threads, peak }) => ({ id: contestant.id, label: contestant.label, threads, flops: peak }));
  // Shares are of the whole machine, also where fewer threads were faster.
  const bestPeak = Math.max(...peaks.map(({ flops }) => flops));
  const finished = rows.map((row) => ({
    ...row,
    results: withRatios(withShares(row, bestPeak)),
    doubts: doubtsAbout(row, bestPeak),
  }));
  return {
    date: new Date().toISOString(),
    machine,
    contestants: contestants.map(({ id, label, ours = false }) => ({ id, label, ours, ...about.get(id) })),
    peaks,
    doubts: doubtsAboutRun(machine, finished),
    rows: finished,
  };
}

function withShares({ results, flops }, bestPeak) {
  const share = (result) => {
    if (result.seconds === undefined || !Number.isFinite(bestPeak)) return result;
    const shareOfPeak = flops / result.seconds / bestPeak;
    if (shareOfPeak > IMPOSSIBLE_SHARE) return { missing: `WRONG: ${shareOfPeak.toFixed(1)} times the machine's peak; something was not computed` };
    return { ...result, shareOfPeak };
  };
  return Object.fromEntries(Object.entries(results).map(([id, result]) => [id, share(result)]));
}

/** A peer's time over each of ours; wasm's over native's. */
function withRatios(results) {
  const ratios = (id, { seconds }) => {
    const sides = id === "native" ? [] : id === "wasm" ? ["native"] : ["native", "wasm"];
    return Object.fromEntries(sides.filter((side) => results[side]?.seconds).map((side) => [side, seconds / results[side].seconds]));
  };
  return Object.fromEntries(
    Object.entries(results).map(([id, result]) => [id, result.seconds === undefined ? result : { ...result, ratios: ratios(id, result) }]),
  );
}

/** Whether a result failed its check, which must not go unnoticed. */
export function isWrong({ missing }) {
  return missing?.startsWith("WRONG") ?? false;
}

/**
 * Aligned Markdown: a table per mode, a summary of ratios, and footnotes.
 * @param {object} report see makeReport
 */
export function formatReport({ machine, peaks, contestants, doubts, rows }) {
  const lines = [`${machine.processor}, ${machine.logicalCores} logical cores, ${machine.system}, Node ${machine.node.slice(1)}`];
  lines.push(contestants.map(({ label, version, missing }) => (missing ? `${label}: ${missing}` : `${label} ${version}`)).join("; "));
  for (const { label, threads, flops } of peaks) {
    lines.push(`Multiply-add peak of ${label}, ${plural(threads, "thread")}: ${(flops / 1e9).toFixed(0)} GFLOP/s`);
  }
  const present = contestants.filter(({ missing }) => missing === undefined);
  const footnotes = [];
  for (const mode of MODES) {
    const chosen = rows.filter((row) => row.mode === mode);
    if (chosen.length === 0) continue;
    const takesPart = present.filter(({ modes }) => modes.includes(mode));
    if (takesPart.length === 0) continue;
    const body = chosen.map((row) => [
      `${caseName(row.case)}${row.doubts.length > 0 ? " ~" : ""}`,
      ...takesPart.map(({ id }) => cell(row, id, footnotes)),
    ]);
    lines.push("", ...markdownTable([TITLES[mode], ...takesPart.map(({ label }) => label)], body));
  }
  lines.push(
    "",
    "Median time; t = threads, the best of those tried; % = share of the machine's multiply-add peak; × = time over Unrolled's native time (Unrolled's wasm time after /).",
    "",
    ...markdownTable(["Time / Unrolled's: geometric mean (least)", "native", "wasm"], summary(present, rows)),
  );
  footnotes.forEach((note, i) => lines.push(`[${i + 1}] ${note}`));
  for (const { name, doubts } of rows) if (doubts.length > 0) lines.push(`~ ${name}: ${shortened(doubts)}`);
  for (const doubt of doubts) lines.push(`BUSY: ${doubt}. Do not quote these figures.`);
  return lines.join("\n");
}

function shortened(doubts) {
  const [first, ...others] = doubts;
  return others.length > 1 ? `${first}; ${others[0]}; ${others.length - 1} more` : doubts.join("; ");
}

function cell(row, id, footnotes) {
  const result = row.results[id];
  if (!result) return "";
  if (result.seconds === undefined) return `– [${footnote(footnotes, result.missing)}]`;
  const parts = [duration(result.seconds), `${result.threads}t`];
  if (result.shareOfPeak !== undefined) parts.push(`${Math.round(100 * result.shareOfPeak)}%`);
  const { native, wasm } = result.ratios;
  if (native !== undefined || wasm !== undefined) {
    parts.push([native, wasm].filter((ratio) => ratio !== undefined).map(times).join(" / "));
  }
  return parts.join(" ");
}

function footnote(footnotes, text) {
  if (!footnotes.includes(text)) footnotes.push(text);
  return footnotes.indexOf(text) + 1;
}

function summary(contestants, rows) {
  return contestants
    .filter(({ ours }) => !ours)
    .flatMap(({ id, label }) =>
      MODES.flatMap((mode) => {
        const results = rows.filter((row) => row.mode === mode).map((row) => row.results[id]?.ratios);
        const columns = ["native", "wasm"].map((side) => results.map((ratios) => ratios?.[side]).filter((ratio) => ratio !== undefined));
        if (columns.every((ratios) => ratios.length === 0)) return [];
        const show = (ratios) => (ratios.length === 0 ? "" : `${times(geometricMean(ratios))} (${times(Math.min(...ratios))})`);
        return [[`${label}, ${TITLES[mode].toLowerCase()}`, ...columns.map(show)]];
      }),
    );
}

function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function markdownTable(header, body) {
  const widths = header.map((title, column) => Math.max(title.length, ...body.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => `${"-".repeat(width + 1)}${column === 0 ? "-" : ":"}`).join("|")}|`;
  return [line(header), rule, ...body.map(line)];
}

function duration(seconds) {
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
  return seconds < 1 ? `${digits(seconds * 1e3)} ms` : `${digits(seconds)} s`;
}

function times(ratio) {
  return `${digits(ratio)}×`;
}

/** Three significant digits, without exponents. */
function digits(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
