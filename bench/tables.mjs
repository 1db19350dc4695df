/** Tables for people, from a report (see report.mjs). */
import { caseName, MODES } from "./cases.mjs";
import { YARDSTICK } from "./contestants.mjs";
import { groupNamed } from "./groups.mjs";
import { geometricMean } from "./statistics.mjs";

const MODE_TITLES = { train: "training step", forward: "forward", step: "one step", update: "whole training step" };

/** All of a report as aligned Markdown: tables per group and mode, a summary of ratios, and footnotes. */
export function formatReport({ machine, seconds, sections }) {
  const lines = [`${machine.processor}, ${machine.logicalCores} logical cores, ${machine.system}, Node ${machine.node.slice(1)}`];
  for (const section of sections) lines.push("", ...formatSection(section));
  lines.push(
    "",
    "Median time; t = threads, the best of those tried; % = share of the machine's multiply-add peak, median / best turn; × = time over",
    "Unrolled's, median of ratios to its neighbouring turns (in the group wasm: over its wasm with one thread / over its native code).",
    "",
    `Measured in ${(seconds / 60).toFixed(1)} minutes.`,
  );
  return lines.join("\n");
}

function formatSection({ name, rows, contestants, peaks, doubts, settings }) {
  const group = groupNamed(name);
  const lines = [contestants.map(({ label, version, missing }) => (missing ? `${label}: ${missing}` : `${label} ${version}`)).join("; ")];
  for (const { id, threads, flops } of peaks) {
    lines.push(`Multiply-add peak of ${id}, ${threads} thread${threads === 1 ? "" : "s"}: ${(flops / 1e9).toFixed(0)} GFLOP/s`);
  }
  if (settings?.beside > 0) lines.push(`Beside ${settings.beside} other busy program${settings.beside === 1 ? "" : "s"}`);
  const footnotes = [];
  const present = contestants.filter(({ id, missing }) => missing === undefined && id !== YARDSTICK);
  for (const mode of MODES) {
    const chosen = rows.filter((row) => row.mode === mode);
    if (chosen.length === 0 || present.length === 0) continue;
    const withYardstick = group.yardstick && chosen.some((row) => row.results[YARDSTICK]);
    const header = [tableTitle(group, mode), ...present.map(({ label }) => label), ...(withYardstick ? [group.yardstick.label] : [])];
    const body = chosen.map((row) => [
      `${caseName(row.case)}${row.doubts.length > 0 ? " ~" : ""}`,
      ...present.map(({ id }) => cell(row, id, footnotes)),
      ...(withYardstick ? [yardstickCell(row, group, footnotes)] : []),
    ]);
    lines.push("", ...markdownTable(header, body));
    const summary = present.flatMap(({ id, label }) => summaryOf(chosen, id, label));
    if (chosen.length > 1 && summary.length > 0) lines.push("", `Geometric mean (least): ${summary.join("; ")}`);
  }
  footnotes.forEach((note, i) => lines.push(`[${i + 1}] ${note}`));
  for (const row of rows) for (const [id, { details }] of Object.entries(row.results)) lines.push(...detailLines(row.name, id, details));
  for (const row of rows) if (row.doubts.length > 0) lines.push(`~ ${row.name}: ${shortened(row.doubts)}`);
  for (const doubt of doubts) lines.push(`BUSY: ${doubt}. Do not quote these figures.`);
  return lines;
}

/** A group's title, with the mode where the group has several. */
export function tableTitle(group, mode) {
  const modes = new Set(group.rows.map((row) => row.mode));
  return modes.size === 1 ? group.title : `${group.title}, ${MODE_TITLES[mode]}`;
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
  if (result.shareOfPeak !== undefined && row.mode !== "step") parts.push(`${percent(result.shareOfPeak)}/${percent(result.bestShareOfPeak)}%`);
  if (id.startsWith("wasm") && result.shareOfOwnPeak !== undefined && row.mode !== "step") parts.push(`(${percent(result.shareOfOwnPeak)}% of wasm's)`);
  const ratios = Object.values(result.ratios);
  if (ratios.length > 0) parts.push(ratios.map(times).join(" / "));
  return parts.join(" ");
}

function yardstickCell(row, group, footnotes) {
  const result = row.results[YARDSTICK];
  if (result?.seconds === undefined) return result ? `– [${footnote(footnotes, result.missing)}]` : "";
  if (row.yardstickFigure === undefined) return duration(result.seconds);
  return `${yardstickFigure(group, row.yardstickFigure)} (${duration(result.seconds)})`;
}

export function yardstickFigure(group, figure) {
  return group.yardstick.unit === "share" ? `${percent(figure)} %` : times(figure);
}

function detailLines(name, id, details) {
  if (!details) return [];
  if (details.problem) return [`${name}, ${id}: ${details.problem}`];
  const shown = Object.entries(details).map(([what, value]) => `${what} ${typeof value === "number" ? digits(value) : sharesText(value)}`);
  return [`${name}, ${id}: ${shown.join("; ")}`];
}

/** "sequenceRun 71 %, gemmRows 12 %, …", the largest first. */
export function sharesText(shares) {
  const sorted = Object.entries(shares).toSorted(([, a], [, b]) => b - a);
  return sorted.filter(([, share]) => share >= 0.005).map(([what, share]) => `${what} ${percent(share)} %`).join(", ");
}

function footnote(footnotes, text) {
  if (!footnotes.includes(text)) footnotes.push(text);
  return footnotes.indexOf(text) + 1;
}

function summaryOf(rows, id, label) {
  const ratios = rows.map((row) => row.results[id]?.ratios).filter((each) => each !== undefined && Object.keys(each).length > 0);
  const bases = Object.keys(ratios[0] ?? {});
  if (bases.length === 0) return [];
  const show = (base) => {
    const values = ratios.map((each) => each[base]).filter((ratio) => ratio !== undefined);
    return `${times(geometricMean(values))} (${times(Math.min(...values))})`;
  };
  return [`${label} ${bases.map(show).join(" / ")}`];
}

export function markdownTable(header, body) {
  const widths = header.map((title, column) => Math.max(title.length, ...body.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => `${"-".repeat(width + 1)}${column === 0 ? "-" : ":"}`).join("|")}|`;
  return [line(header), rule, ...body.map(line)];
}

export function duration(seconds) {
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
  return seconds < 1 ? `${digits(seconds * 1e3)} ms` : `${digits(seconds)} s`;
}

export function times(ratio) {
  return `${digits(ratio)}×`;
}

export function percent(share) {
  return String(Math.round(100 * share));
}

/** Three significant digits, without exponents. */
export function digits(value) {
  const size = Math.abs(value);
  return size >= 100 ? value.toFixed(0) : size >= 10 ? value.toFixed(1) : value.toFixed(2);
}
