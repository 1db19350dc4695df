import { describe, expect, it } from "vitest";
import { readXml } from "./xml.js";

const read = (text: string) => [...readXml(text, "a.xml")];

describe("readXml", () => {
  it("gives elements, attributes and text with their lines", () => {
    const text = `\ufeff<?xml version="1.0"?>\n<!DOCTYPE ink SYSTEM "x.dtd">\n<a b="1" c:d='&lt;&#65;&#x42;'>\n x &amp; y <!-- <no> -->\n<e/><![CDATA[<raw>]]></a>\n`;
    expect(read(text)).toEqual([
      { kind: "open", name: "a", attributes: { b: "1", "c:d": "<AB" }, line: 3 },
      { kind: "text", text: "\n x & y ", line: 3 },
      { kind: "open", name: "e", attributes: {}, line: 5 },
      { kind: "close", name: "e", line: 5 },
      { kind: "text", text: "<raw>", line: 5 },
      { kind: "close", name: "a", line: 5 },
    ]);
  });

  it.each([
    ["<a>\n<b></a>", "a.xml: line 2: </a> where </b> was expected, opened in line 2."],
    ["<a>\n\n<b/>", "a.xml: line 1: <a> is never closed: the file ends in line 3."],
    ["<a></a></b>", "a.xml: line 1: </b> closes nothing."],
    ["<a>\n<b c=1/></a>", 'a.xml: line 2: broken markup: "<b c=1/></a>".'],
    ["<a>&what;</a>", 'a.xml: line 1: the entity "&what;" is unknown.'],
    ["<a>&#1114112;</a>", 'a.xml: line 1: the entity "&#1114112;" is unknown.'],
    ["1, 2, 3", 'a.xml: line 1: text outside any element: "1, 2, 3".'],
    ["<a/><b/>", "a.xml: line 1: a second root element, <b>."],
    ["", "a.xml: line 1: there is no markup here."],
  ])("says what is broken, and where: %j", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
