/** What the model has written so far, as it comes: positions, and what it saw and expected at each of them. */
import { signal } from "@preact/signals";
import type { PenMoves, PenResult } from "../../library/pen.js";

/** Numbers that a Gaussian takes in `PenMoves.densities`. */
const GAUSSIAN = 6;

export interface Gaussian {
  readonly weight: number;
  readonly x: number;
  readonly y: number;
  readonly deviationX: number;
  readonly deviationY: number;
  readonly correlation: number;
}

/** A line. Point 0 is where the pen set out; movement k leads from point k - 1 to point k. */
export class WrittenLine {
  readonly characters: readonly string[];
  /** Movements of the lines before it. */
  readonly before: number;
  readonly xs = [0];
  readonly ys = [0];
  /** Whether the pen is up at a point's end. */
  readonly #lifted: boolean[];
  /** phi after each movement. */
  readonly windows: Float32Array[] = [];
  readonly #densities: Float32Array[] = [];
  /** The probability, for each movement, that the pen is lifted after it. */
  readonly lifts: number[] = [];

  constructor(text: string, before: number, startsInAir: boolean) {
    this.characters = Array.from(text);
    this.before = before;
    this.#lifted = [startsInAir];
  }

  get count(): number {
    return this.windows.length;
  }

  add({ count, moves, windows, densities, lifts }: PenMoves): void {
    const [places, numbers] = [windows.length / count, densities.length / count];
    for (let i = 0; i < count; i++) {
      this.xs.push(this.xs.at(-1)! + moves[3 * i]!);
      this.ys.push(this.ys.at(-1)! + moves[3 * i + 1]!);
      this.#lifted.push(moves[3 * i + 2]! > 0.5);
      this.windows.push(windows.subarray(i * places, (i + 1) * places));
      this.#densities.push(densities.subarray(i * numbers, (i + 1) * numbers));
      this.lifts.push(lifts[i]!);
    }
  }

  /** Whether movement k leaves ink. */
  isInk(k: number): boolean {
    return k >= 1 && k <= this.count && !this.#lifted[k - 1]!;
  }

  /** Whether point k is a dot: reached through the air, and left at once. */
  isDot(k: number): boolean {
    return k >= 1 && !this.isInk(k) && this.#lifted[k]!;
  }

  /** What movement k, from 1, is or was drawn from. */
  density(k: number): Gaussian[] {
    const numbers = this.#densities[k - 1];
    if (!numbers) return [];
    return Array.from({ length: numbers.length / GAUSSIAN }, (_, j) => {
      const [weight, x, y, deviationX, deviationY, correlation] = numbers.subarray(j * GAUSSIAN, (j + 1) * GAUSSIAN) as unknown as [number, number, number, number, number, number];
      return { weight, x, y, deviationX, deviationY, correlation };
    });
  }
}

/** A place in the writing: a line, and movements of it that are made, the last perhaps in part. */
export interface Place {
  readonly line: WrittenLine;
  readonly index: number;
  readonly made: number;
}

export class Writing {
  readonly lines: WrittenLine[] = [];
  readonly #texts: readonly string[];
  readonly #startsInAir: boolean;
  result: PenResult | undefined;
  /** Another number whenever there is more of it. */
  readonly version = signal(0);

  constructor(texts: readonly string[], startsInAir: boolean) {
    this.#texts = texts;
    this.#startsInAir = startsInAir;
    this.#begin();
  }

  /** Movements so far. */
  get total(): number {
    const last = this.lines.at(-1);
    return last ? last.before + last.count : 0;
  }

  /** Characters of the longest line. */
  get longest(): number {
    return Math.max(1, ...this.#texts.map((text) => Array.from(text).length));
  }

  /** Lines in the end. */
  get rows(): number {
    return this.#texts.length;
  }

  add(moves: PenMoves): void {
    while (this.lines.length <= moves.line) this.#begin();
    this.lines[moves.line]!.add(moves);
    this.version.value++;
  }

  finish(result: PenResult): void {
    this.result = result;
    this.version.value++;
  }

  /** Where the pen is after so many movements; undefined where there is no line. */
  placeAt(at: number): Place | undefined {
    const index = this.lines.findLastIndex(({ before }, i) => i === 0 || before < at);
    const line = this.lines[index];
    return line && { line, index, made: Math.min(line.count, Math.max(0, at - line.before)) };
  }

  #begin(): void {
    const text = this.#texts[this.lines.length];
    if (text !== undefined) this.lines.push(new WrittenLine(text, this.total, this.#startsInAir));
  }
}
