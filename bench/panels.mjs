/** Figures of panels side by side: times against sizes, both logarithmic, drawn as SVG. */
import { duration } from "./tables.mjs";

const COLUMNS = 3;
const PANEL = { width: 320, height: 250, left: 62, right: 14, top: 44, bottom: 36 };
const HEAD = 64;
const FOOT = 30;
const LEGEND_STEP = 110;

/**
 * @typedef {{ label: string, className: "ours" | "theirs" | "third" }} Line
 * @typedef {object} Panel
 * @property {string} title
 * @property {(Line & { points: (readonly [at: number, seconds: number])[] })[]} lines
 * @property {(readonly [at: number, work: number])[]} work what the dashed line is in proportion to
 */

/**
 * @param {{ name: string, description: string[], title: string, lines: readonly Line[], guide: string, panels: Panel[], foot: string }} figure
 * @returns {string} SVG
 */
export function drawFigure({ name, description, title, lines, guide, panels, foot }) {
  const width = COLUMNS * PANEL.width;
  const height = HEAD + Math.ceil(panels.length / COLUMNS) * PANEL.height + FOOT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `  <title id="title">${escape(name)}</title>`,
    `  <desc id="description">${description.map(escape).join("\n    ")}</desc>`,
    STYLE,
    `  <rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    `  <text class="title" x="20" y="26">${escape(title)}</text>`,
    ...legend([...lines, { label: guide, className: "guide" }]),
    ...panels.flatMap((panel, i) => drawPanel(panel, (i % COLUMNS) * PANEL.width, HEAD + Math.floor(i / COLUMNS) * PANEL.height)),
    `  <text class="muted" x="20" y="${height - 14}">${escape(foot)}</text>`,
    "</svg>",
    "",
  ].join("\n");
}

function legend(items) {
  return items.flatMap(({ label, className }, i) => [
    `  <line class="${className}" x1="${20 + LEGEND_STEP * i}" y1="44" x2="${44 + LEGEND_STEP * i}" y2="44"/>`,
    `  <text class="muted" x="${50 + LEGEND_STEP * i}" y="48">${escape(label)}</text>`,
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
    .ours, .theirs, .third, .guide { fill: none; stroke-width: 2; }
    .ours { stroke: #0969da; }
    .theirs { stroke: #bc4c00; }
    .third { stroke: #1a7f37; }
    .guide { stroke: #818b98; stroke-width: 1.2; stroke-dasharray: 4 4; }
    .dot { fill: #ffffff; }
    @media (prefers-color-scheme: dark) {
      .page { fill: #0d1117; stroke: #3d444d; }
      .title, .panel { fill: #f0f6fc; }
      .muted, .tick { fill: #9198a1; }
      .grid { stroke: #3d444d; }
      .ours { stroke: #4493f8; }
      .theirs { stroke: #f0883e; }
      .third { stroke: #3fb950; }
      .guide { stroke: #9198a1; }
      .dot { fill: #0d1117; }
    }
  </style>`;
