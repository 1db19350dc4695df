/** From files to batches. What reads the file system is in `node-*.ts` and is not exported here, so that the rest runs in a browser. */
export { DataError } from "./errors.js";
export { decodeText, findInvalidUtf8 } from "./text.js";
export {
  fingerprint,
  fingerprintDifference,
  readDocuments,
  splitDocuments,
  splitTenths,
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
export { countCooccurrences, type CooccurrenceChunk, type CooccurrenceOptions, type CooccurrenceRecords } from "./cooccurrence.js";
export { keepProbabilities, type SubsamplingForm, type SubsamplingOptions } from "./subsampling.js";
export { formatBytes, joinBytes } from "./bytes.js";
export { brownText } from "./package-texts.js";
export { indexLemmas, NounHierarchy } from "./wordnet.js";
export { COMMON_HANZI } from "./common-hanzi.js";
export { boxOf, checkedSample, mapPoints, MOVE_WIDTH, movesOf, strokesOf, type Box, type PenPoint, type PenSample, type Stroke } from "./pen.js";
export { augmentSequence, augmentStrokes, normal, type AugmentOptions } from "./pen-augment.js";
export { cutLong, penBatch, PenReader, type PenBatch, type PenPosition, type PenReaderOptions, type PenSequence } from "./pen-batches.js";
export { readIamStrokes } from "./pen-iam.js";
export { escapeXml } from "./xml.js";
export { readInkml } from "./pen-inkml.js";
export { penJson, readPenJson } from "./pen-json.js";
export { readQuickDraw, type QuickDrawOptions } from "./pen-quickdraw.js";
export { resampleByLength, resampleByTime } from "./pen-resample.js";
export { fitPenScale, fittingFactor, scaleMoves, unscaleMoves, type PenScale } from "./pen-scale.js";
export { atHandSpeed, type SpeedLaw } from "./pen-speed.js";
export { makeWriter, writeLine, type Hand, type Writer } from "./pen-writer.js";
export { renderedTexts, renderStrokes, type PenSplit, type RenderedOptions } from "./rendered-strokes.js";
export { HANZI_SPEED, readHanzi } from "./hanzi.js";
export { plainSentence, textLines, wrap, type TextLineOptions } from "./text-lines.js";
export { readStrokeFont, type Glyph, type StrokeFont } from "./stroke-font.js";
