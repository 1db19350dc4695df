import { expect, it } from "vitest";
import { IGNORED } from "../train/window.js";
import { sampleSegments, segmentWindows, wholeDocuments, type Segment } from "./segments.js";
import { encodeDocuments } from "./tokens.js";
import { buildVocabulary } from "./vocabulary.js";

const documents = ["abcdefg", "xy", "klmnopqrst"].map((content, i) => ({ name: `${i}`, content }));
const row = encodeDocuments(documents, buildVocabulary("bytes", documents));

/** Counted targets per document, as text. */
function predictions(segments: readonly Segment[], batch: number, timeSteps: number): string[] {
  const texts = documents.map(() => "");
  for (const { pieces, documents: rows } of segmentWindows(row, segments, { batch, timeSteps })) {
    const [{ targets, timeSteps: steps }] = pieces as [(typeof pieces)[number]];
    for (const [r, document] of rows.entries()) {
      for (let t = 0; t < steps; t++) {
        const target = targets[t * rows.length + r]!;
        if (target !== IGNORED) texts[document] += target === 0 ? "^" : String.fromCharCode(target - 1);
      }
    }
  }
  return texts;
}

it("whole documents predict every token and the end, in any batch and window", () => {
  for (const [batch, timeSteps] of [[1, 100], [2, 3], [8, 4]] as const) {
    expect(predictions(wholeDocuments(row), batch, timeSteps)).toEqual(["abcdefg^", "xy^", "klmnopqrst^"]);
  }
});

it("segments cover the text once, read context before them, and count it not", () => {
  const segments = sampleSegments(row, { limit: 1000, length: 3, context: 2 });
  expect(segments[1]).toEqual({ document: 0, contextFrom: 1, from: 3, to: 6 });
  expect(predictions(segments, 1, 5).map((text) => text.length)).toEqual([8, 3, 11]);
  expect(predictions(sampleSegments(row, { limit: 1000, length: 3, context: 2 }), 2, 2).map((text) => [...text].sort().join(""))).toEqual(
    ["^abcdefg", "^xy", "^klmnopqrst"],
  );
});

it("a limit takes evenly spaced segments", () => {
  const all = sampleSegments(row, { limit: 1000, length: 2 });
  const some = sampleSegments(row, { limit: 11, length: 2 });
  expect(some.length).toBe(Math.floor(all.length / 2));
  expect(some[0]).toEqual(all[0]);
  expect(some.at(-1)!.document).toBe(2);
});
