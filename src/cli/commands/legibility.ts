import { writeWholeFile } from "../../data/node-whole-file.js";
import type { PenSample, Stroke } from "../../data/index.js";
import { layOut, loadPenModel, rasterise, strokesToSvg, SynthesisModel } from "../../systems/handwriting/index.js";
import type { Legibility, Recogniser } from "../../systems/recogniser/index.js";
import { RunError } from "../../train/index.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, integer, number, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { grouped, table } from "../format.js";
import { openHandwritingRun } from "../handwriting-run.js";
import { heldOutTexts, renderLines, writeLines, type WrittenLine } from "../legibility.js";
import { printJson, warn } from "../messages.js";
import { fontsOf } from "../pen-corpus.js";
import { encodePng } from "../png.js";
import { percent, readLines } from "../read-lines.js";
import { loadRecogniser, openRecogniserRun } from "../recogniser-run.js";
import { suggestion } from "../suggest.js";

/** Confusions that people are told. */
const CONFUSIONS = 12;

/** Lines from one source, and what was read of them. */
interface Judged extends Legibility {
  readonly source: string;
  readonly read: readonly string[];
  /** Accuracy in each font; of rendered lines. */
  readonly byFont?: Readonly<Record<string, number>>;
}

export const legibility = defineCommand({
  name: "legibility",
  summary: "Tells how much of what a model writes a recogniser can read, beside how much it reads of lines that no model wrote.",
  positionals: { usage: "RUN", min: 1, max: 1, help: "the folder of a run of train handwriting --task synthesis" },
  options: {
    recogniser: text({ placeholder: "RUN", help: "The folder of a run of train recogniser" }),
    lines: integer({ min: 1, max: 10_000, default: 200, help: "Lines to write, and to render for comparison" }),
    longest: integer({ min: 1, max: 1000, defaultText: "32, or as long as it has learnt", help: "Characters of a line, at most" }),
    bias: number({ min: 0, default: 0.75, help: "0 writes as learnt; above, neater and less varied" }),
    writer: text({ placeholder: "NAME", defaultText: "line by line of all in turn", help: "In whose hand, of a model that knows writers" }),
    seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 1, help: "Another number gives other lines" }),
    out: text({ placeholder: "FILE", defaultText: "none", help: "A picture, .svg or .png, of the lines read worst" }),
    worst: integer({ min: 1, max: 200, default: 10, help: "How many lines are on it" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "Characters right are 1 - errors / characters: errors are the characters to replace, put in and take out to make the text of what was " +
    "read, capitals, marks and spaces included; ± is 1.96 standard errors, were other lines drawn. The recogniser reads along the likeliest path, " +
    "without a dictionary. Lines are of the Brown corpus; neither the model nor the recogniser has learnt from them. The same lines are rendered in the " +
    "fonts that the model learnt from and in those of the recogniser, every line by a writer whom neither knows: what is read of those is the most that " +
    "can be expected of a model.",
  examples: [
    ["unrolled legibility runs/rendered-pen --recogniser runs/recogniser", "200 lines"],
    ["unrolled legibility runs/rendered-pen --recogniser runs/recogniser --bias 2 --out worst.png", "neater ones, and a picture of the worst"],
  ],
  async run({ values, positionals: [folder = ""] }, context: Context) {
    const { lines, bias, seed, out } = values;
    if (out !== undefined && !/\.(svg|png)$/i.test(out)) throw new UsageError(`--out: expected a name that ends in .svg or .png, got ${JSON.stringify(out)}.`);
    if (values.recogniser === undefined) throw new UsageError("--recogniser: who is to read it? unrolled train recogniser makes one.");
    const opened = await openHandwritingRun(folder);
    const judge = await openRecogniserRun(values.recogniser);
    if (judge === undefined) throw new RunError(`${values.recogniser} is no recogniser: unrolled train recogniser makes one.`);
    await startBackend(values);
    const writing = opened && (await loadPenModel(opened.run, opened.config));
    if (!opened || !(writing?.model instanceof SynthesisModel)) throw new RunError(`${folder} does not write texts: unrolled train handwriting --task synthesis makes a run that does.`);
    const reading = await loadRecogniser(judge);
    for (const note of [...writing.notes, ...reading.notes]) warn(context, note);
    const { model, step } = { ...writing, model: writing.model };
    const writers = writersOf(model, values.writer);

    const { terminal } = context;
    terminal.live("choosing lines…");
    const texts = heldOutTexts({
      lines, seed, model, data: opened.config.data, recogniser: reading.model, recogniserData: judge.config.data,
      ...(values.longest !== undefined && { longest: values.longest }),
    });
    const onLine = (written: number) => terminal.live(`writing line ${written} of ${lines}`);
    const written = writeLines(model, texts, { scale: opened.config.scale, bias, seed, writers, onLine });
    const onRead = (of: string) => (read: number) => terminal.live(`reading ${of}, line ${read} of ${lines}`);
    const judged = [judgedBy(reading.model, "written by the model", written, onRead("what was written"))];
    const rendered = (source: string, fonts: readonly string[]) => {
      terminal.live(`rendering ${source}`);
      judged.push(judgedBy(reading.model, source, renderLines(texts, fonts, seed), onRead(`lines ${source}`)));
    };
    const fonts = fontsOf(opened.config.data);
    const seen = fonts.filter((name) => judge.config.data.fonts.includes(name));
    if (fonts.length > 0) rendered("rendered in the model's fonts", fonts);
    rendered("rendered in the recogniser's fonts", judge.config.data.fonts);
    terminal.endLive();

    const worst = worstOf(written, judged[0]!, values.worst);
    if (out !== undefined) writePicture(out, worst.map(({ strokes }) => strokes), `The ${worst.length} lines of ${folder} that were read worst`);
    const unfinished = written.filter(({ done }) => !done).length;
    if (values.json) {
      const sources = judged.map(({ source, lines: count, characters, errors, accuracy, margin, byFont, confusions }) =>
        ({ source, lines: count, characters, errors, accuracy, margin, byFont, confusions }));
      const readings = written.map((line, i) => ({ text: line.text, read: judged[0]!.read[i], accuracy: judged[0]!.accuracies[i] }));
      printJson(context, { run: folder, step, recogniser: values.recogniser, bias, seed, writers, fonts, seenFonts: seen, unfinished, sources, readings });
      return 0;
    }
    for (const line of tableOf(context, judged)) terminal.print(line);
    if (fonts.length > 0) terminal.print(seenText(fonts, seen));
    printFonts(context, judged);
    printConfusions(context, judged[0]!);
    if (unfinished > 0) warn(context, `${grouped(unfinished)} of ${grouped(lines)} lines did not come to their end.`);
    if (out !== undefined) {
      terminal.print(`${out}: from above,`);
      for (const { text: said, read } of worst) terminal.print(`  ${JSON.stringify(said)} was read as ${JSON.stringify(read)}`);
    }
    return 0;
  },
});

/** Whose hands lines are to be in. @throws UsageError for a writer that the model does not know */
function writersOf({ conditions }: SynthesisModel, writer: string | undefined): readonly string[] {
  const names = conditions?.writer?.names ?? [];
  if (writer === undefined) return names;
  if (!names.includes(writer)) throw new UsageError(`--writer: the model does not know ${JSON.stringify(writer)}.${suggestion(writer, names)}`);
  return [writer];
}

function judgedBy(recogniser: Recogniser, source: string, lines: readonly (WrittenLine | PenSample)[], onRead: (read: number) => void): Judged {
  const { read, all, byFont } = readLines(recogniser, lines, onRead);
  return { source, read, ...all, ...(byFont.size > 0 && { byFont: Object.fromEntries(Array.from(byFont, ([font, { accuracy }]) => [font, accuracy])) }) };
}

function tableOf({ terminal }: Context, judged: readonly Judged[]): string[] {
  const right = (title: string) => ({ title, align: "right" as const });
  const columns = [{ title: "lines" }, right("number"), right("characters"), right("right"), right("±")];
  const rows = judged.map(({ source, lines, characters, accuracy, margin }) => [source, grouped(lines), grouped(characters), percent(accuracy), (100 * margin).toFixed(1)]);
  const [head, ...rest] = table(columns, rows);
  return [terminal.style("dim", head!), ...rest];
}

/** Whether it is letters of these shapes that the recogniser has learnt to read. */
function seenText(fonts: readonly string[], seen: readonly string[]): string {
  if (seen.length === 0) return fonts.length === 1 ? `The recogniser has never seen the model's font, ${fonts[0]!}.` : `The recogniser has never seen the model's ${fonts.length} fonts.`;
  if (seen.length === fonts.length) return "The recogniser has learnt to read all of the model's fonts: only writers and lines are kept from it.";
  return `The recogniser has learnt to read ${seen.length} of the model's ${fonts.length} fonts: ${seen.join(", ")}.`;
}

function printFonts({ terminal }: Context, judged: readonly Judged[]): void {
  const all = judged.flatMap(({ byFont }) => (byFont === undefined ? [] : [Object.entries(byFont)]));
  for (const fonts of all) terminal.print(terminal.style("dim", fonts.map(([font, accuracy]) => `${font} ${percent(accuracy)}`).join(", ")));
}

function printConfusions({ terminal }: Context, { confusions, source }: Judged): void {
  if (confusions.length === 0) return;
  const shown = (character: string) => (character === " " ? "space" : character === "" ? "nothing" : character);
  terminal.print(terminal.style("bold", `Most confused of what was ${source}`));
  const most = confusions.slice(0, CONFUSIONS).map(({ expected, said, times }) => `${shown(expected)} as ${shown(said)} ${grouped(times)}×`);
  terminal.print(`  ${most.join(", ")}`);
}

function worstOf(written: readonly WrittenLine[], { accuracies, read }: Judged, count: number): { text: string; read: string; strokes: readonly Stroke[] }[] {
  return written
    .map(({ text: said, strokes }, i) => ({ text: said, strokes, read: read[i]!, accuracy: accuracies[i]! }))
    .sort((a, b) => a.accuracy - b.accuracy)
    .slice(0, count);
}

function writePicture(out: string, lines: readonly (readonly Stroke[])[], title: string): void {
  const png = out.toLowerCase().endsWith(".png");
  writeWholeFile(out, png ? encodePng(rasterise(layOut(lines, { height: 60 }))) : new TextEncoder().encode(strokesToSvg(lines, { height: 60, title })));
}
