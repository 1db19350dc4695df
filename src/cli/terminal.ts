/** Where the commands write, and what that place can show. */

export interface OutputStream {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, cyan: 36 } as const;
export type Style = keyof typeof STYLES;

const ESCAPE = "\u001b[";

export class Terminal {
  readonly #output: OutputStream;
  readonly #color: boolean;
  /** Whether a line can be written over: a person is watching. */
  readonly interactive: boolean;
  /** The live line that stands at the bottom, if any. */
  #live = "";

  constructor(output: OutputStream, environment: Readonly<Record<string, string | undefined>> = {}) {
    this.#output = output;
    const dumb = environment["TERM"] === "dumb";
    this.interactive = output.isTTY === true && !dumb && !environment["CI"];
    // https://no-color.org: set and not empty means no colours.
    this.#color = output.isTTY === true && !dumb && !environment["NO_COLOR"];
  }

  get columns(): number {
    return Math.max(20, this.#output.columns ?? 80);
  }

  style(style: Style, text: string): string {
    return this.#color && text !== "" ? `${ESCAPE}${STYLES[style]}m${text}${ESCAPE}0m` : text;
  }

  /** Text as it is. */
  write(text: string | Uint8Array): void {
    this.#clearLive();
    this.#output.write(text);
  }

  /** Whole lines, above the live line if there is one. */
  print(text = ""): void {
    const live = this.#live;
    this.#clearLive();
    this.#output.write(`${text}\n`);
    if (live !== "") this.live(live);
  }

  /** Replaces the live line; only where `interactive`. */
  live(text: string): void {
    if (!this.interactive) return;
    this.#output.write(`\r${text}${ESCAPE}K`);
    this.#live = text;
  }

  /** Ends the live line: what stands there goes. */
  endLive(): void {
    this.#clearLive();
  }

  #clearLive(): void {
    if (this.#live === "") return;
    this.#output.write(`\r${ESCAPE}K`);
    this.#live = "";
  }
}

/** Columns that a text takes, styles not counted. */
export function visibleLength(text: string): number {
  return [...text.replace(/\u001b\[[0-9;]*m/g, "")].length;
}
