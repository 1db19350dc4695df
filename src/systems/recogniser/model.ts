/** The network that reads what a pen wrote. */
import type { Cell } from "../../cell/index.js";
import type { Stroke } from "../../data/index.js";
import { ctcBestPath } from "../../decode/index.js";
import { Linear, Module, Recurrent } from "../../nn/index.js";
import { noGrad, step, tensor, type RandomStream, type Tensor } from "../../tensor/index.js";
import { INK_WIDTH, inkColumns } from "./ink.js";

/** Lines side by side. */
export interface InkBatch {
  /** [columns of the longest, lines, INK_WIDTH] */
  readonly ink: Tensor;
  /** Columns of each line. */
  readonly lengths: readonly number[];
}

export function inkBatch(lines: readonly Float32Array[]): InkBatch {
  const lengths = lines.map(({ length }) => length / INK_WIDTH);
  const columns = Math.max(0, ...lengths);
  const values = new Float32Array(columns * lines.length * INK_WIDTH);
  for (const [r, line] of lines.entries()) {
    for (let t = 0; t < lengths[r]!; t++) values.set(line.subarray(t * INK_WIDTH, (t + 1) * INK_WIDTH), (t * lines.length + r) * INK_WIDTH);
  }
  return { ink: tensor(values, [columns, lines.length, INK_WIDTH]), lengths };
}

/** The class that stands for no character. */
export const BLANK = 0;
/** Lines read at a time. */
const LINES = 32;

export interface RecogniserOptions {
  readonly cell: Cell;
  readonly layers: number;
  /** In each direction. */
  readonly hiddenSize: number;
  readonly dropout: number;
  /** Each once. */
  readonly characters: string;
  readonly random: RandomStream;
}

/**
 * Characters from the ink of a line: layers that read it in both directions, and at every column a softmax over the characters and the
 * blank of connectionist temporal classification (Graves et al. 2006, 2009).
 */
export class Recogniser extends Module {
  readonly characters: readonly string[];
  readonly recurrent: Recurrent;
  readonly readout: Linear;
  readonly #classes: ReadonlyMap<string, number>;

  constructor({ cell, layers, hiddenSize, dropout, characters, random }: RecogniserOptions) {
    super();
    this.characters = Array.from(characters);
    this.#classes = new Map(this.characters.map((character, i) => [character, i + 1]));
    this.recurrent = new Recurrent(cell, { inputSize: INK_WIDTH, hiddenSize, layers, bidirectional: true, dropout, random });
    this.readout = new Linear(this.recurrent.outputSize, this.characters.length + 1, { random });
  }

  /** @returns logits [columns, lines, characters + 1], the blank first */
  forward({ ink, lengths }: InkBatch): Tensor {
    return this.readout.forward(this.recurrent.forward(ink, { lengths }).output);
  }

  /** The classes of a text's characters; undefined where it has one that the recogniser does not know. */
  labels(text: string): number[] | undefined {
    const labels = Array.from(text, (character) => this.#classes.get(character));
    return labels.some((label) => label === undefined) ? undefined : (labels as number[]);
  }

  /** What lines say, by the likeliest path. Parameters and random streams stay as they are. */
  read(lines: readonly (readonly Stroke[])[]): string[] {
    return this.readInk(lines.map((strokes) => inkColumns(strokes)));
  }

  /** The same of ink by columns. */
  readInk(lines: readonly Float32Array[]): string[] {
    const wasTraining = this.training;
    this.eval();
    const texts: string[] = [];
    for (let from = 0; from < lines.length; from += LINES) texts.push(...this.#readSome(lines.slice(from, from + LINES)));
    if (wasTraining) this.train();
    return texts;
  }

  #readSome(lines: readonly Float32Array[]): string[] {
    const classes = this.characters.length + 1;
    return step(() =>
      noGrad(() => {
        const batch = inkBatch(lines);
        const logits = this.forward(batch).dataSync();
        return batch.lengths.map((length, r) => {
          const values = new Float32Array(length * classes);
          for (let t = 0; t < length; t++) {
            const at = (t * lines.length + r) * classes;
            values.set(logits.subarray(at, at + classes), t * classes);
          }
          return ctcBestPath({ values, classes, blank: BLANK }).map((k) => this.characters[k - 1]!).join("");
        });
      }),
    );
  }

  protected override describe(): { name: string; settings: Record<string, number> } {
    return { name: "Recogniser", settings: { characters: this.characters.length } };
  }
}
