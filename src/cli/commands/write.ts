import { DataError, fittingFactor, mapPoints, movesOf, penJson, strokesOf, type PenScale, type Stroke } from "../../data/index.js";
import { readPenFile } from "../../data/node-pen-files.js";
import { writeWholeFile } from "../../data/node-whole-file.js";
import { generateStrokes, layOut, rasterise, strokesToSvg } from "../../systems/handwriting/index.js";
import { RandomStream } from "../../tensor/index.js";
import { RunError } from "../../train/index.js";
import { backendOptions, jsonOption, startBackend } from "../common-options.js";
import { defineCommand, flag, integer, number, text, UsageError } from "../command.js";
import { warn, type Context } from "../context.js";
import { bytes, grouped } from "../format.js";
import { loadHandwritingModel, openHandwritingRun } from "../handwriting-run.js";
import { penDataText } from "../pen-corpus.js";
import { encodePng } from "../png.js";
import { printJson } from "../run-training.js";

const FORMATS = ["svg", "png", "json"] as const;

export const write = defineCommand({
  name: "write",
  summary: "Lets a model of pen strokes write: as SVG that replays the pen, as PNG, or as strokes in JSON.",
  positionals: { usage: "RUN", min: 1, max: 1, help: "the folder of the run" },
  options: {
    out: text({ placeholder: "FILE", default: "writing.svg", help: "The picture, .svg or .png, or .json for the strokes" }),
    points: integer({ min: 1, default: 500, help: "Points of each sample" }),
    samples: integer({ min: 1, max: 1000, default: 1, help: "How many, one below the other" }),
    bias: number({ min: 0, default: 0.5, help: "0 writes as learnt; above, neater and less varied" }),
    prime: text({ placeholder: "FILE", defaultText: "nothing", help: "Strokes to go on from, in any format that can be trained on but ndjson" }),
    seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER, default: 1, help: "Another number gives other strokes" }),
    height: integer({ min: 8, max: 2000, default: 80, help: "Pixels that a line is high" }),
    still: flag("An SVG with all strokes there at once, instead of one that replays the pen"),
    speed: number({ above: 0, default: 60, help: "Points a second that an SVG replays" }),
    ...backendOptions,
    ...jsonOption,
  },
  details:
    "With --prime the model reads the strokes of a sample first and goes on in its manner; they are not drawn again. Strokes in other units than those of the " +
    "model's data are scaled to fit.",
  examples: [
    ["unrolled write runs/rendered-pen", "to writing.svg, for a browser"],
    ["unrolled write runs/rendered-pen --bias 1 --samples 8 --out page.png", "eight neat lines"],
    ["unrolled write runs/rendered-pen --prime mine.inkml --out mine.svg", "go on from somebody's strokes"],
    ["unrolled write runs/hanzi-pen --points 60 --samples 5 --seed 2", "characters that there are not"],
  ],
  async run({ values, positionals: [folder = ""] }, context: Context) {
    const { out, points, samples, bias, height } = values;
    const format = FORMATS.find((each) => out.toLowerCase().endsWith(`.${each}`));
    if (format === undefined) throw new UsageError(`--out: expected a name that ends in .svg, .png or .json, got ${JSON.stringify(out)}.`);
    const opened = await openHandwritingRun(folder);
    if (opened === undefined) throw new RunError(`${folder} is no model of pen strokes: unrolled train handwriting makes one.`);
    await startBackend(values);
    const { model, notes, step } = await loadHandwritingModel(opened);
    for (const note of notes) warn(context, note);
    const { scale } = opened.config;
    const prime = values.prime === undefined ? undefined : readPrime(values.prime, scale, context);
    const random = new RandomStream(values.seed).fork("write");
    const lines = Array.from({ length: samples }, (_, i): Stroke[] => {
      const moves = generateStrokes(model, { scale, points, bias, random: random.fork(`sample ${i}`), ...(prime && { prime }) });
      return strokesOf([...moves].flatMap(({ x, y, lift }) => [x, y, lift ? 1 : 0]));
    });
    const file = encoded(format, lines, { ...values, title: `Written by a model of ${penDataText(opened.config.data)}, step ${step}`, height });
    writeWholeFile(out, file);
    const strokes = lines.reduce((sum, line) => sum + line.length, 0);
    if (values.json) printJson(context, { run: folder, out, samples, strokes, points: samples * points, bias, seed: values.seed, bytes: file.length });
    else context.terminal.print(`${out}: ${grouped(samples)} sample${samples === 1 ? "" : "s"} of ${grouped(points)} points, ${grouped(strokes)} strokes, ${bytes(file.length)}`);
    return 0;
  },
});

/** Drawings that differ from the model's data by this factor are in other units. */
const OTHER_UNITS = 3;

function readPrime(path: string, scale: PenScale, context: Context): readonly Stroke[] {
  const [sample, more] = readPenFile(path);
  if (more !== undefined) throw new DataError(`${path}: expected one sample to go on from, got several.`);
  const { strokes } = sample!;
  const factor = fittingFactor(movesOf(strokes), scale);
  if (factor < OTHER_UNITS && factor > 1 / OTHER_UNITS) return strokes;
  warn(context, `${path} was drawn at another scale than the model's data: it is read as if multiplied by ${Number(factor.toPrecision(3))}.`);
  return mapPoints(strokes, (x, y) => [x * factor, y * factor]);
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
