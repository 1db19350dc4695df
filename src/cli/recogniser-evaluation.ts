/** What `unrolled eval` tells about a run of the recogniser: how well it reads each font, those that it never saw among them. */
import type { Legibility } from "../systems/recogniser/index.js";
import { startBackend } from "./common-options.js";
import type { Context } from "./context.js";
import { grouped, table } from "./format.js";
import { printJson, warn } from "./messages.js";
import { percent, readLines } from "./read-lines.js";
import { loadRecogniser, readRecogniserLines, type RecogniserRun } from "./recogniser-run.js";

/** The test is in the fonts that it never saw, validation in its own by other writers. */
export async function evaluateRecogniser(
  opened: RecogniserRun,
  values: Parameters<typeof startBackend>[0] & { readonly part: "test" | "validation" | "training"; readonly json: boolean },
  context: Context,
): Promise<number> {
  await startBackend(values);
  const { model, notes } = await loadRecogniser(opened);
  for (const note of notes) warn(context, note);
  const { run, config } = opened;
  const { terminal } = context;
  const lines = readRecogniserLines(config.data)[values.part].filter(({ text = "" }) => model.labels(text) !== undefined);
  const { all, byFont } = readLines(model, lines, (read) => terminal.live(`reading line ${grouped(read)} of ${grouped(lines.length)}`));
  terminal.endLive();
  const numbers = ({ lines: count, characters, errors, accuracy, margin }: Legibility) => ({ lines: count, characters, errors, accuracy, margin });
  if (values.json) {
    printJson(context, { run: run.location, part: values.part, all: numbers(all), fonts: Object.fromEntries(Array.from(byFont, ([font, of]) => [font, numbers(of)])) });
    return 0;
  }
  if (lines.length === 0) {
    terminal.print("It has seen all fonts: there are none to test it with. --part validation measures it by other writers.");
    return 0;
  }
  const right = (title: string) => ({ title, align: "right" as const });
  const row = (name: string, of: Legibility) => [name, grouped(of.lines), grouped(of.characters), percent(of.accuracy), (100 * of.margin).toFixed(1)];
  const rows = [...Array.from(byFont, ([font, of]) => row(font, of)), row("all", all)];
  const [head, ...told] = table([{ title: "font" }, right("lines"), right("characters"), right("right"), right("±")], rows);
  terminal.print(terminal.style("dim", head!));
  for (const line of told.slice(0, -1)) terminal.print(line);
  terminal.print(terminal.style("bold", told.at(-1)!));
  terminal.print(values.part === "test" ? "In fonts that it has never seen." : values.part === "training" ? "Of what it has learnt from." : "In its own fonts, by other writers.");
  return 0;
}
