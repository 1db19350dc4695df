/** From files to batches. What reads the file system is in `node-*.ts` and is not exported here, so that the rest runs in a browser. */
export { DataError } from "./errors.js";
export { decodeText, findInvalidUtf8 } from "./text.js";
export {
  fingerprint,
  fingerprintDifference,
  readDocuments,
  splitDocuments,
  type Document,
  type Fingerprint,
  type SourceFile,
  type Split,
} from "./documents.js";
export { joinWords, splitWords } from "./words.js";
export {
  buildVocabulary,
  END,
  VOCABULARY_KINDS,
  vocabularyFromJSON,
  type Vocabulary,
  type VocabularyJson,
  type VocabularyKind,
  type VocabularyOptions,
} from "./vocabulary.js";
export { encodeDocuments, type TokenRow, type TokenSpan } from "./tokens.js";
export { WindowReader, type ReaderPosition, type WindowOptions } from "./windows.js";
export { sampleSegments, segmentWindows, wholeDocuments, type Segment, type SegmentWindow } from "./segments.js";
export { editDistance, nearestSpellings } from "./spelling.js";
export { WordVocabulary } from "./word-vocabulary.js";
export { MemoryTokenCorpus, MemoryTokenSink, SENTENCE_END, type TokenCorpus, type TokenSink } from "./token-corpus.js";
export { BOUNDARIES, createTokeniser, type Boundaries, type Tokeniser, type TokeniserOptions } from "./tokeniser.js";
export { decodePieces, type DecodeOptions, type TextDocument } from "./text-stream.js";
export { phraseScore, type PhraseOptions } from "./phrases.js";
export { buildWordCorpus, type WordCorpus, type WordCorpusOptions, type WordCorpusProgress } from "./word-corpus.js";
export type { CooccurrenceChunk, CooccurrenceRecords } from "./cooccurrence.js";
export { keepProbabilities, type SubsamplingForm, type SubsamplingOptions } from "./subsampling.js";
export { formatBytes, joinBytes } from "./bytes.js";
export { brownText } from "./package-texts.js";
export { indexLemmas, NounHierarchy } from "./wordnet.js";
