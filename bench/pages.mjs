/** The generated parts of the pages, from a report: each a list of lines of Markdown, by the name of its comments. */
import { caseName } from "./cases.mjs";
import { YARDSTICK } from "./contestants.mjs";
import { GROUPS } from "./groups.mjs";
import { digits, duration, markdownTable, percent, sharesText, tableTitle, times, yardstickFigure } from "./tables.mjs";

/** Above this, a ratio below 1 is not called a loss: it is what repeated runs differ by. */
const LEVEL = 0.97;

/** Whose versions are named; others are the same programs used otherwise. */
const FAMILIES = ["native", "wasm-1", "pytorch", "onnxruntime", "tfjs", "jax-js"];

/** @returns {Record<string, string[]>} */
export function blocks(report) {
  const generated = { machine: machineLines(report), speed: summary(report), losses: losses(report) };
  for (const section of report.sections) {
    const group = GROUPS.find(({ name }) => name === section.name);
    if (group && section.name !== "growth") generated[section.name] = groupLines(group, section);
  }
  return generated;
}

function machineLines({ machine, sections, date }) {
  const contestants = new Map(sections.flatMap((section) => section.contestants).map((each) => [each.id, each]));
  const versions = [...contestants.values()].filter(({ id, version }) => version && FAMILIES.includes(id)).map(({ label, version }) => `${label} ${version}`);
  const peaks = new Map(sections.flatMap((section) => section.peaks).map((peak) => [`${peak.id}, ${peak.threads}`, peak]));
  for (const section of sections) {
    for (const peak of section.peaks) {
      const known = peaks.get(`${peak.id}, ${peak.threads}`);
      if (peak.flops > known.flops) peaks.set(`${peak.id}, ${peak.threads}`, peak);
    }
  }
  const names = { native: "native", "wasm-1": "WebAssembly", "wasm-2": "WebAssembly", "wasm-relaxed": "WebAssembly with relaxed SIMD" };
  const atBest = [...peaks.values()]
    .toSorted((a, b) => a.id.localeCompare(b.id) || a.threads - b.threads)
    .map(({ id, threads, flops }) => `${(flops / 1e9).toFixed(0)} (${names[id]}, ${threads} thread${threads === 1 ? "" : "s"})`);
  const rows = sections.flatMap((section) => section.rows);
  const doubtful = rows.filter(({ doubts }) => doubts.length > 0).length;
  return [
    `${machine.processor}, ${machine.logicalCores} logical cores, ${machine.system}, Node ${machine.node.slice(1)}; ${date.slice(0, 10)}.`,
    `${versions.join("; ")}.`,
    `Multiply-adds at best, GFLOP/s: ${atBest.join(", ")}.`,
    ...(doubtful > 0
      ? [`The machine was shared: in ${doubtful} of ${rows.length} rows, marked ~, its speed or somebody's turns drifted. Read those roughly.`]
      : []),
  ];
}

function groupLines(group, { rows, contestants }) {
  const modes = [...new Set(group.rows.map((row) => row.mode))];
  const present = contestants.filter(({ id, missing }) => missing === undefined && id !== YARDSTICK);
  const lines = modes.flatMap((mode) => table(group, rows.filter((row) => row.mode === mode), present, tableTitle(group, mode)));
  return [...lines, ...detailLines(rows, contestants)].slice(1);
}

/** What contestants were asked for beside times; rows of which the same is to be said share a line. */
function detailLines(rows, contestants) {
  const said = new Map();
  for (const row of rows) {
    for (const [id, { details }] of Object.entries(row.results)) {
      if (!details) continue;
      const text = `${labelOf(contestants, id)}, ${detailText(details)}`;
      said.set(text, [...(said.get(text) ?? []), caseName(row.case)]);
    }
  }
  return [...said].flatMap(([text, names]) => ["", `${text}: ${names.join(", ")}.`]);
}

function detailText(details) {
  return Object.entries(details)
    .map(([what, value]) => `${what} ${typeof value === "number" ? digits(value) : typeof value === "string" ? value : sharesText(value)}`)
    .join("; ");
}

const labelOf = (contestants, id) => contestants.find((contestant) => contestant.id === id)?.label ?? id;

/** Our time and share of the peak, and everybody else's multiples of it. */
function table(group, rows, present, title) {
  if (rows.length === 0) return [];
  const [base] = group.contestants;
  const others = present.filter(({ id }) => id !== base && rows.some((row) => row.results[id]));
  const withShare = rows.some((row) => row.mode !== "step");
  const withYardstick = rows.some((row) => row.yardstickFigure !== undefined);
  const header = [
    title,
    labelOf(present, base),
    ...(withShare ? ["of peak"] : []),
    "best turn",
    ...(withShare ? ["of peak"] : []),
    ...(withYardstick ? [group.yardstick.label] : []),
    ...others.map(({ label }) => label),
  ];
  const body = rows.map((row) => {
    const ours = row.results[base] ?? {};
    const share = base.startsWith("wasm") ? ours.shareOfOwnPeak : ours.shareOfPeak;
    const bestShare = share && (share * ours.seconds) / ours.best;
    return [
      `${caseName(row.case)}${row.doubts.length > 0 ? " ~" : ""}`,
      ours.seconds === undefined ? "–" : duration(ours.seconds),
      ...(withShare ? [shareText(share)] : []),
      ours.best === undefined ? "–" : duration(ours.best),
      ...(withShare ? [shareText(bestShare)] : []),
      ...(withYardstick ? [row.yardstickFigure === undefined ? "–" : yardstickFigure(group, row.yardstickFigure)] : []),
      ...others.map(({ id }) => ratioText(row.results[id], base)),
    ];
  });
  return ["", ...markdownTable(header, body)];
}

function shareText(share) {
  return share === undefined ? "–" : `${percent(share)} %`;
}

function ratioText(result, base) {
  const ratio = result?.ratios?.[base];
  return ratio === undefined ? "–" : times(ratio);
}

/** For the README: the main groups, native only. */
function summary(report) {
  const lines = [...machineLines(report), "Others are given as multiples of Unrolled's time; results are checked equal first. All of it: [speed](docs/speed.md)."];
  for (const name of ["training", "streaming", "ragged", "text"]) {
    const section = report.sections.find((each) => each.name === name);
    if (!section) continue;
    const group = GROUPS.find((each) => each.name === name);
    const present = section.contestants.filter(({ id, missing }) => missing === undefined && id !== YARDSTICK && !id.startsWith("wasm"));
    lines.push(...table(group, section.rows, present, group.title));
  }
  return [...lines, "", ...javascriptPeers(report), "", ...losses(report)];
}

/** How many times as long a training step takes the other libraries for JavaScript, from the least to the most of all sizes. */
function javascriptPeers({ sections }) {
  const section = sections.find(({ name }) => name === "wasm");
  const rows = section?.rows.filter(({ mode }) => mode === "train") ?? [];
  const range = (id, base) => {
    const ratios = rows.map(({ results }) => results[id]?.ratios?.[base]).filter((ratio) => ratio !== undefined);
    return ratios.length === 0 ? undefined : `${times(Math.min(...ratios))} to ${times(Math.max(...ratios))}`;
  };
  const said = ["tfjs", "jax-js"].flatMap((id) => {
    const [native, wasm] = [range(id, "native"), range(id, "wasm-1")];
    return native && wasm ? [`${labelOf(section.contestants, id)} takes ${native} as long as native code, ${wasm} as long as ours on WebAssembly with one thread`] : [];
  });
  return said.length === 0 ? [] : [`Among libraries for JavaScript, for a training step, by size: ${said.join("; ")}.`];
}

/** Every row where somebody was faster than us. */
function losses({ sections }) {
  const found = new Map();
  for (const { name, rows, contestants } of sections) {
    const base = GROUPS.find((group) => group.name === name)?.contestants[0];
    for (const row of rows) {
      for (const [id, { ratios }] of Object.entries(row.results)) {
        const ours = id === YARDSTICK || id === "native" || id.startsWith("wasm");
        if (ours || !(ratios?.[base] < LEVEL)) continue;
        const label = labelOf(contestants, id);
        const mode = row.mode === "train" ? "training" : row.mode === "update" ? "whole step" : row.mode;
        found.set(label, [...(found.get(label) ?? []), `${caseName(row.case)} ${mode} (${times(ratios[base])})`]);
      }
    }
  }
  if (found.size === 0) return ["Nobody was faster in any row."];
  return ["Where others are faster:", "", ...[...found].map(([label, rows]) => `- ${label}: ${[...new Set(rows)].join(", ")}`)];
}
