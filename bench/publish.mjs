/**
 * Writes what was measured into the pages: `node bench/publish.mjs [FILE]` (default results/published.json). Between the comments
 * `<!-- NAME: begin … -->` and `<!-- NAME: end -->` of docs/speed.md and the README everything is generated; docs/growth.svg is drawn anew.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { growthFigure } from "./figure.mjs";
import { blocks } from "./pages.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PAGES = ["README.md", "docs/speed.md"];
const FIGURE = "docs/growth.svg";
/** Where it is shown: the block growth. */
const FIGURE_SHOWN = ["![Six panels: time of a training step against time steps, batch, hidden size, layers, vocabulary and threads](growth.svg)"];

/** A page with its generated parts replaced; a part that there are no figures for stays as it is. */
export function rewrite(page, generated) {
  return page.replace(/(<!-- ([\w-]+): begin[^>]*-->\n)([^]*?)(<!-- \2: end -->)/g, (all, begin, name, _old, end) => {
    const block = generated[name];
    return block === undefined ? all : `${begin}\n${block.join("\n")}\n\n${end}`;
  });
}

if (process.argv[1] && fileURLToPath(import.meta.url) === process.argv[1]) {
  const file = process.argv[2] ?? fileURLToPath(new URL("results/published.json", import.meta.url));
  if (!existsSync(file)) {
    console.error(`bench: ${file}: no such file; npm run bench -- --json ${file} makes it`);
    process.exit(2);
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (!report.sections) {
    console.error(`bench: ${file} has no groups: an older bench made it`);
    process.exit(2);
  }
  const generated = blocks(report);
  const growth = report.sections.find(({ name }) => name === "growth");
  const figure = growth && growthFigure(growth, report.machine);
  if (figure) {
    writeFileSync(join(ROOT, FIGURE), figure);
    generated.growth = FIGURE_SHOWN;
  } else console.error(`bench: ${FIGURE} stays as it is: rows of the group growth are missing`);
  for (const page of PAGES) {
    const path = join(ROOT, page);
    writeFileSync(path, rewrite(readFileSync(path, "utf8"), generated));
  }
}
