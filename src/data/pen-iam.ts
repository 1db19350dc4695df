/** Strokes from the XML of IAM-OnDB (Liwicki & Bunke 2005): text written on a whiteboard, Graves' data. */
import { DataError } from "./errors.js";
import { checkedSample, type PenPoint, type PenSample } from "./pen.js";
import { readXml } from "./xml.js";

/**
 * A line of IAM-OnDB's lineStrokes, or a whole form of its original data: every <Stroke> with its <Point>s. The writer is taken from a
 * <Form writerID="…">, the text from its <Transcription>, where the file has them.
 *
 * @throws DataError naming file, line and attribute
 */
export function readIamStrokes(content: string, name: string): PenSample {
  const strokes: PenPoint[][] = [];
  const facts: { text?: string; writer?: string } = {};
  let current: PenPoint[] | undefined;
  let inSet = false;
  for (const event of readXml(content, name)) {
    if (event.kind === "text") continue;
    const { name: element, line } = event;
    if (element === "StrokeSet") inSet = event.kind === "open";
    if (element === "Stroke") {
      if (event.kind === "close" && current !== undefined) strokes.push(current);
      current = event.kind === "open" ? [] : undefined;
    }
    if (event.kind === "close") continue;
    const { attributes } = event;
    if (element === "Form" && attributes["writerID"] !== undefined) facts.writer = attributes["writerID"];
    if (element === "TextLine" && attributes["text"] !== undefined) facts.text = facts.text === undefined ? attributes["text"] : `${facts.text}\n${attributes["text"]}`;
    if (element !== "Point") continue;
    if (current === undefined || !inSet) throw new DataError(`${name}: line ${line}: a <Point> outside any <Stroke> of a <StrokeSet>.`);
    const number = (attribute: string): number => {
      const value = attributes[attribute];
      if (value === undefined || value.trim() === "" || !Number.isFinite(Number(value))) {
        throw new DataError(`${name}: line ${line}: <Point>: ${attribute}: expected a number, got ${value === undefined ? "none" : JSON.stringify(value)}.`);
      }
      return Number(value);
    };
    const [x, y] = [number("x"), number("y")];
    current.push(attributes["time"] === undefined ? [x, y] : [x, y, number("time")]);
  }
  return checkedSample({ name, strokes, ...facts });
}
