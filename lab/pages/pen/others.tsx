/** The same text by other seeds: each is a link to itself. */
import { layOut } from "../../library/pen-picture.js";
import type { PenResult } from "../../library/pen.js";

export function Others({ seeds, results, hrefOf }: { seeds: readonly number[]; results: ReadonlyMap<number, PenResult>; hrefOf: (seed: number) => string }) {
  return (
    <ul class="others">
      {seeds.map((seed) => (
        <li key={seed}>
          <a href={hrefOf(seed)} aria-label={`Seed ${seed}`}>
            <Miniature result={results.get(seed)} />
            <span class="small muted" aria-hidden="true">Seed {seed}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Miniature({ result }: { result: PenResult | undefined }) {
  const lines = result?.strokes.filter((strokes) => strokes.length > 0) ?? [];
  if (lines.length === 0) return <svg aria-hidden="true" />;
  const { width, height, lineWidth, strokes } = layOut(lines, { height: 80 });
  const path = strokes.map(({ points }) => `M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}${points.length === 1 ? "h0" : ""}`).join("");
  return (
    <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <path d={path} style={{ strokeWidth: `${(lineWidth * 1.2).toFixed(1)}px` }} />
    </svg>
  );
}
