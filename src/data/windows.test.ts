import { describe, expect, it } from "vitest";
import { IGNORED, type Window } from "../train/window.js";
import { encodeDocuments } from "./tokens.js";
import { WindowReader } from "./windows.js";
import { buildVocabulary, END } from "./vocabulary.js";

function row(...texts: string[]) {
  const documents = texts.map((content, i) => ({ name: `${i}`, content }));
  return encodeDocuments(documents, buildVocabulary("bytes", documents));
}
const letter = (token: number) => (token === END ? "^" : token === IGNORED ? "." : String.fromCharCode(token - 1));
/** What row r reads and predicts, a string per piece: "^ab>abc". */
function show({ pieces }: Window, batch: number, r: number): string[] {
  return pieces.map(({ inputs, targets, timeSteps, lengths }) => {
    const steps = Array.from({ length: lengths?.[r] ?? timeSteps }, (_, t) => t * batch + r);
    return `${steps.map((i) => letter(inputs[i]!)).join("")}>${steps.map((i) => letter(targets[i]!)).join("")}`;
  });
}

describe("WindowReader", () => {
  it("reads one document end to end, then starts again with an empty state", () => {
    const reader = new WindowReader(row("abcdef"), { batch: 1, stride: 3 });
    const windows = [reader.next(), reader.next(), reader.next(), reader.next()];
    expect(windows.map((window) => show(window, 1, 0))).toEqual([["^ab>abc"], ["cde>def"], ["f>^"], ["^ab>abc"]]);
    expect(windows.map((window) => window.resets)).toEqual([[true], undefined, undefined, [true]]);
    expect(windows.map((window) => window.predictions)).toEqual([3, 3, 1, 3]);
    expect(windows.map((window) => window.units)).toEqual([3, 3, 0, 3]);
  });

  it("stops a row at the end of its document and resets exactly that row", () => {
    const reader = new WindowReader(row("ab", "cdefgh"), { batch: 2, stride: 4 }); // ^ab^cdefgh: rows start at 0 and 5
    const first = reader.next();
    expect([show(first, 2, 0), show(first, 2, 1)]).toEqual([["^ab>ab^"], ["defg>efgh"]]);
    expect(first.pieces[0]!.lengths).toEqual([3, 4]);
    expect(first.resets).toEqual([true, false]);
    const second = reader.next();
    expect([show(second, 2, 0), show(second, 2, 1)]).toEqual([["^cde>cdef"], ["h>^"]]);
    expect(second.resets).toEqual([true, false]);
  });

  it("empties all rows every so many windows, and remembers where it is", () => {
    const text = row("abcdefghijklmnop");
    const reader = new WindowReader(text, { batch: 2, stride: 2, resetEvery: 3 });
    const reset = () => reader.next().resets;
    expect([reset(), reset()]).toEqual([[true, false], undefined]);
    const again = new WindowReader(text, { batch: 2, stride: 2, resetEvery: 3 });
    again.restore(JSON.parse(JSON.stringify(reader.position())));
    for (const each of [reader, again]) expect([each.next().resets, each.next().resets]).toEqual([undefined, [true, true]]);
  });

  it("pads with targets that do not count", () => {
    const { pieces } = new WindowReader(row("ab", "cdefgh"), { batch: 2, stride: 4 }).next();
    expect(pieces[0]!.targets[3 * 2]).toBe(IGNORED);
  });

  it("has no lengths when all rows are full", () => {
    const { pieces } = new WindowReader(row("abcdefghij"), { batch: 2, stride: 3 }).next();
    expect(pieces[0]!.lengths).toBeUndefined();
  });

  it("covers every prediction exactly once per epoch, whatever stride, reach and batch", () => {
    const text = row("abcdefghijk", "lm", "n", "opqrstu");
    for (const [batch, stride, back] of [[1, 3, 3], [1, 3, 7], [1, 2, 5], [1, 5, 6]] as const) {
      const reader = new WindowReader(text, { batch, stride, back });
      const predicted: string[] = [];
      while (reader.epochs < 1) {
        const window = reader.next();
        for (const piece of window.pieces) for (const target of piece.targets) if (target !== IGNORED) predicted.push(letter(target));
      }
      expect(predicted.join(""), `stride ${stride} back ${back}`).toBe("abcdefghijk^lm^n^opqrstu^");
    }
  });

  it("overlaps windows when the gradient reaches further back than the stride", () => {
    const reader = new WindowReader(row("abcdefgh"), { batch: 1, stride: 2, back: 5 });
    const windows = Array.from({ length: 5 }, () => reader.next());
    expect(windows.map((window) => show(window, 1, 0))).toEqual([
      ["^a>ab"],
      ["^>.", "abc>.cd"],
      ["ab>..", "cde>.ef"],
      ["cd>..", "efg>.gh"],
      ["efgh>...^"],
    ]);
    // The second window starts where the first did: it carries the state from before its only piece.
    expect(windows.map((window) => window.carryAfter)).toEqual([-1, 0, 0, 0, 0]);
  });

  it("only brings the state along when the gradient reaches less far than the stride", () => {
    const reader = new WindowReader(row("abcdefgh"), { batch: 1, stride: 4, back: 1 });
    const window = reader.next();
    expect(show(window, 1, 0)).toEqual(["^ab>...", "c>d"]);
    expect(window.pieces.map((piece) => piece.learns)).toEqual([false, true]);
    expect(window.carryAfter).toBe(1);
    expect(window.predictions).toBe(1);
    expect(show(reader.next(), 1, 0)).toEqual(["def>...", "g>h"]);
  });

  it("continues from a saved position as if it had never stopped", () => {
    const text = row("abcdefghijk", "lm", "n", "opqrstu");
    const options = { batch: 3, stride: 3, back: 5 };
    const unbroken = new WindowReader(text, options);
    for (let i = 0; i < 4; i++) unbroken.next();
    const resumed = new WindowReader(text, options);
    resumed.restore(JSON.parse(JSON.stringify(unbroken.position())));
    for (let i = 0; i < 20; i++) expect(resumed.next()).toEqual(unbroken.next());
  });

  it("refuses a text shorter than a window and a position of another batch", () => {
    expect(() => new WindowReader(row("abc"), { batch: 1, stride: 8 })).toThrow(
      "The training text has 3 tokens, which is less than one window of 8: train on more text or use a smaller --window.",
    );
    const reader = new WindowReader(row("abcdefgh"), { batch: 2, stride: 2 });
    expect(() => reader.restore({ predictions: 0, starts: [0], next: [0] })).toThrow("has 1 rows, this run reads 2");
  });
});
