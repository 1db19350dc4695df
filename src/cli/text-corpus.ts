/** The text that a command works on. */
import { basename, isAbsolute, relative, resolve } from "node:path";
import {
  fingerprint, readDocuments, splitDocuments, splitTenths,
  type Document, type Fingerprint, type SourceFile, type Split, type VocabularyKind,
} from "../data/index.js";
import { readFiles, type ReadFiles } from "../data/node-files.js";
import { CORPORA, readNamedCorpus, type CorpusName } from "../data/node-corpora.js";

/** What is read where nothing is named. */
export const DEFAULT_CORPUS: CorpusName = "moby-dick";

export interface Corpus {
  /** What was asked for, paths made absolute; none for a corpus that has a name. */
  readonly inputs: readonly string[];
  /** Where there are no inputs. */
  readonly corpus: CorpusName | undefined;
  readonly name: string;
  readonly files: readonly SourceFile[];
  /** Files passed over, with reasons. */
  readonly skipped: readonly string[];
  readonly fingerprint: Fingerprint;
  readonly split: Split;
}

export interface CorpusOptions {
  readonly inputs: readonly string[];
  /** Without inputs. @default Moby Dick */
  readonly corpus?: CorpusName | undefined;
  readonly vocabulary: VocabularyKind;
  readonly readStandardInput: () => Uint8Array;
}

/** @throws DataError when the text cannot be read or used. */
export async function readCorpus(options: CorpusOptions): Promise<Corpus> {
  const { files, skipped } = readInputs(options);
  const documents = readDocuments(files, options.vocabulary === "bytes" ? "bytes" : "text");
  const corpus = options.inputs.length > 0 ? undefined : (options.corpus ?? DEFAULT_CORPUS);
  return {
    inputs: options.inputs.map((input) => (input === "-" ? input : resolve(input))),
    corpus,
    name: corpus ?? corpusName(options.inputs),
    files,
    skipped,
    fingerprint: await fingerprint(files),
    split: corpus !== undefined && CORPORA[corpus].division === "tenths" ? splitTenths(documents) : splitDocuments(documents),
  };
}

/** Files as documents, each whole: for measuring. */
export function readWholeDocuments(options: CorpusOptions): Document[] {
  return readDocuments(readInputs(options).files, options.vocabulary === "bytes" ? "bytes" : "text");
}

function readInputs({ inputs, corpus = DEFAULT_CORPUS, vocabulary, readStandardInput }: CorpusOptions): ReadFiles {
  if (inputs.length === 0) return { files: readNamedCorpus(corpus), skipped: [] };
  const read = readFiles(inputs, { binary: vocabulary === "bytes" ? "keep" : "skip", readStandardInput });
  return { ...read, files: read.files.map(({ name, bytes }) => ({ name: shownPath(name), bytes })) };
}

/** Paths below the current folder are shown from there. */
export function shownPath(path: string): string {
  if (!isAbsolute(path)) return path;
  const fromHere = relative(process.cwd(), path);
  return fromHere === "" || fromHere.startsWith("..") ? path : fromHere;
}

/** A short name for a run on these inputs. */
export function corpusName(inputs: readonly string[]): string {
  const [first] = inputs;
  if (first === undefined) return DEFAULT_CORPUS;
  const name = basename(first).replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  return name === "" ? "text" : name;
}
