import { describe, expect, it } from "vitest";
import { fingerprint, fingerprintDifference, readDocuments, splitDocuments, splitTenths, type Document } from "./documents.js";

const document = (name: string, length: number): Document => ({ name, content: name[0]!.repeat(length) });
const sizes = (documents: readonly Document[]) => documents.map(({ name, content }) => `${name} ${content.length}`);

it("splitTenths holds out every tenth document and the one before it, and no other", () => {
  const documents = Array.from({ length: 23 }, (_, i) => document(`${i}`, 5));
  const names = ({ training, validation, test }: ReturnType<typeof splitTenths>) => [training.length, validation.map((d) => d.name), test.map((d) => d.name)];
  expect(names(splitTenths(documents))).toEqual([19, ["8", "18"], ["9", "19"]]);
});

describe("splitDocuments", () => {
  it("gives whole documents from the end when they are small", () => {
    const chapters = Array.from({ length: 40 }, (_, i) => document(`${i}`, 100));
    const { training, validation, test } = splitDocuments(chapters);
    expect(sizes(test)).toEqual(["38 100", "39 100"]);
    expect(sizes(validation)).toEqual(["36 100", "37 100"]);
    expect(training.length).toBe(36);
  });

  it("cuts the end off a single document", () => {
    const { training, validation, test } = splitDocuments([document("a", 1000)]);
    expect(sizes(training)).toEqual(["a 900"]);
    expect(sizes(validation)).toEqual(["a 50"]);
    expect(sizes(test)).toEqual(["a 50"]);
  });

  it("cuts a large last document and leaves the others whole", () => {
    const { training, validation, test } = splitDocuments([document("a", 500), document("b", 500)]);
    expect(sizes(test)).toEqual(["b 50"]);
    expect(sizes(validation)).toEqual(["b 50"]);
    expect(sizes(training)).toEqual(["a 500", "b 400"]);
  });

  it("cuts at a line end where one is near, and never inside a character", () => {
    const lines = "123456789\n".repeat(100);
    const { test } = splitDocuments([{ name: "lines", content: lines }]);
    expect(test[0]!.content).toMatch(/^123456789\n/);
    const faces = splitDocuments([{ name: "faces", content: "😀".repeat(301) }]);
    for (const { content } of [...faces.training, ...faces.validation, ...faces.test]) {
      expect(content).not.toMatch(/^[\uDC00-\uDFFF]/);
    }
  });

  it("loses nothing", () => {
    const all = [document("a", 77), document("b", 1), document("c", 300), document("d", 20)];
    const { training, validation, test } = splitDocuments(all);
    const joined = [...training, ...validation, ...test].map(({ content }) => content).join("");
    expect(joined).toBe(all.map(({ content }) => content).join(""));
  });
});

describe("readDocuments", () => {
  it("refuses an empty file by name, also one that is only a byte order mark", () => {
    expect(() => readDocuments([{ name: "a.txt", bytes: new Uint8Array(0) }], "text")).toThrow("a.txt: the file is empty.");
    expect(() => readDocuments([{ name: "a.txt", bytes: Uint8Array.of(0xef, 0xbb, 0xbf) }], "text")).toThrow("a.txt: the file is empty.");
  });
});

describe("fingerprint", () => {
  const file = (name: string, text: string) => ({ name, bytes: new TextEncoder().encode(text) });

  it("is SHA-256 per file", async () => {
    const { files } = await fingerprint([file("abc", "abc")]);
    expect(files).toEqual([{ name: "abc", bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" }]);
  });

  it("says what differs, and forgives a folder that moved", async () => {
    const then = await fingerprint([file("a", "1"), file("b", "2")]);
    expect(fingerprintDifference(then, await fingerprint([file("x/a", "1"), file("x/b", "2")]))).toBeUndefined();
    expect(fingerprintDifference(then, await fingerprint([file("a", "1"), file("b", "3")]))).toBe("b has changed");
    expect(fingerprintDifference(then, await fingerprint([file("a", "1")]))).toBe("b is missing");
    expect(fingerprintDifference(then, await fingerprint([file("a", "1"), file("b", "2"), file("c", "")]))).toBe("c is new");
  });
});
