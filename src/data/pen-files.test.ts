import { describe, expect, it } from "vitest";
import { readIamStrokes } from "./pen-iam.js";
import { readInkml } from "./pen-inkml.js";
import { penJson, readPenJson } from "./pen-json.js";
import { readQuickDraw } from "./pen-quickdraw.js";
import type { PenSample } from "./pen.js";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("InkML", () => {
  const ink = (body: string) => `<ink xmlns="http://www.w3.org/2003/InkML">\n${body}\n</ink>`;

  it("gives traces in order, with text and writer", () => {
    const sample = readInkml(
      ink(`<annotation type="truth">x = 1</annotation><annotation type="writer">7</annotation>
        <trace id="0">10 0, 9 14, 8 28</trace><trace type="penUp">1 1, 2 2</trace><traceGroup><trace>130 155</trace></traceGroup>`),
      "a.inkml",
    );
    expect(sample).toEqual({ name: "a.inkml", text: "x = 1", writer: "7", strokes: [[[10, 0], [9, 14], [8, 28]], [[130, 155]]] });
  });

  it("takes X, Y and T from wherever the format has them", () => {
    const format = `<traceFormat><channel name="T" type="integer" units="ms"/><channel name="Y"/><channel name="F"/><channel name="X"/></traceFormat>`;
    expect(readInkml(ink(`${format}<trace>1000 5 0.5 7, 1250 6 0.5 8</trace>`), "a").strokes).toEqual([[[7, 5, 1], [8, 6, 1.25]]]);
  });

  it("reads differences, and differences of differences, as the standard writes them", () => {
    // The example of the Recommendation, section 3.2.1.
    const trace = `<trace>1125 18432,'23'43,"7"-8,3-5,7 -3,6 2,6 8,3 6 T</trace>`.replace(" T", "");
    expect(readInkml(ink(trace), "a").strokes).toEqual([
      [[1125, 18432], [1148, 18475], [1178, 18510], [1211, 18540], [1251, 18567], [1297, 18596], [1349, 18633], [1404, 18676]],
    ]);
    expect(readInkml(ink("<trace>3 4, * 5, ? 6, '2 '1, * *, !9 !9</trace>"), "a").strokes).toEqual([[[3, 4], [3, 5], [3, 6], [5, 7], [7, 8], [9, 9]]]);
  });

  it.each([
    [ink("<trace>1 2, 3 x</trace>"), 'a.inkml: line 2: point 2: "x" is not a number.'],
    [ink("<trace>1 2, 3</trace>"), 'a.inkml: line 2: point 2: expected 2 values (X, Y), got 1: "3".'],
    [ink("<traceFormat><channel name='X'/></traceFormat><trace>1</trace>"), "the trace format has the channels X, expected X and Y"],
    [ink("<trace>1 2"), "a.inkml: line 3: </ink> where </trace> was expected"],
    [ink(""), "a.inkml: there are no points"],
    [ink("<trace>5 5</trace>"), "a.inkml: there is one point only"],
    ["<svg/>", "a.inkml: line 1: expected <ink>, got <svg>: this is not InkML."],
  ])("says what is wrong with %j", (content, message) => {
    expect(() => readInkml(content, "a.inkml")).toThrow(message);
  });
});

describe("IAM-OnDB", () => {
  const session = (body: string) => `<?xml version="1.0"?>\n<WhiteboardCaptureSession><StrokeSet>\n${body}\n</StrokeSet></WhiteboardCaptureSession>`;

  it("gives strokes with their times, writer and text where they are there", () => {
    const stroke = `<Stroke colour="black"><Point x="10" y="20" time="1.5"/><Point x="11" y="21" time="1.51"/></Stroke><Stroke><Point x="30" y="20" time="2"/></Stroke>`;
    const general = `<WhiteboardCaptureSession><General><Form id="a01-000" writerID="10017"/></General><Transcription><TextLine id="1" text="A MOVE"/></Transcription><StrokeSet>${stroke}</StrokeSet></WhiteboardCaptureSession>`;
    const strokes = [[[10, 20, 1.5], [11, 21, 1.51]], [[30, 20, 2]]];
    expect(readIamStrokes(session(stroke), "a.xml")).toEqual({ name: "a.xml", strokes });
    expect(readIamStrokes(general, "a.xml")).toEqual({ name: "a.xml", strokes, writer: "10017", text: "A MOVE" });
  });

  it.each([
    [session(`<Stroke><Point x="1" y="abc" time="0"/></Stroke>`), 'a.xml: line 3: <Point>: y: expected a number, got "abc".'],
    [session(`<Stroke><Point y="1"/></Stroke>`), "a.xml: line 3: <Point>: x: expected a number, got none."],
    [session(`<Point x="1" y="1"/>`), "a.xml: line 3: a <Point> outside any <Stroke>"],
    [session(`<Stroke><Point x="1" y="1"></Stroke>`), "a.xml: line 3: </Stroke> where </Point> was expected"],
    [session(""), "a.xml: there are no points"],
    ["<note>hello</note>", "a.xml: there are no points"],
  ])("says what is wrong with %j", (content, message) => {
    expect(() => readIamStrokes(content, "a.xml")).toThrow(message);
  });
});

describe("Quick, Draw!", () => {
  const cat = { word: "cat", countrycode: "VE", recognized: true, drawing: [[[0, 5, 9], [1, 2, 3]], [[7], [8]]] };
  const collect = async (text: string, options = {}, size = 7): Promise<PenSample[]> => {
    const all = bytes(text);
    const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.subarray(i * size, (i + 1) * size));
    const samples: PenSample[] = [];
    for await (const sample of readQuickDraw(chunks, "cats.ndjson", options)) samples.push(sample);
    return samples;
  };

  it("gives a drawing per line, however the file arrives", async () => {
    const timed = { word: "é", drawing: [[[1, 2], [3, 4], [0, 250]]] };
    const text = `${JSON.stringify(cat)}\n\n${JSON.stringify(timed)}`;
    const expected = [
      { name: "cats.ndjson: line 1", text: "cat", writer: "VE", strokes: [[[0, 1], [5, 2], [9, 3]], [[7, 8]]] },
      { name: "cats.ndjson: line 3", text: "é", strokes: [[[1, 3, 0], [2, 4, 0.25]]] },
    ];
    for (const size of [1, 7, 1000]) expect(await collect(text, {}, size)).toEqual(expected);
    expect(await collect(`${JSON.stringify({ ...cat, recognized: false })}\n${text}`, { recognizedOnly: true })).toHaveLength(2);
  });

  it.each([
    ["{]", 'cats.ndjson: line 1: not JSON: "{]".'],
    ['{"word":"cat"}', "cats.ndjson: line 1: drawing: expected a list of strokes, got undefined."],
    ['{"drawing":[[[1,2],[3]]]}', "cats.ndjson: line 1: drawing: stroke 1: expected lists of x and y of one length"],
    ['{"drawing":[[[1,"2"],[3,4]]]}', 'cats.ndjson: line 1: drawing: stroke 1, point 2: expected numbers, got ["2",4].'],
    ['{"drawing":[]}', "cats.ndjson: line 1: there are no points"],
  ])("says what is wrong with %j, or passes over it", async (line, message) => {
    await expect(collect(line)).rejects.toThrow(message);
    const told: string[] = [];
    expect(await collect(`${line}\n${JSON.stringify(cat)}`, { onBadLine: (problem: string) => told.push(problem) })).toHaveLength(1);
    expect(told).toEqual([expect.stringContaining(message)]);
  });
});

describe("JSON", () => {
  const sample: PenSample = { name: "a.json", text: "hi", writer: "me", strokes: [[[0, 1], [2, 3.5]], [[4, 5, 0.5]]] };

  it("is read as it is written", () => {
    expect(readPenJson(penJson(sample), "a.json")).toEqual([sample]);
    expect(readPenJson(penJson([sample, sample]), "a.json").map(({ name }) => name)).toEqual(["a.json: sample 1", "a.json: sample 2"]);
  });

  it.each([
    ["{", /^a\.json: not JSON: /],
    ["[]", "a.json: the list of samples is empty."],
    ["{}", "a.json: strokes: expected a list of strokes, got none."],
    ['[{"strokes":[]}]', "a.json: sample 1: there are no points"],
    ['{"strokes":[[[1,2],[3]]]}', "a.json: strokes: stroke 1, point 2: expected [x, y] or [x, y, time], got [3]."],
    ['{"strokes":[[[1,2],[null,3]]]}', "a.json: strokes: stroke 1, point 2: expected [x, y] or [x, y, time], got [null,3]."],
    ['{"strokes":[[[1,2],[3,4]]],"text":5}', "a.json: text: expected a string, got 5."],
  ])("says what is wrong with %j", (content, message) => {
    expect(() => readPenJson(content, "a.json")).toThrow(message);
  });
});
