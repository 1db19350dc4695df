import { DataError, penJson, strokesOf, type PenSample, type PenScale, type Stroke } from "../../data/index.js";
import { readPenFile } from "../../data/node-pen-files.js";
import { writeWholeFile } from "../../data/node-whole-file.js";
import { anyWriter, drawClass, drawingOf, fitPrime, generateStrokes, HandwritingModel, inARow, layOut, linesToWrite, loadPenModel, rasterise, strokesToSvg, SynthesisModel, usualWidth, writeText, type Condition, type Drawing, type PenModel, type PenRunConfig, type Told } from "../../systems/handwriting/index.js";
import type { PenMove } from "../../decode/index.js";
import { RandomStream } from "../../tensor/index.js";
import { RunError } from "../../train/index.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, flag, integer, number, text, UsageError } from "../command.js";
import type { Context } from "../context.js";
import { bytes, grouped } from "../format.js";
import { openHandwritingRun } from "../handwriting-run.js";
import { printJson, warn } from "../messages.js";
import { penDataText } from "../pen-corpus.js";
import { encodePng } from "../png.js";
import { suggestion } from "../suggest.js";

/** Of a sample without a text. */
const POINTS = 500;
const FORMATS = ["svg", "png", "json"] as const;

export const write = defineCommand({
  name: "write",
  summary: "Lets a model of pen strokes write, a text if it has learnt to: as SVG that replays the pen, as PNG, or as strokes in JSON.",
  positionals: { usage: "RUN [TEXT]", min: 1, max: 2, help: "the folder of the run; what it is to write, for a run of --task synthesis, or to draw, for one of --task drawing, which without draws anything" },
  options: {
    out: text({ placeholder: "FILE", default: "writing.svg", help: "The picture, .svg or .png, or .json for the strokes" }),
    points: integer({ min: 1, defaultText: `${POINTS}; a text or a drawing until it is done`, help: "Points of each sample; of each line of TEXT, or drawing, at most" }),
    width: integer({ min: 1, defaultText: "as long as it has learnt", help: "Characters of a line of TEXT, at most; of drawings 12 in a row" }),
    "skip-unknown": flag("Leave out the characters of TEXT that the model has never seen, instead of stopping"),
    samples: integer({ min: 1, max: 1000, default: 1, help: "How many, one below the other; drawings without TEXT side by side" }),
    bias: number({ min: 0, default: 0.5, help: "0 writes as learnt; above, neater and less varied" }),
    writer: text({ placeholder: "NAME", defaultText: "for each sample one that it knows", help: "Whose hand, of those that a run of --writers has learnt: unrolled info RUN lists them" }),
    prime: text({ placeholder: "FILE", defaultText: "nothing", help: "Strokes to go on from, in any format that can be trained on but ndjson" }),
    seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 1, help: "Another number gives other strokes" }),
    height: integer({ min: 8, max: 2000, default: 80, help: "Pixels that a line is high" }),
    still: flag("An SVG with all strokes there at once, instead of one that replays the pen"),
    speed: number({ above: 0, default: 60, help: "Points a second that an SVG replays" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "With --prime the model reads the strokes of a sample first and goes on in its manner; they are not drawn again. Strokes at another scale than " +
    "the model's data are fitted to it. A model of --task synthesis also needs to know what they say, which is in the file, and every line begins in their " +
    "manner. It ends a line when its window has left the text; TEXT is broken between words to lines, and at its line breaks.",
  examples: [
    ["unrolled write runs/rendered-pen", "to writing.svg, for a browser"],
    ["unrolled write runs/rendered-pen --bias 1 --samples 8 --out page.png", "eight neat lines"],
    ["unrolled write runs/rendered-pen --prime mine.inkml --out mine.svg", "go on from somebody's strokes"],
    ['unrolled write runs/rendered-pen "anything at all" --bias 0.75 --out note.svg', "a text, by a model of --task synthesis"],
    ['unrolled write runs/rendered-pen "anything at all" --writer EMSElfin', "in a hand, by a model of --writers 16"],
    ['unrolled write runs/hanzi-pen "永字八法"', "characters in stroke order, by a model of --task drawing"],
    ["unrolled write runs/hanzi-pen --samples 36 --out page.png", "three rows of characters that there are not, or nearly"],
  ],
  async run({ values, positionals: [folder = "", text] }, context: Context) {
    const { out, samples, bias, height } = values;
    const format = FORMATS.find((each) => out.toLowerCase().endsWith(`.${each}`));
    if (format === undefined) throw new UsageError(`--out: expected a name that ends in .svg, .png or .json, got ${JSON.stringify(out)}.`);
    const opened = await openHandwritingRun(folder);
    if (opened === undefined) throw new RunError(`${folder} is no model of pen strokes: unrolled train handwriting makes one.`);
    await startBackend(values);
    const { model, notes, step } = await loadPenModel(opened.run, opened.config);
    for (const note of notes) warn(context, note);
    const { scale } = opened.config;
    const prime = values.prime === undefined ? undefined : readPrime(values.prime, opened.config, context);
    const random = new RandomStream(values.seed).fork("write");
    const writer = toldWriter(model, values.writer);
    // Who goes on from a sample goes on in its manner.
    const told = (sample: number): Told => writer ?? (prime ? {} : anyWriter(model.conditions, random.fork(`hand of sample ${sample}`)));
    const options: Writing = { bias, samples, points: values.points, scale, random, prime, told };
    const skip = values["skip-unknown"];
    const asked = { ...options, width: values.width, skip };
    const { lines, points } =
      model instanceof SynthesisModel
        ? writtenText(model, text, asked, context)
        : model.conditions?.class === undefined
          ? writtenFreely(model as HandwritingModel, text, folder, options)
          : drawn(model as HandwritingModel, text, { ...asked, points: values.points ?? opened.config.handwriting.longest }, context);
    const file = encoded(format, lines, { ...values, title: `Written by a model of ${penDataText(opened.config.data)}, step ${step}`, height });
    writeWholeFile(out, file);
    const strokes = lines.reduce((sum, line) => sum + line.length, 0);
    const each = text === undefined ? `${grouped(points / samples)} points` : `${grouped(lines.length / samples)} line${lines.length === samples ? "" : "s"}, ${grouped(points)} points`;
    if (values.json) printJson(context, { run: folder, out, samples, strokes, points, bias, seed: values.seed, bytes: file.length });
    else context.terminal.print(`${out}: ${grouped(samples)} sample${samples === 1 ? "" : "s"} of ${each}, ${grouped(strokes)} strokes, ${bytes(file.length)}`);
    return 0;
  },
});

interface Writing {
  readonly scale: PenScale;
  readonly random: RandomStream;
  readonly bias: number;
  readonly samples: number;
  readonly points: number | undefined;
  readonly prime: PenSample | undefined;
  readonly told: (sample: number) => Told;
}

/** @throws UsageError for a writer that the model does not know */
function toldWriter({ conditions }: PenModel, writer: string | undefined): Told | undefined {
  if (writer === undefined) return undefined;
  const known = conditions?.writer;
  if (known === undefined) throw new UsageError("--writer: this model tells no writers apart: unrolled train handwriting --writers 16 makes one that does.");
  if (!known.knows(writer)) throw new UsageError(`--writer: the model does not know ${JSON.stringify(writer)}.${suggestion(writer, known.names)} unrolled info RUN lists whom it knows.`);
  return { writer };
}

interface Written {
  /** The strokes of each line of each sample. */
  readonly lines: readonly (readonly Stroke[])[];
  readonly points: number;
}

/** @param lines movements of each @param lifted whether a pen in the air set out */
function strokesWritten(lines: readonly (readonly PenMove[])[], lifted: boolean): Written {
  return {
    lines: lines.map((moves) => strokesOf(moves.flatMap(({ x, y, lift }) => [x, y, lift ? 1 : 0]), { lifted })),
    points: lines.reduce((sum, moves) => sum + moves.length, 0),
  };
}

function writtenFreely(model: HandwritingModel, text: string | undefined, folder: string, writing: Writing): Written {
  if (text !== undefined) throw new UsageError(`${folder} predicts strokes and writes no TEXT: unrolled train handwriting --task synthesis makes a run that does.`);
  const { samples, scale, bias, random, points = POINTS, prime, told } = writing;
  const lines = Array.from({ length: samples }, (_, i) => [...generateStrokes(model, { scale, points, bias, told: told(i), random: random.fork(`sample ${i}`), ...(prime && { prime: prime.strokes }) })]);
  return strokesWritten(lines, prime !== undefined);
}

/** Drawings in rows. */
const DRAWINGS_IN_A_ROW = 12;

/** What is named, drawn in the order of TEXT; where nothing is, as many drawings of anything as samples are asked for, on one page. */
function drawn(
  model: HandwritingModel, text: string | undefined,
  { samples, scale, bias, random, points: most, prime, told, width = DRAWINGS_IN_A_ROW, skip }: Writing & Asked & { readonly points: number }, context: Context,
): Written {
  if (prime !== undefined) throw new UsageError("--prime is for models that write: this one draws what is named.");
  let points = 0;
  const draw = (name: string | undefined, sample: number, stream: RandomStream): Drawing => {
    const moves = [...drawClass(model, name, { scale, bias, most, random: stream, ...told(sample) })];
    const whose = `Sample ${sample + 1}${name === undefined ? "" : `: ${JSON.stringify(name)}`}`;
    if (!moves.at(-1)!.done) warn(context, `${whose} is not complete after ${grouped(moves.length)} points.`);
    points += moves.length;
    return drawingOf(moves);
  };
  const named = text === undefined ? undefined : inRows(namedIn(text, model.conditions!.class!, skip, context), width);
  const rows =
    named === undefined
      ? inRows(Array.from({ length: samples }, (_, i) => draw(undefined, i, random.fork(`sample ${i}`))), width)
      : Array.from({ length: samples }, (_, i) => named.map((row, r) => row.map((name, n) => draw(name, i, random.fork(`sample ${i} row ${r} drawing ${n}`))))).flat();
  const pitch = usualWidth(rows.flat());
  return { lines: rows.map((row) => inARow(row, pitch)), points };
}

/** The classes that a text names: its characters where every class is one, else what stands between commas. */
function namedIn(text: string, known: Condition, skip: boolean, context: Context): readonly string[] {
  const single = known.names.every((name) => Array.from(name).length === 1);
  const asked = (single ? Array.from(text) : text.split(/[,\n]/)).map((name) => name.trim()).filter((name) => name !== "");
  const names = withoutUnknown(asked, (name) => known.knows(name), { whose: "TEXT", skip }, context);
  if (names.length === 0) throw new UsageError("TEXT: there is nothing in it to draw.");
  return names;
}

function inRows<T>(all: readonly T[], width: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / width) }, (_, r) => all.slice(r * width, (r + 1) * width));
}

/** What of a model that writes or draws what it is told is asked. */
interface Asked {
  /** Characters of a line, or drawings in a row. */
  readonly width: number | undefined;
  /** Leave out what the model does not know. */
  readonly skip: boolean;
}

function writtenText(
  model: SynthesisModel, text: string | undefined, writing: Writing & Asked, context: Context,
): Written {
  if (text === undefined) throw new UsageError('TEXT: what is it to write? unrolled write RUN "a text"');
  const { samples, scale, bias, random, points, prime, told, width = model.script.longest, skip } = writing;
  const known = (said: string, whose: string) => knownText(model, said, { whose, skip }, context);
  // A line break is for the lines, not for the model.
  const lines = linesToWrite(text.split(/\r?\n/).map((paragraph) => known(paragraph, "TEXT")).join("\n"), width);
  if (lines.length === 0) throw new UsageError("TEXT: there is nothing in it to write.");
  if (prime && (prime.text ?? "") === "") throw new DataError(`${prime.name} does not say what is written in it: expected a "text" beside the strokes.`);
  const before = prime && { strokes: prime.strokes, text: `${known(prime.text!, prime.name)} ` };
  const written = Array.from({ length: samples }, (_, i) => lines.map((line, l) => {
    const stream = random.fork(`sample ${i} line ${l}`);
    const moves = [...writeText(model, line, { scale, bias, told: told(i), random: stream, ...(before && { prime: before }), ...(points !== undefined && { most: points }) })];
    if (!moves.at(-1)!.done) warn(context, `Sample ${i + 1}, line ${l + 1} is not at its end after ${grouped(moves.length)} points: ${JSON.stringify(line)}`);
    return moves;
  })).flat();
  return strokesWritten(written, prime !== undefined);
}

/** A text of known characters. @throws DataError naming the others, unless they are to be skipped */
function knownText({ alphabet }: SynthesisModel, text: string, { whose, skip }: { whose: string; skip: boolean }, context: Context): string {
  const unknown = new Set(alphabet.unknown(text));
  return withoutUnknown(Array.from(text), (character) => !unknown.has(character), { whose, skip }, context).join("");
}

/** What a model knows of something. @throws DataError naming the rest, unless it is to be skipped */
function withoutUnknown(names: readonly string[], knows: (name: string) => boolean, { whose, skip }: { whose: string; skip: boolean }, context: Context): readonly string[] {
  const unknown = [...new Set(names.filter((name) => !knows(name)))];
  if (unknown.length === 0) return names;
  const list = unknown.map((name) => JSON.stringify(name)).join(", ");
  if (!skip) throw new DataError(`${whose}: the model has never seen ${list}. Leave ${unknown.length === 1 ? "it" : "them"} out with --skip-unknown.`);
  warn(context, `${whose}: left out ${list}, which the model has never seen.`);
  return names.filter(knows);
}

/** @throws DataError if a file is no sample to go on from */
function readPrime(path: string, data: Pick<PenRunConfig, "scale" | "script">, context: Context): PenSample {
  const [sample, more] = readPenFile(path);
  if (more !== undefined) throw new DataError(`${path}: expected one sample to go on from, got several.`);
  const { strokes, factor } = fitPrime(sample!, data);
  if (strokes === sample!.strokes) return sample!;
  warn(context, `${path} was drawn at another scale or pace than the model's data: it is read as if multiplied by ${Number(factor.toPrecision(3))}.`);
  return { ...sample!, strokes };
}

interface Encoding {
  readonly title: string;
  readonly height: number;
  readonly still: boolean;
  readonly speed: number;
}

function encoded(format: (typeof FORMATS)[number], lines: readonly (readonly Stroke[])[], { title, height, still, speed }: Encoding): Uint8Array {
  if (format === "json") return new TextEncoder().encode(penJson(lines.map((strokes, i) => ({ name: `${i + 1}`, strokes }))));
  if (format === "png") return encodePng(rasterise(layOut(lines, { height })));
  return new TextEncoder().encode(strokesToSvg(lines, { height, title, ...(still ? {} : { pointsPerSecond: speed }) }));
}
