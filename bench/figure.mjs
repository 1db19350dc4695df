/** The figure of growth: a panel per series of growth.mjs, times against sizes, both logarithmic, and one for threads. */
import { flops, rowName } from "./cases.mjs";
import { SERIES, THREADS_ROW } from "./growth.mjs";
import { drawFigure } from "./panels.mjs";

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
  const versions = contestants.filter(({ version }) => version).map(({ label, version }) => `${label} ${version}`);
  return drawFigure({
    name: "How the time of a training step grows",
    description: [
      "Six panels: time of a training step against time steps, batch, hidden size, layers, vocabulary and threads, of",
      "Unrolled and PyTorch.",
    ],
    title: "Time of a training step: LSTM, 64 steps, batch 32, 128 units, one layer; one size varied at a time",
    lines: LINES,
    guide: "in proportion to the multiply-adds",
    panels,
    foot: `${machine.processor}, ${machine.logicalCores} cores; ${versions.join("; ")}; ${date.slice(0, 10)}`,
  });
}

/** Those who have something to show, with the points that were measured. */
function linesOf(pointsOf) {
  return LINES.map((line) => ({ ...line, points: pointsOf(line.id).filter(([, seconds]) => seconds !== undefined) })).filter(
    ({ points }) => points.length > 0,
  );
}
