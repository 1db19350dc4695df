/** The figure of growth: a panel per series of growth.mjs, times against sizes, both logarithmic, and one for threads. */
import { flops, rowName } from "./cases.mjs";
import { SERIES, THREADS_ROW } from "./growth.mjs";
import { duration } from "./tables.mjs";

const COLUMNS = 3;
const PANEL = { width: 320, height: 250, left: 62, right: 14, top: 44, bottom: 36 };
const HEAD = 64;
const FOOT = 30;
/** Who is drawn, and in which colour. */
const LINES = [
  { id: "native", label: "Unrolled", className: "ours" },
  { id: "pytorch", label: "PyTorch", className: "theirs" },
];

const nameOf = ({ case: testCase, mode }) => rowName(testCase, mode);

/** @param {import("./report.mjs").Section} section the group growth of a report @returns {string | undefined} SVG, or nothing where rows are missing */
export function growthFigure({ rows, date, contestants }, machine) {
  const byName = new Map(rows.map((row) => [row.name, row.results]));
  const panels = SERIES.map(({ title, points }) => ({
    title,
    lines: linesOf((id) => points.map(([x, row]) => [x, byName.get(nameOf(row))?.[id]?.seconds])),
    work: points.map(([x, row]) => [x, flops(row.case, row.mode)]),
  }));
  const tried = (id) => Object.entries(byName.get(nameOf(THREADS_ROW))?.[id]?.threadsTried ?? {});
  const threads = linesOf((id) => tried(id).map(([count, seconds]) => [Number(count), seconds]));
  panels.push({ title: `threads, ${THREADS_ROW.case.hiddenSize} units`, lines: threads, work: threads[0]?.points.map(([count]) => [count, 1 / count]) });
  if (panels.some(({ lines }) => (lines[0]?.points.length ?? 0) < 2)) return undefined;
  const width = COLUMNS * PANEL.width;
  const height = HEAD + Math.ceil(panels.length / COLUMNS) * PANEL.height + FOOT;
  const versions = contestants.filter(({ version }) => version).map(({ label, version }) => `${label} ${version}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `  <title id="title">How the time of a training step grows</title>`,
    `  <desc id="description">Six panels: time of a training step against time steps, batch, hidden size, layers, vocabulary and threads, of`,
    `    Unrolled and PyTorch.</desc>`,
    STYLE,
    `  <rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    `  <text class="title" x="20" y="26">Time of a training step: LSTM, 64 steps, batch 32, 128 units, one layer; one size varied at a time</text>`,
    ...legend(),
    ...panels.flatMap((panel, i) => drawPanel(panel, (i % COLUMNS) * PANEL.width, HEAD + Math.floor(i / COLUMNS) * PANEL.height)),
    `  <text class="muted" x="20" y="${height - 14}">${escape(`${machine.processor}, ${machine.logicalCores} cores; ${versions.join("; ")}; ${date.slice(0, 10)}`)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

/** Those who have something to show, with the points that were measured. */
function linesOf(pointsOf) {
  return LINES.map((line) => ({ ...line, points: pointsOf(line.id).filter(([, seconds]) => seconds !== undefined) })).filter(
    ({ points }) => points.length > 0,
  );
}

function legend() {
  const items = [...LINES, { label: "in proportion to the multiply-adds", className: "guide" }];
  return items.flatMap(({ label, className }, i) => [
    `  <line class="${className}" x1="${20 + 110 * i}" y1="44" x2="${44 + 110 * i}" y2="44"/>`,
    `  <text class="muted" x="${50 + 110 * i}" y="48">${label}</text>`,
  ]);
}

function drawPanel({ title, lines, work }, x0, y0) {
  const all = lines.flatMap(({ points }) => points);
  const xs = [...new Set(all.map(([x]) => x))].toSorted((a, b) => a - b);
  const [left, right] = [x0 + PANEL.left, x0 + PANEL.width - PANEL.right];
  const [top, bottom] = [y0 + PANEL.top, y0 + PANEL.height - PANEL.bottom];
  const ticks = ticksFor(all.map(([, seconds]) => seconds));
  const x = logScale([xs[0], xs.at(-1)], [left + 8, right - 8]);
  const y = logScale([ticks[0], ticks.at(-1)], [bottom, top]);
  const out = [`  <text class="panel" x="${left}" y="${y0 + 24}">${escape(title)}</text>`];
  for (const tick of ticks) {
    out.push(`  <line class="grid" x1="${left}" y1="${y(tick)}" x2="${right}" y2="${y(tick)}"/>`);
    out.push(`  <text class="tick" x="${left - 6}" y="${Number(y(tick)) + 4}" text-anchor="end">${shortDuration(tick)}</text>`);
  }
  for (const value of xs) out.push(`  <text class="tick" x="${x(value)}" y="${bottom + 18}" text-anchor="middle">${value}</text>`);
  out.push(...guide(lines[0].points, work, { x, y, least: ticks[0] }));
  for (const { points, className, label } of lines) {
    out.push(`  <polyline class="${className}" points="${points.map(([at, seconds]) => `${x(at)},${y(seconds)}`).join(" ")}"/>`);
    for (const [at, seconds] of points) {
      out.push(`  <circle class="${className} dot" cx="${x(at)}" cy="${y(seconds)}" r="3"><title>${label}, ${at}: ${duration(seconds)}</title></circle>`);
    }
  }
  return out;
}

/** Where our dearest point would put the others if time were proportional to the work; it ends where it leaves the panel. */
function guide(points, work, { x, y, least }) {
  const workAt = new Map(work);
  const [at, seconds] = points.reduce((a, b) => (workAt.get(b[0]) > workAt.get(a[0]) ? b : a));
  const line = points.map(([other]) => [other, (seconds * workAt.get(other)) / workAt.get(at)]);
  const seen = line.filter(([, expected]) => expected >= least).map(([other, expected]) => `${x(other)},${y(expected)}`);
  return [`  <polyline class="guide" points="${seen.join(" ")}"/>`];
}

/** Powers of ten around the values; where they span less than two of them, 2 and 5 in between, and no more than needed. */
function ticksFor(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const factors = high / low > 300 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    ticks.push(...factors.map((factor) => factor * 10 ** power));
  }
  const first = ticks.findLastIndex((tick) => tick <= low);
  const last = ticks.findIndex((tick) => tick >= high);
  return ticks.slice(first, last + 1);
}

function logScale([from, to], [start, end]) {
  const size = Math.log(to / from) || 1;
  return (value) => (start + ((end - start) * Math.log(value / from)) / size).toFixed(1);
}

function shortDuration(seconds) {
  const [value, unit] = seconds < 0.9e-3 ? [seconds * 1e6, "µs"] : seconds < 0.9 ? [seconds * 1e3, "ms"] : [seconds, "s"];
  return `${Number(value.toPrecision(2))} ${unit}`;
}

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

const STYLE = `  <style>
    svg { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
    .page { fill: #ffffff; stroke: #d1d9e0; }
    .title { fill: #1f2328; font-weight: 600; font-size: 15px; }
    .panel { fill: #1f2328; font-weight: 600; }
    .muted { fill: #59636e; font-size: 12px; }
    .tick { fill: #59636e; font-size: 11px; }
    .grid { stroke: #d1d9e0; stroke-width: 1; }
    .ours, .theirs, .guide { fill: none; stroke-width: 2; }
    .ours { stroke: #0969da; }
    .theirs { stroke: #bc4c00; }
    .guide { stroke: #818b98; stroke-width: 1.2; stroke-dasharray: 4 4; }
    .dot { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #3d444d; }
      .title, .panel { fill: #f0f6fc; }
      .muted, .tick { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .ours { stroke: #4493f8; }
      .theirs { stroke: #f0883e; }
      .guide { stroke: #9198a1; }
      .dot { fill: #0d1117; }
    }
  </style>`;
