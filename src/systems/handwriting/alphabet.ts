/** The characters that a model can write, and texts as the window reads them. */
import type { MemoryInput } from "../../cell/index.js";
import { DataError, MOVE_WIDTH, type PenSequence } from "../../data/index.js";
import { tensor } from "../../tensor/index.js";

/** What the lines that a model learns from say, in short; plain JSON. */
export interface Script {
  /** Every character, in the order of code points. */
  readonly characters: string;
  /** Characters written per movement, the mean. */
  readonly pace: number;
  /** Characters of the longest line. */
  readonly longest: number;
}

/** @throws DataError if no line has a text */
export function scriptOf(sequences: readonly PenSequence[]): Script {
  const lines = sequences.map(({ text = "", moves }) => ({ characters: Array.from(text), movements: moves.length / MOVE_WIDTH }));
  const known = new Set(lines.flatMap(({ characters }) => characters));
  if (known.size === 0) throw new DataError("There is no text to any of the pen sequences: who is to write texts learns from lines with theirs.");
  const total = (of: (line: (typeof lines)[number]) => number) => lines.reduce((sum, line) => sum + of(line), 0);
  return {
    characters: [...known].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!).join(""),
    pace: total(({ characters }) => characters.length) / total(({ movements }) => movements),
    longest: Math.max(...lines.map(({ characters }) => characters.length)),
  };
}

export class Alphabet {
  readonly #index: ReadonlyMap<string, number>;

  constructor(characters: string) {
    this.#index = new Map(Array.from(characters, (character, i) => [character, i]));
  }

  get size(): number {
    return this.#index.size;
  }

  /** The characters of a text that are not in the alphabet, each once. */
  unknown(text: string): string[] {
    return [...new Set(text)].filter((character) => !this.#index.has(character));
  }

  /** A text without those characters. */
  known(text: string): string {
    return Array.from(text).filter((character) => this.#index.has(character)).join("");
  }

  /**
   * Texts as a memory: one-hot characters, [positions, batch, size]; a character that is not in the alphabet is a position of zeros.
   * @param end adds a position of zeros to each text, by which the stop rule sees the window leave it
   */
  memory(texts: readonly string[], { end = false }: { end?: boolean } = {}): MemoryInput {
    const rows = texts.map((text) => Array.from(text));
    const lengths = rows.map(({ length }) => length + (end ? 1 : 0));
    const positions = Math.max(0, ...lengths);
    const values = new Float32Array(positions * rows.length * this.size);
    for (const [r, row] of rows.entries()) {
      for (const [u, character] of row.entries()) {
        const index = this.#index.get(character);
        if (index !== undefined) values[(u * rows.length + r) * this.size + index] = 1;
      }
    }
    return { values: tensor(values, [positions, rows.length, this.size]), lengths };
  }
}
