/** A model that writes: opened, and let write movement by movement. One Worker holds one, the one it was given last. */
import { defaultBackend, RandomStream, Run, RunError } from "unrolled";
import { strokesOf, type Stroke } from "unrolled/data";
import { anyWriter, fitDrawing, linesToWrite, loadPenModel, SynthesisModel, writeText, type PenRunConfig } from "unrolled/systems/handwriting";
import type { Service } from "./protocol.js";
import { PlaceStorage, type RunPlace } from "./run-folder.js";
import { shippedPen } from "./shipped-pen.js";

export type { Stroke } from "unrolled/data";

export interface PenModelRequest {
  /** A run, and what people call it; without it, the model that comes with the Lab, if one does. */
  readonly run?: { readonly name: string; readonly place: RunPlace } | undefined;
}

export interface PenModelFacts {
  /** Every character that it knows. */
  readonly characters: string;
  /** Characters of a line, at most. */
  readonly longest: number;
  /** How wide a character usually is, in its own unit. */
  readonly advance: number;
  /** Movements to a character. */
  readonly movements: number;
  /** Whose hands it can be told to write in; none where it tells nobody's apart. */
  readonly hands: readonly string[];
  /** Gaussians of the density. */
  readonly components: number;
  readonly parameters: number;
  /** Steps that it was trained for. */
  readonly step: number;
  /** Whether it learnt from strokes that no human made. */
  readonly rendered: boolean;
  readonly notes: readonly string[];
}

/** Somebody's drawing, and what it says. */
export interface Drawing {
  /** In any unit. */
  readonly strokes: readonly Stroke[];
  readonly text: string;
}

export interface PenRequest {
  readonly text: string;
  readonly bias: number;
  readonly seed: number;
  /** Leaves out characters that the model does not know, instead of stopping. */
  readonly skip: boolean;
  readonly prime?: Drawing | undefined;
  /** Whose hand, of those that the model knows; for another, one of them, as the seed has it, or that of the drawing. */
  readonly hand: string;
  /** Whether every movement is told of, with what the model saw; else only the strokes are given, at the end. */
  readonly watched: boolean;
}

/** The lines to be written, or movements of one of them. */
export type PenReport = { readonly lines: readonly string[] } | PenMoves;

/** Movements of a line that follow those told before. */
export interface PenMoves {
  readonly line: number;
  readonly count: number;
  /** [count, 3]: dx, dy, and 1 where the pen is lifted after it. */
  readonly moves: Float32Array;
  /** phi after each movement, [count, characters + 1]: of each character of the line, and of the place behind it. */
  readonly windows: Float32Array;
  /** What each movement was drawn from, [count, components, 6]: weight, mean, deviations, correlation. */
  readonly densities: Float32Array;
  /** The probability before each movement that the pen is lifted after it. */
  readonly lifts: Float32Array;
}

export interface PenResult {
  readonly lines: readonly string[];
  /** Of each line. */
  readonly strokes: readonly (readonly Stroke[])[];
  /** Characters that the model does not know: left out, or, if there are no lines, the reason why there are none. */
  readonly unknown: readonly string[];
  /** So of the text of the drawing. */
  readonly unknownDrawn: readonly string[];
  /** Lines that the model did not bring to an end. */
  readonly unfinished: readonly number[];
}

/** Milliseconds between reports. */
const REPORT_EVERY = 40;
/** Movements between two breaths. */
const BREATH = 12;

let held: { readonly model: SynthesisModel; readonly config: PenRunConfig } | undefined;

/** @throws RunError where a run cannot be read, or writes no texts */
export const openPen: Service<PenModelRequest, PenModelFacts> = async ({ run: asked }, { signal }) => {
  // One movement after another: threads would only wait for each other.
  defaultBackend().setThreads(1);
  const name = asked?.name ?? "The Lab's own model";
  const run = await Run.open(new PlaceStorage(name, asked?.place ?? (await shippedPen(signal)), signal));
  const config = run.config as PenRunConfig;
  if (config.kind !== "handwriting" || config.handwriting.task !== "synthesis") {
    const is = config.kind === "handwriting" ? "predicts strokes and writes no texts" : `is a run of another kind (${String(config.kind)})`;
    throw new RunError(`${name} ${is}: unrolled train handwriting --task synthesis makes one that can be used here.`);
  }
  const { model, step, notes } = await loadPenModel(run, config);
  if (!(model instanceof SynthesisModel)) throw new RunError(`${name} writes no texts.`);
  held = { model, config };
  const { characters, longest, pace } = model.script;
  return {
    characters, longest, step, notes,
    advance: config.scale.mean[0] / pace,
    movements: 1 / pace,
    hands: model.conditions?.writer?.names ?? [],
    components: model.density.components,
    parameters: model.parameterCount,
    rendered: (config["data"] as { source?: unknown } | undefined)?.source === "rendered",
  };
};

/** Writes a text, line by line, and reports every movement if it is watched. @throws DataError for a drawing that cannot be gone on from */
export const writePen: Service<PenRequest, PenResult, PenReport> = async ({ text, bias, seed, skip, prime, hand, watched }, { report, signal, breathe }) => {
  if (!held) throw new Error("There is no model yet.");
  const { model, config: { scale } } = held;
  const { alphabet, script } = model;
  const [unknown, unknownDrawn] = [alphabet.unknown(text.replace(/\s+/g, " ")), alphabet.unknown(prime?.text ?? "")];
  if (!skip && unknown.length + unknownDrawn.length > 0) return { lines: [], strokes: [], unknown, unknownDrawn, unfinished: [] };
  const lines = linesToWrite(text.split("\n").map((line) => alphabet.known(line.replace(/\s/g, " "))).join("\n"), script.longest);
  if (watched) report({ lines });
  const said = prime && alphabet.known(prime.text).trim();
  const before = prime && { strokes: fitDrawing(prime.strokes, said!, { scale, script }), text: `${said!} ` };
  const heard = Array.from(before?.text ?? "").length;
  const strokes: (readonly Stroke[])[] = [];
  const unfinished: number[] = [];
  // The streams of `unrolled write --seed`: the same numbers make the same strokes there.
  const random = new RandomStream(seed).fork("write");
  const told = model.conditions?.writer?.knows(hand) ? { writer: hand } : prime ? {} : anyWriter(model.conditions, random.fork("hand of sample 0"));
  let toldAt = performance.now();
  for (const [l, line] of lines.entries()) {
    const waiting = new MovesToTell(l, Array.from(line).length + 1, model.density.components, heard);
    const moves: number[] = [];
    let done = false;
    for (const move of writeText(model, line, { scale, bias, told, random: random.fork(`sample 0 line ${l}`), ...(before && { prime: before }) })) {
      moves.push(move.x, move.y, move.lift ? 1 : 0);
      done = move.done;
      if (watched) waiting.add(move);
      if (moves.length % (3 * BREATH) === 0) {
        if (watched && performance.now() - toldAt > REPORT_EVERY) {
          report(waiting.take());
          toldAt = performance.now();
        }
        await breathe();
        signal.throwIfAborted();
      }
    }
    if (watched) report(waiting.take());
    if (!done) unfinished.push(l);
    strokes.push(strokesOf(moves, { lifted: before !== undefined }));
  }
  return { lines, strokes, unknown, unknownDrawn, unfinished };
};

type Written = ReturnType<typeof writeText> extends Generator<infer M> ? M : never;

/** Movements on their way to the page. */
class MovesToTell {
  #waiting: Written[] = [];

  /** @param heard places of the text that the window also sees, before those of the line */
  constructor(readonly line: number, readonly places: number, readonly components: number, readonly heard: number) {}

  add(move: Written): void {
    this.#waiting.push(move);
  }

  take(): PenMoves {
    const all = this.#waiting;
    this.#waiting = [];
    const numbers = (columns: number, of: (move: Written) => ArrayLike<number>) => {
      const values = new Float32Array(all.length * columns);
      for (const [i, move] of all.entries()) values.set(Array.from(of(move)), i * columns);
      return values;
    };
    return {
      line: this.line,
      count: all.length,
      moves: numbers(3, ({ x, y, lift }) => [x, y, lift ? 1 : 0]),
      windows: numbers(this.places, ({ window }) => window.subarray(this.heard)),
      densities: numbers(6 * this.components, ({ density }) =>
        density.gaussians.flatMap(({ weight, mean, deviation, correlation }) => [weight, ...mean, ...deviation, correlation])),
      lifts: numbers(1, ({ density }) => [density.lift]),
    };
  }
}
