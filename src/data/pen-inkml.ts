/** Strokes from InkML (W3C Recommendation of 2011): what pens of tablets and many data sets write. */
import { DataError } from "./errors.js";
import { checkedSample, type PenPoint, type PenSample, type Stroke } from "./pen.js";
import { readXml } from "./xml.js";

/** How the values of a channel are written from here on: as they are, as differences, as differences of differences. */
type Coding = "explicit" | "difference" | "second";
const PREFIXES: Readonly<Record<string, Coding>> = { "!": "explicit", "'": "difference", '"': "second" };
const TOKEN = /[!'"]?(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|#[0-9a-f]+)|[!'"]?[*?TF]/giy;

/**
 * The drawing of an InkML document: its traces in order, those made with the pen in the air left out. Values may be written as
 * differences, as the standard allows; time is taken from a channel T, in milliseconds unless it says `units="s"`. An annotation of type
 * "transcription", "truth" or "label" becomes the text, one of type "writer" the writer.
 *
 * @throws DataError naming file and line
 */
export function readInkml(content: string, name: string): PenSample {
  let channels: { readonly name: string; readonly seconds: number }[] = [];
  let declared: typeof channels | undefined;
  let annotation: string | undefined;
  let trace: { text: string; line: number } | undefined;
  const facts: { text?: string; writer?: string } = {};
  const strokes: Stroke[] = [];
  let root = true;
  for (const event of readXml(content, name)) {
    if (event.kind === "open") {
      const { name: element, attributes, line } = event;
      if (root && element !== "ink" && !element.endsWith(":ink")) throw new DataError(`${name}: line ${line}: expected <ink>, got <${element}>: this is not InkML.`);
      root = false;
      if (element === "traceFormat") declared = [];
      else if (element === "channel" && declared !== undefined) {
        declared.push({ name: attributes["name"] ?? "", seconds: attributes["units"] === "s" ? 1 : 1e-3 });
      } else if (element === "trace") {
        const inTheAir = attributes["type"] === "penUp" || attributes["type"] === "indeterminate";
        trace = inTheAir ? undefined : { text: "", line };
      } else if (element === "annotation") annotation = attributes["type"] ?? "";
    } else if (event.kind === "text") {
      if (trace !== undefined) trace.text += event.text;
      if (annotation === undefined) continue;
      if (/^(?:transcription|truth|label)$/i.test(annotation)) facts.text ??= event.text.trim();
      if (/^writer(?:id)?$/i.test(annotation)) facts.writer ??= event.text.trim();
    } else if (event.name === "traceFormat") {
      channels = declared ?? [];
      declared = undefined;
    } else if (event.name === "annotation") annotation = undefined;
    else if (event.name === "trace" && trace !== undefined) {
      strokes.push(readTrace(trace.text, channels, `${name}: line ${trace.line}`));
      trace = undefined;
    }
  }
  return checkedSample({ name, strokes, ...facts });
}

function readTrace(text: string, channels: readonly { readonly name: string; readonly seconds: number }[], place: string): Stroke {
  const names = channels.length > 0 ? channels.map((channel) => channel.name) : ["X", "Y"];
  const [x, y, t] = ["X", "Y", "T"].map((channel) => names.indexOf(channel)) as [number, number, number];
  if (x < 0 || y < 0) throw new DataError(`${place}: the trace format has the channels ${names.join(", ")}, expected X and Y among them.`);
  const coding = names.map((): Coding => "explicit");
  const last = names.map(() => 0);
  const speed = names.map(() => 0);
  const change = names.map(() => 0);
  const points: PenPoint[] = [];
  for (const [p, part] of text.split(",").entries()) {
    if (part.trim() === "") continue;
    const tokens = tokensOf(part, `${place}: point ${p + 1}`);
    if (tokens.length < names.length) {
      throw new DataError(`${place}: point ${p + 1}: expected ${names.length} values (${names.join(", ")}), got ${tokens.length}: ${JSON.stringify(part.trim())}.`);
    }
    for (let c = 0; c < names.length; c++) {
      let token = tokens[c]!;
      const prefix = PREFIXES[token[0]!];
      if (prefix !== undefined) {
        coding[c] = prefix;
        token = token.slice(1);
      }
      if (token === "?") continue; // not known here: as before
      const written = { explicit: last, difference: speed, second: change }[coding[c]!];
      const value = token === "*" ? written[c]! : numberOf(token);
      const step = { explicit: value - last[c]!, difference: value, second: speed[c]! + value }[coding[c]!];
      change[c] = step - speed[c]!;
      speed[c] = step;
      last[c] = coding[c] === "explicit" ? value : last[c]! + step;
    }
    points.push(t < 0 ? [last[x]!, last[y]!] : [last[x]!, last[y]!, last[t]! * channels[t]!.seconds]);
  }
  return points;
}

function tokensOf(part: string, place: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < part.length; ) {
    if (/\s/.test(part[at]!)) {
      at++;
      continue;
    }
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(part);
    if (match === null) throw new DataError(`${place}: ${JSON.stringify(part.slice(at).trim().slice(0, 20))} is not a number.`);
    tokens.push(match[0]);
    at += match[0].length;
  }
  return tokens;
}

function numberOf(token: string): number {
  if (token === "T" || token === "F") return token === "T" ? 1 : 0;
  return token.startsWith("#") ? Number.parseInt(token.slice(1), 16) : Number(token);
}
