/** XML as a row of events, checked to be well-formed; and text made fit to stand in it. Small on purpose: no namespaces, no document types, no schema. */
import { DataError } from "./errors.js";

export type XmlEvent =
  | { readonly kind: "open"; readonly name: string; readonly attributes: Readonly<Record<string, string>>; readonly line: number }
  | { readonly kind: "close"; readonly name: string; readonly line: number }
  /** Text between tags, never white space alone. */
  | { readonly kind: "text"; readonly text: string; readonly line: number };

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const NAME = "[\\p{L}_:][\\p{L}\\p{N}_:.-]*";
const TAG = new RegExp(`<(?<close>/?)(?<name>${NAME})(?<attributes>(?:\\s+${NAME}\\s*=\\s*(?:"[^"<]*"|'[^'<]*'))*)\\s*(?<empty>/?)>`, "uy");
const ATTRIBUTE = new RegExp(`(${NAME})\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, "gu");
/** What is passed over: comments, instructions, document types without rules of their own. */
const ASIDE = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^[>]*(?:\[[^\]]*\])?\s*>/uy;
const CDATA = /<!\[CDATA\[([\s\S]*?)\]\]>/uy;

/**
 * Reads a document from its start to its end; an empty element gives an `open` and a `close`.
 * @param name of the file, for messages
 * @throws DataError naming the file and the line where the markup is broken
 */
export function* readXml(text: string, name: string): Generator<XmlEvent> {
  const open: { readonly name: string; readonly line: number }[] = [];
  let line = 1;
  let roots = 0;
  const fail = (problem: string, at = line) => new DataError(`${name}: line ${at}: ${problem}.`);
  const decode = (raw: string): string =>
    raw.replace(/&([^;\s]*;?)/g, (whole, reference: string) => {
      const entity = /^(?:#(\d+)|#x([0-9a-f]+)|(\w+));$/i.exec(reference);
      const code = entity?.[1] !== undefined ? Number(entity[1]) : entity?.[2] !== undefined ? Number.parseInt(entity[2], 16) : undefined;
      const found = code === undefined ? ENTITIES[entity?.[3] ?? ""] : code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
      if (found === undefined) throw fail(`the entity ${JSON.stringify(whole)} is unknown`);
      return found;
    });

  for (let at = text.startsWith("\ufeff") ? 1 : 0; at < text.length; ) {
    const next = text[at] === "<" ? matchAt(at) : undefined;
    if (next === undefined) {
      if (text[at] === "<") throw fail(`broken markup: ${JSON.stringify(text.slice(at, at + 30))}`);
      const end = text.indexOf("<", at);
      const raw = text.slice(at, end < 0 ? text.length : end);
      if (raw.trim() !== "") {
        if (open.length === 0) throw fail(`text outside any element: ${JSON.stringify(raw.trim().slice(0, 30))}`);
        yield { kind: "text", text: decode(raw), line };
      }
      line += countLines(raw);
      at += raw.length;
      continue;
    }
    const { match, tag, data } = next;
    if (data !== undefined && data.trim() !== "") yield { kind: "text", text: data, line };
    if (tag !== undefined) {
      const { close, name: element, attributes = "", empty } = tag;
      if (close) {
        const opened = open.pop();
        if (opened === undefined) throw fail(`</${element}> closes nothing`);
        if (opened.name !== element) throw fail(`</${element}> where </${opened.name}> was expected, opened in line ${opened.line}`);
        yield { kind: "close", name: element!, line };
      } else {
        if (open.length === 0 && ++roots > 1) throw fail(`a second root element, <${element}>`);
        const values = [...attributes.matchAll(ATTRIBUTE)].map(([, key, double, single]) => [key!, decode(double ?? single ?? "")] as const);
        yield { kind: "open", name: element!, attributes: Object.fromEntries(values), line };
        if (empty) yield { kind: "close", name: element!, line };
        else open.push({ name: element!, line });
      }
    }
    line += countLines(match);
    at += match.length;
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) throw fail(`<${unclosed.name}> is never closed: the file ends in line ${line}`, unclosed.line);
  if (roots === 0) throw fail("there is no markup here");

  function matchAt(position: number): { match: string; tag?: Record<string, string | undefined>; data?: string } | undefined {
    for (const pattern of [ASIDE, CDATA, TAG]) {
      pattern.lastIndex = position;
      const match = pattern.exec(text);
      if (match === null) continue;
      return { match: match[0], ...(pattern === CDATA && { data: match[1]! }), ...(pattern === TAG && { tag: match.groups! }) };
    }
    return undefined;
  }
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Text as it is written between tags and in attributes with double quotes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<"]/g, (character) => ({ "&": "&amp;", "<": "&lt;", '"': "&quot;" })[character]!);
}
